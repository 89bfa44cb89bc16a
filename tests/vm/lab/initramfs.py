# SPDX-License-Identifier: LGPL-2.1-or-later
"""The initramfs every guest boots from: busybox, kernel modules, tools, the programs under test.

It is written in two layers, one after the other in one file: the tools of the host, which rarely
change, and what the build makes.
"""

import shutil
import subprocess
from pathlib import Path

from . import cache, tools
from .errors import LabError
from .kernel import BOOT_MODULES, Kernel
from .tree import Tree

HERE = Path(__file__).parent

# Programs of the host put into the guest. Without the first ones no test works.
NEEDED_TOOLS = (
    "mke2fs", "e2fsck", "dumpe2fs", "mkfs.xfs", "xfs_repair", "fsfreeze", "lvm", "blkid",
    "mount", "umount",
)
OPTIONAL_TOOLS = (
    "tune2fs", "debugfs", "resize2fs", "xfs_io", "xfs_db", "xfs_logprint", "mkfs.btrfs", "btrfs",
    "mkfs.vfat", "dmsetup", "mdadm", "lsblk", "findmnt", "sfdisk", "wipefs", "strace", "qemu-ga",
    "cryptsetup", "prlimit", "losetup",
)
LVM_COMMANDS = (
    "pvcreate", "pvs", "vgcreate", "vgs", "vgchange", "vgscan", "vgremove", "lvcreate", "lvs",
    "lvchange", "lvremove", "lvextend", "lvconvert", "pvscan", "vgimportclone",
)
# What the build offers, where it is in the build folder and where it goes in the guest.
LAB_PROGRAMS = {
    "tests/vm/lab/guest/vss-test-runner": "/sbin/vss-test-runner",
    "tests/vm/lab/guest/atomic-writer": "/usr/bin/atomic-writer",
    "tests/vm/lab/guest/file-writer": "/usr/bin/file-writer",
    "tests/vm/lab/guest/prober": "/usr/bin/prober",
    "tests/vm/lab/guest/hostile-writer": "/usr/bin/hostile-writer",
}
PRODUCT_PROGRAMS = {
    "guest-agent/vss-agent": "/usr/sbin/vss-agent",
    "guest-agent/guard/vss-thaw-guard": "/usr/libexec/virt-vss/vss-thaw-guard",
    "contrib/writers/sqlite/vss-sqlite-writer": "/usr/libexec/virt-vss/vss-sqlite-writer",
    # Not of the product, but there only where SQLite is, as the writer above.
    "tests/vm/lab/guest/sqlite-load": "/usr/bin/sqlite-load",
}


def build(build_dir):
    """The initramfs for this build; made once for each state of its parts."""
    host, product = _host_layer(Kernel.find()), _build_layer(Path(build_dir))
    key = cache.fingerprint(host.fingerprint(), product.fingerprint(by_content=True))
    base = cache.get("tools", host.fingerprint(), ".cpio", host.write_cpio)

    def write(path):
        layer = path.with_name(path.name + ".layer")
        product.write_cpio(layer)
        try:
            with open(path, "wb") as out:
                for part in (base, layer):
                    with open(part, "rb") as file:
                        shutil.copyfileobj(file, out)
        finally:
            layer.unlink()

    return cache.get("initramfs", key, ".img", write)


def _host_layer(kernel):
    tree = Tree()
    for folder in ("/dev", "/proc", "/sys", "/run", "/tmp", "/mnt", "/root", "/newroot", "/var"):
        tree.add_folder(folder)
    tree.add_device("/dev/console", 0o600, 5, 1)
    _add_busybox(tree)
    for name in NEEDED_TOOLS:
        _add_tool(tree, tools.find(name))
    for name in OPTIONAL_TOOLS:
        path = tools.find(name, required=False)
        if path:
            _add_tool(tree, path)
    for name in ("mkfs.ext4", "mkfs.ext3", "mkfs.ext2"):
        tree.add_link(f"/sbin/{name}", "/sbin/mke2fs")
    for name in LVM_COMMANDS:
        tree.add_link(f"/sbin/{name}", "/sbin/lvm")
    if Path("/etc/mke2fs.conf").exists():
        tree.add_file("/etc/mke2fs.conf", "/etc/mke2fs.conf")
    kernel.add_modules(tree)
    tree.add_file("/init", HERE / "guest" / "init", 0o755)
    tree.add_file("/etc/lvm/lvm.conf", HERE / "guest" / "lvm.conf", 0o644)
    tree.add_text("/etc/boot-modules", " ".join(BOOT_MODULES) + "\n")
    tree.add_text("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    tree.add_text("/etc/group", "root:x:0:\n")
    return tree


def _add_busybox(tree):
    """Every applet as a link; the real tools, added later under the same names, replace some."""
    busybox = tools.find("busybox")
    tree.add_program(busybox, "/bin/busybox")
    for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True,
                                 check=True).stdout.split():
        if applet not in ("busybox", "sh"):
            tree.add_link(f"/bin/{applet}", "/bin/busybox")
    tree.add_link("/sbin/modprobe", "/bin/busybox")
    # Busybox's own shell runs its applets whatever PATH says: commands of tests get another.
    tree.add_program(tools.find("dash"), "/bin/sh")


def _add_tool(tree, path):
    """All under /sbin, which comes before busybox's applets in PATH."""
    tree.add_program(Path(path).resolve(), f"/sbin/{Path(path).name}")


def _build_layer(build_dir):
    tree = Tree()
    for source, path in LAB_PROGRAMS.items():
        if not (build_dir / source).exists():
            raise LabError(f"{build_dir / source} is not built: run ninja in the build folder")
        tree.add_program(build_dir / source, path)
    for source, path in PRODUCT_PROGRAMS.items():
        if (build_dir / source).exists():
            tree.add_program(build_dir / source, path)
    return tree

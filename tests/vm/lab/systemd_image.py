# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small Debian with systemd, udev and the agent installed by `meson install`, as a root disk.

Made in two steps, each kept: mmdebstrap's tree as a tar file (it changes with the package list),
and the ext4 image with kernel modules and the build's files on top.
"""

import contextlib
import subprocess
import tempfile
from pathlib import Path

from . import cache, settings, tools
from .errors import LabError
from .kernel import Kernel
from .tree import Tree

PACKAGES = (
    "systemd", "systemd-sysv", "udev", "dbus", "kmod", "lvm2", "xfsprogs", "e2fsprogs",
    "libglib2.0-0", "libjson-glib-1.0-0", "libmount1", "procps",
)
# Room for the tests' own files, above what the tree takes.
SPARE_MIB = 256
BOOTSTRAP_TIMEOUT_S = 900
IMAGE_TIMEOUT_S = 300
# Nobody waits for these, and each costs boot time under TCG.
MASKED_UNITS = (
    "systemd-timesyncd.service", "systemd-firstboot.service", "systemd-networkd.service",
    "systemd-resolved.service", "getty@tty1.service", "serial-getty@ttyS0.service",
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
    "e2scrub_reap.service", "fstrim.timer", "systemd-update-utmp.service",
)


def build(build_dir, packages=()):
    """The image, with these Debian packages in it besides those the agent needs."""
    if not settings.is_root():
        raise LabError("the systemd guest can only be built by root: mmdebstrap makes device "
                       "nodes and files of other users")
    base = bootstrap({*PACKAGES, *packages})
    with _installed(Path(build_dir)) as staging:
        files = sorted(path for path in staging.rglob("*") if path.is_file())
        contents = [f"{path.relative_to(staging)}:{_digest(path)}" for path in files]
        key = cache.fingerprint(base, Kernel.find().version, Path(__file__), *contents)
        return cache.get("systemd", key, ".qcow2",
                         lambda path: _make_image(path, base, staging))


def bootstrap(packages):
    """A tar file: the host's Debian in its smallest form, with these packages."""
    wanted = sorted(packages)
    suite = _host_suite()
    return cache.get("debian", cache.fingerprint(suite, *wanted), ".tar",
                     lambda path: _bootstrap(path, suite, wanted))


def _host_suite():
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise LabError("/etc/os-release names no VERSION_CODENAME")


def _bootstrap(path, suite, packages):
    """From the host's own package sources, so that a mirror configured there is used."""
    part = path.with_suffix(".tar")
    try:
        tools.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}",
                   "--dpkgopt=path-exclude=/usr/share/man/*",
                   "--dpkgopt=path-exclude=/usr/share/locale/*",
                   "--dpkgopt=path-exclude=/usr/share/doc/*", suite, part, *_package_sources()],
                  timeout=BOOTSTRAP_TIMEOUT_S)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _package_sources():
    """mmdebstrap takes sources.list files; the host may have either form."""
    folder = Path("/etc/apt")
    found = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list")),
             *sorted((folder / "sources.list.d").glob("*.sources"))]
    return [str(file) for file in found if file.exists() and file.stat().st_size]


@contextlib.contextmanager
def _installed(build_dir):
    """What the build installs, under a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="vt-install-") as folder:
        tools.run(["meson", "install", "--no-rebuild", "--quiet", "-C", build_dir,
                   "--destdir", folder])
        yield Path(folder)


def _digest(path):
    return tools.run(["sha256sum", path]).split()[0]


def _make_image(path, base, staging):
    with tempfile.TemporaryDirectory(prefix="vt-image-") as folder:
        root, raw = Path(folder) / "root", Path(folder) / "image.raw"
        root.mkdir()
        tools.run(["tar", "-C", root, "-xf", base, "--numeric-owner"], timeout=IMAGE_TIMEOUT_S)
        tools.run(["cp", "-a", f"{staging}/.", root])
        _add_modules(root)
        _configure(root)
        used_mib = int(tools.run(["du", "-sm", root]).split()[0])
        tools.run(["mkfs.ext4", "-q", "-d", root, raw, f"{used_mib * 5 // 4 + SPARE_MIB}M"],
                  timeout=IMAGE_TIMEOUT_S)
        tools.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, path],
                  timeout=IMAGE_TIMEOUT_S)


def _add_modules(root):
    kernel = Kernel.find()
    tree = Tree()
    kernel.add_modules(tree)
    tree.copy_to(root)
    tools.run(["depmod", "-b", root, kernel.version])


def _configure(root):
    units = root / "etc/systemd/system"
    for unit in MASKED_UNITS:
        link = units / unit
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    (root / "etc/fstab").write_text("", encoding="utf-8")
    (root / "etc/hostname").write_text("guest\n", encoding="utf-8")
    (root / "etc/machine-id").write_text("", encoding="utf-8")
    (root / "etc/ld.so.conf.d/local.conf").write_text("/usr/local/lib/x86_64-linux-gnu\n",
                                                      encoding="utf-8")
    subprocess.run(["chroot", root, "ldconfig"], check=True)
    # Root's password is empty: the guest has no network, and its console is a log file.
    shadow = root / "etc/shadow"
    if shadow.exists():
        shadow.write_text(shadow.read_text(encoding="utf-8").replace("root:*:", "root::"),
                          encoding="utf-8")

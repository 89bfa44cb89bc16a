# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests' kernel: an installed one of the host's distribution, with the modules tests need."""

import os
import re
from pathlib import Path

from .errors import LabError

# Loaded by the guest's init script, in this order, before anything else.
BOOT_MODULES = ("virtio_pci", "virtio_console", "virtio_blk", "sd_mod", "virtio_scsi", "dm_mod")
# There to be loaded on demand, by name or by the kernel asking for a file system.
MORE_MODULES = (
    "xfs", "btrfs", "vfat", "nls_cp437", "nls_ascii", "nls_utf8", "overlay", "fuse", "loop",
    "crc32c_generic", "crc32c_intel", "dm_snapshot", "dm_mirror", "dm_crypt", "dm_thin_pool",
    "md_mod", "raid0", "raid1", "virtio_rng", "vmw_vsock_virtio_transport", "sr_mod", "ahci",
    "isofs", "nvme", "af_alg", "algif_skcipher", "xts", "ecb", "brd",
)


class Kernel:
    """One installed kernel."""

    def __init__(self, image):
        self.image = Path(image)
        self.version = self.image.name.removeprefix("vmlinuz-")
        self.modules_folder = Path("/lib/modules") / self.version
        if not (self.modules_folder / "modules.dep").exists():
            raise LabError(f"kernel {self.image} has no modules in {self.modules_folder}")
        self._dependencies = self._read_dependencies()

    @classmethod
    def find(cls):
        """The one in VSS_TEST_KERNEL, else a cloud kernel (it is the smallest), else any."""
        named = os.environ.get("VSS_TEST_KERNEL")
        if named:
            return cls(named)
        images = sorted(Path("/boot").glob("vmlinuz-*"), key=_preference)
        if not images:
            raise LabError("no kernel in /boot: install linux-image-cloud-amd64 "
                           "or name one in VSS_TEST_KERNEL")
        return cls(images[-1])

    def add_modules(self, tree):
        """Adds the modules, and an index of just these for modprobe."""
        files = self._needed_files()
        target = Path("/lib/modules") / self.version
        for file in files:
            tree.add_file(target / file, self.modules_folder / file, 0o644)
        tree.add_text(target / "modules.dep", "".join(
            f"{file}: {' '.join(self._dependencies[file])}\n" for file in files))
        tree.add_text(target / "modules.alias", self._aliases(files))
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            if (self.modules_folder / name).exists():
                tree.add_file(target / name, self.modules_folder / name, 0o644)

    def _read_dependencies(self):
        dependencies = {}
        for line in (self.modules_folder / "modules.dep").read_text().splitlines():
            file, _, needed = line.partition(":")
            dependencies[file] = needed.split()
        return dependencies

    def _needed_files(self):
        """Modules that this kernel has built in, or not at all, are left out."""
        by_name = {_module_name(file): file for file in self._dependencies}
        files = set()
        for name in BOOT_MODULES + MORE_MODULES:
            file = by_name.get(name)
            if file:
                files.update([file, *self._dependencies[file]])
        return sorted(files)

    def _aliases(self, files):
        names = {_module_name(file) for file in files}
        lines = (self.modules_folder / "modules.alias").read_text().splitlines(keepends=True)
        return "".join(line for line in lines
                       if line.split() and line.split()[-1].replace("-", "_") in names)


def _module_name(file):
    return Path(file).name.split(".ko")[0].replace("-", "_")


def _preference(image):
    numbers = tuple(int(number) for number in re.findall(r"\d+", image.name))
    return ("cloud" in image.name, numbers)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A second guest that looks into images: fsck, mount with log replay, read, compare.

Nothing of an image ever meets the host's kernel. Each image gets a throw-away overlay, so it stays
as it is although a mount replays logs. One checker takes many images, also of many sets; copies of
one LVM group are looked at one after the other.
"""

import contextlib
import json
from dataclasses import dataclass

from .domain import Disk

CHECK_TIMEOUT_S = 120
MOUNT_POINT = "/mnt"


@dataclass
class Ext4State:
    """An ext4 file system as the image holds it, before any mount."""

    needs_recovery: bool
    is_clean: bool
    report: str


@dataclass
class XfsState:
    """An xfs file system once a mount has replayed its log."""

    is_clean: bool
    report: str


class Checker(contextlib.AbstractContextManager):
    """A guest with an overlay of each of these images (paths) as its disks."""

    def __init__(self, lab, images):
        self._images = list(dict.fromkeys(str(image) for image in images))
        disks = [Disk(f"k{number}", bus="scsi", backing=image,
                      backing_format=lab.image_tools.info(image)["format"])
                 for number, image in enumerate(self._images)]
        self._lab = lab
        self.guest = lab.start_guest(disks, persistent=False, channels=())
        self._disks = disks
        self._devices = self._find_devices()

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Ends the guest and removes the overlays."""
        self._lab.end_guest(self.guest)
        for disk in self._disks:
            self._lab.remove_image(disk)

    def device(self, image):
        """The checker's device for this image."""
        return self._devices[str(image)]

    def ext4(self, device):
        """To be asked before the device is mounted here."""
        header = self._run(f"dumpe2fs -h {device}").output
        fsck = self._run(f"e2fsck -fn {device}", check=False)
        features = next(line for line in header.splitlines()
                        if line.startswith("Filesystem features:"))
        return Ext4State("needs_recovery" in features.split(), fsck.status == 0,
                         fsck.output + fsck.error)

    def xfs(self, device):
        with self.mounted(device):
            pass
        repair = self._run(f"xfs_repair -n {device}", check=False)
        return XfsState(repair.status == 0, repair.output + repair.error)

    @contextlib.contextmanager
    def lvm(self, *images):
        """Activates the volumes of the group on these images; gives {"group/volume": device}."""
        devices = [self.device(image) for image in images]
        accepted = ", ".join(f'"a|^{device}$|"' for device in devices)
        config = f"--config 'devices {{ filter = [ {accepted}, \"r|.*|\" ] }}'"
        self._run(f"vgchange -q -a y {config}")
        try:
            report = self._run("lvs --reportformat json -o vg_name,lv_name,lv_active "
                               f"{config}").json
            volumes = report["report"][0]["lv"]
            yield {f"{volume['vg_name']}/{volume['lv_name']}":
                   f"/dev/{volume['vg_name']}/{volume['lv_name']}" for volume in volumes}
        finally:
            self._run(f"vgchange -q -a n {config}")

    @contextlib.contextmanager
    def mounted(self, device, options=""):
        """Mounts (so logs are replayed) and gives the mount point."""
        kind = self._run(f"blkid -o value -s TYPE {device}").output.strip()
        # Images of several sets hold the same xfs file system.
        chosen = ",".join(filter(None, ["nouuid" if kind == "xfs" else "", options]))
        self._run(f"mount -t {kind} {'-o ' + chosen if chosen else ''} {device} {MOUNT_POINT}")
        try:
            yield MOUNT_POINT
        finally:
            self._run(f"umount {MOUNT_POINT}")

    def atomic_number(self, path, offset=0):
        """The number that atomic-writer wrote last into a file or device."""
        output = self._run(f"od -A n -v -t d8 -j {offset} -N 512 {path}").output.split()
        assert len(output) == 64, f"{path}: record of {len(output) * 8} bytes at {offset}"
        assert len(set(output)) == 1, f"{path}: torn record at {offset}: {output}"
        return int(output[0])

    def verify_files(self, folder, last):
        """Whether file-writer's files 1 to `last` are there, whole and right: its report."""
        done = self._run(f"file-writer --verify {last} {folder}", check=False)
        return json.loads(done.output)

    def hashes(self, folder):
        """SHA-256 of each regular file under the folder, by its name there."""
        output = self._run(f"cd {folder} && find . -type f -exec sha256sum {{}} +").output
        return dict(reversed(line.split(maxsplit=1)) for line in output.splitlines())

    def _run(self, command, check=True):
        return self.guest.run(command, CHECK_TIMEOUT_S, check)

    def _find_devices(self):
        output = self.guest.run(
            "for disk in /sys/block/sd*; do"
            " echo $(tail -c +5 $disk/device/vpd_pg80) /dev/${disk##*/}; done").output
        by_serial = dict(line.split() for line in output.splitlines())
        return {image: by_serial[disk.effective_serial]
                for image, disk in zip(self._images, self._disks)}

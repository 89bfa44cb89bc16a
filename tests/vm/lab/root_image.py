# SPDX-License-Identifier: LGPL-2.1-or-later
"""Root disks for guests that must not run from memory, made once and kept.

"ext4" and "xfs" hold a copy of the initramfs, "systemd" a small Debian (see systemd_image.py).
"""

import shutil

from . import cache, systemd_image
from .errors import LabError

SIZE = "384M"
COPY_TIMEOUT_S = 120
MAKE = {"ext4": "mkfs.ext4 -q", "xfs": "mkfs.xfs -q"}
FOLDERS = "bin etc lib lib64 root sbin usr var"
MOUNT_POINTS = "proc sys dev run tmp mnt"


def build(lab, kind):
    """The image of a root of this kind, a qcow2; the caller copies it."""
    if kind == "systemd":
        return systemd_image.build(lab.build_dir)
    if kind not in MAKE:
        raise LabError(f"no root of kind {kind!r}: there are {', '.join(MAKE)} and systemd")
    key = cache.fingerprint(lab.initramfs.name, kind, SIZE)
    return cache.get(f"root-{kind}", key, ".qcow2", lambda path: _copy_in_guest(lab, kind, path))


def _copy_in_guest(lab, kind, path):
    """Only a guest's kernel can be counted on to write xfs; it makes both alike."""
    from .domain import Disk  # pylint: disable=import-outside-toplevel

    name = f"make-{kind}"
    guest = lab.start_guest([Disk(name, SIZE)], persistent=False, channels=(), name=name)
    guest.run(f"{MAKE[kind]} /dev/vda && mount /dev/vda /newroot", COPY_TIMEOUT_S)
    guest.run(f"""
        set -e
        for folder in {FOLDERS}; do [ ! -e /$folder ] || cp -a /$folder /newroot/; done
        cd /newroot && mkdir -p {MOUNT_POINTS} && cd / && umount /newroot
        """, COPY_TIMEOUT_S)
    lab.end_guest(guest)
    shutil.copyfile(lab.images / f"{name}.qcow2", path)
    (lab.images / f"{name}.qcow2").unlink()

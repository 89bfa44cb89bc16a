# SPDX-License-Identifier: LGPL-2.1-or-later
"""The VM test laboratory: private libvirt, throw-away guests, and ways to look at the result.

A test usually needs only this:

    from lab import Disk, Lab

    with Lab(build_dir) as lab:
        guest = lab.start_guest(disks=[Disk("a"), Disk("b")])
        guest.run("mkfs.ext4 -q /dev/vda")

README.md, one folder up, tells what each module is for.
"""

from .domain import Channel, Disk, DomainSpec
from .errors import GuestTimeout, LabError
from .laboratory import Lab

__all__ = ["Channel", "Disk", "DomainSpec", "GuestTimeout", "Lab", "LabError"]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lays out file systems in a guest: plain, in partitions, on LVM over several disks.

Each function takes disks by serial (their name unless told otherwise) and returns the device that
holds the file system.
"""

# One MiB: where the first partition begins, and what all are aligned to.
FIRST_SECTOR = 2048
MAKE = {
    "ext4": "mkfs.ext4 -q -F", "xfs": "mkfs.xfs -q -f", "btrfs": "mkfs.btrfs -q -f",
    "vfat": "mkfs.vfat",
}


def make(guest, device, kind, mount_point, options="", make_options=""):
    """A file system on a device, mounted."""
    guest.run(f"{MAKE[kind]} {make_options} {device}")
    mount(guest, device, kind, mount_point, options)
    return device


def mount(guest, device, kind, mount_point, options=""):
    chosen = f"-o {options}" if options else ""
    guest.run(f"mkdir -p {mount_point} && mount -t {kind} {chosen} {device} {mount_point}")


def plain(guest, serial, kind, mount_point, **options):
    """The whole disk is one file system."""
    return make(guest, guest.disk(serial), kind, mount_point, **options)


def partitions(guest, serial, *parts, **options):
    """One partition of the same size for each of up to 4 (kind, mount point)."""
    device = guest.disk(serial)
    sectors = int(guest.run(f"cat /sys/block/{device[5:]}/size").output)
    size = (sectors // len(parts) - FIRST_SECTOR) // FIRST_SECTOR * FIRST_SECTOR
    script = "o\n"
    for number in range(1, len(parts) + 1):
        first = FIRST_SECTOR + (number - 1) * size
        script += f"n\np\n{number}\n{first}\n{first + size - 1}\n"
    guest.run(f"busybox fdisk -u {device}", stdin=script + "w\n")
    devices = []
    for number, (kind, mount_point) in enumerate(parts, start=1):
        name = f"{device}{number}"
        guest.wait_for(f"test -b {name}")
        devices.append(make(guest, name, kind, mount_point, **options))
    return devices


def lvm(guest, serials, kind, mount_point, group="vg", volume="lv", stripes=True, **options):
    """One logical volume over all these disks, striped so that both carry every file."""
    devices = [guest.disk(serial) for serial in serials]
    layout = f"-i {len(devices)} -I 64k" if stripes and len(devices) > 1 else ""
    guest.run(f"pvcreate -q {' '.join(devices)} && vgcreate -q {group} {' '.join(devices)} && "
              f"lvcreate -q -y -W n {layout} -l 100%FREE -n {volume} {group}")
    return make(guest, f"/dev/{group}/{volume}", kind, mount_point, **options)

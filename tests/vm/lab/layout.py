# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lays out file systems in a guest: plain, in partitions, on LVM, md or btrfs over several disks,
encrypted, in image files.

Each function takes disks by serial (their name unless told otherwise) and returns the device that
holds the file system.
"""

# One MiB: where the first partition begins, and what all are aligned to.
FIRST_SECTOR = 2048
MAKE = {
    "ext4": "mkfs.ext4 -q -F", "xfs": "mkfs.xfs -q -f", "btrfs": "mkfs.btrfs -q -f",
    "vfat": "mkfs.vfat",
}
LUKS_WORD = "secret"


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


def md(guest, serials, kind, mount_point, level=1, device="/dev/md1", **options):
    """An array over all these disks."""
    devices = [guest.disk(serial) for serial in serials]
    guest.run(f"modprobe raid{level} && mdadm --create {device} --quiet --run --assume-clean "
              f"--metadata=1.2 --level={level} --raid-devices={len(devices)} {' '.join(devices)}")
    return make(guest, device, kind, mount_point, **options)


def load_luks(guest):
    guest.run("modprobe -a dm_crypt xts ecb algif_skcipher")


def luks(guest, device, kind, mount_point, name="opened", **options):
    """An encrypted file system on a device; its key isn't strengthened, which takes minutes."""
    load_luks(guest)
    guest.run(f"cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 "
              f"-c aes-xts-plain64 --key-file - {device} && "
              f"printf {LUKS_WORD} | cryptsetup open --key-file - {device} {name}",
              stdin=LUKS_WORD)
    return make(guest, f"/dev/mapper/{name}", kind, mount_point, **options)


def btrfs(guest, serials, mount_point, options="", subvolumes=()):
    """One file system over all these disks, striped; (name, mount point) of each subvolume."""
    devices = [guest.disk(serial) for serial in serials]
    guest.run(f"modprobe btrfs && mkfs.btrfs -q -f -d raid0 {' '.join(devices)} && "
              "btrfs device scan")
    mount(guest, devices[0], "btrfs", mount_point, options)
    for name, place in subvolumes:
        guest.run(f"btrfs subvolume create {mount_point}/{name}")
        mount(guest, devices[-1], "btrfs", place, f"subvol={name}")
    return devices[0]


def image(guest, path, size, kind, mount_point, device="/dev/loop0", **options):
    """A file system in a file of another one."""
    guest.run(f"modprobe loop && truncate -s {size} {path} && losetup {device} {path}")
    return make(guest, device, kind, mount_point, **options)

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever lies between a file system and its disks, all of the disks are found, what can't be held
is named, and images of such stacks hold what was written before."""

from lab import Disk, layout
from lab.agent import Agent
from lab.checker import Checker
from lab.requester import Requester, images
from lab.tap import VmTest, main

SMALL = "64M"
# btrfs refuses less of each of two disks.
BTRFS_SIZE = "128M"
WWN = "5000c50015ea71ac"

# The disks that `volumes` must give for each file system, by name; None: not all are known.
STACKS = {
    "/srv/part1": ("parts",), "/srv/part2": ("parts",),
    "/srv/lvm": ("pv-one", "pv-two"),
    "/srv/md": ("md-one", "md-two"),
    "/srv/luks": ("crypt",),
    "/srv/btrfs": ("bt-one", "bt-two"),
    "/srv/nvme": ("nv",),
    "/srv/wwn": ("wwn",),
    "/srv/anonymous": ("anonymous",),
    "/srv/journal": ("data", "journal"),
    "/srv/loop": ("nv",), "/srv/deep": ("nv",), "/srv/moved": ("anonymous",),
    "/srv/memory": None,
}
# Other places of a file system, and of parts of it.
OTHER_NAMES = {"/srv/bind": "/srv/md", "/srv/sub": "/srv/btrfs"}
# Image files, and what has to be added instead.
NESTED = {"/srv/loop": "/srv/nvme", "/srv/deep": "/srv/nvme", "/srv/moved": "/srv/anonymous"}

FILE = "written-before"
TEXT = "this was synced before the set"


def load_nvme(guest):
    guest.run("modprobe nvme")
    guest.wait_for("test -b /dev/nvme0n1")


def make_luks_on_lvm(guest, serial, mount_point):
    disk = guest.disk(serial)
    guest.run(f"pvcreate -q {disk} && vgcreate -q cg {disk} && "
              "lvcreate -q -y -W n -l 100%FREE -n clear cg")
    layout.luks(guest, "/dev/cg/clear", "ext4", mount_point)


def make_images_in_nvme(guest):
    layout.plain(guest, "nv", "ext4", "/srv/nvme")
    layout.image(guest, "/srv/nvme/image", "32M", "ext4", "/srv/loop")
    layout.image(guest, "/srv/loop/image", "8M", "ext4", "/srv/deep", "/dev/loop1")


def find_without_serial(guest):
    return guest.run("for disk in /sys/block/vd*; do [ -n \"$(cat $disk/serial)\" ] ||"
                     " echo /dev/${disk##*/}; done").output.strip()


def run_apart(guest, commands, ready="/run/apart"):
    """Runs commands with mounts of their own, and stays there."""
    guest.spawn(f"exec unshare -m sh -c '{commands}; touch {ready}; exec sleep 1000' "
                ">/dev/null 2>&1 </dev/null")
    guest.wait_file(ready)


def hang(guest, mount_point):
    """A file system whose server never answers: whoever looks at it hangs."""
    guest.run("modprobe fuse")
    guest.spawn(f"mkdir -p {mount_point}; exec 3<>/dev/fuse; "
                f"busybox mount -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 dead "
                f"{mount_point}; exec sleep 1000 >/dev/null 2>&1")
    guest.wait_for(f"grep -q {mount_point} /proc/mounts")


class EveryDiskIsFound(VmTest):
    """One machine with all kinds of stacks."""

    def setUp(self):
        super().setUp()
        self.disks = [
            Disk("parts", SMALL), Disk("pv-one", SMALL), Disk("pv-two", SMALL),
            Disk("md-one", SMALL), Disk("md-two", SMALL), Disk("crypt", SMALL),
            Disk("bt-one", BTRFS_SIZE), Disk("bt-two", BTRFS_SIZE), Disk("nv", SMALL, bus="nvme"),
            Disk("wwn", SMALL, bus="scsi", serial="", wwn=WWN),
            Disk("anonymous", SMALL, serial=""), Disk("data", SMALL), Disk("journal", SMALL)]
        self.guest = guest = self.lab.start_guest(self.disks)
        load_nvme(guest)
        layout.partitions(guest, "parts", ("ext4", "/srv/part1"), ("ext4", "/srv/part2"))
        layout.lvm(guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        layout.md(guest, ["md-one", "md-two"], "ext4", "/srv/md")
        guest.run("mkdir -p /srv/md/part /srv/bind && mount --bind /srv/md/part /srv/bind")
        make_luks_on_lvm(guest, "crypt", "/srv/luks")
        layout.btrfs(guest, ["bt-one", "bt-two"], "/srv/btrfs", subvolumes=[("sub", "/srv/sub")])
        make_images_in_nvme(guest)
        layout.make(guest, "/dev/sda", "ext4", "/srv/wwn")
        layout.make(guest, find_without_serial(guest), "ext4", "/srv/anonymous")
        journal = guest.disk("journal")
        guest.run(f"mke2fs -q -F -b 1024 -O journal_dev {journal}")
        layout.plain(guest, "data", "ext4", "/srv/journal",
                     make_options=f"-b 1024 -J device={journal}")
        # The path that the kernel gives for this image is another file's, but for those apart.
        run_apart(guest, "mount --bind /srv/anonymous /srv/nvme && truncate -s 8M /srv/nvme/image "
                  "&& losetup /dev/loop2 /srv/nvme/image && mkfs.ext4 -q /dev/loop2")
        layout.mount(guest, "/dev/loop2", "ext4", "/srv/moved")
        guest.run("modprobe brd")
        layout.make(guest, "/dev/ram0", "ext4", "/srv/memory")
        hang(guest, "/srv/hung")
        Agent(guest).start()
        self.requester = Requester(self.lab, guest)

    def test_disks_under_each(self):
        volumes = {volume["name"]: volume for volume in self.requester.json("volumes")["volumes"]}
        self.assertEqual(set(volumes), set(STACKS))
        for name, disks in STACKS.items():
            with self.subTest(name=name):
                volume = volumes[name]
                self.assertEqual(volume["disks-complete"], disks is not None, volume)
                self.assertEqual(volume["disks"], self._targets(disks or ()), volume)
                self.assertEqual(volume["supported"], name not in NESTED and disks is not None)
        for name, same in OTHER_NAMES.items():
            with self.subTest(name=name):
                plan = self.requester.create("--dry-run", f"--volume={name}")
                self.assertEqual([disk["target"] for disk in plan["disks"]],
                                 self._targets(STACKS[same]))
        for name, outer in NESTED.items():
            self._check_refused(name, "VSS_E_NESTED_VOLUME_LIMIT", f"'{outer}'")
        self._check_refused("/srv/memory", "VSS_E_VOLUME_NOT_SUPPORTED", "all the disks")
        self._check_refused("/srv/hung", "VSS_E_OBJECT_NOT_FOUND", "/srv/hung")

    def _targets(self, names):
        """In the domain's order, in which virtio disks come before SCSI disks."""
        return sorted((disk.target for disk in self.disks if disk.name in names))

    def _check_refused(self, name, *parts):
        with self.subTest(name=name):
            done = self.requester.run("create", f"--volume={name}", check=False)
            self.assertNotEqual(done.returncode, 0)
            for part in parts:
                self.assertIn(part, done.stderr)


class SetsOverStacks(VmTest):
    """Sets of volumes that aren't simply on a disk, and of such that can't be held."""

    PLACES = ("/srv/md", "/srv/luks", "/srv/btrfs", "/srv/nvme", "/srv/loop", "/srv/deep",
              "/srv/esp")

    def setUp(self):
        super().setUp()
        self.guest = guest = self.lab.start_guest([
            Disk("md-one", SMALL), Disk("md-two", SMALL), Disk("crypt", SMALL),
            Disk("bt-one", BTRFS_SIZE), Disk("bt-two", BTRFS_SIZE), Disk("nv", SMALL, bus="nvme"),
            Disk("esp", SMALL), Disk("apart", SMALL), Disk("lazy", SMALL)])
        load_nvme(guest)
        layout.md(guest, ["md-one", "md-two"], "ext4", "/srv/md")
        make_luks_on_lvm(guest, "crypt", "/srv/luks")
        layout.btrfs(guest, ["bt-one", "bt-two"], "/srv/btrfs")
        make_images_in_nvme(guest)
        layout.plain(guest, "esp", "vfat", "/srv/esp")
        disk = guest.disk("apart")
        guest.run(f"mkfs.ext4 -q {disk} && mkdir -p /srv/apart")
        # What is written through a mount of its own has to be found as well.
        run_apart(guest, f"mount -t ext4 {disk} /srv/apart; "
                  "(until [ -e /run/write ]; do usleep 10000; done; exec 3>/srv/esp/open; "
                  "touch /run/writing; exec sleep 1000) & :")
        layout.plain(guest, "lazy", "ext4", "/srv/lazy")
        guest.spawn("exec 3>/srv/lazy/open; touch /run/opened; exec sleep 1000 >/dev/null 2>&1")
        guest.wait_file("/run/opened")
        guest.run("busybox umount -l /srv/lazy")
        Agent(guest).start()
        self.requester = Requester(self.lab, guest)

    def test_images_and_levels(self):
        for place in self.PLACES:
            self.guest.write_file(f"{place}/{FILE}", TEXT)
        self.guest.run("sync")
        taken = self._take("--policy=require-filesystem", "--volume=/srv/md", "--volume=/srv/luks",
                           "--volume=/srv/btrfs", "--volume=/srv/nvme", "--volume=/srv/esp")
        self.assertEqual(taken["consistency"], "filesystem")
        held = {hold["mount-point"]: hold["state"] for hold in taken["holds"]}
        self.assertEqual(held, {place: "flushed" if place == "/srv/esp" else "held"
                                for place in self.PLACES})
        self._look_into(images(taken))
        self.requester.delete(taken)
        self._check_apart()
        self._check_lazy()
        self._check_writer()

    def _take(self, *arguments):
        return self.requester.create(*arguments, expect=(0, 3))

    def _look_into(self, image):
        by_name = {disk.name: image[disk.target] for disk in self.guest.domain.spec.disks
                   if disk.target in image}
        with Checker(self.lab, by_name.values()) as checker:
            guest = checker.guest
            device = {name: checker.device(path) for name, path in by_name.items()}
            guest.run("modprobe -a raid1 btrfs loop vfat")
            layout.load_luks(guest)
            guest.run("mdadm --assemble --quiet --run --readonly /dev/md9 "
                      f"{device['md-one']} {device['md-two']}")
            self._check_file(checker, "/dev/md9", "noload")
            guest.run("btrfs device scan")
            self._check_file(checker, device["bt-one"])
            self._check_file(checker, device["esp"])
            with checker.lvm(by_name["crypt"]) as volumes:
                guest.run(f"printf {layout.LUKS_WORD} | cryptsetup open --key-file - "
                          f"{volumes['cg/clear']} opened")
                self.assertTrue(checker.ext4("/dev/mapper/opened").is_clean)
                self._check_file(checker, "/dev/mapper/opened")
                guest.run("cryptsetup close opened")
            self._check_images(checker, device["nv"])

    def _check_images(self, checker, device):
        """What lies on a file was at rest before what holds the file."""
        guest = checker.guest
        self.assertTrue(checker.ext4(device).is_clean)
        self._check_file(checker, device)
        guest.run(f"mkdir -p /outer /inner && mount {device} /outer && "
                  "losetup /dev/loop0 /outer/image")
        self.assertTrue(checker.ext4("/dev/loop0").is_clean)
        self._check_file(checker, "/dev/loop0")
        guest.run("mount /dev/loop0 /inner && losetup /dev/loop1 /inner/image")
        self.assertTrue(checker.ext4("/dev/loop1").is_clean)
        self._check_file(checker, "/dev/loop1")

    def _check_file(self, checker, device, options=""):
        with self.subTest(device=device), checker.mounted(device, options) as folder:
            self.assertEqual(checker.guest.read_file(f"{folder}/{FILE}").decode(), TEXT)

    def _check_apart(self):
        """On a disk of the set, but mounted only in another namespace."""
        target = self._target("apart")
        done = self.requester.run("create", f"--volume={target}", "--policy=require-filesystem",
                                  check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/srv/apart", done.stderr)
        self.assertIn("only in the mount namespace of", done.stderr)
        taken = self._take(f"--volume={target}", "--volume=/srv/nvme", "--policy=report")
        self.assertEqual(taken["consistency"], "crash")
        self.assertIn("/srv/apart", taken["weakness"])
        states = {hold["mount-point"].partition("]")[2] or hold["mount-point"]: hold["state"]
                  for hold in taken["holds"]}
        self.assertEqual(states, {"/srv/apart": "not-held", "/srv/nvme": "held",
                                  "/srv/loop": "held", "/srv/deep": "held"})
        self.requester.delete(taken)

    def _check_lazy(self):
        """No mount table names it, but it can be written to."""
        target = self._target("lazy")
        plan = self.requester.create("--dry-run", f"--volume={target}", "--policy=report",
                                     expect=(0, 3))
        self.assertEqual(plan["consistency"], "crash")
        self.assertIn("mounted nowhere", plan["weakness"])

    def _target(self, name):
        return next(disk.target for disk in self.guest.domain.spec.disks if disk.name == name)

    def _check_writer(self):
        """Somebody has a file open for writing on what can only be flushed."""
        self.guest.run("touch /run/write")
        self.guest.wait_file("/run/writing")
        taken = self._take("--volume=/srv/esp", "--policy=report")
        self.assertEqual(taken["consistency"], "crash")
        self.assertEqual([hold["state"] for hold in taken["holds"]], ["not-held"])
        self.assertIn("open for writing", taken["weakness"])
        self.requester.delete(taken)


if __name__ == "__main__":
    main()

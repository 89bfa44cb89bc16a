#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""File systems are found on the disks that hold them: whole disks, partitions, logical volumes; by
serial number or by where the disk is plugged in."""

from lab import Disk, layout
from lab.agent import Agent
from lab.requester import Requester, images, mounts
from lab.tap import VmTest, main


class Volumes(VmTest):
    """One machine with all of them."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([
            Disk("whole"), Disk("parts", "800M"), Disk("pv-one"), Disk("pv-two"),
            Disk("no-serial", serial=""), Disk("scsi", bus="scsi")])
        layout.plain(self.guest, "whole", "ext4", "/srv/whole")
        layout.partitions(self.guest, "parts", ("ext4", "/srv/first"), ("xfs", "/srv/second"))
        layout.lvm(self.guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        layout.make(self.guest, "/dev/vde", "ext4", "/srv/anonymous")
        layout.plain(self.guest, "scsi", "ext4", "/srv/scsi")
        Agent(self.guest).start()
        self.requester = Requester(self.lab, self.guest)

    def test_disks_under_each(self):
        volumes = {volume["mount-point"]: volume
                   for volume in self.requester.json("volumes")["volumes"]}
        found = {name: sorted(volume["disks"]) for name, volume in volumes.items()}
        self.assertEqual(found, {
            "/srv/whole": ["vda"], "/srv/first": ["vdb"], "/srv/second": ["vdb"],
            "/srv/lvm": ["vdc", "vdd"], "/srv/anonymous": ["vde"], "/srv/scsi": ["sda"]})
        for volume in volumes.values():
            self.assertTrue(volume["supported"], volume)
            self.assertTrue(volume["disks-complete"], volume)

    def test_a_disk_brings_all_that_is_on_it(self):
        for name in ("vdb", "/srv/first"):
            with self.subTest(name=name):
                taken = self.requester.create(f"--volume={name}", "--policy=require-filesystem")
                self.assertEqual(list(images(taken)), ["vdb"])
                held = {hold["mount-point"]: hold["state"] for hold in taken["holds"]}
                self.assertEqual(held, {"/srv/first": "held", "/srv/second": "held"})
                self.requester.delete(taken)

    def test_a_volume_brings_all_its_disks(self):
        taken = self.requester.create("--volume=/srv/lvm", "--policy=require-filesystem")
        self.assertEqual(sorted(images(taken)), ["vdc", "vdd"])
        self.assertEqual(sorted(mounts(taken)["/srv/lvm"]["disks"]), ["vdc", "vdd"])
        self.requester.delete(taken)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The images of a frozen set hold clean file systems with every file that was synced; a crash set's
don't, and both are called what they are."""

from lab import Disk, layout
from lab.agent import Agent
from lab.checker import Checker
from lab.requester import Requester, images
from lab.tap import VmTest, main
from lab.workloads import FileWriter

FILES = 30


class CleanImages(VmTest):
    """ext4, xfs, and ext4 on a volume over two disks; all being written to."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest(
            [Disk("ext"), Disk("x", "400M", format="raw"), Disk("pv-one"), Disk("pv-two")])
        layout.plain(self.guest, "ext", "ext4", "/srv/ext4")
        layout.plain(self.guest, "x", "xfs", "/srv/xfs")
        layout.lvm(self.guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        Agent(self.guest).start()
        self.writers = {kind: FileWriter(self.guest, f"/srv/{kind}", 5, name=f"writer-{kind}")
                        for kind in ("ext4", "xfs", "lvm")}
        for writer in self.writers.values():
            writer.wait_synced(FILES)
        self.requester = Requester(self.lab, self.guest)

    def synced(self):
        return {kind: writer.synced() for kind, writer in self.writers.items()}

    def test_frozen_set(self):
        before = self.synced()
        taken = self.requester.create("--policy=require-filesystem")
        self.assertEqual(taken["consistency"], "filesystem")
        self.assertEqual({hold["mount-point"]: hold["state"] for hold in taken["holds"]},
                         {"/srv/ext4": "held", "/srv/xfs": "held", "/srv/lvm": "held"})
        self.assertGreater(taken["frozen-us"], 0)
        image = images(taken)
        with Checker(self.lab, image.values()) as checker:
            self.check_clean_ext4(checker, checker.device(image["vda"]), before["ext4"])
            xfs = checker.device(image["vdb"])
            state = checker.xfs(xfs)
            self.assertTrue(state.is_clean, state.report)
            self.check_files(checker, xfs, before["xfs"])
            with checker.lvm(image["vdc"], image["vdd"]) as volumes:
                self.check_clean_ext4(checker, volumes["vg/lv"], before["lvm"])
        self.requester.delete(taken)

    def test_crash_set(self):
        before = self.synced()
        taken = self.requester.create("--policy=crash")
        self.assertEqual(taken["consistency"], "crash")
        self.assertEqual(taken["frozen-us"], 0)
        image = images(taken)
        with Checker(self.lab, image.values()) as checker:
            device = checker.device(image["vda"])
            self.assertTrue(checker.ext4(device).needs_recovery,
                            "without a freeze the journal has to be replayed")
            self.check_files(checker, device, before["ext4"])
        self.requester.delete(taken)

    def check_clean_ext4(self, checker, device, synced):
        state = checker.ext4(device)
        self.assertFalse(state.needs_recovery, state.report)
        self.assertTrue(state.is_clean, state.report)
        self.check_files(checker, device, synced)

    def check_files(self, checker, device, synced):
        with checker.mounted(device) as folder:
            report = checker.verify_files(folder, synced)
        self.assertEqual(report["wrong"], 0, report)
        self.assertGreaterEqual(synced, FILES)


if __name__ == "__main__":
    main()

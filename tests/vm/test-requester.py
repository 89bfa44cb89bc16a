#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A backup program over the library, in VSS's order of calls: its auto-release set lives as long as
it does, and goes with it, however it ends."""

import subprocess

from lab import Disk, layout
from lab.agent import Agent
from lab.checker import Checker
from lab.requester import COMMAND_TIMEOUT_S, Requester
from lab.staging import stage
from lab.tap import VmTest, main
from lab.workloads import FileWriter


class ARequester(VmTest):
    """requester-tool (tests/host-lib/requester/) against a running machine."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([Disk("a"), Disk("pv-one"), Disk("pv-two")])
        layout.plain(self.guest, "a", "ext4", "/srv/a")
        layout.lvm(self.guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        Agent(self.guest).start()
        self.writer = FileWriter(self.guest, "/srv/a", 5)
        self.writer.wait_synced(20)
        self.requester = Requester(self.lab, self.guest)
        self.files = self.lab.image_tools.files()
        folder = self.lab.folder / "x" / "requester"
        folder.mkdir()
        self.program = stage(
            self.lab.build_dir / "tests" / "host-lib" / "requester" / "requester-tool",
            self.lab.build_dir, folder)
        self.environment = {"LD_LIBRARY_PATH": str(folder)}

    def begin(self, verb, *arguments):
        return self.lab.libvirt.popen(
            [self.program, verb, self.guest.name, *(arguments or ("/srv/a", "/srv/lvm"))],
            self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def begin_copying(self):
        """A backup that holds its set; what it said, as a list of words for each line."""
        process = self.begin("backup")
        lines = []
        for line in process.stdout:
            if line.strip() == "copying":
                return process, lines
            lines.append(line.split())
        _, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.fail(f"no set: {message}{lines}")
        return None

    def assert_nothing_left(self):
        self.assertEqual(self.requester.sets(), [])
        self.assertEqual(self.lab.image_tools.files(), self.files)
        for chain in self.guest.domain.chains_by_qemu().values():
            self.assertEqual(len(chain), 1)
        self.writer.wait_synced(self.writer.synced() + 5)

    def test_backup(self):
        synced = self.writer.synced()
        process, lines = self.begin_copying()
        self.assertIn(["writers", "0"], lines)
        self.assertEqual(lines.count(["supported", "1"]), 2)
        self.assertIn(["found", "2"], lines)
        self.assertIn(["documented", "2"], lines)
        images = {words[1]: words[2] for words in lines if words[0] == "image"}
        self.assertEqual(images["/srv/a"], self.lab.image_tools.chain(images["/srv/a"])[0])
        listed = self.requester.sets()[0]
        self.assertEqual((listed["context"], listed["consistency"]), ("backup", "filesystem"))
        # Its owner lives: nobody may take it away.
        self.requester.run("recover")
        self.assertEqual(len(self.requester.sets()), 1)
        with Checker(self.lab, [images["/srv/a"]]) as checker:
            device = checker.device(images["/srv/a"])
            self.assertFalse(checker.ext4(device).needs_recovery)
            with checker.mounted(device) as folder:
                self.assertEqual(checker.verify_files(folder, synced)["wrong"], 0)
        _, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(process.returncode, 0, message)
        self.assert_nothing_left()

    def test_killed_while_copying(self):
        process, _ = self.begin_copying()
        process.kill()
        process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(len(self.requester.sets()), 1)
        self.lab.virt_vss("gc", timeout=COMMAND_TIMEOUT_S, check=True)
        self.assert_nothing_left()

    def test_libvirtd_killed_while_copying(self):
        """A library that is used by a program with no care for signals."""
        process, _ = self.begin_copying()
        self.lab.libvirt.restart()
        _, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertIn(process.returncode, (0, 1), message)
        self.lab.virt_vss("gc", timeout=COMMAND_TIMEOUT_S, check=True)
        self.assert_nothing_left()

    def test_deleted_by_another_program(self):
        taken = self.requester.create()
        process = self.begin("delete", taken["snapshot-set-id"])
        output, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(process.returncode, 0, message)
        self.assertIn("deleted 2", output)
        self.assertIn("left 00000000-0000-0000-0000-000000000000", output)
        self.assert_nothing_left()

    def test_aborted(self):
        process = self.begin("abort")
        _, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(process.returncode, 0, message)
        self.assert_nothing_left()


if __name__ == "__main__":
    main()

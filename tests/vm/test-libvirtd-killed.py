#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirtd is killed inside the commit, before QEMU's transaction and after it: recovery finds what
QEMU really uses and puts it right, the next set succeeds, and no byte is lost.
"""

from lab import Disk, tools
from lab.provider_tool import ProviderTool, disk_options
from lab.requester import Requester
from lab.settings import is_full
from lab.tap import VmTest, main
from lab.truth import Truth

SIZE = 16 << 20
TARGETS = ("vda", "vdb", "sda")
VOLUMES = [f"--volume={target}" for target in TARGETS]
# Each outcome is met this often.
WANTED = 5 if is_full() else 2
TRIES = 120
BEFORE, BEFORE_WITH_NODES, AFTER, KNOWN = (
    "before the transaction", "before the transaction, nodes left", "after the transaction",
    "known to libvirt")


class LibvirtdKilled(VmTest):
    """Three disks: qcow2, raw, and one behind a SCSI controller."""

    def start(self, persistent=True):
        self.guest = self.lab.start_guest(
            [Disk("a", str(SIZE)), Disk("b", str(SIZE), format="raw"),
             Disk("c", str(SIZE), bus="scsi")], persistent=persistent)
        self.tool = ProviderTool(self.lab, self.guest)
        self.requester = Requester(self.lab, self.guest)
        self.files = self.lab.image_tools.files()
        self.truths = {serial: Truth(self.guest, serial, SIZE) for serial in "abc"}
        self.images = {name: path[0] for name, path in
                       zip("abc", (self.guest.domain.chains_by_libvirt()[t] for t in TARGETS))}
        self.wait_more(3)

    def wait_more(self, blocks):
        for truth in self.truths.values():
            truth.wait_more(blocks)

    def commit_us(self):
        """How long a commit takes here."""
        identity, out = self.tool.create(TARGETS)
        self.tool.run("delete", identity)
        words = next(line for line in out.splitlines() if line.startswith("commit took")).split()
        return int(words[2])

    def kill_in_commit(self, delay_us, *options):
        self.tool.create(TARGETS, f"--kill-pid={self.lab.libvirt.pid}",
                         f"--kill-delay-us={delay_us}", *options, expect=(0, 1, 5))
        self.lab.libvirt.restart()

    def situation(self):
        """What was met: by QEMU's word, against libvirt's."""
        by_qemu = self.guest.domain.chains_by_qemu()
        by_libvirt = self.guest.domain.chains_by_libvirt()
        in_qemu = {len(by_qemu[target]) for target in TARGETS}
        in_libvirt = {len(by_libvirt[target]) for target in TARGETS}
        self.assertEqual(len(in_qemu), 1, "QEMU cut only some of the disks")
        if in_qemu == {1}:
            left = [file for file in self.guest.domain.files_in_qemu() if ".vss-" in file]
            return BEFORE_WITH_NODES if left else BEFORE
        return AFTER if in_libvirt == {1} else KNOWN

    def assert_as_before(self):
        self.assertEqual(self.lab.image_tools.files(), self.files)
        for chains in (self.guest.domain.chains_by_qemu(), self.guest.domain.chains_by_libvirt(),
                       self.guest.domain.chains_by_libvirt(inactive=True)):
            for target in TARGETS:
                self.assertEqual(len(chains[target]), 1, chains)
        self.assertEqual([file for file in self.guest.domain.files_in_qemu() if ".vss-" in file],
                         [])
        self.assertNotIn("urn:virt-vss:set", self.guest.domain.virsh("dumpxml"))

    def assert_no_byte_lost(self):
        self.wait_more(3)
        hashes = {name: truth.stop() for name, truth in self.truths.items()}
        self.guest.domain.destroy()
        for name, expected in hashes.items():
            self.assertEqual(self.lab.image_tools.content_hash(self.images[name]), expected, name)

    def test_recover(self):
        self.start()
        # Kills close in on the transaction, and strike around it from then on; how long all takes
        # depends on what else the machine does.
        aim_us = self.commit_us() / 2
        met = {}
        for number in range(TRIES):
            self.kill_in_commit(int(aim_us * self.random.uniform(0.85, 1.15)), "--abandon")
            situation = self.situation()
            met[situation] = met.get(situation, 0) + 1
            aim_us *= {KNOWN: 0.9, BEFORE: 1.25, BEFORE_WITH_NODES: 1.06, AFTER: 1}[situation]
            self.wait_more(1)
            if number % 2:
                self.requester.run("recover")
                self.assert_as_before()
            if situation != KNOWN and met[situation] <= 2 * WANTED:
                # Whoever takes the next set puts the last one right first.
                self.requester.delete(self.requester.create("--policy=crash", *VOLUMES))
            else:
                self.requester.run("recover")
            self.assert_as_before()
            if self.is_enough(met):
                break
        self.note(f"met: {met}")
        self.assertTrue(self.is_enough(met), met)
        self.assert_as_before()
        self.assert_no_byte_lost()

    def is_enough(self, met):
        return all(met.get(situation, 0) >= WANTED for situation in (BEFORE_WITH_NODES, AFTER))

    def test_requester_rolls_back(self):
        """The one who took the set is alive, waits for libvirtd, and puts it right by himself."""
        self.start()
        limit_us = self.commit_us()
        for _ in range(2 * WANTED):
            options = (*disk_options(TARGETS), f"--kill-pid={self.lab.libvirt.pid}",
                       f"--kill-delay-us={self.random.randrange(limit_us)}", "--roll-back")
            with self.tool.spawn("create", options=options) as process:
                self.wait_killed()
                self.lab.libvirt.restart()
                out, _ = process.communicate(timeout=60)
            self.assertIn("done rollback", out)
            self.assertEqual(process.returncode, 1, out)
            self.assert_as_before()
        self.assert_no_byte_lost()

    def wait_killed(self):
        tools.wait_until(lambda: not self.lab.libvirt.is_running(), 30, "libvirtd's end")


if __name__ == "__main__":
    main()

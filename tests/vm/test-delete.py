#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A set is deleted while the guest writes: one image per disk again, no file left, and the disks
hold what the guest wrote, byte for byte. Killed half-way and run again: the same.
"""

import contextlib
import os
import subprocess

from lab import Disk
from lab.requester import Requester
from lab.settings import is_full
from lab.tap import VmTest, main
from lab.truth import Truth

SIZE = 16 << 20
TARGETS = ("vda", "vdb")
SET_OPTIONS = ("--policy=crash", "--context=nas-rollback", "--volume=vda", "--volume=vdb")
KILLS = 20 if is_full() else 6
# A merge of a few MiB takes about this long: kills are spread over it.
MERGE_S = 0.9


class Sets(VmTest):
    """A machine with a qcow2 and a raw disk, sets of it, and what must be true after them."""

    def start(self, persistent=True):
        self.guest = self.lab.start_guest(
            [Disk("a", str(SIZE)), Disk("b", str(SIZE), format="raw")], persistent=persistent)
        self.domain = self.guest.domain
        self.requester = Requester(self.lab, self.guest)
        self.files = self.lab.image_tools.files()
        self.images = {target: chain[0]
                       for target, chain in self.domain.chains_by_libvirt().items()}
        self.truths = {target: Truth(self.guest, serial, SIZE)
                       for target, serial in zip(TARGETS, "ab")}
        self.wait_more(5)

    def wait_more(self, blocks):
        for truth in self.truths.values():
            truth.wait_more(blocks)

    def take(self):
        taken = self.requester.create(*SET_OPTIONS)
        self.wait_more(5)
        return taken

    def states(self):
        """Id → state of all sets."""
        return {taken["snapshot-set-id"]: taken["state"] for taken in self.requester.sets()}

    def spawn_delete(self, taken):
        return self.lab.spawn_virt_vss("delete", self.guest.name, taken["snapshot-set-id"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def let_run(self, process):
        """For some part of a merge, unless it ends before."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(self.random.uniform(0, MERGE_S))

    def assert_as_before(self):
        self.assertEqual(self.states(), {})
        self.assertEqual(self.lab.image_tools.files(), self.files)
        self.assertEqual(self.domain.virsh("snapshot-list", "--name").strip(), "")
        for chains in (self.domain.chains_by_qemu(), self.domain.chains_by_libvirt(),
                       self.domain.chains_by_libvirt(inactive=True)):
            for target in TARGETS:
                self.assertEqual(chains[target], [self.images[target]])
        self.assertEqual(self.domain.block_jobs(), [])

    def delete_or_restart(self, taken):
        """libvirt 9.0 may believe in the ended job until the domain is started anew: then nothing
        is lost either. FALSE after that, since the guest's memory is gone with its copies."""
        done = self.requester.run("delete", taken["snapshot-set-id"], expect=(0, 5))
        if done.returncode == 0:
            return True
        self.note(f"libvirt believes in a job that has ended: {done.stderr.splitlines()[0]}")
        self.assertIn("shut the domain down", done.stderr)
        self.wait_more(3)
        hashes = {target: truth.stop() for target, truth in self.truths.items()}
        self.domain.destroy()
        self.domain.start()
        self.requester.delete(taken)
        self.assert_as_before()
        self.domain.destroy()
        self.assert_images_hold(hashes)
        return False

    def is_lost(self):
        """libvirt 9.0, killed at the end of a switch, leaves a status file that it can't read: it
        comes back without the machine, which runs on."""
        listed = self.lab.virsh("list", "--name").split()
        return self.guest.name not in listed and self.domain.is_running()

    def assert_not_touched(self, taken):
        self.note("libvirt lost the running domain")
        files = self.lab.image_tools.files()
        refused = self.requester.run("delete", taken["snapshot-set-id"], expect=(1, 5))
        self.assertIn("libvirt has lost it", refused.stderr)
        self.assertEqual([name for name in self.lab.image_tools.files() if ".set." not in name],
                         [name for name in files if ".set." not in name])
        self.wait_more(2)

    def assert_no_byte_lost(self):
        self.wait_more(3)
        hashes = {target: truth.stop() for target, truth in self.truths.items()}
        self.domain.destroy()
        self.assert_images_hold(hashes)

    def assert_images_hold(self, hashes):
        for target, expected in hashes.items():
            image = self.images[target]
            self.assertEqual(self.lab.image_tools.content_hash(image), expected, target)
            check = self.lab.image_tools.check(image)
            self.assertNotIn("corruptions", check or {})


class OfEveryLibvirt:
    """Tests for an ordinary user's libvirtd and for root's."""

    def test_while_the_guest_writes(self):
        self.start()
        older = self.take()
        newer = self.take()
        self.assertEqual(self.states(), {taken["snapshot-set-id"]: "created"
                                         for taken in (older, newer)})
        self.assertEqual(len(self.domain.virsh("snapshot-list", "--name").split()), 2)
        refused = self.requester.run("delete", older["snapshot-set-id"], expect=(1,))
        self.assertIn("VSS_E_PROVIDER_VETO", refused.stderr)
        self.assertIn(newer["snapshot-set-id"], refused.stderr)
        self.requester.delete(newer)
        self.assertEqual(self.states(), {older["snapshot-set-id"]: "created"})
        self.wait_more(3)
        self.requester.delete(older)
        self.assert_as_before()
        self.assert_no_byte_lost()

    def test_overlays_are_private(self):
        """Only the user of QEMU can read what the guest writes."""
        self.start()
        taken = self.take()
        for chain in self.domain.chains_by_libvirt().values():
            self.assertEqual(len(chain), 2)
            self.assertEqual(os.stat(chain[0]).st_mode & 0o777, 0o600)
        self.requester.delete(taken)
        self.assert_as_before()

    def test_of_a_transient_domain(self):
        self.start(persistent=False)
        self.requester.delete(self.take())
        self.assert_as_before()
        self.wait_more(3)


class Delete(OfEveryLibvirt, Sets):
    """With an ordinary user's libvirtd; killed at any moment."""

    def test_killed_half_way(self):
        self.start()
        states = []
        for number in range(KILLS):
            taken = self.take()
            with self.spawn_delete(taken) as process:
                self.let_run(process)
                process.kill()
            state = self.states().get(taken["snapshot-set-id"], "gone")
            states.append(state)
            self.wait_more(2)
            # A complete set is only deleted by who asks for it; a half-deleted one by all.
            if state == "created" or (state != "gone" and number % 2):
                self.requester.delete(taken)
            elif state != "gone":
                self.requester.run("recover")
            self.assert_as_before()
        self.note(f"killed with the set {states}")
        self.assertIn("deleting", states)
        self.assert_no_byte_lost()

    def test_libvirtd_killed_half_way(self):
        self.start()
        states = []
        for _ in range(KILLS):
            taken = self.take()
            with self.spawn_delete(taken) as process:
                self.let_run(process)
                self.lab.libvirt.kill()
                process.communicate(timeout=60)
            self.lab.libvirt.start()
            if self.is_lost():
                self.assert_not_touched(taken)
                return
            state = self.states().get(taken["snapshot-set-id"], "gone")
            states.append(state)
            self.wait_more(2)
            if state != "gone" and not self.delete_or_restart(taken):
                return
            self.assert_as_before()
        self.note(f"libvirtd killed with the set {states}")
        self.assert_no_byte_lost()


class DeleteAsRoot(OfEveryLibvirt, Sets):
    """With root's libvirtd, which gives the images to QEMU's own user."""

    as_root = True


if __name__ == "__main__":
    main()

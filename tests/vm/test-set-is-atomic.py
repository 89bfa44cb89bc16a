#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""All disks of a set are of one moment, frozen or not.

A guest program writes n to disk A and syncs, then n to disk B and syncs, for ever. In the images of
every set A = B or A = B + 1.
"""

from lab import Disk, layout
from lab.agent import Agent
from lab.checker import Checker
from lab.requester import Requester, images
from lab.settings import is_full
from lab.tap import VmTest, main
from lab.workloads import AtomicWriter

SETS = 60 if is_full() else 20
# The writer gets this much further between two sets, so that no two sets show the same numbers.
STEP = 3


class SetIsAtomic(VmTest):
    """With file systems held, and without any freeze."""

    def test_held_file_systems(self):
        guest = self.lab.start_guest([Disk("a", "64M"), Disk("b", "64M", format="raw")])
        layout.plain(guest, "a", "ext4", "/srv/a")
        layout.plain(guest, "b", "ext4", "/srv/b")
        Agent(guest).start()
        writer = AtomicWriter(guest, "/srv/a/number", "/srv/b/number")
        requester = Requester(self.lab, guest)
        sets = self.take(requester, writer, "--policy=require-filesystem")
        for taken in sets:
            self.assertEqual(taken["consistency"], "filesystem")
        pairs = []
        for some in chunks(sets, 10):
            paths = [images(taken) for taken in some]
            with Checker(self.lab, [path for pair in paths for path in pair.values()]) as checker:
                for pair in paths:
                    numbers = []
                    for target in ("vda", "vdb"):
                        with checker.mounted(checker.device(pair[target])) as folder:
                            numbers.append(checker.atomic_number(f"{folder}/number"))
                    pairs.append(numbers)
        self.judge(pairs)
        self.release(guest, requester, writer, sets)

    def test_crash_consistent(self):
        guest = self.lab.start_guest([Disk("a", "16M"), Disk("b", "16M", format="raw")])
        writer = AtomicWriter(guest, guest.disk("a"), guest.disk("b"), offset=1 << 20)
        requester = Requester(self.lab, guest)
        sets = self.take(requester, writer, "--policy=crash")
        for taken in sets:
            self.assertEqual(taken["consistency"], "crash")
        tools = self.lab.image_tools
        self.judge([[tools.atomic_number(images(taken)[target], 1 << 20)
                     for target in ("vda", "vdb")] for taken in sets])
        self.release(guest, requester, writer, sets)

    def take(self, requester, writer, policy):
        sets, number = [], 0
        for _ in range(SETS):
            number = writer.wait_number(number + STEP)["number"]
            sets.append(requester.create(policy))
        return sets

    def judge(self, pairs):
        self.assertEqual(len(pairs), SETS)
        for first, second in pairs:
            self.assertIn(first - second, (0, 1), pairs)
        self.assertEqual(len({first for first, _ in pairs}), SETS, "the writer did not go on")

    def release(self, guest, requester, writer, sets):
        """One image per disk again, and the writer never stopped."""
        for taken in reversed(sets):
            requester.delete(taken)
        writer.wait_number(writer.number() + STEP)
        writer.stop()
        for chain in guest.domain.chains_by_qemu().values():
            self.assertEqual(len(chain), 1)
        self.assertEqual(requester.sets(), [])


def chunks(items, size):
    return [items[start:start + size] for start in range(0, len(items), size)]


if __name__ == "__main__":
    main()

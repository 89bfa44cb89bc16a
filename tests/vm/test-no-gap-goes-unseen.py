#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A third party that thaws a file system while a set is made is found out, also if it freezes it
again at once: the set fails, or is called what it is."""

from lab import Disk, layout
from lab.agent import Agent
from lab.requester import Requester, SteppedCreate
from lab.tap import VmTest, main
from lab.workloads import Prober

# The lease must not end by itself while the test is at work between freeze and thaw.
LEASE = "--lease=30"
REFREEZE = "fsfreeze -u /srv/b && fsfreeze -f /srv/b"


class NoGapGoesUnseen(VmTest):
    """Each way to break a hold, under each policy."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([Disk("a"), Disk("b", "400M")])
        layout.plain(self.guest, "a", "ext4", "/srv/a")
        layout.plain(self.guest, "b", "xfs", "/srv/b")
        Agent(self.guest).start()
        self.requester = Requester(self.lab, self.guest)
        self.files = self.lab.image_tools.files()

    def break_hold(self, how, *arguments):
        """Takes a set during which the file systems meet `how`; returns what finish() does."""
        create = SteppedCreate.stopped_in("commit", self.lab, self.guest, LEASE, *arguments)
        self.guest.run(how)
        create.resume()
        return create.finish()

    def fails(self, how):
        status, _, message = self.break_hold(how, "--policy=require-filesystem")
        self.assertEqual(status, 1, message)
        self.assertIn("VSS_E_HOLD_WRITES_TIMEOUT", message)
        self.assertIn("/srv/", message)
        self.assertEqual(self.requester.sets(), [])
        self.assertEqual(self.lab.image_tools.files(), self.files)
        self.assert_thawed()

    def is_called_crash(self, how, not_held):
        status, taken, message = self.break_hold(how, "--policy=report")
        self.assertEqual(status, 3, message)
        self.assertEqual(taken["consistency"], "crash")
        self.assertIn(not_held, taken["weakness"])
        states = {hold["mount-point"]: hold["state"] for hold in taken["holds"]}
        self.assertEqual(states.pop(not_held), "not-held")
        self.assertEqual(set(states.values()), {"held"})
        self.assertEqual(self.requester.sets()[0]["consistency"], "crash")
        self.requester.delete(taken)
        self.assert_thawed()

    def assert_thawed(self):
        # Whoever froze again may have to thaw, too: that freeze is not the agent's.
        self.guest.run("fsfreeze -u /srv/b", check=False)
        for folder in ("/srv/a", "/srv/b"):
            prober = Prober(self.guest, f"{folder}/probe")
            prober.wait_writes_again(20)
            prober.stop()

    def test_thawed(self):
        self.fails("fsfreeze -u /srv/a")
        self.is_called_crash("fsfreeze -u /srv/a", "/srv/a")

    def test_thawed_and_frozen_again(self):
        self.fails(REFREEZE)
        self.is_called_crash(REFREEZE, "/srv/b")

    def test_untouched(self):
        status, taken, message = self.break_hold("true", "--policy=require-filesystem")
        self.assertEqual(status, 0, message)
        self.assertEqual(taken["consistency"], "filesystem")
        self.requester.delete(taken)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One requester at a time: whoever comes second is refused at once, and told who is first and for
how long; and when the first one is gone, however that came about, the next one is served."""

import json
import os
import re
import signal
import socket
import time

from lab import Disk, layout
from lab.agent import Agent
from lab.call_tool import CallTool
from lab.requester import Requester, SteppedCreate
from lab.tap import VmTest, main

# "At once": a second requester asks libvirt and reads the records, and waits for nobody.
AT_ONCE_S = 2
LEASE_S = 3
# What a busy machine may add to a lease until its end was acted upon.
GRACE_S = 5
PHASES = ("preflight", "overlays", "drain", "freeze", "commit", "finish")
ANY_PROCESS = r"[0-9]+"


class TwoRequesters(VmTest):
    """One guest with one file system."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([Disk("a")])
        layout.plain(self.guest, "a", "ext4", "/srv/a")
        self.agent = Agent(self.guest)
        self.agent.start()
        self.requester = Requester(self.lab, self.guest)
        self.tool = CallTool(self.lab, self.guest.name)
        self.files = self.lab.image_tools.files()

    def assert_names_owner(self, message, name, process):
        """In words: name, process, host, and for how long."""
        found = re.search(rf"by {name} \(process ({process}) on (\S+), for ([0-9]+) s\)", message)
        self.assertTrue(found, message)
        self.assertEqual(found.group(2), socket.gethostname())
        self.assertLess(int(found.group(3)), 60)
        self.assertIn("wait until", message)

    def assert_refused(self, process, *arguments):
        """A second virt-vss is refused at once."""
        begun = time.monotonic()
        done = self.requester.run("create", "--output=json", *arguments, expect=(1,))
        took = time.monotonic() - begun
        error = json.loads(done.stdout)["error"]
        self.assertEqual(error["code"], "VSS_E_SNAPSHOT_SET_IN_PROGRESS", error)
        self.assert_names_owner(error["message"], "virt-vss", process)
        self.assertLess(took, AT_ONCE_S)

    def assert_next_succeeds(self):
        taken = self.requester.create("--policy=require-filesystem")
        self.assertEqual(taken["consistency"], "filesystem")
        self.requester.delete(taken)
        self.assertEqual(self.requester.sets(), [])
        self.assertEqual(self.lab.image_tools.files(), self.files)

    def test_two_processes(self):
        """At each phase; the policy crash doesn't ask the guest, and is refused as well."""
        for phase in PHASES:
            with self.subTest(phase=phase):
                create = SteppedCreate.stopped_in(phase, self.lab, self.guest, "--lease=20",
                                                  "--policy=report")
                self.assert_refused(create.process.pid)
                self.assert_refused(create.process.pid, "--policy=crash", "--volume=vda")
                create.resume()
                status, taken, message = create.finish()
                self.assertEqual(status, 0, message)
                self.requester.delete(taken)
        self.assert_next_succeeds()

    def test_two_connections_of_one_process(self):
        """A process is no exception: its second object is somebody else."""
        for phase in PHASES:
            with self.subTest(phase=phase):
                answers, _ = self.tool.run(
                    "name=first", "context=app-rollback", "2:name=second", f"at={phase}", "gather",
                    "start", "add=/srv/a", "prepare", "do", "close", "2:start", "2:abort")
                # Those of "at": first that it was ordered, then what it gave.
                by_step = {answer.step: answer for answer in answers}
                refused = by_step[f"at={phase}"]
                self.assertEqual(refused.code, "VSS_E_SNAPSHOT_SET_IN_PROGRESS", refused)
                self.assert_names_owner(refused.message, "first", ANY_PROCESS)
                self.assertLess(refused.milliseconds, AT_ONCE_S * 1000)
                self.assertEqual(by_step["do"].code, "VSS_S_OK", by_step["do"])
                self.assertEqual(by_step["2:start"].code, "VSS_S_OK", by_step["2:start"])
                for taken in self.requester.sets():
                    self.requester.delete(taken)
        self.assert_next_succeeds()

    def test_begun_only(self):
        """Between StartSnapshotSet and DoSnapshotSet, for as long as the requester likes."""
        for policy in ("report", "crash"):
            with self.subTest(policy=policy):
                first = self.tool.spawn_waiting("name=first", f"policy={policy}", "start")
                answers, _ = self.tool.run("start")
                self.assertEqual(answers[-1].code, "VSS_E_SNAPSHOT_SET_IN_PROGRESS")
                self.assert_names_owner(answers[-1].message, "first", first.pid)
                first.communicate(timeout=30)
                self.assertEqual(self.requester.sets(), [])
                self.assert_next_succeeds()

    def test_owner_killed(self):
        """The next one is served at once, and puts right what was left."""
        for phase in PHASES:
            with self.subTest(phase=phase):
                create = SteppedCreate.stopped_in(phase, self.lab, self.guest,
                                                  f"--lease={LEASE_S}", "--policy=report")
                create.kill()
                self.delete_complete_set()
                self.assert_next_succeeds()
        first = self.tool.spawn_waiting("start", "add=vda")
        first.kill()
        first.communicate()
        self.assert_next_succeeds()

    def delete_complete_set(self):
        """In the last phase everything was done but the record."""
        self.requester.run("recover")
        for taken in self.requester.sets():
            self.assertEqual(taken["state"], "created")
            self.requester.delete(taken)

    def test_owner_stopped(self):
        """One that hangs has the guest until its lease ends, and the machine as long as it lives;
        its end frees both."""
        create = SteppedCreate.stopped_in("commit", self.lab, self.guest, f"--lease={LEASE_S}",
                                          "--policy=report")
        begun = time.monotonic()
        self.guest.run("echo written >/srv/a/file && sync /srv/a/file", LEASE_S + GRACE_S)
        self.note(f"/srv/a writes again after {time.monotonic() - begun:.1f} s")
        self.assert_refused(create.process.pid)
        os.kill(create.process.pid, signal.SIGKILL)
        create.process.wait()
        self.assert_next_succeeds()


if __name__ == "__main__":
    main()

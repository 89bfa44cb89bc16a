#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writers in the guest that break every rule: the agent names each, hangs up on it or waits no longer
than its limit, stays small, and goes on with the set and with the writers that behave."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "guest-agent"))

# pylint: disable=wrong-import-position
from lab import Disk, layout
from lab.agent import Agent
from lab.domain import AGENT_PORT
from lab.tap import VmTest, main
from lab.tools import wait_until
from wire_client import WireClient

SOCKET = "/run/vss-agent/writers.sock"
FOLDER = "/etc/vss-agent/writers.d"
SET_ID = "c3a2f3d6-3f55-4c5b-8f1e-9d2f0c4b1f03"
LIMIT_MS = 3000
TIMEOUT_MS = 60000
CALL_TIMEOUT_S = 90
END_TIMEOUT_S = 60
# A hundred megabytes were sent; a description of a megabyte takes a few of them in memory.
MEMORY_KIB = 48 * 1024

REFUSED = ("silent", "wrong", "deep")
HUNG_UP_ON = ("endless", "unasked")
FAILING = {"escapes": "nonretryable", "lies": "nonretryable", "mute": "not-responding",
           "huge": "nonretryable"}
GOOD = """#!/bin/sh
[ $1 = identify ] && exit 3
cat >/dev/null
echo $1 >>/run/good.events
"""


class HostileWriter(VmTest):
    """One guest without systemd: all modes of hostile-writer at once, and one good program."""

    def start(self):
        self.guest = self.lab.start_guest([Disk("data")])
        layout.plain(self.guest, "data", "ext4", "/srv")
        self.guest.write_file("/usr/lib/good", GOOD, 0o755)
        self.guest.write_file(f"{FOLDER}/good.writer",
                              "[Writer]\nname=good\nexec=/usr/lib/good\n"
                              "writer-id=5a1b4f52-2f55-4f6f-93f7-1c6b1a0b0009\n")
        limits = {f"{event}-limit-ms": LIMIT_MS for event in (
            "identify", "prepare-for-backup", "prepare-for-snapshot", "freeze", "thaw", "abort",
            "post-snapshot", "backup-complete", "backup-shutdown")}
        self.agent = Agent(self.guest, {"writers": {"folders": FOLDER, **limits},
                                        "channel": {"session-idle-ms": 600000}})
        self.agent.start()
        client = WireClient.connect(self.guest.domain.channel_path(AGENT_PORT))
        self.addCleanup(client.close)
        self.client = client.open("a test")

    def call(self, command, **arguments):
        return self.client.call(command, {key.replace("_", "-"): value
                                          for key, value in arguments.items()}, CALL_TIMEOUT_S)

    def spawn(self, mode):
        return self.guest.spawn(f"hostile-writer {mode} {SOCKET}")

    def writers(self):
        answer = self.client.call("vss-query-writers", timeout_s=CALL_TIMEOUT_S)
        return ({writer["name"]: writer for writer in answer["writers"]},
                [broken["reason"] for broken in answer["broken"]])

    def agent_memory_kib(self):
        status = self.guest.run(f"grep VmHWM /proc/{self.agent.pid()}/status").output
        return int(status.split()[1])

    def check_refused(self):
        """Each ends by itself, because it is hung up on, and is told about."""
        for mode in REFUSED + HUNG_UP_ON:
            done = self.spawn(mode)
            if mode == "silent":
                continue  # takes the agent its limit, seen at the end
            done.wait(END_TIMEOUT_S)
            present, broken = self.writers()
            self.assertNotIn(mode, present)
            if mode in REFUSED:
                self.assertTrue(broken, mode)

    def take_set(self, hostile):
        gathered = self.call("vss-gather-writer-metadata", timeout_ms=TIMEOUT_MS)
        writers = {writer["name"]: writer["instance-id"] for writer in gathered["writers"]}
        self.assertEqual(sorted(writers), sorted(["good", *hostile]))
        huge = next(writer for writer in gathered["writers"] if writer["name"] == "huge")
        self.assertEqual(huge["component-count"], 3000)
        prepared = self.call("vss-prepare-for-snapshot", snapshot_set_id=SET_ID,
                             mount_points=["/srv"], writers=list(writers.values()),
                             timeout_ms=TIMEOUT_MS)
        frozen = self.call("vss-freeze", generation=prepared["generation"],
                           deadline_ms=prepared["boot-time-ms"] + 60000, timeout_ms=TIMEOUT_MS)
        self.assertEqual([volume["state"] for volume in frozen["volumes"]], ["held"])
        thawed = self.call("vss-thaw", generation=prepared["generation"])
        self.assertEqual([volume["state"] for volume in thawed["volumes"]], ["held"])
        self.call("vss-post-snapshot", snapshot_set_id=SET_ID)
        after = self.call("vss-gather-writer-status", snapshot_set_id=SET_ID,
                          timeout_ms=TIMEOUT_MS)
        return {status["name"]: status for status in after["writers"]}

    def test_hostile_writers(self):
        self.start()
        self.check_refused()
        many = self.spawn("many")
        daemons = [self.spawn(mode) for mode in FAILING]
        # All but the thousand, which are gone as fast as they come.
        wait_until(lambda: set(FAILING) <= set(self.writers()[0]), END_TIMEOUT_S,
                   "those that register to be there")
        many.kill()
        wait_until(lambda: set(self.writers()[0]) == {"good", *FAILING}, END_TIMEOUT_S,
                   "the others to be gone")

        statuses = self.take_set(FAILING)
        self.assertEqual(statuses["good"]["state"], "waiting-for-backup-complete")
        self.assertEqual(statuses["good"]["failure"], "none")
        for mode in FAILING:
            self.assertTrue(statuses[mode]["state"].startswith("failed-at-"), statuses[mode])
            self.assertNotEqual(statuses[mode]["failure"], "none")
        self.assertEqual(statuses["mute"]["failure"], "not-responding")
        self.assertEqual(statuses["escapes"]["message"], "?[2J?31m?")
        log = self.agent.log()
        self.assertTrue(all(c.isprintable() or c == "\n" for c in log), log)
        self.assertEqual(self.guest.read_file("/run/good.events").decode().split(),
                         ["prepare-for-snapshot", "freeze", "thaw", "post-snapshot"])
        memory = self.agent_memory_kib()
        self.note(f"the agent's memory at its highest: {memory} KiB")
        self.assertLess(memory, MEMORY_KIB)
        for daemon in daemons:
            self.assertFalse(daemon.is_over)
            daemon.kill()


if __name__ == "__main__":
    main()

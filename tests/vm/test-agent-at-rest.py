#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Agent and guard at rest: they never wake up, with the host connected and not, and together they
take at most one and a half times the memory of QEMU's agent in the same guest."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "guest-agent"))

# pylint: disable=wrong-import-position
from lab import Disk, layout
from lab.agent import Agent
from lab.domain import AGENT_PORT, QEMU_AGENT_PORT
from lab.tap import VmTest, main
from lab.tools import wait_until
from wire_client import WireClient

QEMU_PORT = f"/dev/virtio-ports/{QEMU_AGENT_PORT}"
MOUNT = "/srv/data"
SET_ID = "6f0a8a52-6f0e-4d0f-9a2f-3c1c8d1f6b77"
REST_S = 10
MEMORY_RATIO = 1.5
QEMU_AGENT_TIMEOUT_S = 30


class AgentAtRest(VmTest):
    """One guest with both agents in it."""

    def setUp(self):
        super().setUp()
        # On a disk, as everywhere: in an initramfs libraries take less memory than elsewhere.
        self.guest = self.lab.start_guest([Disk("data")], root=self.lab.root_disk("ext4"),
                                          channels=(AGENT_PORT, QEMU_AGENT_PORT))
        layout.plain(self.guest, "data", "ext4", MOUNT)
        self.agent = Agent(self.guest)
        self.agent.start()

    def pids(self):
        return {"agent": self.agent.pid("agent"), "guard": self.agent.pid("guard")}

    def switches(self, pid):
        """How often the process's threads, whichever there are, have gone to sleep or been
        interrupted: each time they have woken up."""
        lines = self.guest.run(f"cat /proc/{pid}/task/*/status", lab=True).output.splitlines()
        return [line for line in lines if line.startswith(("Pid:", "voluntary", "nonvoluntary"))]

    def assert_at_rest(self, state):
        before = {name: self.switches(pid) for name, pid in self.pids().items()}
        time.sleep(REST_S)  # this is what is measured
        after = {name: self.switches(pid) for name, pid in self.pids().items()}
        self.assertEqual(before, after, f"woken up within {REST_S} s, {state}")
        self.note(f"{state}: no wake-up in {REST_S} s")

    def resident_kib(self, pid):
        for line in self.guest.run(f"cat /proc/{pid}/status", lab=True).output.splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        raise AssertionError(f"process {pid} has no VmRSS")

    def start_qemu_agent(self):
        """As its unit starts it, and asked once, as every host does: libvirt holds the other end."""
        self.guest.spawn(f"echo $$ >/run/qemu-ga.pid; exec qemu-ga -m virtio-serial -p {QEMU_PORT} "
                         "-t /run >/run/qemu-ga.log 2>&1")
        wait_until(lambda: self.guest.domain.channel_state(QEMU_AGENT_PORT) == "connected",
                   QEMU_AGENT_TIMEOUT_S, "QEMU's agent to open its port")
        for command in ("guest-ping", "guest-get-fsinfo", "guest-fsfreeze-status"):
            answer = json.loads(self.guest.domain.virsh(
                "qemu-agent-command", json.dumps({"execute": command})))
            self.assertIn("return", answer)
        return int(self.guest.read_file("/run/qemu-ga.pid"))

    def open(self):
        client = WireClient.connect(self.guest.domain.channel_path(AGENT_PORT))
        self.addCleanup(client.close)
        return client.open("a test")

    def take_set(self, client):
        client.call("vss-query-volumes")
        prepared = client.call("vss-prepare-for-snapshot", {
            "snapshot-set-id": SET_ID, "mount-points": [MOUNT], "timeout-ms": 20000})
        client.call("vss-freeze", {"generation": prepared["generation"],
                                   "deadline-ms": prepared["boot-time-ms"] + 60000,
                                   "timeout-ms": 20000})
        thawed = client.call("vss-thaw", {"generation": prepared["generation"]})
        self.assertEqual([volume["state"] for volume in thawed["volumes"]], ["held"])
        client.call("vss-post-snapshot", {"snapshot-set-id": SET_ID})

    def test_no_wake_ups(self):
        self.assert_at_rest("before the first host")
        client = self.open()
        before = self.switches(self.agent.pid())
        client.call("vss-ping")
        self.assertNotEqual(before, self.switches(self.agent.pid()), "a wake-up is seen")
        self.assert_at_rest("with a host connected")
        self.take_set(client)
        self.assert_at_rest("with a host connected, after a set")
        client.close()
        self.assert_at_rest("after the host has gone")

    def test_memory(self):
        peer = self.resident_kib(self.start_qemu_agent())

        def compare(state):
            ours = {name: self.resident_kib(pid) for name, pid in self.pids().items()}
            ratio = sum(ours.values()) / peer
            self.note(f"{state}: agent {ours['agent']} KiB + guard {ours['guard']} KiB = "
                      f"{ratio:.2f} of qemu-ga's {peer} KiB")
            self.assertLessEqual(ratio, MEMORY_RATIO, state)

        compare("before the first host")
        client = self.open()
        for question in ("vss-query-volumes", "vss-query-schema", "vss-query-status"):
            client.call(question)
        compare("with a host connected, after questions")
        self.take_set(client)
        compare("with a host connected, after a set")
        for _ in range(20):
            self.take_set(client)
        compare("after 20 more sets")
        client.close()
        self.guest.run(f"test -e /proc/{self.agent.pid()}")  # time for the agent to notice
        compare("after the host has gone")


if __name__ == "__main__":
    main()

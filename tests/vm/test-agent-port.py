#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent on a real virtio-serial port: hosts come and go, late commands freeze nothing, the port
itself is plugged in, pulled out and in use by others."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "guest-agent"))

# pylint: disable=wrong-import-position
from lab import Disk, layout
from lab.agent import Agent
from lab.domain import AGENT_PORT, Channel, channel_xml
from lab.tap import VmTest, main
from lab.tools import wait_until
from wire_client import WireClient

PORT = f"/dev/virtio-ports/{AGENT_PORT}"
MOUNT = "/srv/data"
SET_ID = "0d5e2f0e-2f6e-4a51-9b37-0c2f4f1f7a10"
# Under TCG, and with the machine's other work beside.
PLUG_TIMEOUT_S = 30
THAW_TIMEOUT_S = 10
LEASE_MS = 60000  # long: what thaws in these tests is not the lease


class AgentPort(VmTest):
    """One guest each, with one disk and the agent in it."""

    def start(self, agent=True, **options):
        guest = self.lab.start_guest([Disk("data")], **options)
        layout.plain(guest, "data", "ext4", MOUNT)
        self.guest = guest
        self.agent = Agent(guest, {"log": {"level": "debug"}})
        if agent:
            self.agent.start()
        return guest

    def connect(self):
        client = WireClient.connect(self.guest.domain.channel_path(AGENT_PORT))
        self.addCleanup(client.close)
        return client

    def open(self, requester="a test"):
        return self.connect().open(requester)

    def prepare(self, client):
        return client.call("vss-prepare-for-snapshot", {
            "snapshot-set-id": SET_ID, "mount-points": [MOUNT], "timeout-ms": 20000})["generation"]

    def freeze_arguments(self, generation):
        return {"generation": generation, "deadline-ms": self.deadline_ms(),
                "timeout-ms": 20000, "lease-ms": LEASE_MS}

    def deadline_ms(self):
        return int(self.guest.boot_clock_s() * 1000) + 60000

    def freeze(self, client):
        generation = self.prepare(client)
        frozen = client.call("vss-freeze", self.freeze_arguments(generation))
        self.assertEqual([volume["state"] for volume in frozen["volumes"]], ["held"])
        return generation

    def assert_writable(self, what):
        """Within seconds: nothing but the lease, which is far off, would thaw it else."""
        written = self.guest.spawn(f"echo {what} >{MOUNT}/file && sync {MOUNT}/file")
        self.assertEqual(written.wait(THAW_TIMEOUT_S), 0, what)

    def channel_as_it_is(self):
        """With what libvirt has added: it takes no less to find it."""
        for channel in self.guest.domain.xml().findall("devices/channel"):
            if channel.find("target").get("name") == AGENT_PORT:
                return ET.tostring(channel, encoding="unicode")
        raise AssertionError("the domain has no channel for the agent")

    def test_hosts_come_and_go(self):
        self.start()
        pid = self.agent.pid()
        sessions = set()
        for number in range(20):
            client = self.open(f"host {number}")
            sessions.add(client.hello["session"])
            client.call("vss-ping")
            client.close()
        self.assertEqual(len(sessions), 20)
        client = self.open()
        mount_points = [volume["mount-point"]
                        for volume in client.call("vss-query-volumes")["volumes"]]
        self.assertIn(MOUNT, mount_points)
        self.assertEqual(self.agent.pid(), pid)
        opened = self.guest.run(f"ls -l /proc/{pid}/fd", lab=True).output
        self.assertEqual(opened.count("/dev/vport"), 1, opened)

    def test_host_goes_while_frozen(self):
        self.start()
        client = self.open("a host that dies")
        self.freeze(client)
        blocked = self.guest.spawn(f"echo blocked >{MOUNT}/blocked")
        client.close()
        self.assertEqual(blocked.wait(THAW_TIMEOUT_S), 0, "thawed by the hang-up")
        client = self.open()
        self.assertEqual(client.call("vss-freeze-status")["state"], "thawed")
        log = [entry["message"] for entry in client.call("vss-query-status")["log"]]
        self.assertTrue(any("undoing what a host that dies" in line for line in log), log)

    def test_host_starts_over_while_frozen(self):
        self.start()
        client = self.open("the first session")
        self.freeze(client)
        client.open("the second session")
        self.assert_writable("after the new session")

    def test_freeze_read_after_the_host_has_gone(self):
        self.start()
        client = self.open()
        arguments = self.freeze_arguments(self.prepare(client))
        self.agent.kill(number=19)
        client.send("vss-freeze", arguments)
        client.close()
        self.agent.kill(number=18)
        client = self.open("the next host")
        status = client.call("vss-freeze-status")
        self.assertEqual((status["state"], status["mount-points"]), ("thawed", []))
        self.assert_writable("after a late freeze")
        self.freeze(client)  # and the guest is free for the next
        client.call("vss-abort")

    def test_prepare_read_after_the_host_has_gone(self):
        self.start()
        client = self.open()
        self.agent.kill(number=19)
        client.send("vss-prepare-for-snapshot", {
            "snapshot-set-id": SET_ID, "mount-points": [MOUNT], "timeout-ms": 20000})
        client.close()
        self.agent.kill(number=18)
        client = self.open()
        self.freeze(client)
        client.call("vss-abort")

    def test_garbage_on_the_port(self):
        self.start()
        client = self.connect()
        client.send_bytes(b"\x00\xfe{[[[" * 1000 + b"\n" + b"x" * 200000)
        client.open()
        client.call("vss-ping")

    def test_large_answers(self):
        self.start()
        client = self.open()
        for _ in range(10):
            schema = client.call("vss-query-schema")["schema"]
            self.assertIn("vss-thaw", [command["name"] for command in schema["commands"]])

    def test_port_comes_and_goes(self):
        self.start(agent=False, channels=())
        self.agent.start(wait=False)
        wait_until(lambda: "no port" in self.agent.log(), PLUG_TIMEOUT_S,
                   "the agent to wait for its port")
        channel = channel_xml(Channel(AGENT_PORT))
        for _ in range(2):
            self.guest.domain.attach(channel)
            self.agent.wait_connected(PLUG_TIMEOUT_S)
            client = self.open()
            client.call("vss-ping")
            self.freeze(client)
            self.guest.domain.detach(self.channel_as_it_is())
            self.guest.wait_for(f"! test -e {PORT}", PLUG_TIMEOUT_S, lab=True)
            self.assert_writable("after the port was pulled out")
            client.close()

    def test_port_in_use(self):
        guest = self.start(agent=False)
        other = guest.spawn(f"exec 3<>{PORT}; echo open; exec sleep 1000")
        wait_until(lambda: b"open" in other.output, PLUG_TIMEOUT_S, "the other program")
        self.agent.start(wait=False)
        wait_until(lambda: "in use by another program" in self.agent.log(), PLUG_TIMEOUT_S,
                   "the agent to find the port in use")
        other.kill()
        wait_until(lambda: "opened port" in self.agent.log(), PLUG_TIMEOUT_S,
                   "the agent to open the port")
        self.open().call("vss-ping")


if __name__ == "__main__":
    main()

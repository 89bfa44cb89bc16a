#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Agent and guard as systemd runs them: started by the port, in everybody's mount namespace, within
their sandboxes, with the journal, and again after a kill."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "guest-agent"))

# pylint: disable=wrong-import-position
from lab import Disk, layout, settings
from lab.domain import AGENT_PORT, Channel, channel_xml
from lab.tap import VmTest, main
from lab.tools import wait_until
from wire_client import WireClient

MOUNT = "/srv/data"
SET_ID = "c3a2f3d6-3f55-4c5b-8f1e-9d2f0c4b1f02"
SOURCE = Path(__file__).resolve().parents[2] / "guest-agent" / "vss-agent-log.c"
START_TIMEOUT_S = 90  # systemd, under TCG
THAW_TIMEOUT_S = 10
LEASE_MS = 60000  # long: what thaws in these tests is not the lease


def message_id(event):
    """The MESSAGE_ID of an event, as the agent's source has it."""
    return re.search(rf'\[VSS_LOG_{event}\] = {{ \w+, "(\w+)"',
                     SOURCE.read_text(encoding="utf-8")).group(1)


class AgentUnit(VmTest):
    """A guest with systemd and what `meson install` installs; no unit was enabled by hand."""

    def start(self, **options):
        if not settings.is_root():
            self.skipTest("only root can make an image with systemd in it")
        self.guest = self.lab.start_guest([Disk("data")], root=self.lab.root_disk("systemd"),
                                          init="/sbin/init", memory_mib=320, **options)
        self.guest.wait_systemd(START_TIMEOUT_S)
        layout.plain(self.guest, "data", "ext4", MOUNT)

    def wait_agent(self):
        wait_until(lambda: self.guest.domain.channel_state(AGENT_PORT) == "connected",
                   START_TIMEOUT_S, "the agent to open its port")

    def open(self):
        client = WireClient.connect(self.guest.domain.channel_path(AGENT_PORT))
        self.addCleanup(client.close)
        return client.open("a test")

    def freeze(self, client):
        prepared = client.call("vss-prepare-for-snapshot", {
            "snapshot-set-id": SET_ID, "mount-points": ["/", MOUNT], "timeout-ms": 30000}, 60)
        frozen = client.call("vss-freeze", {
            "generation": prepared["generation"], "deadline-ms": prepared["boot-time-ms"] + 60000,
            "timeout-ms": 30000, "lease-ms": LEASE_MS}, 60)
        self.assertEqual([volume["state"] for volume in frozen["volumes"]], ["held", "held"])
        return prepared["generation"]

    def pid(self, unit):
        return int(self.guest.run(f"systemctl show -P MainPID {unit}").output)

    def journal(self, event):
        self.guest.run("journalctl --sync")
        lines = self.guest.run(f"journalctl -o json MESSAGE_ID={message_id(event)}").output
        return [json.loads(line) for line in lines.splitlines()]

    def test_started_by_its_port(self):
        self.start()
        self.wait_agent()
        own = self.guest.run("readlink /proc/1/ns/mnt").output
        for unit in ("vss-agent.service", "vss-thaw-guard.service"):
            self.assertEqual(self.guest.run(f"systemctl is-active {unit}").output, "active\n")
            self.assertEqual(
                self.guest.run(f"readlink /proc/{self.pid(unit)}/ns/mnt").output, own, unit)

        client = self.open()
        generation = self.freeze(client)
        written = self.guest.spawn("echo blocked >/root/file")
        thawed = client.call("vss-thaw", {"generation": generation})
        self.assertEqual([volume["state"] for volume in thawed["volumes"]], ["held", "held"])
        self.assertEqual(written.wait(THAW_TIMEOUT_S), 0)
        client.call("vss-post-snapshot", {"snapshot-set-id": SET_ID})

        frozen = self.journal("FROZEN")
        self.assertEqual(len(frozen), 1)
        self.assertEqual(frozen[0]["SYSLOG_IDENTIFIER"], "vss-agent")
        self.assertEqual(frozen[0]["PRIORITY"], "5")
        # Said while frozen, written after.
        self.assertRegex(frozen[0]["MESSAGE"], r"^\[.*Z\] froze generation .* 2 of 2 file systems")
        self.assertTrue(frozen[0]["MESSAGE"].startswith(f"[{frozen[0]['VSS_TIME']}]"))
        self.assertEqual(len(self.journal("STARTED")), 1)
        denied = self.guest.run("dmesg | grep -c 'type=1326' || true").output
        self.assertEqual(denied.strip(), "0", "system calls that the unit forbids")

    def test_killed_while_frozen(self):
        self.start()
        self.wait_agent()
        client = self.open()
        pid = self.pid("vss-agent.service")
        self.freeze(client)
        written = self.guest.spawn("echo blocked >/root/file")
        self.guest.run(f"kill -9 {pid}", lab=True)
        self.assertEqual(written.wait(THAW_TIMEOUT_S), 0, "thawed by the guard")
        client.close()
        wait_until(lambda: self.pid("vss-agent.service") not in (0, pid), START_TIMEOUT_S,
                   "systemd to start the agent again")
        self.wait_agent()
        client = self.open()
        self.assertEqual(client.call("vss-freeze-status")["state"], "thawed")
        self.assertTrue(client.call("vss-query-status")["guard-alive"])
        self.freeze(client)
        client.call("vss-abort")
        self.guest.run("systemctl stop vss-agent.service vss-thaw-guard.service")
        self.guest.run("echo after >/root/file")

    def test_stopped_while_frozen(self):
        self.start()
        self.wait_agent()
        client = self.open()
        self.freeze(client)
        pid = self.pid_without_disk()
        self.guest.run(f"kill -15 {pid}", lab=True)
        written = self.guest.spawn("echo after >/root/file")
        self.assertEqual(written.wait(THAW_TIMEOUT_S), 0, "thawed by the agent as it stopped")

    def pid_without_disk(self):
        """While / is frozen only the initramfs's tools are sure to run."""
        return int(self.guest.run("pidof vss-agent", lab=True).output)

    def test_port_plugged_in_later(self):
        self.start(channels=())
        self.assertEqual(
            self.guest.run("systemctl is-active vss-agent.service", check=False).output,
            "inactive\n")
        self.guest.domain.attach(channel_xml(Channel(AGENT_PORT)))
        self.wait_agent()
        self.open().call("vss-ping")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writers that are programs, where systemd is: each runs in a unit of its own outside the agent's
sandbox, one that hangs is ended with all that it has started, and one that stays holds its lock
over the freeze. The guest's administrator sees it all with vssadmin."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "guest-agent"))

# pylint: disable=wrong-import-position
from lab import Disk, layout
from lab.domain import AGENT_PORT
from lab.tap import VmTest, main
from lab.tools import wait_until
from wire_client import WireClient

PROGRAMS = "/usr/lib/writers"
# What writers tell of themselves lies where it is never frozen and everybody may write.
TOLD = "/run/told"
SET_ID = "c3a2f3d6-3f55-4c5b-8f1e-9d2f0c4b1f02"
START_TIMEOUT_S = 90  # systemd, under TCG
END_TIMEOUT_S = 30
TIMEOUT_MS = 60000
CALL_TIMEOUT_S = 90
SHORT_MS = 4000
IDS = {"plain": "5a1b4f52-2f55-4f6f-93f7-1c6b1a0b0001",
       "hangs": "5a1b4f52-2f55-4f6f-93f7-1c6b1a0b0002",
       "stays": "5a1b4f52-2f55-4f6f-93f7-1c6b1a0b0003",
       "dies": "5a1b4f52-2f55-4f6f-93f7-1c6b1a0b0004"}

SCRIPTS = {
    "plain": """
[ $1 = identify ] && exit 3
cat >/dev/null
echo "$1 $(id -un)" >>/run/told/plain.events
echo $1 >/var/tmp/plain || exit 1
[ $1 = prepare-for-snapshot ] || exit 0
cat /proc/self/cgroup /proc/self/status >/run/told/plain.self
exec ls /proc/self/fd >/run/told/plain.fds
""",
    "hangs": """
[ $1 = freeze ] || exit 3
trap '' TERM
sleep 1000 &
echo $$ $! >/run/told/hangs.pids
while :; do sleep 1; done
""",
    "stays": """
[ $1 = freeze ] || exit 3
read -r line
echo $$ >/run/told/stays.held
echo '{"failure":"none"}'
read -r line || { echo lost >>/run/told/stays.events; exit 1; }
case $line in *'"thaw"'*) echo thaw;; *) echo abort;; esac >>/run/told/stays.events
rm -f /run/told/stays.held
echo '{"failure":"none","message":"released"}'
""",
    "dies": """
[ $1 = freeze ] || exit 3
printf 'half \\033[2Jway' >&2
kill -TERM $$
""",
}


class WriterPrograms(VmTest):
    """One guest with systemd and four writers that behave differently."""

    def start(self):
        self.guest = self.lab.start_guest([Disk("data")], root=self.lab.root_disk("systemd"),
                                          init="/sbin/init", memory_mib=320)
        self.guest.wait_systemd(START_TIMEOUT_S)
        layout.plain(self.guest, "data", "ext4", "/srv")
        self.guest.run(f"mkdir -m 1777 {TOLD}")
        # What looks at the host's silence is tested elsewhere.
        for prefix in ("", "/usr/local"):
            self.guest.write_file(f"{prefix}/etc/vss-agent/vss-agent.conf.d/idle.conf",
                                  "[channel]\nsession-idle-ms=600000\n")
        self.guest.run("systemctl restart vss-agent")
        wait_until(lambda: self.guest.domain.channel_state(AGENT_PORT) == "connected",
                   START_TIMEOUT_S, "the agent to open its port")
        client = WireClient.connect(self.guest.domain.channel_path(AGENT_PORT))
        self.addCleanup(client.close)
        self.client = client.open("a test")

    def install(self, folder, name, keys="", limits=""):
        self.guest.write_file(f"{PROGRAMS}/{name}", "#!/bin/sh\n" + SCRIPTS[name], 0o755)
        self.guest.write_file(f"{folder}/{name}.writer",
                              f"[Writer]\nname={name}\nwriter-id={IDS[name]}\n"
                              f"usage=user-data\nexec={PROGRAMS}/{name}\n{keys}\n"
                              f"[Limits]\n{limits}\n")

    def install_all(self):
        """Where this installation looks, an older file of the vendor's hidden by the host's."""
        vendor, own = self.guest.run(
            "vss-agent --check-config | sed -n 's/^folders=//p'").output.strip().split(";")
        self.install(own, "plain", keys="user=nobody")
        self.install(vendor, "hangs", limits=f"freeze-ms={SHORT_MS}")
        self.install(own, "stays", keys="stays=true")
        self.install(vendor, "dies")
        self.guest.write_file(f"{vendor}/hidden.writer", "[Writer]\nexec=/bin/true\n")
        self.guest.run(f"ln -s /dev/null {own}/hidden.writer")
        self.guest.write_file(f"{own}/open.writer", "[Writer]\nexec=/bin/true\n", 0o666)

    def call(self, command, **arguments):
        return self.client.call(command, {key.replace("_", "-"): value
                                          for key, value in arguments.items()}, CALL_TIMEOUT_S)

    def read(self, name):
        return self.guest.read_file(f"{TOLD}/{name}").decode()

    def admin(self, *words):
        return self.guest.run(" ".join(("vssadmin", *words))).output

    def freeze_all(self):
        gathered = self.call("vss-gather-writer-metadata", timeout_ms=TIMEOUT_MS)
        self.assertEqual(gathered["absent"], [])
        writers = {writer["name"]: writer["instance-id"] for writer in gathered["writers"]}
        self.assertEqual(sorted(writers), sorted(IDS))
        self.call("vss-prepare-for-backup", snapshot_set_id=SET_ID, writers=list(writers.values()),
                  backup_type="full", select_components=False, bootable_system_state=False,
                  partial_file_support=False, components=[], timeout_ms=TIMEOUT_MS)
        prepared = self.call("vss-prepare-for-snapshot", snapshot_set_id=SET_ID,
                             mount_points=["/", "/srv"], timeout_ms=TIMEOUT_MS)
        frozen = self.call("vss-freeze", generation=prepared["generation"],
                           deadline_ms=prepared["boot-time-ms"] + 60000, timeout_ms=TIMEOUT_MS,
                           lease_ms=30000)
        self.assertEqual([volume["state"] for volume in frozen["volumes"]], ["held", "held"])
        return frozen

    def check_failures(self, statuses):
        self.assertEqual({name: (status["state"], status["failure"])
                          for name, status in statuses.items()},
                         {"plain": ("waiting-for-thaw", "none"),
                          "stays": ("waiting-for-thaw", "none"),
                          "hangs": ("failed-at-freeze", "not-responding"),
                          "dies": ("failed-at-freeze", "not-responding")})
        self.assertIn("signal 15", statuses["dies"]["message"])
        self.assertIn("half ?[2Jway", statuses["dies"]["message"])
        self.assertIn("no answer", statuses["hangs"]["message"])

    def check_sandbox(self):
        """Nothing of the agent's: neither its control group nor its limits nor its descriptors."""
        seen = self.read("plain.self")
        self.assertIn("/vss-writer-plain-", seen)
        self.assertNotIn("vss-agent.service", seen)
        self.assertIn("NoNewPrivs:\t0", seen)
        self.assertIn("Seccomp:\t0", seen)
        agent = self.guest.run("grep CapBnd /proc/$(pidof vss-agent)/status").output
        self.assertNotIn(agent.strip(), seen)
        # The last one is ls's own, of the folder.
        self.assertEqual(self.read("plain.fds").split(), ["0", "1", "2", "3"])
        self.assertEqual({line.split()[1] for line in self.read("plain.events").splitlines()},
                         {"nobody"})
        self.assertEqual(self.guest.read_file("/var/tmp/plain").decode(), "post-snapshot\n")

    def check_nothing_stays(self):
        for pid in self.read("hangs.pids").split():
            wait_until(lambda pid=pid: self.guest.process_state(pid) in (None, "Z"),
                       END_TIMEOUT_S, "what hangs to be ended")
        self.assertEqual(self.guest.run(
            "for i in 1 2 3 4 5 6 7 8 9 10; do "
            "units=$(systemctl list-units --all --no-legend 'vss-writer-*'); "
            "[ -z \"$units\" ] && exit; sleep 1; done; echo \"$units\"",
            END_TIMEOUT_S).output, "")

    def check_admin(self):
        text = self.admin("list", "writers")
        self.assertIn("Writer name: 'stays'\n", text)
        self.assertIn("   State: [5] Waiting for completion\n   Last error: No error\n", text)
        self.assertIn("   State: [9] Failed at freeze\n   Last error: Not responding\n", text)
        self.assertIn("open.writer\n   Reason: ", text)
        self.assertNotIn("hidden", text)
        self.assertTrue(all(c.isprintable() or c == "\n" for c in text), text)
        listed = json.loads(self.admin("list", "writers", "--output=json"))
        self.assertEqual(sorted(writer["name"] for writer in listed["writers"]), sorted(IDS))
        self.assertIn("Volume path: /srv\n", self.admin("list", "volumes"))
        self.assertIn("Thaw guard: running", self.admin("status"))

    def test_programs(self):
        self.start()
        self.install_all()
        frozen = self.freeze_all()
        self.check_failures({status["name"]: status for status in frozen["writers"]})
        held = self.guest.run(f"cat {TOLD}/stays.held", lab=True).output.strip()
        self.assertNotIn(self.guest.process_state(held), (None, "Z"))

        self.call("vss-thaw", generation=frozen["generation"])
        self.call("vss-post-snapshot", snapshot_set_id=SET_ID)
        after = self.call("vss-gather-writer-status", snapshot_set_id=SET_ID,
                          timeout_ms=TIMEOUT_MS)
        self.assertEqual({status["name"]: status["state"] for status in after["writers"]},
                         {"plain": "waiting-for-backup-complete", "hangs": "failed-at-freeze",
                          "stays": "waiting-for-backup-complete", "dies": "failed-at-freeze"})
        self.assertEqual(self.read("stays.events"), "thaw\n")
        self.check_sandbox()
        self.check_admin()
        self.check_nothing_stays()


if __name__ == "__main__":
    main()

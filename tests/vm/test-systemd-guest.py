#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole Debian with systemd, everything in it from `meson install`, and `virt-vss` on the host:
the root file system is among the frozen, systemd, udev and the journal go on, and whichever of
agent and guard is killed, the guest thaws in time and systemd brings both back."""

import json
import time

from lab import Disk, layout
from lab.agent import RECORD
from lab.domain import AGENT_PORT, Channel, channel_xml
from lab.requester import Requester, SteppedCreate, mounts
from lab.tap import VmTest, main
from lab.tools import wait_until
from lab.workloads import Prober

UNITS = ("vss-agent.service", "vss-thaw-guard.service")
SETTINGS = ("/etc/vss-agent", "/usr/local/etc/vss-agent")
START_TIMEOUT_S = 90  # systemd, under TCG
SERVICE_TIMEOUT_S = 30
OFF_TIMEOUT_S = 50  # under the lease, which would help
LEASE_S = 5
# The guard's word is one second after the lease; the other is what a busy, emulated guest takes to
# tell about it.
GRACE_S = 1
TELLING_S = 2
# The set may be committed before the requester could be stopped.
FREEZE_ATTEMPTS = 5
# MESSAGE_IDs, which are a promise to whoever filters the journal by them.
HOST_CONNECTED = "3356dbafedd6462ba0c1048c2b64fbb2"
FROZEN = "757574c0310747f6874b88dedfbadb12"
THAWED = "530c9d0eaeb14a11b2df343c1cc539a6"
RECOVERED = "36bd9c6aaea64f0ea3a4652f95e29510"


class SystemdGuest(VmTest):
    """No unit is enabled or started by hand anywhere here."""

    @property
    def prober(self):
        return self.lab.build_dir / "tests/vm/lab/guest/prober"

    def start(self, **options):
        self.guest = self.lab.start_guest([Disk("data")], root=self.lab.root_disk("systemd"),
                                          init="/sbin/init", memory_mib=320, **options)
        self.guest.wait_systemd(START_TIMEOUT_S)
        layout.plain(self.guest, "data", "xfs", "/srv")
        self.requester = Requester(self.lab, self.guest)
        # The laboratory's programs aren't in this image.
        self.guest.write_file("/usr/bin/prober", self.prober.read_bytes(), 0o755)

    def wait_agent(self):
        wait_until(lambda: self.guest.domain.channel_state(AGENT_PORT) == "connected",
                   START_TIMEOUT_S, "the agent to open its port")

    def show(self, name, unit):
        return self.guest.run(f"systemctl show -P {name} {unit}").output.strip()

    def pid(self, unit):
        return int(self.show("MainPID", unit))

    def wait_active(self, *units):
        for unit in units:
            self.guest.wait_for(f"systemctl -q is-active {unit}", SERVICE_TIMEOUT_S)

    def journal(self, *matches):
        self.guest.run("journalctl --sync")
        lines = self.guest.run(f"journalctl -o json {' '.join(matches)}").output
        return [json.loads(line) for line in lines.splitlines()]

    def keep_journal_on_root(self):
        """The journal lies on the file system that will be frozen."""
        self.guest.run("mkdir -p /var/log/journal && systemctl restart systemd-journald && "
                       "journalctl --flush && test -e /var/log/journal/*/system.journal")

    # Freezing.

    def start_probers(self):
        self.probers = {folder: Prober(self.guest, f"{folder}/probe", name=f"prober{number}")
                        for number, folder in enumerate(("/", "/srv"))}
        for prober in self.probers.values():
            prober.wait_writes_again(SERVICE_TIMEOUT_S)

    def is_frozen(self):
        """Whether both programs wait in a write, and a freeze is on record after they began to."""
        for prober in self.probers.values():
            prober.wait(lambda status: status["writing_since_us"], SERVICE_TIMEOUT_S, "a write")
        return self.guest.run(f"test -e {RECORD}", check=False, lab=True).status == 0

    def freeze(self, lease_s=LEASE_S):
        """A create that stands still while the guest is frozen."""
        for _ in range(FREEZE_ATTEMPTS):
            create = SteppedCreate.stopped_in("commit", self.lab, self.guest,
                                              f"--lease={lease_s}", "--policy=report")
            if self.is_frozen():
                return create
            create.resume()
            _, taken, message = create.finish()
            self.assertTrue(taken, message)
            self.requester.delete(taken)
        return self.fail("the guest was never seen frozen")

    def assert_thaws(self, begun):
        for folder, prober in self.probers.items():
            left = LEASE_S + GRACE_S + TELLING_S - (time.monotonic() - begun)
            prober.wait_writes_again(max(left, 0.5))
            self.note(f"{folder} writes again {time.monotonic() - begun:.1f} s after the fault")

    def assert_not_called_consistent(self, create):
        create.resume()
        status, taken, message = create.finish()
        self.assertNotEqual(status, 0, message)
        if taken and taken.get("snapshot-set-id") and status == 3:
            self.assertEqual(taken["consistency"], "crash")
            self.requester.delete(taken)
        self.requester.run("recover")
        self.assertEqual(self.requester.sets(), [])

    def assert_next_set_succeeds(self):
        self.wait_active(*UNITS)
        self.wait_agent()
        taken = self.requester.create("--policy=require-filesystem")
        self.assertEqual(taken["consistency"], "filesystem")
        self.requester.delete(taken)

    # What is claimed.

    def test_set_with_root(self):
        self.start()
        self.wait_agent()
        self.keep_journal_on_root()
        for unit in UNITS:
            self.assertEqual(self.show("UnitFileState", unit), "disabled", "udev starts it")
            self.assertEqual(self.show("ActiveState", unit), "active")
        self.assert_units_are_sound()

        self.start_probers()
        create = self.freeze(lease_s=30)
        begun = time.time()
        # What others tell the journal meanwhile isn't lost, and asking systemd needs no disk.
        self.guest.run("echo said-while-frozen >/dev/kmsg", lab=True)
        self.assertIn("active", self.guest.run("chroot /proc/1/root systemctl is-active "
                                               + " ".join(UNITS), lab=True).output)
        self.assertTrue(self.is_frozen())
        create.resume()
        status, taken, message = create.finish()
        self.assertEqual(status, 0, message)
        self.assertEqual(taken["consistency"], "filesystem")
        volumes = mounts(taken)
        self.assertEqual({volumes[folder]["fs-type"] for folder in ("/", "/srv")},
                         {"ext4", "xfs"})
        self.requester.delete(taken)

        frozen = self.journal(f"MESSAGE_ID={FROZEN}")[-1]
        self.assertEqual(frozen["_SYSTEMD_UNIT"], "vss-agent.service")
        self.assertEqual(frozen["SYSLOG_IDENTIFIER"], "vss-agent")
        self.assertRegex(frozen["MESSAGE"], r"^\[.*Z\] ", "said while frozen, written after")
        self.assertTrue(self.journal(f"MESSAGE_ID={THAWED}"))
        self.assertTrue(self.journal("_TRANSPORT=kernel", "| grep said-while-frozen"))
        for unit in (*UNITS, "systemd-journald.service"):
            self.guest.run(f"systemctl status --no-pager {unit}", timeout=SERVICE_TIMEOUT_S)
            self.assertEqual(self.show("NRestarts", unit), "0", unit)
        self.assertEqual(self.guest.run("systemctl is-system-running").output, "running\n")
        self.note(f"looked at while frozen for {time.time() - begun:.1f} s")

    def assert_units_are_sound(self):
        units = " ".join(UNITS)
        verified = self.guest.run(f"systemd-analyze verify --man=no {units} 2>&1", check=False)
        self.assertEqual((verified.status, verified.output), (0, ""))
        for unit in UNITS:
            told = self.guest.run(f"systemd-analyze security --no-pager {unit}").output
            self.note(told.splitlines()[-1])

    def test_killed_while_frozen(self):
        self.start()
        self.wait_agent()
        self.start_probers()
        self.meet("vss-agent.service")
        self.meet("vss-thaw-guard.service")
        self.meet_both()

    def meet(self, unit):
        with self.subTest(killed=unit):
            pid = self.pid(unit)
            create = self.freeze()
            begun = time.monotonic()
            self.guest.run(f"kill -9 {pid}", lab=True)
            self.assert_thaws(begun)
            self.assert_not_called_consistent(create)
            self.assert_next_set_succeeds()
            self.assertNotIn(self.pid(unit), (0, pid))
            self.assertEqual(self.show("NRestarts", unit), "1")

    def meet_both(self):
        """With both gone, what thaws is the program that systemd runs after the guard."""
        with self.subTest(killed="both"):
            self.write_unit_drop_in("RestartSec=60")
            pids = [self.pid(unit) for unit in UNITS]
            create = self.freeze()
            begun = time.monotonic()
            self.guest.run(f"kill -9 {' '.join(map(str, pids))}", lab=True)
            self.assert_thaws(begun)
            self.assertEqual(self.show("SubState", "vss-agent.service"), "auto-restart",
                             "no new agent has thawed")
            self.guest.run(f"test ! -e {RECORD}")
            self.write_unit_drop_in("RestartSec=1")
            self.guest.run("systemctl start vss-agent.service")
            self.assert_not_called_consistent(create)
            self.assert_next_set_succeeds()

    def write_unit_drop_in(self, line):
        self.guest.write_file("/run/systemd/system/vss-agent.service.d/test.conf",
                              f"[Service]\n{line}\n")
        self.guest.run("systemctl daemon-reload")

    def test_switched_off_while_frozen(self):
        """The agent is stopped like every service, and thaws: nothing waits for the disk."""
        self.start()
        self.wait_agent()
        self.start_probers()
        create = self.freeze(lease_s=60)
        begun = time.monotonic()
        self.guest.run("chroot /proc/1/root systemctl --no-block --no-wall poweroff", lab=True,
                       check=False)
        wait_until(lambda: not self.guest.domain.is_running(), OFF_TIMEOUT_S, "the guest to end")
        self.note(f"off {time.monotonic() - begun:.1f} s after it was asked to")
        create.kill()

    def test_plugged_in_later(self):
        self.start(channels=())
        for unit in UNITS:
            self.assertEqual(self.show("ActiveState", unit), "inactive")
        port = channel_xml(Channel(AGENT_PORT))
        self.guest.domain.attach(port)
        self.wait_agent()
        self.wait_active(*UNITS)
        self.guest.domain.detach(self.guest.domain.part_xml("channel", AGENT_PORT))
        self.guest.domain.attach(port)
        self.assert_next_set_succeeds()
        self.assertEqual(self.show("NRestarts", "vss-agent.service"), "0")
        self.meet_settings()

    def meet_settings(self):
        folder = next(folder for folder in SETTINGS if self.guest.exists(folder))
        drop_in = f"{folder}/vss-agent.conf.d/20-test.conf"
        self.guest.write_file(drop_in, "[log]\nlevel=debug\n")
        self.assertEqual(self.journal(f"MESSAGE_ID={HOST_CONNECTED}"), [])
        self.guest.run("systemctl restart vss-agent.service")
        self.assert_next_set_succeeds()
        self.assertTrue(self.journal(f"MESSAGE_ID={HOST_CONNECTED}"))

        self.guest.write_file(drop_in, "[freeze]\nmax-lease-ms=plenty\n")
        failed = self.guest.run("systemctl restart vss-agent.service", check=False)
        self.assertNotEqual(failed.status, 0)
        # No settings get better by trying again.
        self.assertEqual(self.show("ActiveState", "vss-agent.service"), "failed")
        self.assertEqual(self.show("ExecMainStatus", "vss-agent.service"), "78")
        told = [entry["MESSAGE"] for entry in self.journal("-u vss-agent.service", "-n 20")]
        self.assertTrue(any(
            f'{drop_in}: group [freeze], key "max-lease-ms": "plenty" is no whole number' in line
            for line in told), told)
        self.assertEqual(self.show("ActiveState", "vss-thaw-guard.service"), "active")

        self.guest.run(f"rm {drop_in} && systemctl start vss-agent.service")
        self.assert_next_set_succeeds()


if __name__ == "__main__":
    main()

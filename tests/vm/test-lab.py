#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory itself works: guests boot, commands run, oracles tell the truth, nothing stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from lab import Disk, GuestTimeout, LabError, layout
from lab.checker import Checker
from lab.domain import Channel, channel_xml
from lab.kernel import Kernel
from lab.tap import VmTest, main
from lab.workloads import AtomicWriter, FileWriter, Prober

GONE_TIMEOUT_S = 20


def processes_of(folder):
    """Processes that have this run's folder on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str(folder).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Laboratory(VmTest):
    """Each promise that tests rely on."""

    def start(self, **options):
        guest = self.lab.start_guest(
            [Disk("plain"), Disk("frozen-xfs", format="raw"), Disk("pv-one"), Disk("pv-two")],
            **options)
        self.note(f"guest ready after {guest.ready_after_s:.1f} s")
        return guest

    def lay_out(self, guest):
        layout.plain(guest, "plain", "ext4", "/srv/ext4")
        layout.plain(guest, "frozen-xfs", "xfs", "/srv/xfs")
        layout.lvm(guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")

    def test_commands_run_beside_each_other(self):
        guest = self.start()
        self.lay_out(guest)
        self.assertEqual(guest.run("exit 7", check=False).status, 7)
        self.assertEqual(guest.run("echo out; echo err >&2").error, "err\n")
        data = os.urandom(300000)
        guest.write_file("/srv/xfs/data", data)
        self.assertEqual(guest.read_file("/srv/xfs/data"), data)
        guest.run("fsfreeze -f /srv/ext4")
        blocked = guest.spawn("echo late >/srv/ext4/file")
        self.assertRaises(GuestTimeout, blocked.wait, 0.5)
        self.assertEqual(guest.run("echo meanwhile").output, "meanwhile\n")
        guest.run("fsfreeze -u /srv/ext4")
        self.assertEqual(blocked.wait(10), 0)
        with self.assertRaises(LabError):
            guest.run("false")

    def test_workloads_tell_where_they_are(self):
        guest = self.start()
        self.lay_out(guest)
        prober = Prober(guest, "/srv/ext4/probe")
        files = FileWriter(guest, "/srv/xfs")
        atomic = AtomicWriter(guest, "/srv/ext4/a", "/srv/lvm/b")
        prober.wait_writes_again(20)
        files.wait_synced(5)
        atomic.wait_number(5)
        guest.run("fsfreeze -f /srv/ext4")
        prober.wait(lambda status: status["writing_since_us"], 10, "a blocked write")
        time.sleep(0.3)
        self.assertGreater(prober.longest_ms(), 300)
        guest.run("fsfreeze -u /srv/ext4")
        prober.wait_writes_again(10)
        self.assertGreater(prober.longest_ms(), 300)
        for workload in (prober, files, atomic):
            workload.stop()

    def test_images_of_a_snapshot(self):
        guest = self.start()
        self.lay_out(guest)
        files = FileWriter(guest, "/srv/xfs", pause_ms=1)
        atomic = AtomicWriter(guest, "/srv/ext4/a", "/srv/lvm/b")
        files.wait_synced(20)
        atomic.wait_number(20)
        before = guest.domain.chains_by_qemu()
        synced, number = files.synced(), atomic.number()
        self.take_snapshot(guest, "one")
        guest.run("fsfreeze -f /srv/ext4")
        self.take_snapshot(guest, "two")
        guest.run("fsfreeze -u /srv/ext4")
        after = guest.domain.chains_by_qemu()
        self.assertEqual(after, guest.domain.chains_by_libvirt())
        self.assertEqual([len(after[target]) for target in sorted(after)], [3, 3, 3, 3])
        self.assertTrue(self.lab.image_tools.is_locked(after["vda"][0]))
        self.assertFalse(self.lab.image_tools.is_locked(after["vda"][1]))
        self.assertEqual(self.lab.image_tools.check(after["vda"][1])["check-errors"], 0)
        self.assertEqual(self.lab.image_tools.chain(after["vda"][1])[-1], before["vda"][0])
        crash = [before[target][0] for target in ("vda", "vdb", "vdc", "vdd")]
        frozen = after["vda"][1]
        with Checker(self.lab, [*crash, frozen]) as checker:
            self.note(f"checker ready after {checker.guest.ready_after_s:.1f} s")
            self.assertTrue(checker.ext4(checker.device(crash[0])).needs_recovery)
            state = checker.ext4(checker.device(frozen))
            self.assertFalse(state.needs_recovery, state.report)
            self.assertTrue(state.is_clean, state.report)
            self.assertTrue(checker.xfs(checker.device(crash[1])).is_clean)
            with checker.mounted(checker.device(crash[1])) as folder:
                self.assertEqual(checker.verify_files(folder, synced)["wrong"], 0)
                self.assertIn("./f-00000001", checker.hashes(folder))
            with checker.mounted(checker.device(crash[0])) as folder:
                first = checker.atomic_number(f"{folder}/a")
            with checker.lvm(*crash[2:]) as volumes:
                with checker.mounted(volumes["vg/lv"]) as folder:
                    second = checker.atomic_number(f"{folder}/b")
        self.assertGreaterEqual(first, number)
        self.assertIn(first - second, (0, 1))
        self.assertEqual(guest.run("echo still here").output, "still here\n")

    def take_snapshot(self, guest, name):
        guest.domain.virsh("snapshot-create-as", name, "--disk-only", "--atomic", "--no-metadata")

    def test_raw_reading(self):
        guest = self.start()
        writer = AtomicWriter(guest, guest.disk("plain"), guest.disk("frozen-xfs"), offset=1 << 20)
        writer.wait_number(10)
        before = guest.domain.chains_by_qemu()
        self.take_snapshot(guest, "one")
        first, second = (self.lab.image_tools.atomic_number(before[target][0], 1 << 20)
                         for target in ("vda", "vdb"))
        self.assertGreaterEqual(first, 10)
        self.assertIn(first - second, (0, 1))
        self.assertEqual(len(self.lab.image_tools.content_hash(before["vda"][0])), 64)

    def test_libvirtd_may_die(self):
        for persistent in (True, False):
            with self.subTest(persistent=persistent):
                guest = self.start(persistent=persistent, name=f"p{int(persistent)}")
                pid = guest.domain.qemu_pid
                self.lab.libvirt.kill()
                self.assertFalse(self.lab.libvirt.is_running())
                self.assertEqual(guest.run("echo alone").output, "alone\n")
                self.assertRaises(LabError, self.lab.virsh, "list")
                self.lab.libvirt.start()
                self.assertEqual(guest.domain.qemu_pid, pid)
                self.assertEqual(guest.domain.is_persistent(), persistent)
                self.assertEqual(guest.domain.qmp("query-status")["status"], "running")
                self.lab.end_guest(guest)

    def test_ports_come_and_go(self):
        guest = self.start(channels=())
        port = channel_xml(Channel("org.virtvss.agent.0"))
        guest.domain.attach(port)
        guest.wait_file("/dev/virtio-ports/org.virtvss.agent.0")
        self.assertEqual(guest.domain.channel_state("org.virtvss.agent.0"), "disconnected")
        holder = guest.spawn("exec 3<>/dev/virtio-ports/org.virtvss.agent.0; echo open; cat")
        holder.wait_output(b"open", 10)
        self.assertEqual(guest.domain.channel_state("org.virtvss.agent.0"), "connected")
        holder.end_input()
        self.assertEqual(holder.wait(10), 0)

    def test_root_on_a_disk_freezes_without_the_lab(self):
        for kind in ("ext4", "xfs"):
            with self.subTest(kind=kind):
                guest = self.lab.start_guest([Disk(f"data-{kind}")],
                                             root=self.lab.root_disk(kind, f"root-{kind}"))
                self.note(f"{kind} root: ready after {guest.ready_after_s:.1f} s")
                self.assertIn(f" / {kind} ", guest.run("cat /proc/mounts").output)
                guest.run("fsfreeze -f /")
                blocked = guest.spawn("echo late >/file")
                self.assertRaises(GuestTimeout, blocked.wait, 0.5)
                self.assertEqual(guest.run("echo lab", lab=True).output, "lab\n")
                guest.run("fsfreeze -u /")
                self.assertEqual(blocked.wait(10), 0)
                self.lab.end_guest(guest)

    def test_systemd_guest(self):
        guest = self.lab.start_guest(root=self.lab.root_disk("systemd"), init="/sbin/init")
        self.note(f"systemd root: ready after {guest.ready_after_s:.1f} s")
        guest.wait_systemd()
        self.note(f"systemd is up {guest.boot_clock_s():.1f} s after boot")
        self.assertTrue(guest.exists("/dev/virtio-ports/org.virtvss.agent.0"))
        self.assertIn(" / ext4 ", guest.run("cat /proc/mounts").output)

    def test_slow_disk_makes_freezing_last(self):
        guest = self.lab.start_guest([Disk("slow", write_bytes_per_second=4 << 20)])
        layout.plain(guest, "slow", "ext4", "/srv")
        guest.run("dd if=/dev/zero of=/srv/file bs=1M count=12 2>/dev/null")
        begun = guest.boot_clock_s()
        guest.run("fsfreeze -f /srv")
        self.assertGreater(guest.boot_clock_s() - begun, 1)
        guest.run("fsfreeze -u /srv")


class RootLaboratory(VmTest):
    """The same with a libvirtd of root's, where there is root."""

    as_root = True

    def test_images_change_hands(self):
        guest = self.lab.start_guest([Disk("a")])
        image = Path(guest.domain.chains_by_libvirt()["vda"][0])
        self.assertNotEqual(image.stat().st_uid, 0)
        self.lab.end_guest(guest)
        self.assertEqual(image.stat().st_uid, 0)
        self.assertEqual(Kernel.find().image.stat().st_uid, 0)

    def test_libvirtd_may_die(self):
        guest = self.lab.start_guest([Disk("a")])
        self.lab.libvirt.restart()
        guest.domain.virsh("snapshot-create-as", "one", "--disk-only", "--atomic", "--no-metadata")
        self.assertEqual(guest.domain.chains_by_qemu(), guest.domain.chains_by_libvirt())
        self.assertEqual(guest.run("echo well").output, "well\n")


class NothingStays(VmTest):
    """However a test ends."""

    def test_closing(self):
        guest = self.lab.start_guest([Disk("a")])
        self.assertIn(guest.domain.qemu_pid, processes_of(self.lab.folder))
        self.lab.close()
        self.assert_gone(self.lab.folder)

    def test_killed(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(signal=number.name):
                child, folder = self.start_child()
                self.assertTrue(processes_of(folder))
                child.send_signal(number)
                child.wait(GONE_TIMEOUT_S)
                self.assert_gone(folder)

    def start_child(self):
        """A test run of its own, in the middle of which it is killed."""
        script = ("import sys, time; from lab import Lab; lab = Lab(sys.argv[1]); "
                  "lab.start_guest([], wait=False); print(lab.folder, flush=True); "
                  "time.sleep(600)")
        child = subprocess.Popen(  # pylint: disable=consider-using-with
            [sys.executable, "-c", script, str(self.lab.build_dir)], stdout=subprocess.PIPE,
            text=True, cwd=Path(__file__).parent)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.kill)
        return child, Path(child.stdout.readline().strip())

    def assert_gone(self, folder):
        deadline = time.monotonic() + GONE_TIMEOUT_S
        while (folder.exists() or processes_of(folder)) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(folder.exists())
        self.assertEqual(processes_of(folder), [])


if __name__ == "__main__":
    main()

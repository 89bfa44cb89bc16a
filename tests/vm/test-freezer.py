#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The freezer and its guard, without a host: what is held, what is told, and that whatever dies or
stops, the guest writes again. tests/guest-agent/freeze/freeze-tool plays the agent."""

import itertools
import time

from lab import Disk, layout
from lab.agent import GUARD, RECORD
from lab.tap import VmTest, build_dir, main
from lab.workloads import Prober

TOOL = "/usr/bin/freeze-tool"
SOCKET = "/run/vss-agent/guard.sock"
TIMEOUT_S = 60
LEASE_MS = 2500
# The guard's word is a second after the lease's end; the rest is what a busy, emulated guest takes
# to tell about it.
THAWED_WITHIN_S = LEASE_MS / 1000 + 1 + 2
# Long before the lease's end: somebody was told that the agent is gone.
AT_ONCE_S = 2
SLOW_BYTES_PER_SECOND = 4 << 20
DIRTY_MIB = 20
# As /proc/PID/syscall names it.
IOCTL = 16
SLOW_FREEZE_S = 4 * DIRTY_MIB * (1 << 20) // SLOW_BYTES_PER_SECOND


class Tool:
    """One process with a freezer in it."""

    def __init__(self, guest):
        self.guest = guest
        self.command = guest.spawn(f"exec {TOOL} {SOCKET} {RECORD}")
        self.seen = 0
        self.pid = int(self.answer().split()[1])

    def say(self, line):
        self.command.feed(line.encode() + b"\n")

    def answer(self, timeout=TIMEOUT_S):
        """The next line."""
        deadline = time.monotonic() + timeout
        while True:
            text = self.command.output.decode()
            end = text.find("\n", self.seen)
            if end >= 0:
                line, self.seen = text[self.seen:end], end + 1
                return line
            if time.monotonic() > deadline or self.command.is_over:
                raise AssertionError(f"the tool said nothing more than {text!r} "
                                     f"{self.command.error!r}")
            time.sleep(0.01)

    def ask(self, line, timeout=TIMEOUT_S):
        self.say(line)
        return self.answer(timeout)


class Freezer(VmTest):
    """One guest for each test."""

    names = itertools.count()

    def start(self, disks, root=None):
        self.guest = self.lab.start_guest(disks, root=root)
        self.guest.write_file(
            TOOL, (build_dir() / "tests/guest-agent/freeze/freeze-tool").read_bytes(), 0o755)
        self.guest.run("mkdir -p -m 0700 /run/vss-agent")
        self.start_guard()

    def start_guard(self):
        """As its unit does: what follows its end is the thaw from the record."""
        self.guard = self.guest.spawn(
            f"sh -c 'echo $$ >/run/guard.pid; exec {GUARD} --socket={SOCKET}'; "
            f"{GUARD} --recover={RECORD}")
        self.guest.wait_for(f"test -S {SOCKET}")

    def guard_pid(self):
        return int(self.guest.read_file("/run/guard.pid", lab=True))

    def signal(self, pid, number):
        self.guest.run(f"kill -{number} {pid}", lab=True)

    def probe(self, *folders):
        probers = [Prober(self.guest, f"{folder}/probe", name=f"prober{next(self.names)}")
                   for folder in folders]
        for prober in probers:
            prober.wait_writes_again(30)
        return probers

    def assert_writes_again(self, probers, within_s, begun):
        for prober in probers:
            prober.wait_writes_again(max(within_s - (time.monotonic() - begun), 0.5))
        self.note(f"written again after {time.monotonic() - begun:.2f} s")

    def expedited(self):
        return self.guest.read_file("/sys/kernel/rcu_expedited", lab=True).decode().strip()

    def freeze(self, tool, *mount_points, lease_ms=30000):
        self.assertRegex(tool.ask(f"prepare {' '.join(mount_points)}"), "^prepared ")
        answer = tool.ask(f"freeze 60000 {lease_ms}")
        self.assertRegex(answer, "^frozen ")
        return answer

    def test_holds_and_tells(self):
        self.start([Disk("one"), Disk("two"), Disk("pv-one"), Disk("pv-two"), Disk("esp")])
        layout.plain(self.guest, "one", "ext4", "/srv/ext4")
        layout.plain(self.guest, "two", "xfs", "/srv/xfs")
        layout.lvm(self.guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        layout.plain(self.guest, "esp", "vfat", "/srv/esp")
        self.guest.run("modprobe loop && truncate -s 40M /srv/ext4/image && "
                       "mkfs.ext4 -q -F /srv/ext4/image && mkdir -p /srv/loop && "
                       "mount -o loop /srv/ext4/image /srv/loop")
        folders = ["/srv/ext4", "/srv/xfs", "/srv/lvm", "/srv/loop", "/srv/esp"]
        tool = Tool(self.guest)
        answer = self.freeze(tool, *folders)
        for folder in folders[:4]:
            self.assertIn(f"{folder}=held", answer)
        self.assertIn("/srv/esp=flushed", answer)
        self.note(answer)
        late = self.guest.spawn("touch /srv/ext4/late /srv/xfs/late /srv/lvm/late /srv/loop/late")
        self.assertEqual(tool.ask("status"), "status frozen guard=1 frozen=/srv/ext4 /srv/xfs "
                                             "/srv/lvm /srv/loop")
        self.assertFalse(late.is_over)
        self.assertEqual(self.expedited(), "1")
        answer = tool.ask("thaw")
        for folder in folders[:4]:
            self.assertIn(f"{folder}=held", answer)
        self.assertIn("/srv/esp=flushed", answer)
        self.assertEqual(late.wait(TIMEOUT_S), 0)
        self.assertEqual(self.expedited(), "0")
        self.assertFalse(self.guest.exists(RECORD))
        self.assertEqual(tool.ask("post"), "finished")

    def test_sees_gaps_and_leaves_others_alone(self):
        self.start([Disk("one"), Disk("two"), Disk("pv")])
        layout.plain(self.guest, "one", "ext4", "/srv/ext4")
        layout.plain(self.guest, "two", "xfs", "/srv/xfs")
        layout.lvm(self.guest, ["pv"], "xfs", "/srv/lvm")
        tool = Tool(self.guest)
        for folder, other in (("/srv/ext4", "/srv/xfs"), ("/srv/xfs", "/srv/ext4")):
            for gap in ("fsfreeze -u {0}", "fsfreeze -u {0} && fsfreeze -f {0}"):
                self.freeze(tool, "/srv/ext4", "/srv/xfs")
                self.guest.run(gap.format(folder), lab=False)
                answer = tool.ask("thaw")
                self.assertIn(f"{folder}=not-held", answer)
                self.assertIn(f"{other}=held", answer)
                self.guest.run("touch /srv/ext4/file /srv/xfs/file")
        self.guest.run("dmsetup suspend vg-lv")
        answer = self.freeze(tool, "/srv/ext4", "/srv/lvm")
        self.assertIn("/srv/lvm=not-held (/srv/lvm is frozen already by somebody else)", answer)
        self.assertIn("/srv/ext4=held", tool.ask("thaw"))
        written = self.guest.spawn("touch /srv/lvm/file")
        time.sleep(0.5)
        self.assertFalse(written.is_over, "the freeze of device-mapper was undone")
        self.guest.run("dmsetup resume vg-lv")
        self.assertEqual(written.wait(TIMEOUT_S), 0)

    def faults(self, kind):
        self.start([Disk("data")], root=self.lab.root_disk(kind))
        layout.plain(self.guest, "data", "xfs" if kind == "ext4" else "ext4", "/srv")
        probers = self.probe("", "/srv")
        self.meet_dead_agent(probers)
        self.meet_stopped_agent(probers)
        self.meet_dead_guard(probers)
        self.meet_dead_both(probers)
        tool = Tool(self.guest)
        self.freeze(tool, "/", "/srv")
        self.assertIn("/=held /srv=held", tool.ask("thaw"))

    def meet_dead_agent(self, probers):
        # A crash would wait for the blocked threads if it were to leave a core.
        for name, number in (("SIGKILL", 9), ("SIGSEGV", 11)):
            with self.subTest(f"agent {name}"):
                tool = Tool(self.guest)
                self.freeze(tool, "/", "/srv")
                begun = time.monotonic()
                self.signal(tool.pid, number)
                self.assert_writes_again(probers, AT_ONCE_S, begun)
                self.assertRegex(Tool(self.guest).ask("recover"), "^recovered a former agent")
                self.assertEqual(self.expedited(), "0")

    def meet_stopped_agent(self, probers):
        with self.subTest("agent SIGSTOP"):
            tool = Tool(self.guest)
            self.freeze(tool, "/", "/srv", lease_ms=LEASE_MS)
            begun = time.monotonic()
            self.signal(tool.pid, 19)
            self.assert_writes_again(probers, THAWED_WITHIN_S, begun)
            self.signal(tool.pid, 18)
            self.assertEqual(tool.answer(), "thawed unasked: the lease ran out")
            self.assertRegex(tool.ask("thaw"), "expired=1 .*/=not-held.*/srv=not-held")
            self.assertRegex(tool.ask("abort"), "^thawed")

    def meet_dead_guard(self, probers):
        with self.subTest("guard SIGKILL"):
            tool = Tool(self.guest)
            self.freeze(tool, "/", "/srv")
            begun = time.monotonic()
            self.signal(self.guard_pid(), 9)
            self.assert_writes_again(probers, AT_ONCE_S, begun)
            self.assertEqual(tool.answer(), "thawed unasked: the thaw guard was lost")
            self.assertRegex(tool.ask("thaw"), "/=not-held.*/srv=not-held")
            self.assertRegex(tool.ask("abort"), "^thawed")
            self.assertIn("guard-missing", tool.ask("prepare /"))
            self.assertEqual(self.guard.wait(TIMEOUT_S), 0)
            self.start_guard()

    def meet_dead_both(self, probers):
        with self.subTest("agent and guard SIGKILL"):
            tool = Tool(self.guest)
            self.freeze(tool, "/", "/srv")
            begun = time.monotonic()
            self.signal(f"{self.guard_pid()} {tool.pid}", 9)
            self.assert_writes_again(probers, AT_ONCE_S, begun)
            self.assertEqual(self.guard.wait(TIMEOUT_S), 0)
            self.assertFalse(self.guest.exists(RECORD))
            self.assertEqual(self.expedited(), "0")
            self.start_guard()

    def test_faults_with_root_on_ext4(self):
        self.faults("ext4")

    def test_faults_with_root_on_xfs(self):
        self.faults("xfs")

    def begin_slow_freeze(self, tool, lease_ms):
        """Returns when FIFREEZE is under way on the slow disk and the other one is frozen."""
        self.assertRegex(tool.ask("prepare /srv/slow /srv/fast"), "^prepared ")
        self.guest.run(f"dd if=/dev/zero of=/srv/slow/dirty bs=1M count={DIRTY_MIB} conv=notrunc "
                       "2>/dev/null")
        tool.say(f"freeze 60000 {lease_ms}")
        inside = f"grep -qs '^{IOCTL} ' /proc/{tool.pid}/task/*/syscall"
        # Only the slow one's takes that long.
        self.guest.wait_for(f"{{ {inside} && usleep 300000 && {inside}; }}", lab=True)

    def slow(self, kind):
        self.start([Disk("slow", write_bytes_per_second=SLOW_BYTES_PER_SECOND), Disk("fast")])
        layout.plain(self.guest, "slow", kind, "/srv/slow")
        layout.plain(self.guest, "fast", kind, "/srv/fast")
        for name, number, lease_ms in (("SIGKILL", 9, 60000), ("SIGSTOP", 19, LEASE_MS)):
            with self.subTest(f"{name} inside FIFREEZE", kind=kind):
                tool = Tool(self.guest)
                self.assertRegex(tool.ask("recover"), "^recovered ")
                self.begin_slow_freeze(tool, lease_ms)
                begun = time.monotonic()
                self.signal(tool.pid, number)
                self.guest.run("touch /srv/fast/again", timeout=THAWED_WITHIN_S)
                self.note(f"{kind} {name}: the fast one written after "
                          f"{time.monotonic() - begun:.2f} s")
                # Until the kernel has completed the freeze nobody can undo it.
                self.guest.wait_for(f"! grep -qs '^State:.D' /proc/{tool.pid}/task/*/status",
                                    SLOW_FREEZE_S, lab=True)
                done = time.monotonic()
                self.guest.run("touch /srv/slow/again", timeout=AT_ONCE_S)
                self.note(f"{kind} {name}: the slow one written after {done - begun:.2f} s, "
                          f"{time.monotonic() - done:.2f} s after its freeze")
                time.sleep(1)
                self.guest.run("touch /srv/slow/again /srv/fast/again", timeout=AT_ONCE_S)
                if number == 19:
                    self.signal(tool.pid, 18)
                    self.assertIn("thawed unasked", tool.answer() + tool.answer())
                    self.guest.run("touch /srv/slow/again /srv/fast/again", timeout=AT_ONCE_S)
                    self.assertEqual(self.expedited(), "0")

    def test_inside_a_slow_freeze_of_ext4(self):
        self.slow("ext4")

    def test_inside_a_slow_freeze_of_xfs(self):
        self.slow("xfs")


if __name__ == "__main__":
    main()

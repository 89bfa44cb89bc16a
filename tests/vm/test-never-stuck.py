#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whoever dies or hangs while the guest is frozen: it thaws by itself, the set isn't called
consistent, and after `virt-vss recover` nothing is left of it.

The guest's root is among the frozen file systems, ext4 or xfs.
"""

import time

from lab import Disk, layout, settings
from lab.agent import Agent
from lab.domain import AGENT_PORT
from lab.requester import Requester, SteppedCreate
from lab.tap import VmTest, main
from lab.workloads import Prober

LEASE_S = 3
# The guard's word: nothing is frozen this long after the lease's end. Measured from outside, so
# with the time that a busy, emulated guest takes to tell about it.
GRACE_S = 1
TELLING_S = 2
DIRTY_MIB = 24
SLOW_BYTES_PER_SECOND = 6 << 20
# A FIFREEZE that has begun can't be ended by anybody; this is how long the slow disk makes it last
# at most: what the page cache may hold, at the disk's speed, twice.
SLOW_FREEZE_S = 2 * 64 * (1 << 20) // SLOW_BYTES_PER_SECOND


class NeverStuck(VmTest):
    """One fault after the other in one guest, for each kind of root."""

    def start(self, kind, slow=None):
        """slow: which disk writes slowly, "root" or "data"."""
        speed = {slow: SLOW_BYTES_PER_SECOND}
        self.guest = self.lab.start_guest(
            [Disk("data", write_bytes_per_second=speed.get("data"))],
            root=self.lab.root_disk(kind, write_bytes_per_second=speed.get("root")))
        layout.plain(self.guest, "data", "xfs" if kind == "ext4" else "ext4", "/srv")
        self.agent = Agent(self.guest, restart=True)
        self.agent.start()
        self.requester = Requester(self.lab, self.guest)
        self.probers = {folder: Prober(self.guest, f"{folder}/probe", name=f"prober{number}")
                        for number, folder in enumerate(("/", "/srv"))}
        for prober in self.probers.values():
            prober.wait_writes_again(30)
        self.files = self.lab.image_tools.files()

    def begin(self, phase="commit"):
        """A create that is stopped with the guest frozen."""
        return SteppedCreate.stopped_in(phase, self.lab, self.guest, f"--lease={LEASE_S}",
                                        "--policy=report")

    def wait_frozen(self):
        for prober in self.probers.values():
            prober.wait(lambda status: status["writing_since_us"], 10, "a write that is held")

    def assert_thaws(self, begun, extra_s=0):
        """The programs in the guest write again in time."""
        for folder, prober in self.probers.items():
            left = LEASE_S + GRACE_S + TELLING_S + extra_s - (time.monotonic() - begun)
            prober.wait_writes_again(max(left, 0.5))
            self.note(f"{folder} writes again {time.monotonic() - begun:.1f} s after the fault")

    def assert_not_called_consistent(self, create):
        create.resume()
        status, taken, message = create.finish()
        self.assertNotEqual(status, 0, message)
        if status == 3:
            self.assertEqual(taken["consistency"], "crash")
            self.assertTrue(taken["weakness"])
            self.requester.delete(taken)

    def assert_nothing_left(self):
        self.requester.run("recover")
        self.assertEqual(self.requester.sets(), [])
        self.assertEqual(self.lab.image_tools.files(), self.files)
        for chain in self.guest.domain.chains_by_qemu().values():
            self.assertEqual(len(chain), 1)

    def assert_next_set_succeeds(self):
        self.agent.wait_connected()
        taken = self.requester.create("--policy=require-filesystem")
        self.assertEqual(taken["consistency"], "filesystem")
        self.requester.delete(taken)

    def meet(self, fault, name):
        with self.subTest(fault=name):
            create = self.begin()
            self.wait_frozen()
            begun = time.monotonic()
            fault()
            self.assert_thaws(begun)
            self.assert_not_called_consistent(create)
            self.assert_nothing_left()
            self.assert_next_set_succeeds()
            self.note(f"{name}: done")

    def kill(self, *processes):
        for process in processes:
            self.agent.kill(process)

    def stop_agent(self):
        self.stopped = self.agent.pid()
        self.agent.kill("agent", 19)

    def continue_agent(self):
        self.guest.run(f"kill -18 {self.stopped}", lab=True)

    def meet_all(self, kind):
        self.start(kind)
        self.meet(lambda: None, "requester hangs")
        self.meet(lambda: self.kill("agent"), "agent SIGKILL")
        self.meet(lambda: self.kill("guard"), "guard SIGKILL")
        self.meet(lambda: self.kill("agent", "guard"), "agent and guard SIGKILL")
        self.meet_stopped_agent()
        self.meet_dead_requester("freeze")
        self.meet_dead_requester("commit")
        self.meet_dead_requester("thaw")
        self.meet(self.close_channel, "channel closed")

    def meet_stopped_agent(self):
        with self.subTest(fault="agent SIGSTOP"):
            create = self.begin()
            self.wait_frozen()
            begun = time.monotonic()
            self.stop_agent()
            self.assert_thaws(begun)
            self.continue_agent()
            self.assert_not_called_consistent(create)
            self.assert_nothing_left()
            self.assert_next_set_succeeds()

    def meet_dead_requester(self, phase):
        with self.subTest(fault=f"requester SIGKILL in {phase}"):
            create = SteppedCreate(self.lab, self.guest, f"--lease={LEASE_S}", "--policy=report")
            create.wait_phase(phase)
            time.sleep(self.random.uniform(0, 0.03))
            begun = time.monotonic()
            create.kill()
            self.assert_thaws(begun)
            self.delete_complete_set()
            self.assert_nothing_left()
            self.assert_next_set_succeeds()

    def delete_complete_set(self):
        """A requester that had everything done when it died leaves a set that is what it says."""
        self.requester.run("recover")
        for taken in self.requester.sets():
            self.assertEqual((taken["state"], taken["consistency"]), ("created", "filesystem"))
            self.requester.delete(taken)

    def close_channel(self):
        """The port is unplugged from the machine, and plugged in again."""
        port = self.guest.domain.part_xml("channel", AGENT_PORT)
        self.guest.domain.detach(port)
        self.guest.domain.attach(port)

    def test_root_ext4(self):
        self.meet_all("ext4")

    def test_root_xfs(self):
        self.meet_all("xfs")

    def test_killed_inside_fifreeze(self):
        """FIFREEZE on a slow disk with dirty data goes on after its process was killed.

        One layout by the seed; all of them with --full.
        """
        layouts = [(kind, slow) for kind in ("ext4", "xfs") for slow in ("root", "data")]
        for kind, slow in layouts if settings.is_full() else [self.random.choice(layouts)]:
            self.note(f"{kind} as root, slow {slow}")
            self.start(kind, slow)
            self.meet_all_inside_fifreeze("/dirt" if slow == "root" else "/srv/dirt")
            self.lab.end_guest(self.guest)

    def meet_all_inside_fifreeze(self, dirt):
        for fault in (("agent",), ("guard",), ("agent", "guard")):
            with self.subTest(killed=fault):
                self.meet_inside_fifreeze(dirt, lambda: self.kill(*fault))
        with self.subTest("agent stopped"):
            self.meet_inside_fifreeze(dirt, self.stop_agent, self.continue_agent)

    def meet_inside_fifreeze(self, dirt_file, fault, mend=lambda: None):
        dirt = self.guest.spawn(
            f"while :; do dd if=/dev/zero of={dirt_file} bs=1M "
            f"count={DIRTY_MIB} conv=notrunc 2>/dev/null; done")
        create = SteppedCreate(self.lab, self.guest, f"--lease={LEASE_S}", "--policy=report")
        create.wait_phase("freeze")
        self.wait_in_fifreeze()
        begun = time.monotonic()
        fault()
        dirt.kill()
        self.assert_thaws(begun, SLOW_FREEZE_S)
        mend()
        self.assert_not_called_consistent(create)
        self.assert_nothing_left()
        self.assert_next_set_succeeds()

    def wait_in_fifreeze(self):
        """Until a thread of the agent is inside the kernel's freeze."""
        self.guest.wait_for(
            f"grep -qsE 'freeze_super|freeze_bdev|sync_filesystem|sync_inodes_sb|ioctl_fsfreeze' "
            f"/proc/{self.agent.pid()}/task/*/stack", 20, lab=True)


if __name__ == "__main__":
    main()

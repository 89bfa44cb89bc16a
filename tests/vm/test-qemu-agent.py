#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest without vss-agent, but with QEMU's: its file systems are held, and the set says what that
agent can't do. Where it can't be asked, or was meddled with, the set is called what it is."""

import json
import subprocess
import time

from lab import Disk, layout
from lab.agent import Agent
from lab.checker import Checker
from lab.domain import AGENT_PORT, QEMU_AGENT_PORT
from lab.qemu_agent import QemuAgent
from lab.requester import COMMAND_TIMEOUT_S, Requester, SteppedCreate, images
from lab.staging import stage
from lab.tap import VmTest, main
from lab.workloads import FileWriter, Prober

FILES = 20
LEASE_S = 2
# From the end of the lease until programs write again: a round trip to an emulated guest.
TELLING_S = 3
# Longer than the lease: how long requester-tool waits between freeze and commit.
HELD_UP_MS = 6000
CAVEAT = "QEMU's guest agent"


class WithoutOurAgent(VmTest):
    """One guest with ext4, xfs, and ext4 over two disks, all being written to."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest(
            [Disk("ext"), Disk("x", "400M", format="raw"), Disk("pv-one"), Disk("pv-two")],
            channels=(AGENT_PORT, QEMU_AGENT_PORT))
        layout.plain(self.guest, "ext", "ext4", "/srv/ext4")
        layout.plain(self.guest, "x", "xfs", "/srv/xfs")
        layout.lvm(self.guest, ["pv-one", "pv-two"], "ext4", "/srv/lvm")
        self.qemu_agent = QemuAgent(self.guest)
        self.requester = Requester(self.lab, self.guest)
        self.files = self.lab.image_tools.files()

    def assert_nothing_left(self):
        self.assertEqual(self.requester.sets(), [])
        self.assertEqual(self.lab.image_tools.files(), self.files)
        for chain in self.guest.domain.chains_by_qemu().values():
            self.assertEqual(len(chain), 1)

    def assert_is_held(self, taken):
        self.assertEqual(taken["consistency"], "filesystem")
        self.assertIn(CAVEAT, taken["weakness"])
        self.assertIn("no lease", taken["weakness"])
        self.assertEqual({hold["mount-point"]: hold["state"] for hold in taken["holds"]},
                         {"/srv/ext4": "held", "/srv/xfs": "held", "/srv/lvm": "held"})
        self.assertGreater(taken["frozen-us"], 0)

    def test_file_systems_are_held(self):
        self.qemu_agent.start()
        writers = {kind: FileWriter(self.guest, f"/srv/{kind}", 5, name=f"writer-{kind}")
                   for kind in ("ext4", "xfs", "lvm")}
        for writer in writers.values():
            writer.wait_synced(FILES)
        synced = {kind: writer.synced() for kind, writer in writers.items()}
        taken = self.requester.create("--policy=require-filesystem")
        self.assert_is_held(taken)
        self.assertEqual(self.requester.sets()[0]["weakness"], taken["weakness"])
        self.assertEqual(self.qemu_agent.status(), "thawed")
        for writer in writers.values():
            writer.wait_synced(writer.synced() + 3)
        self.check_images(images(taken), synced)
        self.requester.delete(taken)
        self.assert_nothing_left()

    def check_images(self, image, synced):
        with Checker(self.lab, image.values()) as checker:
            self.check_ext4(checker, checker.device(image["vda"]), synced["ext4"])
            state = checker.xfs(checker.device(image["vdb"]))
            self.assertTrue(state.is_clean, state.report)
            self.check_files(checker, checker.device(image["vdb"]), synced["xfs"])
            with checker.lvm(image["vdc"], image["vdd"]) as volumes:
                self.check_ext4(checker, volumes["vg/lv"], synced["lvm"])

    def check_ext4(self, checker, device, synced):
        state = checker.ext4(device)
        self.assertFalse(state.needs_recovery, state.report)
        self.assertTrue(state.is_clean, state.report)
        self.check_files(checker, device, synced)

    def check_files(self, checker, device, synced):
        with checker.mounted(device) as folder:
            report = checker.verify_files(folder, synced)
        self.assertEqual(report["wrong"], 0, report)

    def test_nobody_there(self):
        """Neither agent: the message names both; a set without a freeze is called so."""
        refused = self.requester.run("create", "--policy=require-filesystem", expect=(1,))
        self.assertIn("VSS_E_", refused.stderr)
        self.assertIn("vss-agent", refused.stderr)
        self.assertIn("QEMU guest agent is not connected", refused.stderr)
        self.assert_nothing_left()
        self.take_without_a_freeze("QEMU guest agent is not connected")
        self.assert_nothing_left()

    def take_without_a_freeze(self, why):
        """Policy report: the set is made all the same, and it is said why it is no better."""
        done = self.requester.run("create", "--policy=report", "--output=json", expect=(3,))
        taken = json.loads(done.stdout)
        self.assertEqual(taken["consistency"], "crash")
        self.assertIn(why, done.stderr)
        self.requester.delete(taken)

    def test_faults(self):
        self.qemu_agent.start()
        self.probers = {folder: Prober(self.guest, f"{folder}/probe", name=f"prober{number}")
                        for number, folder in enumerate(("/srv/ext4", "/srv/xfs", "/srv/lvm"))}
        for fault in (self.stopped_agent, self.third_party_thaws, self.held_up_commit,
                      self.dead_requester, self.dead_requester_and_next_create,
                      self.frozen_by_others, self.thaw_verb, self.both_agents):
            with self.subTest(fault.__name__):
                fault()
                self.assert_writes_again()
                self.assert_nothing_left()
                self.note(f"{fault.__name__}: done")

    def assert_writes_again(self, timeout=20):
        for prober in self.probers.values():
            prober.wait_writes_again(timeout)

    def stopped_agent(self):
        """Connected, but it answers nothing: as if there were none."""
        self.qemu_agent.signal(19)
        try:
            self.take_without_a_freeze("QEMU's guest agent")
        finally:
            self.qemu_agent.signal(18)

    def third_party_thaws(self):
        """The count that the agent gives at the thaw is too small then."""
        create = SteppedCreate.stopped_in("commit", self.lab, self.guest, "--lease=30",
                                          "--policy=report")
        self.guest.run("fsfreeze -u /srv/xfs")
        create.resume()
        status, taken, message = create.finish()
        self.assertEqual(status, 3, message)
        self.assertEqual(taken["consistency"], "crash")
        self.assertIn("somebody else has thawed", taken["weakness"])
        self.requester.delete(taken)

    def held_up_commit(self):
        """The host thaws when the time is over, whatever the requester is blocked in."""
        folder = self.lab.folder / "x" / "requester"
        folder.mkdir(exist_ok=True)
        program = stage(self.lab.build_dir / "tests" / "host-lib" / "requester" / "requester-tool",
                        self.lab.build_dir, folder)
        process = self.lab.libvirt.popen(
            [program, "held-up", self.guest.name, "/srv/ext4", "/srv/xfs", "/srv/lvm"],
            {"LD_LIBRARY_PATH": str(folder), "REQUESTER_LEASE_MS": str(LEASE_S * 1000),
             "REQUESTER_HELD_UP_MS": str(HELD_UP_MS)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.wait_frozen()
        begun = time.monotonic()
        self.assert_writes_again(LEASE_S + TELLING_S)
        self.note(f"everything writes again {time.monotonic() - begun:.1f} s after the freeze")
        out, err = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(process.returncode, 1, out)
        self.assertIn("VSS_E_HOLD_WRITES_TIMEOUT", err)
        self.assertIn("lease", err)

    def wait_frozen(self):
        for prober in self.probers.values():
            prober.wait(lambda status: status["writing_since_us"], 20, "a write that is held")
        self.wait_status("frozen")

    def wait_status(self, status):
        deadline = time.monotonic() + 20
        while self.qemu_agent.status() != status:
            self.assertLess(time.monotonic(), deadline, f"not {status}")

    def kill_while_frozen(self):
        create = SteppedCreate.stopped_in("commit", self.lab, self.guest, "--policy=report")
        create.kill()
        self.assertEqual(self.qemu_agent.status(), "frozen")

    def dead_requester(self):
        """Nobody is left who could thaw: `recover` does."""
        self.kill_while_frozen()
        done = self.requester.run("recover")
        self.assertIn("thawed", done.stdout + done.stderr)
        self.assertEqual(self.qemu_agent.status(), "thawed")

    def dead_requester_and_next_create(self):
        self.kill_while_frozen()
        taken = self.requester.create("--policy=require-filesystem")
        self.assert_is_held(taken)
        self.requester.delete(taken)

    def frozen_by_others(self):
        """A freeze that no set of ours belongs to is not ours to end, unless we are told to."""
        self.qemu_agent.freeze("/srv/ext4")
        refused = self.requester.run("create", "--policy=require-filesystem", expect=(1,))
        self.assertIn("VSS_E_SNAPSHOT_SET_IN_PROGRESS", refused.stderr)
        self.assertIn("virt-vss thaw", refused.stderr)
        self.assertEqual(self.qemu_agent.status(), "frozen")
        self.assertIn("holds file systems frozen", self.requester.run("status").stdout)
        self.requester.run("thaw")
        self.assertEqual(self.qemu_agent.status(), "thawed")

    def thaw_verb(self):
        """Not without --force while somebody is at it."""
        create = SteppedCreate.stopped_in("commit", self.lab, self.guest, "--lease=30",
                                          "--policy=report")
        refused = self.requester.run("thaw", expect=(1,))
        self.assertIn("VSS_E_SNAPSHOT_SET_IN_PROGRESS", refused.stderr)
        self.requester.run("thaw", "--force")
        self.assert_writes_again()
        create.resume()
        status, taken, message = create.finish()
        self.assertEqual((status, taken["consistency"]), (3, "crash"), message)
        self.requester.delete(taken)

    def both_agents(self):
        """Ours is asked where both are."""
        Agent(self.guest).start()
        taken = self.requester.create("--policy=require-filesystem")
        self.assertEqual((taken["consistency"], taken["weakness"]), ("filesystem", None))
        self.requester.delete(taken)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line on a real machine: enable, status and what it watches, create with writers."""

import json
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET

from lab import Disk, layout
from lab.agent import Agent
from lab.domain import AGENT_PORT
from lab.requester import Requester
from lab.tap import VmTest, main

MIB = 1 << 20
GROWTH_MIB = 12
# For a watch to end: the guest writes a MiB in a tenth of a second, ten times slower in CI.
WATCH_LIMIT_S = 90

# A machine without a virtio-serial controller; it only has to exist, so it never runs a program.
BARE = """<domain type='qemu'><name>bare</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>"""


class EnableBase(VmTest):
    """What virt-vss enable says and does."""

    def enable(self, name, status, *options):
        done = self.lab.virt_vss("enable", name, "--output=json", *options)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)

    def check_enable(self, name, status, live, config, *options):
        answer = self.enable(name, status, *options)
        self.assertEqual((answer["live"], answer["config"]), (live, config))
        return answer

    def ports(self, name, *flags):
        definition = ET.fromstring(self.lab.virsh("dumpxml", name, *flags))
        return [target.get("name") for target in definition.findall("devices/channel/target")]


class Enable(EnableBase):
    """The channel is added to a machine that runs, and the agent in it finds it by itself."""

    def test_running_guest(self):
        guest = self.lab.start_guest(channels=())
        Agent(guest).start(wait=False)
        self.check_enable(guest.name, 0, "added", "added", "--dry-run")
        for flags in ([], ["--inactive"]):
            self.assertNotIn(AGENT_PORT, self.ports(guest.name, *flags))
        answer = self.check_enable(guest.name, 0, "added", "added")
        self.assertTrue(answer["agent"]["connected"], answer)
        for flags in ([], ["--inactive"]):
            self.assertEqual(self.ports(guest.name, *flags).count(AGENT_PORT), 1)
        self.check_enable(guest.name, 0, "present", "present")


class EnableBare(EnableBase):
    """Machines without a virtio-serial controller."""

    def setUp(self):
        super().setUp()
        self.file = self.lab.folder / "bare.xml"
        self.file.write_text(BARE, encoding="utf-8")
        self.file.chmod(0o644)

    def test_the_next_start_has_it(self):
        self.lab.virsh("define", self.file)
        self.lab.virsh("start", "bare", "--paused")
        answer = self.check_enable("bare", 3, "refused", "added")
        self.assertIn("no virtio-serial controller", answer["live-reason"])
        self.assertIn("start it again", answer["live-reason"])
        self.assertEqual(self.ports("bare"), [])
        self.check_enable("bare", 3, "refused", "present")
        self.lab.virsh("destroy", "bare")
        self.check_enable("bare", 0, "not-applicable", "present")
        self.lab.virsh("start", "bare", "--paused")
        self.assertEqual(self.ports("bare"), [AGENT_PORT])
        answer = self.check_enable("bare", 0, "present", "present")
        self.assertIn("resume it", answer["agent"]["error"])

    def test_a_transient_one_says_what_to_do(self):
        self.lab.virsh("create", self.file, "--paused")
        answer = self.enable("bare", 1)
        self.assertIn("the XML that it is started from", answer["error"]["message"])
        self.assertEqual(answer["error"]["code"], "VSS_E_PROVIDER_VETO")


class EnableWithoutRight(EnableBase):
    """Only root's libvirtd has connections that may look and not touch."""

    as_root = True

    def test_a_read_only_connection_changes_nothing(self):
        file = self.lab.folder / "bare.xml"
        file.write_text(BARE, encoding="utf-8")
        self.lab.virsh("define", file)
        done = self.lab.virt_vss("-c", f"{self.lab.libvirt.uri}-ro", "enable", "bare")
        self.assertEqual(done.returncode, 1)
        self.assertIn("E_ACCESSDENIED", done.stderr)
        self.assertEqual(self.ports("bare", "--inactive"), [])


class Overlays(VmTest):
    """How the overlays grow is told, and somebody who watches is told in time."""

    def setUp(self):
        super().setUp()
        # A file system that nobody else fills meanwhile.
        folder = tempfile.mkdtemp(prefix="vt-", dir="/dev/shm")
        self.addCleanup(shutil.rmtree, folder)
        self.lab.user.own(folder)
        self.guest = self.lab.start_guest([Disk("data", image=f"{folder}/data.qcow2")])
        layout.plain(self.guest, "data", "ext4", "/srv")
        Agent(self.guest).start()
        self.requester = Requester(self.lab, self.guest)

    def overlay(self, *options):
        (overlay,) = self.requester.json("status", *options)["overlays"]
        return overlay

    def watch(self, *options):
        """A watch that has looked once and goes on."""
        program = self.lab.spawn_virt_vss("status", self.guest.name, "--watch", *options,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(program.kill)
        while " left, full " not in program.stdout.readline():
            self.assertIsNone(program.poll(), "the watch has ended")
        return program

    def test_growth(self):
        self.requester.create("--policy=require-filesystem")
        before = self.overlay()
        self.assertTrue(before["active"])
        self.guest.run(f"dd if=/dev/urandom of=/srv/grows bs=1M count={GROWTH_MIB} conv=fsync")
        after = self.overlay("--interval=1")
        self.assertGreaterEqual(after["allocation"] - before["allocation"], GROWTH_MIB * MIB)
        self.assertLess(after["free"], before["free"])
        self.assertIsNotNone(after["growth-now-per-s"])
        self.assertGreater(after["growth-per-s"], 0)

        # The threshold tells, long before the interval is over.
        limit = after["free"] - GROWTH_MIB * MIB
        program = self.watch("--interval=300", f"--free={limit}")
        began = time.monotonic()
        self.guest.spawn("while :; do dd if=/dev/urandom of=/srv/more$((i+=1)) bs=1M count=1 "
                         "conv=fsync; sleep 0.1; done")
        message = program.communicate(timeout=WATCH_LIMIT_S)[1]
        self.note(f"told {time.monotonic() - began:.1f} s after the writing began")
        self.assertEqual(program.returncode, 3, message)
        self.assertIn("delete a set", message)
        self.assertLess(self.overlay()["free"], limit)

        program = self.watch("--free=1")
        program.send_signal(signal.SIGINT)
        self.assertIn("interrupted", program.communicate(timeout=WATCH_LIMIT_S)[1])
        self.assertEqual(program.returncode, 1)
        self.requester.run("delete", "--all")
        done = self.requester.run("status", "--watch")
        self.assertIn("nothing to watch", done.stderr)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line on a real machine: enable, status and what it watches, create with writers."""

import json
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET

from lab import Disk, layout
from lab.agent import Agent
from lab.domain import AGENT_PORT
from lab.requester import Requester
from lab.tap import VmTest, main
from lab.tools import wait_until

MIB = 1 << 20
GROWTH_MIB = 12
# For a watch to end: the guest writes a MiB in a tenth of a second, ten times slower in CI.
WATCH_LIMIT_S = 90

WRITERS = {"db": "7a3c1de2-58a1-4c39-9f0e-2b6a7a1d0001",
           "mail": "7a3c1de2-58a1-4c39-9f0e-2b6a7a1d0002"}
WRITERS_FOLDER = "/etc/vss-agent/writers.d"
WRITER_PROGRAM = "/usr/bin/test-writer"
WRITER_SCRIPT = """#!/bin/busybox sh
cat >/dev/null
echo "$1 $2" >>/run/events
if [ "$2" = freeze ] && [ -e /run/$1.fails ]; then
  echo "the lock was taken" >&2
  exit 75
fi
exit 0
"""
KEY_FILE = """[Writer]
name={name}
writer-id={identity}
usage=user-data
source=transacted-db
level=back-end
exec=/usr/bin/test-writer {name}

[Component sales]
type=database
database-files=/srv/db|*|recursive
"""
COMPLETED = ("prepare-for-backup", "prepare-for-snapshot", "freeze", "thaw", "post-snapshot",
             "backup-complete", "backup-shutdown")

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


class Create(VmTest):
    """A guest with two applications: whom create takes along, what it tells the command that it
    runs, and what its exit status says."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([Disk("data")])
        layout.plain(self.guest, "data", "ext4", "/srv")
        for name, identity in WRITERS.items():
            self.guest.write_file(f"{WRITERS_FOLDER}/{name}.writer",
                                  KEY_FILE.format(name=name, identity=identity))
        self.guest.write_file(f"{WRITERS_FOLDER}/broken.writer", "[Writer]\nname=broken\n")
        self.guest.write_file(WRITER_PROGRAM, WRITER_SCRIPT, 0o755)
        Agent(self.guest, {"writers": {"folders": WRITERS_FOLDER}}).start()
        self.requester = Requester(self.lab, self.guest)
        self.folder = self.lab.folder / "t"
        self.folder.mkdir(mode=0o700)
        self.lab.user.own(self.folder)

    def events(self):
        """What the writers were told since this was asked last."""
        told = self.guest.run("cat /run/events 2>/dev/null; rm -f /run/events", check=False).output
        return [line for line in told.split("\n") if line and "identify" not in line]

    def sets(self):
        return [found["snapshot-set-id"] for found in self.requester.sets()]

    def test_writers_and_command(self):
        self.check_listing()
        self.check_application()
        self.check_left_out()
        self.check_command()
        self.check_failed_command()
        self.check_interrupt()
        self.check_auto_release()
        self.check_failing_writer()

    def check_listing(self):
        answer = self.requester.json("writers")
        self.assertEqual([writer["name"] for writer in answer["writers"]], ["db", "mail"])
        component = answer["writers"][0]["components"][0]
        self.assertEqual((component["name"], component["database-files"][0]["path"]),
                         ("sales", "/srv/db"))
        self.assertEqual([absent["name"] for absent in answer["absent"]], [f"{WRITERS_FOLDER}/broken.writer"])
        table = self.requester.run("writers").stdout
        self.assertRegex(table, r"db +\[1\] Stable +No error +back-end +1 ")
        self.assertIn("path '/srv/db', files '*', recursive",
                      self.requester.run("writers", "-v").stdout)

    def check_application(self):
        document = self.folder / "document.xml"
        taken = self.requester.create(f"--components-document={document}")
        self.assertEqual(taken["consistency"], "application", taken)
        self.assertEqual({writer["name"]: writer["took-part"] for writer in taken["writers"]},
                         {"db": True, "mail": True})
        self.assertEqual(stat.S_IMODE(document.stat().st_mode), 0o600)
        self.assertIn(taken["snapshot-set-id"], document.read_text(encoding="utf-8"))
        events = self.events()
        for name in WRITERS:
            self.assertEqual([event for event in events if event.startswith(name)],
                             [f"{name} {event}" for event in COMPLETED], events)
        self.requester.delete(taken)

    def check_left_out(self):
        for option in ("--writer=mail", f"--exclude-writer={WRITERS['db']}"):
            taken = self.requester.create(option)
            self.assertEqual({writer["name"]: writer["selected"] for writer in taken["writers"]
                              if writer["selected"]}, {"mail": True})
            self.assertEqual([event for event in self.events() if event.startswith("db")], [])
            self.requester.delete(taken)
        done = self.requester.run("create", "--writer=nobody", expect=(1,))
        self.assertIn("no writer of the guest has the name or id 'nobody'", done.stderr)

    def check_command(self):
        told = self.folder / "told"
        taken = self.requester.create(
            "-v", "vda", f"--components-document={self.folder}/document.xml",
            f"--exec=env >{told}; test -s \"$VSS_DOCUMENT\" && qemu-img info \"$VSS_IMAGE_VDA\" "
            "&& echo from the command")
        variables = dict(line.split("=", 1) for line in told.read_text().splitlines() if "=" in line)
        self.assertEqual(variables["VSS_SNAPSHOT_SET_ID"], taken["snapshot-set-id"])
        self.assertEqual(variables["VSS_IMAGE_VDA"], taken["disks"][0]["image"])
        self.assertEqual(variables["VSS_IMAGES"], taken["disks"][0]["image"])
        self.assertEqual(variables["VSS_FORMAT_VDA"], "qcow2")
        self.assertEqual(variables["VSS_SNAPSHOT_ID_1"], taken["volumes"][0]["snapshot-id"])
        self.assertEqual((variables["VSS_LEVEL"], variables["VSS_DOMAIN"]),
                         ("application", self.guest.name))
        self.assertIn("db backup-complete", self.events())
        self.requester.delete(taken)

    def check_failed_command(self):
        done = self.requester.run("create", "--exec=exit 7", expect=(5,))
        self.assertIn("exited with code 7", done.stderr)
        (left,) = self.sets()
        self.assertIn(f"delete {self.guest.name} {left[:8]}", done.stderr)
        events = self.events()
        self.assertIn("db post-snapshot", events)
        self.assertNotIn("db backup-complete", events)
        self.assertIn("db backup-shutdown", events)
        self.requester.run("delete", "--all")

    def check_interrupt(self):
        program = self.lab.spawn_virt_vss(
            "create", self.guest.name, f"--exec=trap 'touch {self.folder}/ended; exit' TERM; "
            f"touch {self.folder}/begun; while :; do sleep 0.1; done",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(program.kill)
        wait_until((self.folder / "begun").exists, WATCH_LIMIT_S, "the command to begin")
        program.send_signal(signal.SIGINT)
        message = program.communicate(timeout=WATCH_LIMIT_S)[1]
        self.assertEqual(program.returncode, 1, message)
        self.assertTrue((self.folder / "ended").exists(), "the command heard nothing")
        self.assertEqual(self.sets(), [])

    def check_auto_release(self):
        for command, status in (("true", 0), ("false", 1)):
            done = self.requester.run("create", "--context=backup", f"--exec={command}",
                                      expect=(status,))
            self.assertIn("consistency application", done.stdout)
            self.assertEqual(self.sets(), [])

    def check_failing_writer(self):
        self.guest.run("touch /run/db.fails")
        done = self.requester.run("create", expect=(4,))
        self.assertIn("'db'", done.stderr)
        self.assertEqual(self.sets(), [])
        taken = self.requester.create("--policy=report", expect=(3,))
        self.assertEqual(taken["consistency"], "filesystem")
        failed = {writer["name"]: writer["code"] for writer in taken["writers"]}
        self.assertEqual(failed, {"db": "VSS_E_WRITERERROR_RETRYABLE", "mail": None})
        self.requester.delete(taken)


if __name__ == "__main__":
    main()

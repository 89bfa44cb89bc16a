#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A backup program over the library and the writers of its guest: who they are, what they are told
from PrepareForBackup to BackupShutdown, what a failing one does to the set under each policy, and
that they hear of it when the program dies."""

import collections
import subprocess
import uuid

from lab import Disk, layout
from lab.agent import Agent
from lab.requester import COMMAND_TIMEOUT_S, Requester
from lab.staging import stage
from lab.tap import VmTest, main
from lab.tools import wait_until

MOUNT = "/srv/data"
FOLDER = "/etc/vss-agent/writers.d"
PROGRAM = "/usr/bin/test-writer"
RUN = "/run/test-writers"
LIMIT_MS = 15000
SHORT_MS = 1500
SOON_S = 30

# Notes what it is told and of which components; fails where a file says so.
SCRIPT = f"""#!/bin/busybox sh
name=$1
event=$2
read -r line
set=${{line#*snapshot-set-id\\":\\"}}
case $line in
  *'"succeeded":true'*) result=succeeded ;;
  *'"succeeded":false'*) result=failed ;;
  *'"backup-type":"copy"'*) result=copy ;;
  *) result=- ;;
esac
echo "$name $event ${{set%%\\"*}} $result" >>{RUN}/log
case $(cat {RUN}/conduct.$name.$event 2>/dev/null) in
  retryable) echo "the table is locked" >&2; exit 75 ;;
  hangs) exec sleep 1000 ;;
esac
exit 0
"""

KEY_FILE = """[Writer]
name={name}
writer-id={identity}
usage=user-data
source=transacted-db
level={level}
exec={program} {name}
transaction-manager={manager}

[Limits]
freeze-ms={limit}
thaw-ms={limit}

[Component {component}]
type=database
selectable=true
notify-on-backup-complete=true
"""

WHOLE = ["prepare-for-backup", "prepare-for-snapshot", "freeze", "thaw", "post-snapshot",
         "backup-complete", "backup-shutdown"]


class WritersOfARequester(VmTest):
    """writers-tool (tests/host-lib/requester/) against a running machine with two writers."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([Disk("data")])
        layout.plain(self.guest, "data", "ext4", MOUNT)
        self.guest.run(f"mkdir -p -m 0700 {RUN}")
        self.guest.write_file(PROGRAM, SCRIPT, 0o755)
        self.install("shop", "back-end", "orders")
        self.install("front", "front-end", "pages")
        Agent(self.guest, {"writers": {"folders": FOLDER}}).start()
        self.requester = Requester(self.lab, self.guest)
        self.files = self.lab.image_tools.files()
        folder = self.lab.folder / "x" / "requester"
        folder.mkdir()
        self.program = stage(
            self.lab.build_dir / "tests" / "host-lib" / "requester" / "writers-tool",
            self.lab.build_dir, folder)
        self.environment = {"LD_LIBRARY_PATH": str(folder)}

    def install(self, name, level, component, manager=False, limit=LIMIT_MS):
        self.guest.write_file(f"{FOLDER}/{name}.writer", KEY_FILE.format(
            name=name, identity=uuid.uuid5(uuid.NAMESPACE_DNS, name), level=level,
            program=PROGRAM, component=component, manager="true" if manager else "false",
            limit=limit))

    # -- the program

    def begin(self, *options):
        return self.lab.libvirt.popen(
            [self.program, *options, self.guest.name, MOUNT], self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def begin_copying(self, *options):
        """A backup that holds its set; what it said, as a list of words for each line."""
        process = self.begin(*options)
        lines = []
        for line in process.stdout:
            if line.strip() == "copying":
                return process, lines
            lines.append(line.split())
        _, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.fail(f"no set: {message}{lines}")
        return None

    def finish(self, process):
        """Ends the copying; what the program said then."""
        output, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(process.returncode, 0, message)
        return [line.split() for line in output.splitlines()]

    def fail_to_begin(self, *options):
        """Returns what it said and the message of a set that is not made."""
        process = self.begin(*options)
        output, message = process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(process.returncode, 1, output)
        self.assert_nothing_left()
        return [line.split() for line in output.splitlines()], message

    # -- the writers

    def behave(self, **conduct):
        """writer_event=how, with - as _ in the event; none for good behaviour of all."""
        commands = [f"rm -f {RUN}/conduct.* {RUN}/log; touch {RUN}/log"]
        for key, how in conduct.items():
            name, _, event = key.partition("_")
            commands.append(f"echo {how} >{RUN}/conduct.{name}.{event.replace('_', '-')}")
        self.guest.run("; ".join(commands))

    def told(self, of_set=None):
        """Writer → the events it was told (for one set), and the words about components."""
        events = collections.defaultdict(list)
        words = collections.defaultdict(list)
        for line in self.guest.run(f"cat {RUN}/log").output.splitlines():
            name, event, set_id, word = line.split()
            if event != "identify" and of_set in (None, set_id):
                events[name].append(event)
                words[name].append(word)
        return events, words

    def wait_told(self, name, event):
        wait_until(lambda: event in self.told()[0][name], SOON_S,
                   f"writer {name} to be told {event}")

    # -- what is left

    def assert_nothing_left(self):
        self.assertEqual(self.requester.sets(), [])
        self.assertEqual(self.lab.image_tools.files(), self.files)
        written = self.guest.spawn(f"echo on >{MOUNT}/file && sync {MOUNT}/file")
        self.assertEqual(written.wait(SOON_S), 0)

    # -- the tests

    def check_whole_backup(self):
        self.behave()
        process, lines = self.begin_copying("--component=orders", "--component=pages")
        self.assertIn(["writer", "shop", "user-data", "transacted-db", "back-end"], lines)
        self.assertIn(["writer", "front", "user-data", "transacted-db", "front-end"], lines)
        self.assertIn(["component", "orders", "database"], lines)
        self.assertIn(["level", "application"], lines)
        self.assertIn(["weakness"], lines)
        for name in ("shop", "front"):
            self.assertIn(["status", "prepare", name, "stable", "S_OK"], lines)
            self.assertIn(["status", "set", name, "waiting-for-backup-complete", "S_OK"], lines)
            self.assertIn(["recorded", name, "1", "1", "1"], lines)
        self.assertEqual(self.requester.sets()[0]["consistency"], "application")
        # The agent's channel is free for others while this one copies.
        self.assertEqual(self.requester.run("volumes").returncode, 0)
        lines = self.finish(process)
        self.assertIn(["status", "complete", "shop", "stable", "S_OK"], lines)
        events, words = self.told()
        for name in ("shop", "front"):
            self.assertEqual(events[name], WHOLE)
            self.assertEqual(words[name][0], "copy")
            self.assertEqual(words[name][5], "succeeded")
        self.assert_nothing_left()

    def check_one_component(self):
        """Who has no component in the backup hears nothing of it."""
        self.behave()
        process, lines = self.begin_copying("--component=orders")
        self.assertIn(["level", "application"], lines)
        self.assertIn(["recorded", "front", "0", "0", "0"], lines)
        self.finish(process)
        events, _ = self.told()
        self.assertEqual(events["shop"], WHOLE)
        self.assertEqual(events["front"], [])

    def check_left_out(self):
        self.behave(front_freeze="retryable")
        process, lines = self.begin_copying("--policy=require-application", "--without=front")
        self.assertIn(["known", "front", f"{FOLDER}/front.writer"], lines)
        self.assertNotIn("front", [line[1] for line in lines if line[0] == "writer"])
        self.assertIn(["level", "application"], lines)
        self.finish(process)
        self.assertEqual(self.told()[0]["front"], [])

    def check_policies(self):
        """A writer that fails lowers the level; only where the policy asks for it, it's an error."""
        failed = ["status", "set", "shop", "failed-at-freeze", "VSS_E_WRITERERROR_RETRYABLE"]
        for policy in ("report", "require-filesystem"):
            self.behave(shop_freeze="retryable")
            process, lines = self.begin_copying(f"--policy={policy}")
            self.assertIn(["level", "filesystem"], lines)
            weakness = " ".join(next(line for line in lines if line[0] == "weakness"))
            self.assertIn("writer 'shop' failed", weakness)
            self.assertIn(failed, [line[:5] for line in lines])
            self.finish(process)
            events, _ = self.told()
            self.assertEqual(events["front"], WHOLE)
            self.assertEqual(events["shop"].count("thaw") + events["shop"].count("abort"), 1)
        self.behave(shop_freeze="retryable")
        lines, message = self.fail_to_begin("--policy=require-application")
        self.assertIn("VSS_E_PROVIDER_VETO", message)
        self.assertIn("writer 'shop' failed", message)
        self.assertIn("the table is locked", message)
        self.assertIn(failed, [line[:5] for line in lines])
        self.wait_told("front", "abort")
        self.assertNotIn("thaw", self.told()[0]["front"])

    def check_transaction_manager(self):
        self.install("shop", "back-end", "orders", manager=True, limit=SHORT_MS)
        self.behave(shop_freeze="hangs")
        _, message = self.fail_to_begin()
        self.assertIn("VSS_E_TRANSACTION_FREEZE_TIMEOUT", message)
        self.behave(shop_thaw="hangs")
        _, message = self.fail_to_begin()
        self.assertIn("VSS_E_TRANSACTION_THAW_TIMEOUT", message)
        self.install("shop", "back-end", "orders")

    def check_killed_while_copying(self):
        for collect in ("gc", "create"):
            self.behave()
            process, lines = self.begin_copying()
            set_id = next(line[1] for line in lines if line[0] == "set")
            process.kill()
            process.communicate(timeout=COMMAND_TIMEOUT_S)
            self.assertEqual(self.told()[0]["shop"][-1], "post-snapshot")
            if collect == "gc":
                self.lab.virt_vss("gc", timeout=COMMAND_TIMEOUT_S, check=True)
            else:
                self.requester.delete(self.requester.create("--policy=report"))
            events, _ = self.told(set_id)
            for name in ("shop", "front"):
                self.assertEqual(events[name], WHOLE[:5] + ["backup-shutdown"])
            self.assert_nothing_left()

    def check_killed_before_the_set(self):
        """Between PrepareForBackup and the set it is the end of the session that tells them."""
        self.behave(shop_prepare_for_snapshot="hangs")
        process = self.begin()
        self.wait_told("shop", "prepare-for-snapshot")
        process.kill()
        process.communicate(timeout=COMMAND_TIMEOUT_S)
        self.wait_told("front", "abort")
        self.lab.virt_vss("gc", timeout=COMMAND_TIMEOUT_S, check=True)
        self.assert_nothing_left()

    def test_writers(self):
        for check in (self.check_whole_backup, self.check_one_component, self.check_left_out,
                      self.check_policies, self.check_transaction_manager,
                      self.check_killed_while_copying, self.check_killed_before_the_set):
            with self.subTest(check.__name__):
                check()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writers that hang, fail, die or answer late, at each event, beside ones that don't: every status
is right, whoever saw Freeze sees one Thaw or Abort, also when the agent is killed, no lock is left,
and the others and the guest go on."""

import collections
import sys
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "guest-agent"))

# pylint: disable=wrong-import-position
from lab import Disk, layout
from lab.agent import Agent
from lab.domain import AGENT_PORT
from lab.tap import VmTest, main
from lab.tools import wait_until
from wire_client import WireClient, WireError

MOUNT = "/srv/data"
FOLDER = "/etc/vss-agent/writers.d"
PROGRAM = "/usr/bin/test-writer"
RUN = "/run/test-writers"
RECORD = "/run/vss-agent/writers-record"
# A shell that starts, tells and ends takes a tenth of that under TCG; three more tests may run
# beside.
LIMIT_MS = 3000
LATE_S = 4
# Nothing that is measured here ends by these.
LONG_MS = 60000
SOON_S = 20

# Notes what it is told, and holds a lock from Freeze to Thaw or Abort. How it is to behave stands
# in a file. The one that stays is told to go on by a second line on its standard input.
SCRIPT = f"""#!/bin/busybox sh
name=$1
event=$2
read -r line
set=${{line#*snapshot-set-id\\":\\"}}
echo "$name $event ${{set%%\\"*}}" >>{RUN}/log
release () {{ rm -f {RUN}/lock.$name; }}
case $event in
  freeze) touch {RUN}/lock.$name ;;
  thaw | abort) release ;;
esac
case $(cat {RUN}/conduct.$name.$event 2>/dev/null) in
  hangs) exec sleep 1000 ;;
  retryable) echo "the application is busy" >&2; exit 75 ;;
  dies) kill -9 $$ ;;
  late) sleep {LATE_S} ;;
esac
if [ "$name $event" = "stays freeze" ]; then
  echo $$ >{RUN}/pid
  echo '{{"failure": "none"}}'
  read -r line || {{ release; exit 1; }}
  set=${{line#*snapshot-set-id\\":\\"}}
  case $line in
    *'"abort"'*) told=abort ;;
    *) told=thaw ;;
  esac
  echo "$name $told ${{set%%\\"*}}" >>{RUN}/log
  release
  echo '{{"failure": "none"}}'
fi
exit 0
"""

KEY_FILE = """[Writer]
name={name}
writer-id={identity}
usage=user-data
source=other
level={level}
exec={program} {name}
stays={stays}

[Limits]
{limits}
"""

BAD = ("hangs", "retryable", "dies", "late")
GOOD = {"front": "front-end", "back": "back-end", "stays": "system"}
EVENTS = ("prepare-for-backup", "prepare-for-snapshot", "freeze", "thaw", "post-snapshot",
          "backup-complete", "backup-shutdown")
FAILED_AT = {"prepare-for-backup": "failed-at-prepare-backup",
             "prepare-for-snapshot": "failed-at-prepare-snapshot", "freeze": "failed-at-freeze",
             "thaw": "failed-at-thaw", "post-snapshot": "failed-at-post-snapshot",
             "backup-complete": "failed-at-backup-complete",
             "backup-shutdown": "failed-at-backup-shutdown"}
FAILURE = {"hangs": "not-responding", "retryable": "retryable", "dies": "not-responding",
           "late": "not-responding"}


class Writers(VmTest):
    """One guest with one disk, the agent, and the writers above."""

    def setUp(self):
        super().setUp()
        self.guest = self.lab.start_guest([Disk("data")])
        layout.plain(self.guest, "data", "ext4", MOUNT)
        self.guest.run(f"mkdir -p -m 0700 {RUN}")
        self.guest.write_file(PROGRAM, SCRIPT, 0o755)
        for name in BAD:
            self.install(name, "back-end")
        for name, level in GOOD.items():
            self.install(name, level)
        self.agent = Agent(self.guest, {"writers": {"folders": FOLDER}}, restart=True)
        self.agent.start()
        self.instances = {}

    def install(self, name, level, limit_ms=LIMIT_MS):
        self.guest.write_file(f"{FOLDER}/{name}.writer", KEY_FILE.format(
            name=name, identity=uuid.uuid5(uuid.NAMESPACE_DNS, name), level=level, program=PROGRAM,
            stays="true" if name == "stays" else "false",
            limits="\n".join(f"{event}-ms={limit_ms}" for event in (*EVENTS, "abort", "identify"))))

    def connect(self):
        client = WireClient.connect(self.guest.domain.channel_path(AGENT_PORT))
        self.addCleanup(client.close)
        return client.open("a test")

    def open(self):
        """A session in which all writers have described themselves."""
        client = self.connect()
        gathered = client.call("vss-gather-writer-metadata", {"timeout-ms": LONG_MS})
        self.assertEqual(gathered["absent"], [])
        self.instances = {writer["name"]: writer["instance-id"] for writer in gathered["writers"]}
        return client

    # -- what writers do

    def behave(self, event, **conduct):
        """conduct: writer=how; none for good behaviour of all."""
        self.guest.run(f"rm -f {RUN}/conduct.*; "
                       + "".join(f"echo {how} >{RUN}/conduct.{name}.{event}; "
                                 for name, how in conduct.items()) + "true")

    def misbehave(self, event):
        self.behave(event, **{name: name for name in BAD})

    def told(self, set_id):
        """Writer → the events of a set it was told, in their order."""
        lines = self.guest.run(f"cat {RUN}/log").output.splitlines()
        told = collections.defaultdict(list)
        for name, event, of_set in (line.split() for line in lines):
            if of_set == set_id:
                told[name].append(event)
        return told

    def assert_released_once(self, set_id, by=None):
        told = self.told(set_id)
        for name, events in told.items():
            ends = [event for event in events if event in ("thaw", "abort")]
            if "freeze" in events:
                self.assertEqual(len(ends), 1, (name, events))
                if by:
                    self.assertEqual(ends, [by], (name, events))
            else:
                self.assertNotIn("thaw", ends, (name, events))
                self.assertLessEqual(len(ends), 1, (name, events))
        return told

    def locks(self):
        return self.guest.run(f"cd {RUN} && echo lock.*").output.split()

    def assert_all_goes_on(self):
        """No lock, no record, and the disk takes writes."""
        self.assertEqual(self.locks(), ["lock.*"])
        self.assertFalse(self.guest.exists(RECORD))
        written = self.guest.spawn(f"echo on >{MOUNT}/file && sync {MOUNT}/file")
        self.assertEqual(written.wait(SOON_S), 0)

    # -- a set, step by step

    def prepare_for_backup(self, client, set_id):
        return client.call("vss-prepare-for-backup", {
            "snapshot-set-id": set_id, "writers": list(self.instances.values()),
            "backup-type": "copy", "select-components": False, "bootable-system-state": False,
            "partial-file-support": False, "components": [], "timeout-ms": LONG_MS}, 90)

    def prepare(self, client, set_id):
        return client.call("vss-prepare-for-snapshot", {
            "snapshot-set-id": set_id, "mount-points": [MOUNT], "timeout-ms": LONG_MS}, 90)

    def freeze_arguments(self, prepared, lease_ms=LONG_MS):
        return {"generation": prepared["generation"],
                "deadline-ms": prepared["boot-time-ms"] + LONG_MS, "timeout-ms": LONG_MS,
                "lease-ms": lease_ms}

    def freeze(self, client, set_id, lease_ms=LONG_MS):
        self.prepare_for_backup(client, set_id)
        prepared = self.prepare(client, set_id)
        return client.call("vss-freeze", self.freeze_arguments(prepared, lease_ms), 90)

    def whole_set(self, client, set_id):
        """All of it; the last statuses before the operation is forgotten."""
        frozen = self.freeze(client, set_id)
        self.assertEqual([volume["state"] for volume in frozen["volumes"]], ["held"])
        begun = time.monotonic()
        thawed = client.call("vss-thaw", {"generation": frozen["generation"]})
        self.assertLess(time.monotonic() - begun, LIMIT_MS / 1000, "thaw waits for no writer")
        self.assertEqual([volume["state"] for volume in thawed["volumes"]], ["held"])
        of_set = {"snapshot-set-id": set_id}
        client.call("vss-post-snapshot", of_set, 90)
        client.call("vss-backup-complete", {**of_set, "components": [], "timeout-ms": LONG_MS}, 90)
        return client.call("vss-backup-shutdown", {**of_set, "timeout-ms": LONG_MS}, 90)["writers"]

    # -- the tests

    def test_every_failure_at_every_event(self):
        client = self.open()
        for event in (None, *EVENTS):
            set_id = str(uuid.uuid4())
            with self.subTest(event=event):
                if event:
                    self.misbehave(event)
                begun = time.monotonic()
                statuses = {status["name"]: status for status in self.whole_set(client, set_id)}
                self.note(f"{event}: {time.monotonic() - begun:.1f} s")
                self.assertEqual(set(statuses), {*BAD, *GOOD})
                for name in GOOD:
                    self.assertEqual((statuses[name]["state"], statuses[name]["failure"]),
                                     ("stable", "none"), statuses[name])
                for name in BAD:
                    expected = (FAILED_AT[event], FAILURE[name]) if event else ("stable", "none")
                    self.assertEqual((statuses[name]["state"], statuses[name]["failure"]), expected,
                                     statuses[name])
                    if event:
                        self.assertTrue(statuses[name]["message"])
                wait_until(lambda: self.locks() == ["lock.*"], SOON_S, "the locks to go")
                told = self.assert_released_once(set_id)
                for name in GOOD:
                    self.assertEqual(told[name], list(EVENTS), name)
                if event is None:
                    self.assert_levels(set_id)
                if event in EVENTS[:2]:
                    self.assertNotIn("freeze", told["dies"])
                self.assert_all_goes_on()
        self.assert_identify_fails_alone(client)

    def assert_levels(self, set_id):
        """Front end first to freeze, and last to thaw."""
        lines = self.guest.run(f"cat {RUN}/log").output.splitlines()
        for event, first, last in (("freeze", "front", "stays"), ("thaw", "stays", "front")):
            order = [line.split()[0] for line in lines if line.endswith(f" {event} {set_id}")]
            self.assertEqual((order[0], order[-1]), (first, last), order)

    def assert_identify_fails_alone(self, client):
        self.misbehave("identify")
        gathered = client.call("vss-gather-writer-metadata", {"timeout-ms": LONG_MS})
        self.assertEqual({writer["name"] for writer in gathered["writers"]}, set(GOOD))
        self.assertEqual({writer["name"] for writer in gathered["absent"]}, set(BAD))

    def test_whoever_is_lost(self):
        self.lose_sessions_and_leases()
        self.lose_a_program_at_rest()
        self.kill_agents()

    def lose_sessions_and_leases(self):
        # The lease runs out.
        client = self.open()
        set_id = str(uuid.uuid4())
        self.freeze(client, set_id, lease_ms=1500)
        client.wait_event("VSS_THAWED", SOON_S)
        client.call("vss-gather-writer-status", {"snapshot-set-id": set_id, "timeout-ms": LONG_MS})
        self.assert_released_once(set_id, "abort")
        self.assert_all_goes_on()
        client.call("vss-abort")

        # The host goes while frozen.
        set_id = str(uuid.uuid4())
        self.freeze(client, set_id)
        client.close()
        self.wait_aborted(set_id)
        self.assert_all_goes_on()

        # The host goes between the writers' Freeze and FIFREEZE.
        client = self.open()
        set_id = str(uuid.uuid4())
        self.stop_in_freeze(client, set_id)
        client.close()
        self.wait_aborted(set_id)
        self.assert_all_goes_on()

    def lose_a_program_at_rest(self):
        """It dies while it holds its lock: the others go on."""
        self.behave("freeze")
        client = self.open()
        set_id = str(uuid.uuid4())
        self.prepare_for_backup(client, set_id)
        prepared = self.prepare(client, set_id)
        frozen = client.call("vss-freeze", self.freeze_arguments(prepared))
        self.guest.run(f"kill -9 $(cat {RUN}/pid)", lab=True)
        client.call("vss-thaw", {"generation": frozen["generation"]})
        statuses = client.call("vss-gather-writer-status",
                               {"snapshot-set-id": set_id, "timeout-ms": LONG_MS})["writers"]
        states = {status["name"]: (status["state"], status["failure"]) for status in statuses}
        self.assertEqual(states.pop("stays"), ("failed-at-thaw", "not-responding"))
        self.assertEqual(set(states.values()), {("waiting-for-post-snapshot", "none")})
        self.assert_released_once(set_id)
        self.assert_all_goes_on()
        client.close()

    def stop_in_freeze(self, client, set_id):
        """vss-freeze is under way, all but one at the last level have seen Freeze."""
        self.behave("freeze", stays="hangs")
        self.prepare_for_backup(client, set_id)
        client.send("vss-freeze", self.freeze_arguments(self.prepare(client, set_id)))
        self.guest.wait_for(f"grep -q 'stays freeze {set_id}' {RUN}/log", SOON_S)
        self.assertEqual(len(self.locks()), len(BAD) + len(GOOD))

    def wait_aborted(self, set_id):
        """Each of them, once."""
        wait_until(lambda: self.locks() == ["lock.*"], SOON_S, "the locks to go")
        wait_until(lambda: not self.guest.exists(RECORD), SOON_S, "the record to go")
        told = self.assert_released_once(set_id, "abort")
        self.assertEqual(len(told), len(BAD) + len(GOOD))

    def kill_agent(self):
        """SIGKILL; returns when the next one answers."""
        pid = self.agent.pid()
        self.agent.kill()
        wait_until(lambda: self.agent.pid() != pid, SOON_S, "the next agent")
        self.agent.wait_connected()

    def kill_agents(self):
        # Between the writers' Freeze and FIFREEZE.
        client = self.open()
        set_id = str(uuid.uuid4())
        self.stop_in_freeze(client, set_id)
        self.assertTrue(self.guest.exists(RECORD))
        self.kill_agent()
        client.close()
        self.wait_aborted(set_id)
        self.assert_all_goes_on()

        # While frozen; and once more, when what was owed has been sent.
        self.behave("freeze")
        client = self.open()
        set_id = str(uuid.uuid4())
        self.freeze(client, set_id)
        self.kill_agent()
        client.close()
        self.wait_aborted(set_id)
        self.kill_agent()
        self.assert_all_goes_on()
        self.assert_released_once(set_id, "abort")

        # And a set after all that.
        client = self.open()
        set_id = str(uuid.uuid4())
        for status in self.whole_set(client, set_id):
            self.assertEqual((status["state"], status["failure"]), ("stable", "none"), status)
        self.assert_released_once(set_id, "thaw")
        with self.assertRaisesRegex(WireError, "^object-not-found: "):
            client.call("vss-gather-writer-status",
                        {"snapshot-set-id": set_id, "timeout-ms": LONG_MS})


if __name__ == "__main__":
    main()

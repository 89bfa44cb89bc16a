#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever an agent says or leaves unsaid, virt-vss ends in time with a clear message, in bounded
memory, without a file or a character that it should not have made; and the next one is served."""

import itertools
import json
import os
import subprocess
import threading
import time
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from lab import Disk, layout
from lab.agent import Agent
from lab.errors import LabError
from lab.hostile_agent import (
    COMPONENT, FILES, FREEZE_STATUS, FROZEN, HELD, HELLO, LEASE, MOUNT_POINT, PREPARED, SESSION,
    STATUS, THAWED, VOLUME, WITH_WRITER, WRITER, WRITER_STATUS, Error, HostileAgent, altered, event,
    line_of)
from lab.tap import VmTest, main

# What virt-vss may take at most (VmHWM), four times of what it takes with an honest guest. The
# largest message, a megabyte, takes some thirty while it is read.
RSS_LIMIT_KIB = 100 * 1024
RSS_POLL_S = 0.004
# For what no limit of the guest's has to run out first; under TCG, with three more guests beside.
QUICK_S = 5
# No single message is longer than this on standard error.
MESSAGES_LIMIT = 8192

MARK = "vt-owned"
EVIL = ("../../../../../../tmp/" + MARK + "\x1b[2J\x1b]0;" + MARK + "\x07\x9b31m\x08\x7f\r\n" + MARK +
        ": \u202e\u2066\u2028\ufeff\ue000\uffff\U000e0041 ]]><!--<&\"'>&#27;&" + MARK + "; %s%n $(touch "
        "/tmp/" + MARK + ") `touch /tmp/" + MARK + "` \\x1b[31m {0} " + "\\u001b")
LONG = 600 * 1000
FAR = 10 ** 15
MOST = 2 ** 63 - 1
LEAST = -2 ** 63

VOLUMES = ("volumes",), ("volumes", "--output=json")
STATUS_VERBS = ("status",), ("status", "--output=json")
REPORT = ("create", "--context=nas-rollback", "--policy=report", "--output=json")
REPORT_TEXT = ("create", "--context=nas-rollback", "--policy=report")
REQUIRE = ("create", "--context=nas-rollback", "--policy=require-filesystem",
           f"--volume={MOUNT_POINT}")
CREATES = REPORT, REQUIRE
WITH_WRITERS = (("create", "--policy=report", "--output=json"),
                ("create", "--policy=require-application"))

# Exit statuses, as the manual has them.
DONE, FAILED, WEAKER, WRITER_FAILED, UNCLEAN = 0, 1, 3, 4, 5


@dataclass
class Scenario:
    """One way of being hostile. `expect`: for each verb its exit status and words of its message;
    `limit_s`: what the verb may take beyond QUICK_S, because a limit has to run out."""

    name: str
    answers: dict
    verbs: tuple
    expect: dict = field(default_factory=dict)
    limit_s: float = 0


@dataclass
class Run:
    """One run of virt-vss."""

    status: int
    out: bytes
    err: bytes
    seconds: float
    rss_kib: int


def flooding(line):
    """No answer but this line for ever."""
    return lambda agent, ident, arguments: agent.flood(line)


def pouring(command):
    """No answer but what this shell command writes."""
    return lambda agent, ident, arguments: agent.pour(command)


def exactly(value):
    return lambda agent, ident, arguments: reply(ident, value)


def many(number, make):
    """As many lines at once."""
    return b"".join(make(index) for index in range(number))


def reply(ident, value):
    return line_of({"return": value, "id": ident})


def volumes(*entries):
    return {"vss-query-volumes": {"volumes": list(entries)}}


def volume(**changes):
    return altered(VOLUME, **changes)


def hold(**changes):
    return altered(HELD, **changes)


def thawed(**changes):
    return {"vss-thaw": altered(THAWED, **changes)}


def frozen(**changes):
    return {"vss-freeze": altered(FROZEN, **changes)}


def writers(metadata=(), absent=(), status=None, component=COMPONENT, **answers):
    """A guest with these applications, that say this of themselves at each step."""
    said = {"writers": [altered(WRITER_STATUS, **status)]} if status else None
    steps = ("vss-prepare-for-backup", "vss-gather-writer-status", "vss-post-snapshot",
             "vss-backup-complete") if said else ()
    return {**WITH_WRITER, **{step: said for step in steps},
            "vss-gather-writer-metadata": {"writers": [WRITER, *metadata], "absent": [*absent]},
            "vss-query-writer-components": {"components": [component]},
            **answers}


def identity(number):
    """Ids of a writer of its own."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def hello(**changes):
    return {"vss-hello": altered(HELLO, **changes)}


def dripping(agent, _ident, _arguments):
    """A line that never ends, byte by byte, as long as anybody listens."""
    agent.pour("while :; do printf x; usleep 50000; done")


EVERYWHERE = volume(
    mount_point="/" + EVIL, other_mount_points=[EVIL, "/" + EVIL], fs_type=EVIL, device=EVIL,
    device_number=EVIL, uuid=EVIL, reason=EVIL, freezability="unsupported",
    disks=[{"name": EVIL, "serial": EVIL, "wwn": EVIL, "pci-address": EVIL, "scsi-address": EVIL}])
EVIL_EVENT = event(EVIL, text=EVIL).decode().strip()

STREAMS = [
    Scenario("endless line", {"vss-query-volumes": pouring("tr '\\0' x </dev/zero")},
             VOLUMES[:1], limit_s=11),
    Scenario("endless noise", {"vss-query-volumes": pouring("cat /dev/urandom")}, VOLUMES[:1],
             limit_s=11),
    Scenario("endless 0xFF", {"vss-query-status": pouring("tr '\\0' '\\377' </dev/zero")},
             STATUS_VERBS[:1], limit_s=11),
    Scenario("dripping for ever", {"vss-query-status": dripping}, STATUS_VERBS[:1], limit_s=6),
    Scenario("deep nesting", {"vss-query-volumes": lambda agent, ident, arguments: [
        b'{"return": ' + b"[" * LONG + b"]" * LONG + b"}\n",
        b'{"return": ' + b'{"a": ' * 40000 + b"\n",
        reply(ident, {"volumes": [VOLUME]})]}, VOLUMES[:1], {"volumes": (DONE, "")}),
    Scenario("nested within the limits", {"vss-query-volumes": lambda agent, ident, arguments:
             b'{"id": "' + ident.encode() + b'", "return": {"volumes": ' + b"[" * 29 + b"]" * 29
             + b"}}\n"}, VOLUMES[:1]),
    Scenario("most values in a message", {"vss-query-volumes": lambda agent, ident, arguments:
             b'{"id": "' + ident.encode() + b'", "return": {"volumes": [' + b"{},[],0,"
             * 32000 + b"0]}}\n"}, VOLUMES[:1]),
    Scenario("answers to nothing", {"vss-query-volumes": many(
        300, lambda index: reply(f"{SESSION}:{1000 + index}", {}))}, VOLUMES[:1]),
    Scenario("answers to old sessions", {"vss-query-volumes": lambda agent, ident, arguments: [
        many(60, lambda index: reply(f"older-{index}:1", {"volumes": []})),
        reply(ident, {"volumes": [VOLUME]})]}, VOLUMES[:1], {"volumes": (DONE, "")}),
    Scenario("answers before the question", {"vss-hello": lambda agent, ident, arguments: [
        reply(ident, HELLO), many(50, lambda index: reply(
            f"{SESSION}:{index}", {"volumes": [EVERYWHERE]}))]}, VOLUMES[:1],
             {"volumes": (DONE, "")}),
    Scenario("hello twice", {"vss-hello": lambda agent, ident, arguments: [
        reply(ident, HELLO), reply(ident, altered(HELLO, session="other"))]}, VOLUMES[:1],
             {"volumes": (DONE, "")}),
    Scenario("other sessions' events", {"vss-query-volumes": many(
        300, lambda index: event("VSS_THAWED", session="older", generation=1, reason=EVIL))},
             VOLUMES[:1]),
    Scenario("10,000 events a second", {"vss-query-volumes": flooding(EVIL_EVENT)}, VOLUMES),
    Scenario("events before hello", {"vss-hello": flooding(EVIL_EVENT)}, VOLUMES[:1]),
    Scenario("events before the answer to freeze", {"vss-freeze": lambda agent, ident, arguments: [
        many(300, lambda index: event(EVIL)), reply(ident, FROZEN)]}, CREATES,
             {"create": (FAILED, "events in a second")}),
    Scenario("events while frozen", {"vss-freeze": lambda agent, ident, arguments: [
        reply(ident, FROZEN), many(300, lambda index: event(EVIL))]}, CREATES[1:],
             {"create": (FAILED, "events in a second")}),
    Scenario("long lines for ever", {"vss-query-volumes": pouring(
        "yes $(head -c 100000 /dev/zero | tr '\\0' x)")}, VOLUMES[:1]),
    Scenario("commands for the host", {"vss-query-volumes": many(
        300, lambda index: line_of({"execute": "vss-thaw", "id": f"{index}"}))}, VOLUMES[:1]),
]

TYPES = [
    Scenario(f"volumes that are {json.dumps(value)[:30]}",
             {"vss-query-volumes": exactly(value)}, VOLUMES[:1])
    for value in (5, "text", True, [], {}, {"volumes": 1}, {"volumes": [1]}, {"volumes": [{}]},
                  {"volumes": [volume(mount_point=7)]}, {"volumes": [volume(disks={})]},
                  {"volumes": [volume(freezability=EVIL)]})
] + [
    Scenario("a session's name to trip over", hello(session=EVIL), VOLUMES[:1]),
    Scenario("no session", hello(session=""), VOLUMES[:1]),
    Scenario("another protocol", hello(protocol_version=4294967295), VOLUMES[:1]),
    Scenario("evil words in hello", hello(agent_version=EVIL, machine_id=EVIL, boot_id=EVIL,
                                          features=[EVIL] * 1000), (*VOLUMES, *STATUS_VERBS)),
    Scenario("nothing allowed", hello(limits={name: 0 for name in HELLO["limits"]}), CREATES),
    Scenario("everything allowed", hello(limits={name: 4294967295 for name in HELLO["limits"]}),
             CREATES[:1]),
] + [
    Scenario(f"error {name} to {command}", {command: Error(name, EVIL)}, verbs)
    for command, verbs in (("vss-hello", VOLUMES[:1]), ("vss-query-volumes", VOLUMES),
                           ("vss-query-status", STATUS_VERBS),
                           ("vss-prepare-for-snapshot", CREATES), ("vss-freeze", CREATES[:1]),
                           ("vss-thaw", CREATES[:1]))
    for name in ("generic-error", EVIL)
]

VALUES = [
    Scenario("evil words in every string", {
        **volumes(VOLUME, EVERYWHERE),
        "vss-query-status": altered(STATUS, agent_version=EVIL, recovered=EVIL, log=[
            {"boot-time-ms": LEAST, "level": 0, "message": EVIL}] * 100),
        "vss-freeze-status": altered(FREEZE_STATUS, state="frozen", requester=EVIL,
                                     snapshot_set_id=EVIL, mount_points=[EVIL, MOUNT_POINT]),
        "vss-prepare-for-snapshot": altered(PREPARED, volumes=[hold(reason=EVIL)]),
        "vss-freeze": altered(FROZEN, volumes=[hold(reason=EVIL, mount_point=EVIL), HELD]),
        "vss-thaw": altered(THAWED, volumes=[hold(reason=EVIL), hold(
            mount_point="/" + EVIL, state="not-held", reason=EVIL)]),
    }, (*VOLUMES, *STATUS_VERBS, REPORT, REPORT_TEXT, REQUIRE, ("thaw",))),
    Scenario("evil reason for not holding", thawed(volumes=[hold(state="not-held", reason=EVIL)]),
             CREATES, {"create": (None, "not held")}),
    Scenario("5,000 volumes", volumes(VOLUME, *(
        volume(mount_point=f"/srv/{index}") for index in range(4000))), (*VOLUMES, REPORT),
             limit_s=10),
    Scenario("100,000 volumes", {"vss-query-volumes": lambda agent, ident, arguments: reply(
        ident, {"volumes": [volume(mount_point=f"/{index}") for index in range(100000)]})},
             VOLUMES[:1], limit_s=16),
    Scenario("one volume often", volumes(*[VOLUME] * 3000), (*VOLUMES, REPORT), limit_s=5),
    Scenario("10,000 disks under one volume", volumes(volume(
        disks=[{"name": "vda", "serial": "data"}] * 10000)), (*VOLUMES, REPORT)),
    Scenario("long names", volumes(VOLUME, volume(mount_point="/" + "m" * LONG, fs_type="t" * 9999,
                                                  uuid="u" * 9999)), (*VOLUMES, REPORT)),
    Scenario("a long mount point", volumes(volume(mount_point="/" + "m" * LONG)), VOLUMES[:1]),
    Scenario("a record too long", volumes(volume(), *(volume(
        mount_point=f"/srv/{index}" + "\"" * 4000) for index in range(20))), (REPORT,),
             {"create": (FAILED, "take fewer volumes")}),
    Scenario("a long file system type", volumes(volume(fs_type="t" * LONG), *(
        volume(mount_point=f"/srv/{index}") for index in range(1000))), VOLUMES[:1]),
    Scenario("long reasons", thawed(volumes=[hold(reason="r" * LONG)]), CREATES),
    Scenario("long errors", {"vss-freeze": Error("generic-error", "e" * LONG)}, CREATES[1:]),
    Scenario("long log", {"vss-query-status": altered(STATUS, log=[
        {"boot-time-ms": MOST, "level": 255, "message": "m" * 100}] * 6000)}, STATUS_VERBS),
    Scenario("5,000 file systems frozen", {"vss-freeze-status": altered(
        FREEZE_STATUS, state="frozen", mount_points=["/" + "m" * 20000] + [
            f"/srv/{index}" for index in range(5000)])}, (STATUS_VERBS[0], ("thaw",))),
    Scenario("disks of others", volumes(VOLUME, volume(mount_point="/other", disks=[
        {"name": "../../etc/passwd", "serial": "no such disk"}])), (*VOLUMES, REPORT, REQUIRE)),
    Scenario("no mount point", volumes(volume(mount_point="")), (*VOLUMES, REPORT)),
    Scenario("relative mount points", volumes(volume(mount_point="vda"), volume(
        mount_point="../etc"), volume(mount_point="uuid:")), (*VOLUMES, REPORT)),
    Scenario("lease in the year 10^15", {
        **frozen(lease_end_ms=MOST, boot_time_ms=LEAST), "vss-ping": {"boot-time-ms": MOST},
        "vss-renew-lease": altered(LEASE, lease_end_ms=MOST, boot_time_ms=LEAST),
        "vss-freeze-status": altered(FREEZE_STATUS, state="frozen", lease_end_ms=MOST,
                                     boot_time_ms=LEAST)}, (REPORT, *STATUS_VERBS)),
    Scenario("lease that is over", {
        **frozen(lease_end_ms=-FAR, boot_time_ms=FAR), "vss-renew-lease": altered(
            LEASE, lease_end_ms=LEAST, boot_time_ms=MOST), "vss-ping": {"boot-time-ms": LEAST},
        "vss-freeze-status": altered(FREEZE_STATUS, state="frozen", lease_end_ms=LEAST,
                                     boot_time_ms=MOST)}, (*CREATES, *STATUS_VERBS)),
    Scenario("times from beyond", thawed(held_us=MOST, boot_time_ms=LEAST, volumes=[
        hold(freeze_us=LEAST, thaw_us=MOST)]), (REPORT, REPORT_TEXT)),
    Scenario("sizes from beyond", volumes(volume(size_bytes=MOST, disks=[
        {"name": "vda", "serial": "data", "size-bytes": MOST}])), (*VOLUMES, REPORT)),
    Scenario("another generation frozen", frozen(generation=LEAST), CREATES),
    Scenario("another generation thawed", thawed(generation=MOST), CREATES,
             {"create": (None, "generation")}),
    Scenario("thawed too early", thawed(lease_expired=True), CREATES,
             {"create": (None, "lease")}),
    Scenario("other volumes thawed", thawed(volumes=[hold(mount_point="/other")]), CREATES,
             {"create": (None, "not held")}),
    Scenario("held and not held", thawed(volumes=[HELD, hold(state="not-held"), HELD]), CREATES,
             {"create": (None, "not held")}),
    Scenario("nothing thawed", thawed(volumes=[]), CREATES, {"create": (None, "not held")}),
    Scenario("5,000 volumes thawed", thawed(volumes=[HELD] + [
        hold(mount_point=f"/srv/{index}", reason=EVIL[:40]) for index in range(4000)]), CREATES),
    Scenario("nothing frozen", frozen(volumes=[]), CREATES),
    # Nobody but the guest itself can know better: it harms itself alone.
    Scenario("lying well", {}, CREATES, {"create": (DONE, "")}),
]

APPLICATIONS = [
    Scenario("lying well about an application", writers(), WITH_WRITERS, {"create": (DONE, "")}),
    Scenario("evil words in every string of a writer", writers(
        metadata=[altered(WRITER, writer_id=EVIL, instance_id=EVIL), altered(WRITER, name=""), WRITER,
                  altered(WRITER, instance_id=identity(7), name=EVIL, instance_name=EVIL,
                          restore_service=EVIL, restore_procedure=EVIL,
                          exclude_files=[{**FILES, "path": EVIL, "alternate-path": EVIL}])],
        absent=[{"name": EVIL, "reason": EVIL}] * 100,
        component=altered(COMPONENT, name=EVIL, logical_path=EVIL, caption=EVIL, dependencies=[
            {"writer-id": EVIL, "component-name": EVIL}]),
        status={"state": "failed-at-freeze", "failure": "nonretryable", "message": EVIL,
                "application-code": LEAST, "freeze-us": LEAST, "held-us": MOST}),
             WITH_WRITERS),
    Scenario("1,000 writers", writers(metadata=[altered(
        WRITER, instance_id=identity(index), name=EVIL[:30]) for index in range(1000)]),
             WITH_WRITERS[:1], limit_s=11),
    Scenario("one writer often", writers(metadata=[WRITER] * 1000), WITH_WRITERS[:1]),
    Scenario("components without end", writers(metadata=[altered(
        WRITER, instance_id=identity(1), component_count=4096), altered(
            WRITER, instance_id=identity(2), component_count=4294967295)]), WITH_WRITERS[:1],
             limit_s=11),
    Scenario("components too long", writers(metadata=[altered(
        WRITER, instance_id=identity(1), component_count=4096)], component=altered(
            COMPONENT, caption="c" * LONG)), WITH_WRITERS[:1], limit_s=11),
    Scenario("many failed writers", writers(
        metadata=[altered(WRITER, instance_id=identity(index)) for index in range(200)], **{
            step: {"writers": [altered(
                WRITER_STATUS, instance_id=identity(index), state="failed-at-freeze",
                failure="timeout", message="\"" * 500) for index in range(200)]}
            for step in ("vss-prepare-for-backup", "vss-gather-writer-status",
                         "vss-post-snapshot", "vss-backup-complete")}), WITH_WRITERS[:1],
             limit_s=11),
    Scenario("statuses of nobody", writers(status={"instance-id": identity(99)}), WITH_WRITERS),
]

SILENCES = [
    Scenario("no answer at all", {"guest-sync-delimited": None}, (STATUS_VERBS[0], REPORT),
             {"create": (WEAKER, "going on without the guest")}, limit_s=6),
    Scenario("wrong answers to the first call", {"guest-sync-delimited": reply("x", {"id": 1})},
             VOLUMES[:1], limit_s=6),
    Scenario("no answer to hello", {"vss-hello": None}, VOLUMES[:1], limit_s=6),
    Scenario("no answer to thaw and abort", {"vss-thaw": None, "vss-abort": None}, (REQUIRE,),
             {"create": (FAILED, "did not answer in time")}, limit_s=24),
]
SILENT_AT_THE_ENDS = [
    Scenario("no answer to prepare", {"vss-prepare-for-snapshot": None, "vss-abort": None},
             (REPORT,), {"create": (FAILED, "did not answer in time")}, limit_s=37),
    Scenario("going away", {"vss-query-volumes": lambda agent, ident, arguments:
                            agent.let_go()}, VOLUMES[:1], limit_s=11),
    Scenario("no answer to freeze", {"vss-freeze": None, "vss-abort": None}, (REPORT,),
             {"create": (FAILED, "did not answer in time")}, limit_s=19),
    Scenario("no answer in the end", {"vss-post-snapshot": None}, (REPORT,), limit_s=6),
    Scenario("no answer to volumes", {"vss-query-volumes": None}, (REPORT,),
             {"create": (WEAKER, "going on without the guest")}, limit_s=11),
]


class MemoryWatch:
    """The most memory that a process had, seen while it runs: what wait4() tells of it includes
    what this program had when it forked."""

    def __init__(self, pid):
        self._path = f"/proc/{pid}/status"
        self._most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self):
        self._over.set()
        self._thread.join()
        return self._most

    def _look(self):
        while not self._over.wait(RSS_POLL_S):
            try:
                with open(self._path, encoding="utf-8") as file:
                    lines = [line for line in file if line.startswith("VmHWM:")]
            except (FileNotFoundError, ProcessLookupError):
                return
            self._most = max([self._most, *(int(line.split()[1]) for line in lines)])


class HostileAgentTest(VmTest):
    """Four machines at once, each with scenarios of its own."""

    def setUp(self):
        super().setUp()
        self.problems = []
        self.most = {"seconds": 0.0, "rss_kib": 0}

    def test_whatever_it_says(self):
        lanes = {}
        for name, scenarios in (("talker", STREAMS + TYPES), ("liar", VALUES),
                                ("mute", SILENCES + APPLICATIONS), ("deaf", SILENT_AT_THE_ENDS)):
            guest = self.lab.start_guest([Disk(f"{name}-data", serial="data")], name=name,
                                         wait=False)
            lanes[name] = (guest, scenarios)
        for name, (guest, scenarios) in lanes.items():
            guest.wait_ready()
            layout.plain(guest, "data", "ext4", MOUNT_POINT)
            lanes[name] = Lane(self, guest, scenarios)
        # The program is put into the laboratory by its first run: not by four at once.
        self.lab.virt_vss("--version", check=True)
        threads = [threading.Thread(target=lane.run) for lane in lanes.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.note(f"most memory {self.most['rss_kib']} KiB, longest run "
                  f"{self.most['seconds']:.1f} s")
        self.assertEqual(self.problems, [], "\n".join(self.problems))


class Lane:
    """One guest and the scenarios that it goes through, one after the other."""

    def __init__(self, test, guest, scenarios):
        self.test = test
        self.lab = test.lab
        self.guest = guest
        self.scenarios = [one for one in scenarios
                          if os.environ.get("VSS_TEST_SCENARIO", "") in one.name]
        self.agent = HostileAgent(guest)
        self.chains = guest.domain.chains_by_qemu()
        self.files = self._list_files()

    def run(self):
        try:
            with self.agent:
                for scenario in self.scenarios:
                    self._play(scenario)
            self._real_agent()
        except Exception as error:  # pylint: disable=broad-except
            self._blame("the test itself", repr(error))
            raise

    def _blame(self, where, what):
        self.test.problems.append(f"{self.guest.name}: {where}: {what}")

    def _play(self, scenario):
        started = time.monotonic()
        for verb in scenario.verbs:
            if self.agent.is_spent:
                self.agent.stop()
                self.agent.start()
            self.agent.play(scenario.answers)
            run = self._virt_vss(verb[0], self.guest.name, *verb[1:])
            where = f"{scenario.name}: {' '.join(verb)}"
            for problem in itertools.chain(self._judge(scenario, verb, run), self._clean_up(run)):
                self._blame(where, f"{problem}; status {run.status}, {run.seconds:.1f} s, "
                                   f"{run.rss_kib} KiB, {run.err[:600]!r} {run.out[:300]!r}")
            self.test.most["rss_kib"] = max(self.test.most["rss_kib"], run.rss_kib)
            self.test.most["seconds"] = max(self.test.most["seconds"], run.seconds)
            if os.environ.get("VSS_TEST_VERBOSE"):
                self.test.note(f"{where}: {run.status} {run.seconds:.1f} s {run.rss_kib} KiB "
                               f"{run.err[:400]!r}")
        if os.environ.get("VSS_TEST_VERBOSE"):
            self.test.note(f"{scenario.name} took {time.monotonic() - started:.1f} s")

    def _virt_vss(self, *arguments):
        """With what it took."""
        started = time.monotonic()
        process = self.lab.spawn_virt_vss(*arguments, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        killer = threading.Timer(120, process.kill)
        killer.start()
        watch = MemoryWatch(process.pid)
        out, err = process.communicate()
        killer.cancel()
        return Run(process.returncode, out, err, time.monotonic() - started, watch.stop())

    # What must be true of every run.

    def _judge(self, scenario, verb, run):
        if run.status not in (DONE, FAILED, WEAKER, WRITER_FAILED, UNCLEAN):
            yield "an exit status that none of this explains"
        if run.seconds > QUICK_S + scenario.limit_s:
            yield f"took longer than {QUICK_S + scenario.limit_s} s"
        if run.rss_kib > RSS_LIMIT_KIB:
            yield f"took more than {RSS_LIMIT_KIB} KiB"
        yield from self._judge_text("standard output", run.out)
        yield from self._judge_text("standard error", run.err)
        if len(run.err) > MESSAGES_LIMIT:
            yield "a flood of messages"
        if any(not line.startswith(b"virt-vss: ") for line in run.err.splitlines()):
            yield "a message that is not virt-vss's"
        if run.status not in (DONE, WEAKER) and not run.err:
            yield "no message"
        if "--output=json" in verb:
            try:
                json.loads(run.out)
            except ValueError as error:
                yield f"no JSON: {error}"
        status, words = scenario.expect.get(verb[0], (None, ""))
        if status is not None and run.status != status:
            yield f"not status {status}"
        if words.encode() not in run.err + run.out:
            yield f"nothing of {words!r}"

    @staticmethod
    def _judge_text(name, text):
        try:
            decoded = text.decode()
        except ValueError:
            yield f"{name} is no UTF-8"
            return
        odd = {char for char in decoded if char != "\n" and unicodedata.category(char) in
               ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}
        if odd:
            yield f"{name} has {odd!r}"

    def _clean_up(self, run):
        """What is left of a set goes; nothing else may be there."""
        name = self.guest.name
        try:
            sets = ET.fromstring(self.lab.virsh("dumpxml", name)).find("metadata")
            for left in sets if sets is not None else ():
                if len(ET.tostring(left)) > 66000:
                    yield f"a record of {len(ET.tostring(left))} bytes"
        except (LabError, ET.ParseError) as error:
            yield f"libvirtd or its domain is not well: {error}"
        if run.status in (0, 3) and sets is not None and len(sets):
            deleted = self._virt_vss("delete", name, "--all", "--quiet")
            if deleted.status != 0:
                yield f"the set can't be deleted: {deleted.err!r}"
        chains = self.guest.domain.chains_by_qemu()
        if chains != self.chains:
            yield f"the domain's chains are {chains}"
        files = self._list_files()
        if files != self.files:
            yield f"files came or went: {sorted(files ^ self.files)}"
        if os.path.lexists(f"/tmp/{MARK}"):
            yield "a file of the guest's choice"

    def _list_files(self):
        """Whatever is named after this machine or by its guest, wherever virt-vss may write."""
        return {os.path.join(folder, name)
                for part in (".", "i", "x", "p")
                for folder, _, names in os.walk(self.lab.folder / part)
                for name in names
                if part != "." or folder == str(self.lab.folder / part)
                if self.guest.name in name or MARK in name}

    def _real_agent(self):
        agent = Agent(self.guest)
        agent.start()
        run = self._virt_vss(*REQUIRE[:1], self.guest.name, *REQUIRE[1:])
        if run.status != 0:
            self._blame("the real agent", f"status {run.status}: {run.err!r}")
        for problem in self._clean_up(run):
            self._blame("the real agent", problem)


if __name__ == "__main__":
    main()

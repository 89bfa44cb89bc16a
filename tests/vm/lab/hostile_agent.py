# SPDX-License-Identifier: LGPL-2.1-or-later
"""An agent that is no friend of its host, on the guest's own port.

In the guest there is only a relay between the port and the laboratory's command server; what is
said is decided here. So whatever it says takes the whole way through virtio, QEMU, libvirtd and
libvirt's client. An agent that is told nothing else lies fluently: it answers every command as
`vss-agent` would, and freezes nothing.
"""

import copy
import json
import shlex
import threading

from . import tools
from .domain import AGENT_PORT

PORT = f"/dev/virtio-ports/{AGENT_PORT}"
FIFO = "/run/hostile-agent"
START_TIMEOUT_S = 30
POLL_S = 0.2
SESSION = "hostile-1"
GENERATION = 7

# The port's end of file says only that no host has it open.
RELAY = (f"rm -f {FIFO}; mkfifo {FIFO}; exec 3<>{PORT} 4<>{FIFO}; "
         "{ while :; do cat <&3; usleep 5000; done; } & cat <&4 >&3 & "
         f"exec cat >{FIFO}")


class HostileAgent:
    """One agent at a time on a guest's port.

    answers: {command: answer}. An answer is the value to return, or None for silence, or bytes to
    be sent as they are, or a list of these, or a function of (agent, id, arguments) that gives one.
    Error(...) answers with an error. Commands that aren't named are answered with LIES.
    """

    def __init__(self, guest, answers=None):
        self._guest = guest
        self._answers = {}
        self.play(answers)
        self._relay = None
        self._extra = []
        self._stopping = None
        self._thread = None

    def play(self, answers=None):
        """Answers so from now on; what is poured out already is not taken back."""
        self._answers = {**LIES, **(answers or {})}

    @property
    def is_spent(self):
        """Nothing else can be heard of it any more: it has to be started again."""
        return bool(self._extra) or self._relay.is_over

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        # The port's last user may still be going.
        self._guest.wait_for(f"sh -c 'exec 3<>{PORT}' 2>/dev/null", START_TIMEOUT_S, lab=True)
        self._relay = self._guest.spawn(RELAY)
        tools.wait_until(self._is_connected, START_TIMEOUT_S, "the hostile agent's port")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        """Closes the port."""
        self._stopping.set()
        for command in [*self._extra, self._relay]:
            command.kill()
        self._thread.join()
        for command in [*self._extra, self._relay]:
            command.wait(START_TIMEOUT_S)
        self._extra = []
        tools.wait_until(lambda: not self._is_connected(), START_TIMEOUT_S,
                         "the hostile agent to let its port go")

    def send(self, data):
        self._relay.feed(data)

    def flood(self, line):
        """Says the same for ever, as fast as the guest can. What it says else comes in between."""
        self.pour(f"exec yes {shlex.quote(line)}")

    def pour(self, command):
        """Says what a shell command writes."""
        self._extra.append(self._guest.spawn(f"{{ {command}; }} >{FIFO}"))

    def let_go(self):
        """Is gone, without a word."""
        self._relay.kill()

    def _is_connected(self):
        return self._guest.domain.channel_state(AGENT_PORT) == "connected"

    def _serve(self):
        seen = 0
        unfinished = b""
        while not self._stopping.is_set():
            received = self._relay.wait_more(seen, POLL_S)
            seen += len(received)
            *lines, unfinished = (unfinished + received).split(b"\n")
            for line in lines:
                self._take(line.lstrip(b"\xff"))

    def _take(self, line):
        try:
            message = json.loads(line)
        except ValueError:
            return
        name, arguments = message.get("execute"), message.get("arguments", {})
        self._answer(self._answers.get(name, Error("command-not-found", "no such command")),
                     message.get("id"), arguments)

    def _answer(self, answer, ident, arguments):
        if callable(answer):
            answer = answer(self, ident, arguments)
        for part in answer if isinstance(answer, list) else [answer]:
            if isinstance(part, bytes):
                self.send(part)
            elif isinstance(part, Error):
                self.send(line_of({"error": part.body, "id": ident}))
            elif part is not None:
                self.send(line_of({"return": part, "id": ident}))


class Error:
    """An error as answer."""

    def __init__(self, name, text):
        self.body = {"class": name, "desc": text}


def line_of(message):
    return json.dumps(message).encode() + b"\n"


def event(name, session=SESSION, **data):
    return line_of({"event": name, "session": session, "data": data,
                    "timestamp": {"seconds": 1, "microseconds": 2}})


def synchronise(_agent, _ident, arguments):
    return b"\xff" + line_of({"return": {"id": arguments["id"]}})


def altered(original, /, **changes):
    """A copy of a message with other members; a dash in a name is an underscore here."""
    return {**copy.deepcopy(original),
            **{name.replace("_", "-"): value for name, value in changes.items()}}


HELLO = {
    "protocol-version": 1, "agent-version": "0.1", "boot-id": "0", "session": SESSION,
    "boot-time-ms": 1000, "features": [],
    "limits": {"max-message-bytes": 1 << 20, "default-lease-ms": 10000, "max-lease-ms": 60000,
               "max-volumes": 64, "session-idle-ms": 10000}}
MOUNT_POINT = "/srv/data"
VOLUME = {
    "mount-point": MOUNT_POINT, "other-mount-points": [], "fs-type": "ext4",
    "device": "/dev/vda", "device-number": "254:0", "freezability": "freezable",
    "disks": [{"name": "vda", "serial": "data"}], "disks-complete": True}
HELD = {"mount-point": MOUNT_POINT, "device-number": "254:0", "state": "held",
        "freeze-us": 1000, "thaw-us": 1000}
PREPARED = {"generation": GENERATION, "boot-time-ms": 1000, "drain-us": [1], "volumes": [HELD]}
FROZEN = {"generation": GENERATION, "boot-time-ms": 1000, "lease-end-ms": 11000,
          "freeze-us": 1000, "volumes": [HELD]}
LEASE = {"lease-end-ms": 61000, "boot-time-ms": 1000}
THAWED = {"generation": GENERATION, "lease-expired": False, "held-us": 5000,
          "boot-time-ms": 1000, "volumes": [HELD]}
FREEZE_STATUS = {"state": "thawed", "boot-time-ms": 1000, "mount-points": [], "guard-alive": True}
STATUS = {"agent-version": "0.1", "started-ms": 1, "boot-time-ms": 1000, "guard-alive": True,
          "log": []}
NO_STATUS = {"writers": []}
WRITER_STATUS = {"writer-id": "3c5bbd26-6bb7-4d1e-9f1f-0f0b6a1f6b11",
                 "instance-id": "9a1b9f4e-2f4c-4b43-8b63-5d3b3f3e1c22", "name": "Database",
                 "state": "waiting-for-post-snapshot", "failure": "none"}
WRITER = {"writer-id": WRITER_STATUS["writer-id"], "instance-id": WRITER_STATUS["instance-id"],
          "name": "Database", "usage": "user-data", "source": "transacted-db",
          "level": "front-end", "component-count": 1}
FILES = {"path": MOUNT_POINT, "filespec": "*", "recursive": True}
COMPONENT = {"type": "database", "name": "db", "database-files": [FILES]}

LIES = {
    "guest-sync-delimited": synchronise,
    "vss-hello": HELLO,
    "vss-ping": {"boot-time-ms": 1000},
    "vss-query-volumes": {"volumes": [VOLUME]},
    "vss-prepare-for-snapshot": PREPARED,
    "vss-freeze": FROZEN,
    "vss-renew-lease": LEASE,
    "vss-thaw": THAWED,
    "vss-abort": THAWED,
    "vss-post-snapshot": NO_STATUS,
    "vss-freeze-status": FREEZE_STATUS,
    "vss-query-status": STATUS,
    "vss-gather-writer-metadata": {"writers": [], "absent": []},
    "vss-query-writer-components": {"components": []},
    "vss-prepare-for-backup": NO_STATUS,
    "vss-gather-writer-status": NO_STATUS,
    "vss-backup-complete": NO_STATUS,
    "vss-backup-shutdown": NO_STATUS,
    "vss-query-writers": {"writers": [], "broken": []},
}

# With an application, whose part it plays as well.
_STATUS_OF_WRITERS = {"writers": [WRITER_STATUS]}
WITH_WRITER = {
    "vss-hello": altered(HELLO, features=["writers"]),
    "vss-gather-writer-metadata": {"writers": [WRITER], "absent": []},
    "vss-query-writer-components": {"components": [COMPONENT]},
    "vss-prepare-for-backup": {"writers": [altered(WRITER_STATUS, state="stable")]},
    "vss-prepare-for-snapshot": altered(
        PREPARED, writers=[altered(WRITER_STATUS, state="waiting-for-freeze")]),
    "vss-freeze": altered(FROZEN, writers=[altered(WRITER_STATUS, state="waiting-for-thaw")]),
    "vss-gather-writer-status": _STATUS_OF_WRITERS,
    "vss-post-snapshot": {"writers": [altered(WRITER_STATUS, state="waiting-for-backup-complete")]},
    "vss-backup-complete": {"writers": [altered(WRITER_STATUS, state="stable")]},
}

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host's end of the wire in a few lines, for tests: strict about what the agent sends."""

import json
import random
import socket
import time

SYNC_BYTE = b"\xff"
TIMEOUT_S = 30


class WireError(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(f"{error['class']}: {error['desc']}")
        self.error_class = error["class"]
        self.description = error["desc"]


class WireClosed(Exception):
    """The agent has closed the connection."""


class WireClient:
    """Speaks over a connected stream socket (or what behaves like one)."""

    def __init__(self, stream, timeout_s=TIMEOUT_S):
        self._stream = stream
        self._timeout_s = timeout_s
        self._received = b""
        self._number = 0
        self._session = None
        self.events = []
        self.hello = None

    @classmethod
    def connect(cls, path, timeout_s=TIMEOUT_S):
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.connect(str(path))
        return cls(stream, timeout_s)

    def close(self):
        self._stream.close()

    def send_bytes(self, data):
        self._stream.sendall(data)

    def send(self, command, arguments=None, ident=None):
        """Sends a command and returns its id."""
        if ident is None:
            self._number += 1
            ident = f"{self._session}:{self._number}" if self._session else f"test:{self._number}"
        message = {"execute": command, "id": ident}
        if arguments is not None:
            message["arguments"] = arguments
        self.send_bytes(json.dumps(message).encode() + b"\n")
        return ident

    def wait(self, ident, timeout_s=None):
        """The return value of the command with that id; raises WireError. Keeps events."""
        limit = time.monotonic() + (timeout_s or self._timeout_s)
        while True:
            message = json.loads(self._read_line(limit))
            if "event" in message:
                self.events.append(message)
            elif message.get("id") != ident:
                raise AssertionError(f"waiting for {ident}, got {message}")
            elif "error" in message:
                raise WireError(message["error"])
            else:
                return message["return"]

    def call(self, command, arguments=None, timeout_s=None):
        return self.wait(self.send(command, arguments), timeout_s)

    def wait_event(self, name, timeout_s=None):
        limit = time.monotonic() + (timeout_s or self._timeout_s)
        while True:
            for event in self.events:
                if event["event"] == name:
                    self.events.remove(event)
                    return event
            message = json.loads(self._read_line(limit))
            if "event" not in message:
                raise AssertionError(f"waiting for the event {name}, got {message}")
            self.events.append(message)

    def synchronise(self):
        """Drops everything up to the agent's answer to a number of ours."""
        number = random.SystemRandom().randrange(1 << 53)
        self.send_bytes(SYNC_BYTE + json.dumps(
            {"execute": "guest-sync-delimited", "arguments": {"id": number}}).encode() + b"\n")
        limit = time.monotonic() + self._timeout_s
        self._session = None
        while True:
            while SYNC_BYTE not in self._received:
                self._received = b""
                self._receive(limit)
            self._received = self._received.partition(SYNC_BYTE)[2]
            answer = json.loads(self._read_line(limit))
            returned = answer.get("return")
            if returned in (number, {"id": number}):
                return

    def open(self, requester="a test"):
        """Synchronises and opens a session."""
        self.synchronise()
        self.hello = self.call("vss-hello", {"protocol-version": 1, "host-version": "0.1.0",
                                             "requester": requester})
        self._session = self.hello["session"]
        self._number = 0
        return self

    def wait_closed(self, timeout_s=None):
        limit = time.monotonic() + (timeout_s or self._timeout_s)
        try:
            while True:
                self._receive(limit)
        except WireClosed:
            pass

    def _read_line(self, limit):
        while b"\n" not in self._received:
            self._receive(limit)
        line, _, self._received = self._received.partition(b"\n")
        return line

    def _receive(self, limit):
        left = limit - time.monotonic()
        if left <= 0:
            raise TimeoutError("the agent doesn't answer")
        self._stream.settimeout(left)
        data = self._stream.recv(65536)
        if not data:
            raise WireClosed("the agent has closed the connection")
        self._received += data

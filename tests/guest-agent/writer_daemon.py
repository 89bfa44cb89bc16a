# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's end of the writers' socket, for tests: answers what it is told to answer."""
import json
import secrets
import socket

SYNC_BYTE = b"\xff"


class WriterDaemon:
    """A writer that is connected. `answer` gives the result of a command, or raises."""

    def __init__(self, path, identity, answer=None, timeout_s=20):
        self._stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._stream.settimeout(timeout_s)
        self._stream.connect(str(path))
        self._received = b""
        self._identity = identity
        self._answer = answer or (lambda event: {"failure": "none"})
        self.told = []

    def close(self):
        self._stream.close()

    def send(self, message, prefix=b""):
        self._stream.sendall(prefix + json.dumps(message).encode() + b"\n")

    def _read_line(self):
        while b"\n" not in self._received:
            data = self._stream.recv(65536)
            if not data:
                raise EOFError("the agent has hung up")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return line.rpartition(SYNC_BYTE)[2]

    def serve_one(self):
        """Answers one command and returns its name."""
        command = json.loads(self._read_line())
        name = command["execute"]
        arguments = command.get("arguments", {})
        if name == "guest-sync-delimited":
            self.send({"return": {"id": arguments["id"]}}, SYNC_BYTE)
        elif name == "vss-hello":
            self.send({"return": {"session": secrets.token_hex(16)}, "id": command["id"]})
        elif name == "vss-writer-identify":
            self.send({"return": self._identity, "id": command["id"]})
        elif name == "vss-writer-event":
            self.told.append(arguments["event"])
            self.send({"return": self._answer(arguments["event"]), "id": command["id"]})
        else:
            self.send({"error": {"class": "command-not-found", "desc": name},
                       "id": command["id"]})
        return name

    def register(self):
        """Answers until it has described itself."""
        while self.serve_one() != "vss-writer-identify":
            pass
        return self

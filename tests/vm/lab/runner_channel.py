# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host's end of the laboratory's port: commands in a guest, several at the same time.

Frames are as in guest/runner/main.c: "ID VERB LENGTH" on a line, then LENGTH bytes. One thread
reads and hands what comes to the command it belongs to; any thread may start commands and wait.
"""

import itertools
import os
import queue
import socket
import threading
import time

from .errors import GuestTimeout, LabError

CHUNK = 64 * 1024
CONNECT_POLL_S = 0.02
PING_INTERVAL_S = 0.2


class Command:
    """One command under way in the guest."""

    def __init__(self, channel, number, text):
        self._channel = channel
        self.number = number
        self.text = text
        self._changed = threading.Condition()
        self._output = bytearray()
        self._error = bytearray()
        self._status = None
        self._refused = None

    def wait(self, timeout):
        """Its exit status; GuestTimeout when it doesn't end in time."""
        with self._changed:
            if not self._changed.wait_for(self._is_over, timeout):
                raise GuestTimeout(f"{self.text!r} has not ended after {timeout} s")
            if self._refused:
                raise LabError(f"{self.text!r}: {self._refused}")
            return self._status

    def wait_output(self, wanted, timeout):
        """Waits until the standard output holds these bytes."""
        with self._changed:
            self._changed.wait_for(lambda: wanted in self._output or self._is_over(), timeout)
            if wanted not in self._output:
                raise GuestTimeout(f"{self.text!r}: no {wanted!r} on its output after {timeout} s "
                                   f"but {bytes(self._output)!r} {bytes(self._error)!r}")

    def wait_more(self, seen, timeout):
        """Standard output from `seen` on, once there is more of it; empty if there is none."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._output) > seen or self._is_over(), timeout)
            return bytes(self._output[seen:])

    @property
    def is_over(self):
        with self._changed:
            return self._is_over()

    @property
    def output(self):
        with self._changed:
            return bytes(self._output)

    @property
    def error(self):
        with self._changed:
            return bytes(self._error)

    def feed(self, data):
        for start in range(0, len(data), CHUNK):
            self._channel.send(self.number, "in", data[start:start + CHUNK])

    def end_input(self):
        self._channel.send(self.number, "in")

    def kill(self, number=9):
        self._channel.send(self.number, "kill", str(int(number)).encode())

    def _is_over(self):
        return self._status is not None or self._refused is not None

    def receive(self, verb, payload):
        with self._changed:
            if verb == "out":
                self._output += payload
            elif verb == "err":
                self._error += payload
            elif verb == "exit":
                self._status = int(payload)
            elif verb == "refused":
                self._refused = payload.decode()
            self._changed.notify_all()


class RunnerChannel:
    """A connection to one guest's command server."""

    def __init__(self, path):
        self._path = str(path)
        self._socket = None
        self._lock = threading.Lock()
        # Ids of an earlier connection's commands must not be met again.
        self._numbers = itertools.count(int.from_bytes(os.urandom(3), "big") * 64 + 1)
        self._commands = {}
        self._pongs = queue.Queue()
        self._lost = None

    def connect(self, deadline, is_alive):
        """Connects and waits for the guest's first answer; `is_alive` says if that can come."""
        self._open(deadline, is_alive)
        threading.Thread(target=self._read, name="runner-channel", daemon=True).start()
        token = os.urandom(8).hex().encode()
        self._send_raw(b"\n")
        while True:
            self.send(0, "ping", token)
            try:
                if self._pongs.get(timeout=PING_INTERVAL_S) == token:
                    return
            except queue.Empty:
                pass
            if time.monotonic() > deadline or not is_alive():
                raise GuestTimeout("the guest's command server doesn't answer")

    def start(self, place, text):
        """Starts a shell command; `place` is "run" (the guest's root) or "lab" (memory)."""
        with self._lock:
            command = Command(self, next(self._numbers), text)
            self._commands[command.number] = command
        self.send(command.number, place, text.encode())
        return command

    def send(self, number, verb, payload=b""):
        self._send_raw(f"{number} {verb} {len(payload)}\n".encode() + payload)

    def close(self):
        if self._socket:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self._socket.close()

    def _send_raw(self, data):
        if self._lost:
            raise LabError(f"the connection to the guest is lost: {self._lost}")
        with self._lock:
            try:
                self._socket.sendall(data)
            except OSError as error:
                raise LabError(f"the connection to the guest is lost: {error}") from error

    def _open(self, deadline, is_alive):
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(self._path)
                return
            except OSError as error:
                self._socket.close()
                if time.monotonic() > deadline or not is_alive():
                    raise GuestTimeout(f"{self._path}: {error}") from error
                time.sleep(CONNECT_POLL_S)

    def _read(self):
        buffered = b""
        while True:
            try:
                received = self._socket.recv(1 << 18)
            except OSError as error:
                return self._lose(str(error))
            if not received:
                return self._lose("closed")
            buffered = self._take_frames(buffered + received)

    def _take_frames(self, data):
        offset = 0
        while True:
            end = data.find(b"\n", offset)
            if end < 0:
                return data[offset:]
            words = data[offset:end].split()
            if len(words) != 3 or not words[0].isdigit() or not words[2].isdigit():
                offset = end + 1
                continue
            length = int(words[2])
            if len(data) < end + 1 + length:
                return data[offset:]
            self._dispatch(int(words[0]), words[1].decode(), data[end + 1:end + 1 + length])
            offset = end + 1 + length

    def _dispatch(self, number, verb, payload):
        if verb == "pong":
            self._pongs.put(payload)
            return
        with self._lock:
            command = self._commands.get(number)
            if verb in ("exit", "refused"):
                self._commands.pop(number, None)
        if command:
            command.receive(verb, payload)

    def _lose(self, why):
        self._lost = why
        with self._lock:
            commands, self._commands = self._commands, {}
        for command in commands.values():
            command.receive("refused", f"the connection to the guest was lost: {why}".encode())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A process that outlives the test by a moment, and leaves nothing behind.

    python3 supervisor.py RUN_FOLDER

It starts the daemons of a run and, being a "child subreaper", becomes the parent of whatever they
leave behind (every QEMU). Its standard input is a socket held by the test: when that closes, for
whatever reason (also when the test was killed), all its descendants, and every process that carries
this run's folder in its environment, are killed, and the folder is removed.

Requests are lines of JSON: {"argv", "env", "log", "uid", "gid"}; answers are {"pid"} or {"error"}.
"""

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
# A killed QEMU may have to wait for the host's disk before it is gone.
END_TIMEOUT_S = 30
# Names this run's processes in their environment.
MARK = "VSS_TEST_RUN"


class Supervisor:
    """Starter and, in the end, killer of one run's processes."""

    def __init__(self, folder):
        self._folder = folder
        self._test = socket.socket(fileno=os.dup(0))

    def serve(self):
        buffered = b""
        while True:
            select.select([self._test], [], [], 1)
            _reap()
            try:
                received = self._test.recv(65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue
            except OSError:
                return
            if not received:
                return
            buffered += received
            while b"\n" in buffered:
                line, buffered = buffered.split(b"\n", 1)
                self._answer(json.loads(line))

    def clean_up(self):
        """Whether all is gone."""
        deadline = time.monotonic() + END_TIMEOUT_S
        while time.monotonic() < deadline:
            found = self._processes()
            if not found:
                shutil.rmtree(self._folder, ignore_errors=True)
                return True
            for pid in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            _reap()
            time.sleep(0.01)
        return False

    def _answer(self, request):
        try:
            pid = self._start(request)
            answer = {"pid": pid}
        except OSError as error:
            answer = {"error": str(error)}
        with contextlib.suppress(OSError):
            self._test.sendall(json.dumps(answer).encode() + b"\n")

    def _start(self, request):
        as_user = {}
        if request.get("uid") is not None:
            as_user = {"user": request["uid"], "group": request["gid"], "extra_groups": []}
        with open(request["log"], "ab") as log:
            child = subprocess.Popen(  # pylint: disable=consider-using-with
                request["argv"], env=request["env"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self._folder, start_new_session=True, **as_user)
        # Reaped below by pid, like the orphans: the Popen object must not do it, too.
        child.returncode = 0
        return child.pid

    def _processes(self):
        parents = dict(_parents())
        found = {pid for pid in parents if self._is_marked(pid)}
        grown = {os.getpid()}
        while grown:
            grown = {pid for pid, parent in parents.items() if parent in grown} - found
            found |= grown
        return found - {os.getpid()}

    def _is_marked(self, pid):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return f"{MARK}={self._folder}".encode() in file.read().split(b"\0")
        except OSError:
            return False


def _parents():
    """Every live process and its parent; zombies are not counted."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    yield int(name), int(parent)


def _reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    supervisor = Supervisor(sys.argv[1])
    # A handler that does nothing makes the end of a child interrupt nothing, but be noticed.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    supervisor.serve()
    sys.exit(0 if supervisor.clean_up() else 1)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The folder of one test run, and its supervisor."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from . import settings, supervisor
from .errors import LabError

# The supervisor gives killed processes 30 s to be gone.
END_TIMEOUT_S = supervisor.END_TIMEOUT_S + 10
# Others can't list it, but root's libvirtd has a user for its QEMUs who must pass.
FOLDER_MODE = 0o711


class RunFolder:
    """Exists from construction to close(); what was started here and what is in it goes with it."""

    def __init__(self, user):
        self._user = user
        self.path = Path(tempfile.mkdtemp(prefix="vt-", dir=settings.temporary_folder()))
        user.own(self.path)
        self.path.chmod(FOLDER_MODE)
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._answers = ours.makefile("r", encoding="utf-8")
        with theirs:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with
                [sys.executable, supervisor.__file__, str(self.path)], stdin=theirs,
                stdout=subprocess.DEVNULL, start_new_session=True)

    def environment(self):
        """What every process of the run finds in its environment."""
        return {
            "PATH": os.pathsep.join(settings.TOOL_FOLDERS),
            "HOME": str(self.path),
            "LC_ALL": "C.UTF-8",
            supervisor.MARK: str(self.path),
        }

    def make_folder(self, name):
        folder = self.path / name
        folder.mkdir()
        folder.chmod(FOLDER_MODE)
        self._user.own(folder)
        return folder

    def start_daemon(self, argv, environment, log):
        """Starts a process as the run's user; returns its pid. It is the supervisor's child."""
        request = {"argv": [str(word) for word in argv], "env": environment, "log": str(log)}
        if self._user.process_options():
            request |= {"uid": self._user.uid, "gid": self._user.gid}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(self._answers.readline() or '{"error": "the supervisor is gone"}')
        if "pid" not in answer:
            raise LabError(f"{argv[0]} could not be started: {answer['error']}")
        return answer["pid"]

    def close(self):
        self._answers.close()
        self._socket.close()
        try:
            status = self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if status != 0:
            raise LabError(f"processes of {self.path} could not be ended; the folder stays")

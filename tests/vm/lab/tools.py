# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finding and running programs of the host."""

import os
import shutil
import subprocess
import time

from . import settings
from .errors import LabError

# Programs of the host that only look at or make small files end well within this.
TOOL_TIMEOUT_S = 120
POLL_S = 0.01


def find(name, required=True):
    """The full path of a program, also in the sbin folders."""
    path = shutil.which(name, path=os.pathsep.join(
        os.environ.get("PATH", "").split(os.pathsep) + list(settings.TOOL_FOLDERS)))
    if path is None and required:
        raise LabError(f"program {name!r} is not installed")
    return path


def run(argv, timeout=TOOL_TIMEOUT_S, **options):
    """Runs a program of the host, returns its standard output, raises with what it said."""
    done = subprocess.run([find(argv[0]), *map(str, argv[1:])], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=timeout, check=False, **options)
    if done.returncode != 0:
        raise LabError(f"{' '.join(map(str, argv))}: status {done.returncode}: "
                       f"{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wait_until(condition, timeout, what):
    """Polls a condition on the host that offers no event; returns its first true value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise LabError(f"waited {timeout} s in vain for {what}")
        time.sleep(POLL_S)


def process_state(pid):
    """The state letter in the host's /proc; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None

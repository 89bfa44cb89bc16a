# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-vss as a test uses it: sets as dictionaries, and what must be left after them."""

import contextlib
import json
import os
import select
import signal
import subprocess

from . import settings
from .errors import LabError

# A create takes a second or two; a merge back under load some seconds more. Under TCG on a busy
# machine, ten times that.
COMMAND_TIMEOUT_S = 120
# How often a create may be through a phase before it could be stopped there.
STOP_TRIES = 20


class Requester:
    """virt-vss for one guest."""

    def __init__(self, lab, guest):
        self._lab = lab
        self._guest = guest

    def run(self, verb, *arguments, check=True, expect=None):
        """virt-vss VERB DOMAIN ARGUMENT...; returns the CompletedProcess."""
        done = self._lab.virt_vss(verb, self._guest.name, *arguments, timeout=COMMAND_TIMEOUT_S)
        wanted = (0,) if expect is None else expect
        if check and done.returncode not in wanted:
            raise LabError(f"virt-vss {verb} {' '.join(arguments)}: status {done.returncode}, "
                           f"not {wanted}: {done.stderr.strip()}\n{done.stdout}")
        return done

    def json(self, verb, *arguments, **options):
        return json.loads(self.run(verb, *arguments, "--output=json", **options).stdout)

    def create(self, *arguments, **options):
        """Takes a set; returns what --output=json says of it."""
        return self.json("create", *arguments, **options)

    def delete(self, snapshot_set, **options):
        self.run("delete", snapshot_set["snapshot-set-id"], **options)

    def sets(self):
        return self.json("list")["sets"]

    def status(self):
        return self.json("status")

    def spawn_create(self, *arguments, **options):
        """Starts a create; its Popen."""
        return self._lab.spawn_virt_vss("create", self._guest.name, *arguments, **options)


def images(snapshot_set):
    """Target → image of a set: the backing file of its overlay."""
    return {disk["target"]: disk["image"] for disk in snapshot_set["disks"]}


def mounts(snapshot_set):
    """Mount point → the set's volume there."""
    return {volume["mount-point"]: volume for volume in snapshot_set["volumes"]}


@contextlib.contextmanager
def _first_on_the_processor():
    """Nobody else's turn comes first when a phase is told: it lasts milliseconds."""
    if not settings.is_root():
        yield
        return
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class SteppedCreate:
    """A running `virt-vss create` that tells each phase before it begins, to be met in the middle.

    What it has told doesn't hold it up: whoever must be sure that it stays in a phase stops it.
    """

    def __init__(self, lab, guest, *arguments):
        self._reader, writer = os.pipe()
        self._unread = b""
        self.process = lab.spawn_virt_vss(
            "create", guest.name, f"--progress={writer}", "--output=json", *arguments,
            pass_fds=(writer,), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        os.close(writer)

    @classmethod
    def stopped_in(cls, phase, lab, guest, *arguments):
        """A create that is stopped (SIGSTOP) in this phase. One that was faster is let go."""
        for _ in range(STOP_TRIES):
            create = cls(lab, guest, *arguments)
            create.wait_phase(phase)
            create.process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, create.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if not create._has_more():
                return create
            create.resume()
            status, taken, message = create.finish()
            if status != 0:
                raise LabError(f"virt-vss create: status {status}: {message}")
            Requester(lab, guest).delete(taken)
        raise LabError(f"virt-vss create was never met in {phase!r}")

    def wait_phase(self, phase):
        """Returns when the phase is about to begin; LabError if the process ends before."""
        with _first_on_the_processor():
            while True:
                line, newline, rest = self._unread.partition(b"\n")
                if newline:
                    self._unread = rest
                    if line.split()[0].decode() == phase:
                        return
                    continue
                if not select.select([self._reader], [], [], COMMAND_TIMEOUT_S)[0]:
                    raise LabError(f"virt-vss create told nothing for {COMMAND_TIMEOUT_S} s while "
                                   f"{phase!r} was waited for")
                data = os.read(self._reader, 4096)
                if not data:
                    break
                self._unread += data
        out, err = self.process.communicate(timeout=COMMAND_TIMEOUT_S)
        raise LabError(f"virt-vss create ended before {phase!r}: status "
                       f"{self.process.returncode}: {err}{out}")

    def _has_more(self):
        """Whether it has told of a later phase already."""
        return bool(self._unread or select.select([self._reader], [], [], 0)[0])

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait(COMMAND_TIMEOUT_S)

    def finish(self):
        """Waits for the end; returns (status, what it printed as JSON or None, messages)."""
        out, err = self.process.communicate(timeout=COMMAND_TIMEOUT_S)
        os.close(self._reader)
        return self.process.returncode, json.loads(out) if out.strip() else None, err

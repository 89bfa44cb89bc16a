# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-vss as a test uses it: sets as dictionaries, and what must be left after them."""

import json
import os
import signal
import subprocess

from .errors import LabError

# A create takes a second or two; a merge back under load some seconds more. Under TCG on a busy
# machine, ten times that.
COMMAND_TIMEOUT_S = 120


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


class SteppedCreate:
    """A running `virt-vss create` that tells each phase before it begins, to be met in the middle.

    What it has told doesn't hold it up: whoever must be sure that it stays in a phase stops it.
    """

    def __init__(self, lab, guest, *arguments):
        reader, writer = os.pipe()
        self._phases = os.fdopen(reader, encoding="utf-8")
        self.process = lab.spawn_virt_vss(
            "create", guest.name, f"--progress={writer}", "--output=json", *arguments,
            pass_fds=(writer,), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        os.close(writer)

    def wait_phase(self, phase):
        """Returns when the phase is about to begin; LabError if the process ends before."""
        for line in self._phases:
            if line.split()[0] == phase:
                return
        out, err = self.process.communicate(timeout=COMMAND_TIMEOUT_S)
        raise LabError(f"virt-vss create ended before {phase!r}: status "
                       f"{self.process.returncode}: {err}{out}")

    def stop_in(self, phase):
        """Stops the process (SIGSTOP) in this phase, or a moment later."""
        self.wait_phase(phase)
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait(COMMAND_TIMEOUT_S)

    def finish(self):
        """Waits for the end; returns (status, what it printed as JSON or None, messages)."""
        out, err = self.process.communicate(timeout=COMMAND_TIMEOUT_S)
        self._phases.close()
        return self.process.returncode, json.loads(out) if out.strip() else None, err

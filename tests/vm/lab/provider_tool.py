# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program that drives the libvirt provider step by step, for faults at an exact place."""

import subprocess

from .errors import LabError
from .staging import stage

COMMAND_TIMEOUT_S = 120


class ProviderTool:
    """provider-tool (tests/host-lib/providers/) for one guest, without virt-vss and agent."""

    def __init__(self, lab, guest):
        self._lab = lab
        self._guest = guest
        folder = lab.folder / "x" / "tool"
        folder.mkdir(exist_ok=True)
        self._program = stage(
            lab.build_dir / "tests" / "host-lib" / "providers" / "provider-tool",
            lab.build_dir, folder)

    def argv(self, verb, *arguments, options=()):
        return [self._program, *options, verb, self._guest.name, *arguments]

    def run(self, verb, *arguments, options=(), expect=(0,)):
        done = self._lab.libvirt.run(self.argv(verb, *arguments, options=options),
                                     timeout=COMMAND_TIMEOUT_S, check=False)
        if done.returncode not in expect:
            raise LabError(f"provider-tool {verb}: status {done.returncode}, not {expect}: "
                           f"{done.stdout}{done.stderr}")
        return done.stdout

    def spawn(self, verb, *arguments, options=()):
        return self._lab.libvirt.popen(
            self.argv(verb, *arguments, options=options), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def create(self, targets, *options, expect=(0,)):
        """Takes a set of these disks; its id, and all that was printed."""
        out = self.run("create", options=(*disk_options(targets), *options), expect=expect)
        return set_id(out), out

    def sets(self):
        """Id → state."""
        lines = [line.split() for line in self.run("sets").splitlines()]
        return {words[1]: words[2] for words in lines if words[0] == "set"}


def disk_options(targets):
    return [f"--disk={target}" for target in targets]


def set_id(output):
    for line in output.splitlines():
        if line.startswith("set "):
            return line.split()[1]
    raise LabError(f"provider-tool names no set: {output}")

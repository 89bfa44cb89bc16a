# SPDX-License-Identifier: LGPL-2.1-or-later
"""A requester that calls VSS's functions one by one, as a test says."""

import subprocess
from dataclasses import dataclass

from .errors import LabError
from .requester import COMMAND_TIMEOUT_S
from .staging import stage


@dataclass
class Answer:
    """What one step returned."""

    step: str
    code: str
    milliseconds: int
    message: str


class CallTool:
    """call-tool (tests/host-lib/requester/) for one domain."""

    def __init__(self, lab, domain):
        self._lab = lab
        self._domain = domain
        folder = lab.folder / "x" / "call-tool"
        folder.mkdir(exist_ok=True)
        self._program = stage(
            lab.build_dir / "tests" / "host-lib" / "requester" / "call-tool", lab.build_dir, folder)
        self._environment = {"LD_LIBRARY_PATH": str(folder)}

    def run(self, *steps, env=None):
        """Carries the steps out; (answers in their order, findings of a dry run)."""
        with self.spawn(*steps, env=env) as process:
            out, err = process.communicate(timeout=COMMAND_TIMEOUT_S)
        if process.returncode != 0:
            raise LabError(f"call-tool: status {process.returncode}: {out}{err}")
        return parse(out)

    def last(self, *steps, env=None):
        """The last step's answer."""
        return self.run(*steps, env=env)[0][-1]

    def spawn(self, *steps, env=None):
        """Starts it; "wait" among the steps waits for the end of its standard input."""
        return self._lab.libvirt.popen(
            [self._program, self._domain, *steps], {**self._environment, **(env or {})},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def spawn_waiting(self, *steps, then=()):
        """Started, and waiting for the end of its standard input before it goes on."""
        process = self.spawn(*steps, "wait", *then)
        for line in process.stdout:
            if line.strip() == "waiting":
                return process
            if " VSS_S_OK " not in line:
                process.kill()
                raise LabError(f"call-tool: {line}")
        raise LabError(f"call-tool ended: {process.stderr.read()}")


def parse(out):
    answers, findings = [], []
    for line in out.splitlines():
        words = line.split(" ", 3)
        if words[0] == "finding":
            severity, code, rest = words[1], words[2], words[3]
            findings.append((severity, code, rest))
        elif line != "waiting":
            answers.append(Answer(words[0], words[1], int(words[2]), words[3]))
    return answers, findings

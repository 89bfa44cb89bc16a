# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs virt-vss for the tests, in an environment where only the test decides."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

# No verb of these tests takes longer than a second; on a machine that crawls, this is enough.
LIMIT_S = 60

# Open for reading only, unlike subprocess.DEVNULL.
NOTHING = open(os.devnull, 'rb')


def environment(**more):
    """The environment of a run: nothing of the caller's that virt-vss looks at."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(('VSS_', 'LIBVIRT_', 'VIRSH_'))}
    kept['LC_ALL'] = 'C.UTF-8'
    kept.update(more)
    return kept


def run(program, *arguments, pass_fds=(), **more):
    """Runs it to its end; gives the finished process with its output as text."""
    return subprocess.run([program, *arguments], env=environment(**more), timeout=LIMIT_S,
                          stdin=NOTHING, capture_output=True, text=True,
                          pass_fds=pass_fds, check=False)


def run_to(program, stdout, *arguments):
    """Runs it with its output to a descriptor."""
    return subprocess.run([program, *arguments], env=environment(), timeout=LIMIT_S,
                          stdin=NOTHING, stdout=stdout, stderr=subprocess.PIPE,
                          text=True, check=False)

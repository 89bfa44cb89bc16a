#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""shellcheck has nothing to say about the shell scripts."""

import os
import pathlib
import subprocess
import sys

import tree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

from tap import Tap  # noqa: E402


def is_checked_alone(path):
    """A part that can't be run is read by a script that can, and is checked with that."""
    return tree.is_shell_script(path) and (path.suffix != '.sh'
                                           or os.access(tree.ROOT / path, os.X_OK))


def main():
    tap = Tap()
    for path in filter(is_checked_alone, tree.files()):
        busybox = tree.text(path).startswith('#!/bin/busybox')
        done = subprocess.run([sys.argv[1], '--external-sources', '--check-sourced',
                               '--severity=warning',
                               # A file that several scripts read sets variables for the others.
                               '--exclude=SC2034',
                               *(['--shell=dash'] if busybox else []), path],
                              cwd=tree.ROOT, capture_output=True, text=True, check=False)
        tap.check(str(path), done.returncode == 0, done.stdout + done.stderr)
    tap.finish()


if __name__ == '__main__':
    main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the source tree, for the tests that read them all."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Build folders may lie beside them, so the folders are named.
FOLDERS = ['guest-agent', 'host-lib', 'protocol', 'qapi', 'tests', 'contrib', '.ci']


def files():
    """All files, relative to the root, in order."""
    found = [path.relative_to(ROOT) for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        for top, folders, names in os.walk(ROOT / folder):
            folders[:] = [name for name in folders if name != '__pycache__']
            found += [pathlib.Path(top, name).relative_to(ROOT) for name in names]
    return sorted(found)


def text(path):
    """The text of a file; None if it is no text."""
    try:
        return (ROOT / path).read_text(encoding='utf-8')
    except (UnicodeDecodeError, OSError):
        return None


def is_shell_script(path):
    """By its name or its first lines."""
    lines = (text(path) or '').split('\n', 2)
    if path.suffix == '.sh' or any(line.startswith('# shellcheck shell=') for line in lines[:2]):
        return True
    first = lines[0]
    return first.startswith('#!') and first.split('/')[-1].split()[-1] in ('sh', 'bash', 'dash')

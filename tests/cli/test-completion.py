#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bash offers after the beginning of a command line."""

import os
import pathlib
import shutil
import sys
import tempfile

import cli
from tap import Tap

VERBS = 'create list show delete recover gc volumes writers enable status thaw help'.split()
SET = '4f1c2a77-9d0e-4b52-8a51-0f2b6f7f1d10'
OLD = '4f1c9b03-51aa-4e0c-b0bd-9c1a4bb1e6c2'

# The words before the cursor (the last is being typed), and what is offered.
CASES = [
    (['virt-vss', ''], VERBS),
    (['virt-vss', 'c'], ['create']),
    (['virt-vss', '-c', 'fake:///x', 'th'], ['thaw']),
    (['virt-vss', 'create', ''], ['db1', 'web']),
    (['virt-vss', 'create', 'db1', '--dr'], ['--dry-run']),
    (['virt-vss', 'create', 'db1', '--policy', 're'],
     ['report', 'require-application', 'require-filesystem']),
    (['virt-vss', 'create', 'db1', '--context', 'nas'], ['nas-rollback']),
    (['virt-vss', 'create', 'db1', '-v', '/s'], ['/srv/data']),
    (['virt-vss', 'delete', 'db1', ''], [SET, OLD]),
    (['virt-vss', 'delete', 'db1', SET, '4f1c9'], [OLD]),
    (['virt-vss', 'show', '-o', 'json', 'db1', '4f1c2'], [SET]),
    (['virt-vss', '-c', 'fake:///broken', 'show', 'db1', ''], []),
    (['virt-vss', 'gc', ''], []),
    (['virt-vss', 'create', 'db1', '--writer', 'P'], ['PostgreSQL']),
    (['virt-vss', 'create', 'db1', '--backup-type', 'f'], ['full']),
    (['virt-vss', 'help', 'v'], ['volumes']),
    (['virt-vss', 'thaw', '-'], ['--force', '--output', '--connect', '--quiet', '--help']),
]

# What bash-completion does for a completion before it begins.
SCRIPT = '''
_init_completion() { :; }
complete() { :; }
. "$1"
shift
_init_completion() { words=("${line[@]}"); cword=$((${#line[@]} - 1)); cur=${line[cword]};
                     prev=${line[cword - 1]}; }
line=("$@")
_virt_vss
printf '%s\\n' "${COMPREPLY[@]}"
'''


def main():
    program, completion = sys.argv[1:]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(program), pathlib.Path(folder, 'virt-vss'))
        virsh = pathlib.Path(folder, 'virsh')
        virsh.write_text('#!/bin/sh\necho db1\necho web\n', encoding='utf-8')
        virsh.chmod(0o755)
        for words, offered in CASES:
            done = cli.run(shutil.which('bash'), '-c', SCRIPT, 'bash', completion, *words,
                           PATH=f'{folder}:{os.environ["PATH"]}')
            tap.equal(' '.join(words), done.stdout.split(), offered)
    tap.finish()


if __name__ == '__main__':
    main()

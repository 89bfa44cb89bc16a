#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual page leaves nothing out, and its examples do what it shows."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import cli
from tap import Tap

VERBS = ['create', 'list', 'show', 'delete', 'recover', 'gc', 'volumes', 'writers', 'enable', 'status', 'thaw', 'help']
GOLDEN = pathlib.Path(__file__).resolve().parent / 'golden'


def check_options(tap, program, manual):
    for verb in VERBS:
        options = set(re.findall(r'(--[a-z-]+)', cli.run(program, verb, '--help').stdout))
        missing = [option for option in options if option not in manual]
        tap.check(f'the options of {verb}', options and not missing, ' '.join(missing))
        tap.check(f'a section on {verb}', f'\n{verb}\n{"-" * len(verb)}\n' in manual)


def keys_of(value):
    """The names of all members in a JSON document."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def check_keys(tap, manual):
    for path in sorted(GOLDEN.glob('*.json')):
        keys = keys_of(json.loads(path.read_text(encoding='utf-8')))
        missing = [key for key in keys
                   if not re.search(rf'(?<![a-z-]){re.escape(key)}(?![a-z-])', manual)]
        tap.check(f'the keys of {path.name}', keys and not missing, ' '.join(missing))


def check_exits(tap, manual):
    section = manual.split('EXIT STATUS\n')[1].split('\n\nMESSAGES')[0]
    tap.equal('every exit status', re.findall(r'^(\d)$', section, re.MULTILINE), list('012345'))


def blocks(manual):
    """The literal blocks, without their indentation."""
    for block in re.findall(r'::\n\n((?:    .*\n|\n)+)', manual):
        yield re.sub(r'^    ', '', block, flags=re.MULTILINE)


def examples(manual):
    """Each command that is shown with a prompt, and the lines shown after it."""
    for block in blocks(manual):
        for part in re.split(r'^\$ ', block, flags=re.MULTILINE)[1:]:
            command, *lines = part.rstrip('\n').split('\n')
            yield command, [line for line in lines if line]


class Machine:
    """A folder with the fake as virt-vss, and a qemu-img that only writes down what it is told."""

    def __init__(self, program, folder):
        self.told = pathlib.Path(folder, 'told')
        os.symlink(os.path.abspath(program), pathlib.Path(folder, 'virt-vss'))
        tool = pathlib.Path(folder, 'qemu-img')
        tool.write_text(f'#!/bin/sh\necho "$@" >>{self.told}\n', encoding='utf-8')
        tool.chmod(0o755)
        self.environment = cli.environment(PATH=f'{folder}:{os.environ["PATH"]}')

    def run(self, command):
        return subprocess.run(['sh', '-c', command], env=self.environment, stdin=cli.NOTHING,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=cli.LIMIT_S, check=False)


def check_examples(tap, machine, manual):
    for command, lines in examples(manual):
        done = machine.run(command)
        got = [line for line in done.stdout.splitlines() if line]
        if '...' in lines:
            lines = lines[:lines.index('...')]
            got = got[:len(lines)]
        tap.check(f'example: {command}', got == lines if lines else done.returncode == 0,
                  '\n'.join(got))


def check_script(tap, machine, manual):
    script = next(block for block in blocks(manual) if 'jq' in block)
    if shutil.which('jq') is None:
        print('# no jq: the script was not run')
        return
    done = machine.run(script)
    # What examples have copied comes before.
    told = machine.told.read_text(encoding='utf-8').splitlines()[-3:]
    tap.check('the script copies every image and deletes the set',
              done.returncode == 0 and 'deleted 4f1c' in done.stdout
              and told[0] == 'convert -O qcow2 /var/lib/libvirt/images/db1.qcow2 '
              '/backup/db1-vda.qcow2' and len(told) == 3, done.stdout + '\n'.join(told))


def main():
    program, page = sys.argv[1:]
    manual = pathlib.Path(page).read_text(encoding='utf-8')
    tap = Tap()
    check_options(tap, program, manual)
    check_keys(tap, manual)
    check_exits(tap, manual)
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(program, folder)
        check_examples(tap, machine, manual)
        check_script(tap, machine, manual)
    tap.finish()


if __name__ == '__main__':
    main()

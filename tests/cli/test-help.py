#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every help fits on a terminal of 80 columns, comes on standard output, and leaves nothing out."""

import sys

import cli
from tap import Tap

VERBS = ['create', 'list', 'show', 'delete', 'recover', 'gc', 'volumes', 'writers', 'enable', 'status', 'thaw', 'help']


def check(tap, program, arguments):
    done = cli.run(program, *arguments)
    wide = [line for line in done.stdout.splitlines() if len(line) > 80]
    tap.check(' '.join(arguments), done.returncode == 0 and done.stderr == '' and not wide
              and done.stdout.startswith('Usage:\n  virt-vss'),
              f'{done.returncode} {done.stderr}\n' + '\n'.join(wide))
    return done.stdout


def main():
    tap = Tap()
    program = sys.argv[1]
    text = check(tap, program, ['--help'])
    listed = [line.split()[0] for line in text.split('Verbs:\n')[1].split('\n\n')[0].splitlines()]
    tap.equal('the help lists every verb', listed, VERBS)
    for verb in VERBS:
        tap.equal(f'{verb}: two ways to the help', check(tap, program, [verb, '--help']),
                  check(tap, program, ['help', verb]))
    tap.finish()


if __name__ == '__main__':
    main()

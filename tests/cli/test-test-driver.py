#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program with the real library on libvirt's test driver, which is in every libvirt: it has a
domain called "test" that can do next to nothing. What counts is that each answer is an answer."""

import json
import sys

import cli
from tap import Tap

URI = 'test:///default'
UUID = '6695eb01-f6a4-8304-79aa-97f2502e193f'


def check_list(tap, program):
    done = cli.run(program, '-c', URI, 'list')
    tap.equal('list', (done.returncode, done.stdout),
              (0, 'DOMAIN  SET  CREATED  STATE  CONSISTENCY  VOLUMES\n'))
    done = cli.run(program, 'list', 'test', '--output=json', VIRSH_DEFAULT_CONNECT_URI=URI)
    tap.equal('list, by environment', json.loads(done.stdout), {'sets': [], 'errors': []})


def check_domain(tap, program):
    for name in ['test', '1', UUID]:
        done = cli.run(program, '-c', URI, 'status', name, '--output=json')
        answer = json.loads(done.stdout)
        tap.check(f'status of {name}',
                  done.returncode == 0 and answer['domain'] == 'test'
                  and answer['vm-state'] == 'running' and not answer['agent']['connected']
                  and answer['agent']['error'] and answer['sets'] == [],
                  done.stdout + done.stderr)
    done = cli.run(program, '-c', URI, 'status', 'nobody')
    tap.check('nobody', done.returncode == 1 and 'VSS_E_OBJECT_NOT_FOUND' in done.stderr
              and done.stderr.startswith('virt-vss: status nobody: '), done.stderr)


def check_volumes(tap, program):
    done = cli.run(program, '-c', URI, 'volumes', 'test', '-o', 'json')
    answer = json.loads(done.stdout)
    tap.check('volumes', done.returncode == 0 and answer['agent-error']['code']
              == 'VSS_E_WRITER_INFRASTRUCTURE', done.stdout + done.stderr)


def check_nothing_to_do(tap, program):
    for arguments, status in [(['gc'], 0), (['recover', '--all'], 0),
                              (['delete', 'test', '--all'], 0), (['show', 'test', '1'], 1),
                              (['create', 'test'], 1)]:
        done = cli.run(program, '-c', URI, *arguments)
        tap.check(' '.join(arguments), done.returncode == status and done.stdout == ''
                  and done.stderr.count('\n') == (0 if arguments == ['gc'] else 1),
                  f'{done.returncode} {done.stdout}{done.stderr}')


def check_connection(tap, program):
    # The one message is ours: libvirt's own are not printed beside it.
    done = cli.run(program, '-c', 'nothing:///system', 'list')
    tap.check('no connection', done.returncode == 1 and done.stdout == ''
              and 'nothing:///system' in done.stderr and done.stderr.count('\n') == 1,
              done.stderr)


def main():
    program = sys.argv[1]
    tap = Tap()
    check_list(tap, program)
    check_domain(tap, program)
    check_volumes(tap, program)
    check_nothing_to_do(tap, program)
    check_connection(tap, program)
    tap.finish()


if __name__ == '__main__':
    main()

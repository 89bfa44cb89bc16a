#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an interrupt does in the middle of a snapshot set, which the fake library never ends."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import cli
from tap import Tap


class Run:
    """A create that hangs in the phase freeze; it is there when this returns."""

    def __init__(self, program, fake):
        reader, writer = os.pipe()
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / 'log'
        self.process = subprocess.Popen(
            [program, 'create', 'db1', f'--progress={writer}'],
            env=cli.environment(VSS_FAKE=fake, VSS_FAKE_LOG=str(self.log)), pass_fds=[writer],
            stdin=cli.NOTHING, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        with open(reader, encoding='utf-8') as lines:
            while not lines.readline().startswith('freeze '):
                pass

    def say(self, text):
        """Reads messages until one holds the text."""
        line = ' '
        while line and text not in line:
            line = self.process.stderr.readline()
        return line

    def end(self):
        """The exit status, the rest of the messages, and the last calls of the library."""
        _, messages = self.process.communicate(timeout=cli.LIMIT_S)
        calls = self.log.read_text(encoding='utf-8').splitlines()
        self.folder.cleanup()
        return self.process.returncode, messages, calls[-3:]


def check_once(tap, program, number):
    run = Run(program, 'hang')
    run.process.send_signal(number)
    status, messages, calls = run.end()
    tap.check(f'{number.name} undoes',
              status == 1 and calls == ['cancel', 'close', 'open (default)']
              and 'interrupted: undoing; a second interrupt leaves at once' in messages
              and messages.endswith('virt-vss: create db1: interrupted\n'),
              f'{status} {calls}\n{messages}')


def check_late(tap, program):
    run = Run(program, 'hang,late')
    run.process.send_signal(signal.SIGINT)
    status, messages, calls = run.end()
    tap.check('a set that could not be stopped is deleted',
              status == 1 and calls[0].startswith('delete ')
              and calls[1:] == ['close', 'open (default)']
              and messages.endswith('virt-vss: create db1: interrupted\n'),
              f'{status} {calls}\n{messages}')


def check_twice(tap, program):
    run = Run(program, 'hang,deaf')
    run.process.send_signal(signal.SIGINT)
    tap.check('the first interrupt is told', run.say('interrupted: undoing') != '')
    run.process.send_signal(signal.SIGINT)
    status, messages, _ = run.end()
    tap.check('the second leaves at once and says what remains',
              status == 5 and 'leaving at once; the guest thaws by itself when the lease ends, '
              "and 'virt-vss recover db1' removes the unfinished set" in messages,
              f'{status}\n{messages}')


def check_nohup(tap, program):
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    run = Run(program, 'hang')
    signal.signal(signal.SIGHUP, old)
    run.process.send_signal(signal.SIGHUP)
    run.process.send_signal(signal.SIGTERM)
    status, messages, _ = run.end()
    # Had it counted, SIGTERM would have been the second one.
    tap.check('SIGHUP stays ignored under nohup', status == 1, f'{status}\n{messages}')


def main():
    tap = Tap()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        check_once(tap, sys.argv[1], number)
    check_late(tap, sys.argv[1])
    check_twice(tap, sys.argv[1])
    check_nohup(tap, sys.argv[1])
    tap.finish()


if __name__ == '__main__':
    main()

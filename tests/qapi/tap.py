# SPDX-License-Identifier: LGPL-2.1-or-later
"""The least that a test in Python needs to speak TAP."""

import sys


class Tap:
    """Counts and prints the subtests of one program."""

    def __init__(self):
        self._count = 0
        self._failed = 0

    def check(self, name, passed, detail=''):
        """One subtest; the detail is shown when it fails."""
        self._count += 1
        print(f'{"ok" if passed else "not ok"} {self._count} {name}')
        if not passed:
            self._failed += 1
            for line in str(detail).splitlines():
                print(f'# {line}')

    def equal(self, name, got, expected):
        """A subtest that compares."""
        self.check(name, got == expected, f'expected: {expected}\ngot:      {got}')

    def finish(self):
        """Prints the plan and ends the program."""
        print(f'1..{self._count}')
        sys.exit(1 if self._failed else 0)

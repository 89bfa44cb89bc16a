# SPDX-License-Identifier: LGPL-2.1-or-later
"""The base of the tests in VMs: unittest's cases, told as TAP, with what happened on failure.

    class SetIsAtomic(VmTest):
        def test_two_disks(self):
            guest = self.lab.start_guest([...])

    if __name__ == "__main__":
        main()

Environment: VSS_BUILD_DIR, the build folder; VSS_TEST_SEED, to repeat a run with its seed.
Arguments: names of tests (SetIsAtomic.test_two_disks, or without the class) to run only these;
--list names all.
"""

import os
import random
import sys
import time
import traceback
import unittest
from pathlib import Path

from . import settings
from .errors import LabError
from .laboratory import Lab

LOG_LINES = 150


class VmTest(unittest.TestCase):
    """A test with a laboratory of its own, and its evidence."""

    longMessage = True
    # A libvirtd of root's instead of an ordinary user's.
    as_root = False

    def setUp(self):
        if self.as_root and not settings.is_root():
            self.skipTest("only root has a libvirtd of root's")
        self.evidence = {}
        self.seed = _seed()
        self.random = random.Random(f"{self.seed} {self.id()}")
        self.lab = Lab(build_dir(), self.as_root)
        self.addCleanup(self._close_lab)

    def note(self, text):
        """A line in the test's output, for figures worth seeing."""
        _comment(text)

    def _close_lab(self):
        try:
            self.evidence = self.lab.logs()
        finally:
            self.lab.close()


def build_dir():
    named = os.environ.get("VSS_BUILD_DIR")
    if not named:
        raise LabError("VSS_BUILD_DIR is not set: run tests with `meson test`, or name the "
                       "build folder there")
    return Path(named)


def main():
    """Runs the test cases of the program's own file; exit status 0 when all is well."""
    tests = list(_flatten(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])))
    names = sys.argv[1:]
    if names == ["--list"]:
        print("\n".join(_name(test) for test in tests))
        sys.exit(0)
    if names:
        tests = [test for name in names for test in tests if name in (_name(test), _method(test))]
        if not tests:
            sys.exit(f"no test is named {' or '.join(names)}; --list names all")
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    _comment(f"seed: {_seed()} (VSS_TEST_SEED={_seed()} repeats this run)")
    result = _TapResult()
    for test in tests:
        test(result)
    sys.exit(0 if result.wasSuccessful() else 1)


class _TapResult(unittest.TestResult):
    """Prints one line for each test, and after a failed one what its laboratory saw."""

    def __init__(self):
        super().__init__()
        self._number = 0
        self._outcome = ""
        self._problems = []
        self._started = 0.0

    def startTest(self, test):
        super().startTest(test)
        self._number += 1
        self._outcome = ""
        self._problems = []
        self._started = time.monotonic()

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._add_problem(err)

    def addError(self, test, err):
        super().addError(test, err)
        self._add_problem(err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self._add_problem(err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._outcome = f" # SKIP {reason}"

    def stopTest(self, test):
        super().stopTest(test)
        took = time.monotonic() - self._started
        state = "not ok" if self._problems else "ok"
        if self._problems:
            for problem in self._problems:
                _comment(problem)
            for title, text in getattr(test, "evidence", {}).items():
                _comment(f"--- {title} ---\n" + "\n".join(text.splitlines()[-LOG_LINES:]))
        _comment(f"{_name(test)}: {took:.1f} s")
        print(f"{state} {self._number} - {_name(test)}{self._outcome}", flush=True)

    def _add_problem(self, err):
        self._problems.append("".join(traceback.format_exception(*err)))


def _flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flatten(test)
        else:
            yield test


def _name(test):
    """Class and method."""
    return ".".join(test.id().split(".")[-2:])


def _method(test):
    return test.id().rpartition(".")[2]


def _seed():
    """One for the whole program."""
    return os.environ.setdefault("VSS_TEST_SEED", str(random.SystemRandom().randrange(1 << 32)))


def _comment(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)

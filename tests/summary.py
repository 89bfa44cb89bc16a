#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up what meson's test logs say: "N passed, N failed, N skipped", and names the failures.

Reads the JSON logs given; a TAP test counts with its subtests, any other as one. Exit status 1 if
anything failed, was skipped although --no-skips is given, or if there was nothing to count.
"""

import json
import re
import sys

TAP_LINE = re.compile(r"^(not ok|ok)\b(.*)$", re.MULTILINE)
PASSED = {"OK", "EXPECTEDFAIL"}


def count_test(test):
    """Returns (passed, failed, skipped) of one test."""
    passed = failed = skipped = 0
    for verdict, rest in TAP_LINE.findall(test.get("stdout") or ""):
        if re.search(r"#\s*skip", rest, re.IGNORECASE):
            skipped += 1
        elif verdict == "ok":
            passed += 1
        else:
            failed += 1
    result = test["result"]
    if result == "SKIP" and not skipped:
        skipped += 1
    elif result in PASSED and not passed + skipped:
        passed += 1
    elif result not in PASSED | {"SKIP"} and not failed:
        failed += 1
    return passed, failed, skipped


def tail(text, lines=40):
    return "\n".join("    " + line for line in (text or "").splitlines()[-lines:])


def main(arguments):
    no_skips = "--no-skips" in arguments
    totals = [0, 0, 0]
    for path in (argument for argument in arguments if not argument.startswith("--")):
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log if line.strip()]
        for test in tests:
            counts = count_test(test)
            totals = [total + count for total, count in zip(totals, counts)]
            if counts[1] or (no_skips and counts[2]):
                print(f"{test['name']}: {test['result']} after {test['duration']:.0f} s")
                print(tail(test.get("stdout")))
                print(tail(test.get("stderr")))
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed and not (no_skips and skipped) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

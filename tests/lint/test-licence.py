#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every file says its licence in its first lines, except where the format has no comments."""

import fnmatch
import pathlib
import sys

import tree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

from tap import Tap  # noqa: E402

LINE = 'SPDX-License-Identifier: LGPL-2.1-or-later'

# A line for the interpreter and one for an editor may come before it.
LINES = 4

# Data whose every byte is part of a test, and formats without comments.
EXEMPT = [
    'COPYING',
    'tests/cli/golden/*',
    'tests/fuzz/corpus/*',
    'tests/protocol/transcripts/*',
    'tests/transcripts/*',
    'tests/qapi/bad/*',
    'tests/qapi/good/*',
    '*.svg',
]


def is_exempt(path):
    return any(fnmatch.fnmatch(str(path), pattern) for pattern in EXEMPT)


def main():
    tap = Tap()
    paths = tree.files()
    bare = [path for path in paths if not is_exempt(path)
            and LINE not in '\n'.join((tree.text(path) or '').split('\n')[:LINES])]
    tap.check('there is something to look at', len(paths) > 100, f'{len(paths)} files')
    tap.check('every file says its licence', not bare, '\n'.join(map(str, bare)))
    tap.finish()


if __name__ == '__main__':
    main()

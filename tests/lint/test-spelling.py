#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""codespell finds no misspelt word."""

import pathlib
import subprocess
import sys

import tree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

from tap import Tap  # noqa: E402

# Names of others, and bytes that are no words.
IGNORED_WORDS = 'keep-alives,msdos,nin'
SKIPPED = '*/fuzz/corpus/*,*/golden/*,*/transcripts/*,*/__pycache__/*,COPYING'


def main():
    tap = Tap()
    done = subprocess.run(
        [sys.argv[1], '--ignore-words-list', IGNORED_WORDS, '--skip', SKIPPED,
         *[folder for folder in tree.FOLDERS if (tree.ROOT / folder).exists()]],
        cwd=tree.ROOT, capture_output=True, text=True, check=False)
    tap.check('spelling', done.returncode == 0, done.stdout + done.stderr)
    tap.finish()


if __name__ == '__main__':
    main()

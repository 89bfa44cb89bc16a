#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library shows what its public headers declare, its symbol map names the same, and both are
written down in full: test-symbol-map.py NM LIBRARY MAP HEADER..."""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

from tap import Tap  # noqa: E402

# The version node of the map, which is a symbol of its own.
VERSION = re.compile(r'^VSS_[0-9.]+$')

# A class, whose declaration declares the function of its type, too.
DECLARED_TYPE = re.compile(r'^VSS_API G_DECLARE_FINAL_TYPE \(\w+,\s+(\w+),', re.MULTILINE)


def declared(headers):
    """Functions that a header marks with VSS_API."""
    found = set()
    for header in headers:
        text = pathlib.Path(header).read_text(encoding='utf-8')
        found |= {name + '_get_type' for name in DECLARED_TYPE.findall(text)}
        text = DECLARED_TYPE.sub(';', text)
        for match in re.finditer(r'^VSS_API\b[^;]*?\b(vss_\w+) \(', text, re.MULTILINE):
            found.add(match.group(1))
    return found


def mapped(path):
    """Symbols that the map makes global."""
    text = pathlib.Path(path).read_text(encoding='utf-8')
    return set(re.findall(r'^\s+(\w+);$', text[:text.index('local:')], re.MULTILINE))


def shown(nm, library):
    """Symbols that the library defines for others."""
    done = subprocess.run([nm, '-D', '--defined-only', library], capture_output=True, text=True,
                          check=True)
    names = [line.split()[-1].split('@')[0] for line in done.stdout.splitlines()]
    return {name for name in names if not VERSION.match(name)}


def lines(names):
    return '\n'.join(sorted(names))


def main():
    nm, library, symbol_map, *headers = sys.argv[1:]
    tap = Tap()
    public = declared(headers)
    tap.check('the headers declare functions', len(public) > 50, lines(public))
    tap.equal('the map names what the headers declare', lines(mapped(symbol_map)), lines(public))
    tap.equal('the library shows what the map names', lines(shown(nm, library)), lines(public))
    tap.finish()


if __name__ == '__main__':
    main()

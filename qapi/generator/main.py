#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Generates everything that is made of a schema; the build calls it.

  main.py --output-dir DIR [--prefix vss-wire] [--depfile FILE] [--only EMITTER]... SCHEMA
  main.py --check SCHEMA

Exits with 1 and one line FILE:LINE:COLUMN: MESSAGE if the schema breaks a rule.
"""

import os
import sys

# Run as a script, this folder is the first that modules are looked for in, and its types.py
# would stand before Python's own.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import argparse

from generator import client, dispatch, introspect, json_schema, marshal, reference, types
from generator.error import SchemaError
from generator.names import CNames
from generator.parser import parse
from generator.schema import build

EMITTERS = {
    'types': types.emit,
    'marshal': marshal.emit,
    'dispatch': dispatch.emit,
    'client': client.emit,
    'introspect': introspect.emit,
    'reference': reference.emit,
    'json-schema': json_schema.emit,
}


def _arguments():
    parser = argparse.ArgumentParser(description='Generates C and documents from a schema.')
    parser.add_argument('--check', action='store_true', help='only check the schema')
    parser.add_argument('--output-dir', default='.', help='folder for the generated files')
    parser.add_argument('--prefix', default='vss-wire', help='of files and C names')
    parser.add_argument('--depfile', help='write the schema files read, as a make rule')
    parser.add_argument('--only', action='append', choices=EMITTERS, help='run this emitter')
    parser.add_argument('schema')
    return parser.parse_args()


def _write(path, text):
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text)


def main():
    """Returns the exit status."""
    options = _arguments()
    try:
        schema = build(parse(options.schema))
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 1
    if options.check:
        return 0
    names = CNames(options.prefix)
    written = []
    for emitter in options.only or EMITTERS:
        for name, text in EMITTERS[emitter](schema, names).items():
            written.append(os.path.join(options.output_dir, name))
            _write(written[-1], text)
    if options.depfile:
        _write(options.depfile, f'{" ".join(written)}: {" ".join(schema.files)}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())

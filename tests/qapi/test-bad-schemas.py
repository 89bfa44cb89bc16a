# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every rule of the schema language is kept, with its exact message and position.

One subtest for each bad/NAME.json, whose message is in bad/NAME.err; one more for each place in
the generator that refuses a schema: some bad schema must reach it.
"""

import ast
import glob
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATOR = os.path.join(HERE, '..', '..', 'qapi')
sys.path.insert(0, GENERATOR)
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from generator.error import SchemaError
from generator.parser import parse
from generator.schema import build
from tap import Tap


def refuse(path):
    """(message, file and line of the raise) for a bad schema."""
    try:
        build(parse(path))
    except SchemaError as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return str(error), (os.path.basename(frame.filename), frame.lineno)
    return 'accepted', None


def rules():
    """{(file, first line): last line} of every statement that raises a SchemaError."""
    found = {}
    for path in glob.glob(os.path.join(GENERATOR, 'generator', '*.py')):
        with open(path, encoding='utf-8') as stream:
            tree = ast.parse(stream.read())
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and getattr(
                    getattr(node.exc, 'func', None), 'id', '') == 'SchemaError':
                found[(os.path.basename(path), node.lineno)] = node.end_lineno
    return found


def main():
    """Runs all subtests."""
    tap = Tap()
    os.chdir(os.path.join(HERE, 'bad'))
    reached = []
    for path in sorted(glob.glob('*.json')):
        with open(path[:-len('.json')] + '.err', encoding='utf-8') as stream:
            expected = stream.read().rstrip('\n')
        message, place = refuse(path)
        tap.equal(path, message, expected)
        reached.append(place)
    for (name, first), last in sorted(rules().items()):
        hit = any(place and place[0] == name and first <= place[1] <= last for place in reached)
        tap.check(f'{name}:{first} is reached', hit, 'no schema in bad/ breaks this rule')
    tap.finish()


main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The emitted JSON Schema and the generated readers take and refuse the same values.

  test-json-schema.py RANDOM-VALUES PREFIX SCHEMA [SEED]

Random values of every type, whole and damaged, are judged by both. The seed is printed.
"""

import json
import random
import subprocess
import sys

from tap import Tap

ROUNDS = 40


def validators(document):
    """{definition: validator}"""
    import jsonschema  # pylint: disable=import-outside-toplevel
    kind = jsonschema.Draft202012Validator
    kind.check_schema(document)
    return {name: kind({'$ref': f'#/$defs/{name}', '$defs': document['$defs']})
            for name in document['$defs']}


def main():
    """Runs all subtests."""
    program, prefix, path = sys.argv[1:4]
    seed = sys.argv[4] if len(sys.argv) > 4 else str(random.SystemRandom().randrange(1 << 31))
    print(f'# seed {seed}')
    with open(path, encoding='utf-8') as stream:
        document = json.load(stream)
    known = validators(document)
    tap = Tap()
    output = subprocess.run([program, prefix, str(ROUNDS), seed], check=True,
                            stdout=subprocess.PIPE).stdout.decode('utf-8')
    wrong = {}
    counts = {}
    for line in output.split('\n')[:-1]:
        name, strict, lenient, text = line.split(' ', 3)
        value = json.loads(text)
        verdicts = (strict == '1', lenient == '1')
        judged = (known[name + '.strict'].is_valid(value), known[name].is_valid(value))
        counts.setdefault(name, []).append(verdicts)
        if verdicts != judged:
            wrong.setdefault(name, []).append(f'readers {verdicts}, schema {judged}: {text}')
    for name, verdicts in counts.items():
        tap.check(f'{prefix} {name}', name not in wrong, '\n'.join(wrong.get(name, [])[:3]))
    everything = [verdict for verdicts in counts.values() for verdict in verdicts]
    tap.check('some values are refused', (False, False) in everything)
    tap.check('some are refused by strict readers only', (False, True) in everything)
    tap.check('some are taken', (True, True) in everything)
    tap.finish()


main()

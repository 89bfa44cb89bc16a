# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is made of good schemas is complete, correct in form and always the same.

  test-good-schemas.py SCHEMA...
"""

import glob
import json
import os
import random
import subprocess
import sys
import tempfile

from tap import Tap

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATOR = os.path.join(HERE, '..', '..', 'qapi', 'generator')
MAIN = os.path.join(GENERATOR, 'main.py')
MUTATIONS = 300


def generate(schema, folder, *options):
    """Runs the generator; {file name: text}."""
    subprocess.run([sys.executable, MAIN, '--output-dir', folder, *options, schema], check=True)
    result = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding='utf-8') as stream:
            result[name] = stream.read()
    return result


def check_reference(tap, name, text, introspection):
    """The page is valid and has a heading for every definition."""
    import docutils.core  # pylint: disable=import-outside-toplevel
    import docutils.utils  # pylint: disable=import-outside-toplevel
    try:
        docutils.core.publish_string(text, writer_name='null', settings_overrides={
            'halt_level': 2, 'report_level': 5})
        problem = ''
    except docutils.utils.SystemMessage as error:
        problem = str(error)
    tap.equal(f'{name}: the reference is valid reStructuredText', problem, '')
    lines = text.splitlines()
    for kind in ('types', 'commands', 'events'):
        for item in introspection[kind]:
            made = item['name'].endswith(('Arguments', 'Event')) and item['name'] not in lines
            if not made:
                index = lines.index(item['name']) if item['name'] in lines else -2
                tap.equal(f'{name}: {item["name"]} is in the reference',
                          lines[index + 1], '-' * len(item['name']))


def check_examples(tap, name, text, document):
    """The examples of the reference are messages by the JSON Schema."""
    import jsonschema  # pylint: disable=import-outside-toplevel
    validator = jsonschema.Draft202012Validator(document)
    bad = []
    count = 0
    block = ''
    for line in text.splitlines() + ['']:
        if line.startswith(('    -> ', '    <- ')):
            bad, count, block = judge(validator, bad, count, block)
            block = line[7:]
        elif block and line.startswith('       '):
            block += line
        else:
            bad, count, block = judge(validator, bad, count, block)
    tap.check(f'{name}: {count} examples match the JSON Schema', count > 0 and not bad,
              '\n'.join(bad))


def judge(validator, bad, count, block):
    """Takes one example; (bad, count, '')."""
    if not block:
        return bad, count, ''
    valid = validator.is_valid(json.loads(block))
    return bad + ([] if valid else [block]), count + 1, ''


def check_introspection(tap, name, introspection):
    """Every type that is named is described."""
    builtins = {'str', 'int', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32',
                'size', 'number', 'bool', 'any'}
    described = {item['name'] for item in introspection['types']}
    named = set()
    for item in introspection['types']:
        named |= {member['type'] for member in item.get('members', [])}
        named |= set(item.get('branches', {}).values())
    for item in introspection['commands']:
        named |= {item[key] for key in ('arguments', 'returns') if key in item}
    named |= {item['data'] for item in introspection['events'] if 'data' in item}
    tap.equal(f'{name}: the introspection describes what it names',
              sorted(named - described - builtins), [])


def check_readme(tap):
    """The example of the README is a good schema."""
    with open(os.path.join(GENERATOR, '..', 'README.md'), encoding='utf-8') as stream:
        blocks = stream.read().split('```')[1::2]
    examples = [block.lstrip('\n') for block in blocks if block.startswith('\n##\n')]
    tap.equal('the README has an example', len(examples), 1)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'example.json')
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(examples[0])
        result = subprocess.run([sys.executable, MAIN, '--check', path], check=False,
                                stderr=subprocess.PIPE)
    tap.equal('the example of the README is good', result.stderr, b'')


def check_mutations(tap, schemas):
    """A damaged schema is refused with one line or taken; the generator never breaks."""
    seed = random.SystemRandom().randrange(1 << 31)
    print(f'# seed {seed}')
    source = random.Random(seed)
    sys.path.insert(0, os.path.dirname(GENERATOR))
    from generator.error import SchemaError  # pylint: disable=import-outside-toplevel
    from generator.parser import parse  # pylint: disable=import-outside-toplevel
    from generator.schema import build  # pylint: disable=import-outside-toplevel
    texts = []
    for path in schemas:
        for part in glob.glob(os.path.join(os.path.dirname(path), '*.json')):
            with open(part, encoding='utf-8') as stream:
                texts.append(stream.read())
    problem = ''
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'damaged.json')
        for _ in range(MUTATIONS):
            text = damage(source, source.choice(texts))
            with open(path, 'w', encoding='utf-8') as stream:
                stream.write(text)
            try:
                build(parse(path))
            except SchemaError as error:
                if not str(error).startswith(folder) or '\n' in str(error):
                    problem = f'{error}\n{text}'
            except Exception as error:  # pylint: disable=broad-except
                problem = f'{error!r}\n{text}'
    tap.equal('damaged schemas are refused in order', problem, '')


def damage(source, text):
    """Removes, repeats or replaces pieces of a text."""
    for _ in range(source.randrange(1, 4)):
        start = source.randrange(len(text) + 1)
        end = min(len(text), start + source.randrange(1, 40))
        piece = source.choice(['', text[start:end] * 2, "'", '{', ']', '##\n', ',', "'*'", '\n',
                               "'Scalars'", "{ 'a': ['b'] }"])
        text = text[:start] + piece + text[end:]
    return text


def main():
    """Runs all subtests."""
    tap = Tap()
    for path in sorted(glob.glob(os.path.join(GENERATOR, '*.py'))):
        with open(path, encoding='utf-8') as stream:
            text = stream.read()
        compile(text, path, 'exec')
        tap.check(f'{os.path.basename(path)} keeps to 100 columns and 300 lines',
                  max(map(len, text.splitlines())) <= 100 and text.count('\n') <= 300)
    for schema in sys.argv[1:]:
        name = os.path.basename(schema)
        with tempfile.TemporaryDirectory() as folder:
            made = generate(schema, folder)
        with tempfile.TemporaryDirectory() as folder:
            tap.equal(f'{name}: made twice the same', generate(schema, folder), made)
        introspection = json.loads(made['vss-wire-introspect.json'])
        document = json.loads(made['vss-wire.schema.json'])
        check_introspection(tap, name, introspection)
        check_reference(tap, name, made['vss-wire-reference.rst'], introspection)
        check_examples(tap, name, made['vss-wire-reference.rst'], document)
        wide = [line for file, text in made.items() for line in text.splitlines()
                if file.endswith(('.c', '.h')) and len(line) > 100
                and not line.lstrip().startswith('"')]
        tap.equal(f'{name}: the C keeps to 100 columns', wide, [])
    check_readme(tap)
    check_mutations(tap, sys.argv[1:])
    tap.finish()


main()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Emits PREFIX-introspect.json and PREFIX-introspect.[ch]: the schema as JSON, for peers."""

import json

from . import c_code


def emit(schema, names):
    """{file name: text}"""
    stem = f'{names.prefix}-introspect'
    text = json.dumps(describe(schema), indent=1) + '\n'
    signature = ('const char *', f'{names.snake}_introspect', [])
    title = 'The schema as a JSON text.'
    return {
        f'{stem}.json': text,
        f'{stem}.h': c_code.header(title, ['<glib.h>'], c_code.prototype(*signature)),
        f'{stem}.c': c_code.source(title, [f'{stem}.h'], c_code.function(
            *signature, f'  return {c_code.string_literal(text)};')),
    }


def describe(schema):
    """The schema as data: types, commands and events in source order."""
    return {
        'types': [_describe_type(item) for item in schema.types],
        'commands': [_without_none({
            'name': command.name,
            'arguments': command.arguments and command.arguments.name,
            'returns': command.returns and command.returns.name,
            'since': command.doc.since,
        }) for command in schema.commands],
        'events': [_without_none({
            'name': event.name,
            'data': event.data and event.data.name,
            'since': event.doc.since,
        }) for event in schema.events],
    }


def _describe_type(item):
    result = {'name': item.name, 'kind': item.kind}
    if item.kind == 'enum':
        result['values'] = [value for value, _ in item.values]
        return result
    result['members'] = [_describe_member(member) for member in item.members]
    if item.kind == 'union':
        result['discriminator'] = item.discriminator.name
        result['branches'] = {value: branch.name for value, branch in item.branches.items()}
    return result


def _describe_member(member):
    result = {'name': member.name, 'type': member.type.name}
    if member.array:
        result['list'] = True
    if member.optional:
        result['optional'] = True
    return result


def _without_none(entries):
    return {key: value for key, value in entries.items() if value is not None}

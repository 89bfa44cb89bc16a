# SPDX-License-Identifier: LGPL-2.1-or-later
"""Emits PREFIX.schema.json: JSON Schema (draft 2020-12), for third parties and for tests.

Each type is there twice: NAME lets unknown members pass (replies and events), NAME.strict doesn't
(arguments of commands).
"""

import json

from . import envelope


def emit(schema, names):
    """{file name: text}"""
    document = {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': f'Messages of {names.prefix}',
        'anyOf': [{'$ref': f'#/$defs/{key}'} for key in _messages(schema)],
        '$defs': {**_types(schema), **_messages(schema)},
    }
    return {f'{names.prefix}.schema.json': json.dumps(document, indent=1) + '\n'}


def _types(schema):
    result = {}
    for item in schema.types:
        for strict in (False, True):
            result[_key(item, strict)] = _type(item, strict)
    return result


def _messages(schema):
    result = {}
    for command in schema.commands:
        result[f'command:{command.name}'] = envelope.command_schema(
            command.name, command.arguments and _reference(command.arguments, True),
            bool(command.arguments) and _has_required(command.arguments))
        value = _reference(command.returns, False) if command.returns else {'type': 'object'}
        result[f'return:{command.name}'] = envelope.return_schema(command.name, value)
    result['error'] = envelope.error_schema()
    for event in schema.events:
        result[f'event:{event.name}'] = envelope.event_schema(
            event.name, event.data and _reference(event.data, False),
            bool(event.data) and _has_required(event.data))
    return result


def _has_required(struct):
    return any(not member.optional for member in struct.members)


def _key(item, strict):
    return item.name + ('.strict' if strict and item.kind != 'enum' else '')


def _reference(item, strict):
    return {'$ref': f'#/$defs/{_key(item, strict)}'}


def _type(item, strict):
    if item.kind == 'enum':
        return {'description': item.doc.body.text(), 'enum': [value for value, _ in item.values]}
    description = {'description': item.doc.body.text()}
    if item.kind == 'struct':
        return {**description, **_object(item.members, strict)}
    variants = []
    for value, _ in item.discriminator.type.values:
        branch = item.branches.get(value)
        variant = _object(item.members + (branch.members if branch else []), strict)
        variant['properties'][item.discriminator.name] = {'const': value}
        variants.append(variant)
    return {**description, 'oneOf': variants}


def _object(members, strict):
    result = {'type': 'object',
              'properties': {member.name: _member(member, strict) for member in members},
              'required': [member.name for member in members if not member.optional]}
    if strict:
        result['additionalProperties'] = False
    return result


def _member(member, strict):
    value = _builtin(member.type) if member.type.kind == 'built-in' else \
        _reference(member.type, strict)
    if member.array:
        value = {'type': 'array', 'items': value}
    return {**value, 'description': member.text} if member.text else value


def _builtin(builtin):
    if builtin.json_type == 'any':
        return {}
    result = {'type': builtin.json_type}
    if builtin.minimum is not None:
        result.update(minimum=builtin.minimum, maximum=builtin.maximum)
    return result

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Emits PREFIX-reference.rst: the protocol reference, in the order of the schema."""

import json
import textwrap

from . import envelope

# Lists of a type within itself end here in examples.
_EXAMPLE_DEPTH = 4
_EXAMPLE_WIDTH = 76


def emit(schema, names):
    """{file name: text}"""
    parts = ['.. SPDX-License-Identifier: LGPL-2.1-or-later\n'
             '.. Generated from the schema by qapi/generator.\n',
             _heading('Protocol reference', '=', over=True),
             '.. contents::\n   :local:\n   :depth: 2\n',
             envelope.INTRODUCTION]
    for item in schema.sections:
        parts.append(_definition(item) if hasattr(item, 'kind') else _free_text(item))
    return {f'{names.prefix}-reference.rst': '\n'.join(parts)}


def _heading(text, line, over=False):
    rule = line * len(text)
    return f'{rule}\n{text}\n{rule}\n' if over else f'{text}\n{rule}\n'


def _free_text(doc):
    lines = []
    for line in doc.body.text().split('\n'):
        if line.startswith('= '):
            lines += [line[2:], '=' * len(line[2:])]
        else:
            lines.append(line)
    return '\n'.join(lines) + '\n'


def _definition(item):
    kind = {'struct': 'structure', 'enum': 'enumeration'}.get(item.kind, item.kind)
    parts = [_heading(item.name, '-'), f'*{kind}, since {item.doc.since}*\n',
             item.doc.body.text() + '\n']
    parts += {'enum': _enum, 'struct': _struct, 'union': _union,
              'command': _command, 'event': _event}[item.kind](item)
    parts += [f'**{tag}**\n\n{textwrap.indent(text, "    ")}\n'
              for tag, text in item.doc.sections() if tag != 'Returns']
    return '\n'.join(parts)


def _enum(enum):
    return [''.join(f'``{value}``\n{textwrap.indent(text, "    ")}\n\n'
                    for value, text in enum.values)]


def _struct(struct):
    return [_members(struct.members)] if struct.members else ['It has no members.\n']


def _union(union):
    rows = ''.join(f'``{value}``\n    the members of `{branch.name}`_\n\n'
                   for value, branch in union.branches.items())
    return [_members(union.members),
            f'In addition, by the value of ``{union.discriminator.name}``:\n\n{rows}']


def _members(members):
    text = ''
    for member in members:
        kind = _type_name(member.type)
        if member.array:
            kind = f'list of {kind}'
        if member.optional:
            kind += ', optional'
        text += f'``{member.name}`` ({kind})\n'
        text += textwrap.indent(member.text or 'As in the type.', '    ') + '\n\n'
    return text


def _type_name(item):
    return item.name if item.kind == 'built-in' else f'`{item.name}`_'


def _data(struct, definition, title):
    if struct is None:
        return []
    if getattr(struct, 'made_from', None) is not definition:
        return [f'**{title}**: the members of `{struct.name}`_\n']
    if not struct.members:
        return []
    return [f'**{title}**\n', textwrap.indent(_members(struct.members), '    ')]


def _command(command):
    parts = _data(command.arguments, command, 'Arguments')
    returns = f'`{command.returns.name}`_' if command.returns else 'an empty object'
    told = command.doc.tags.get('Returns')
    parts.append(f'**Returns** {returns}\n'
                 + (f'\n{textwrap.indent(told.text(), "    ")}\n' if told else ''))
    arguments = _example(command.arguments, 0) if command.arguments else None
    value = _example(command.returns, 0) if command.returns else {}
    return parts + [_example_block(
        ('->', envelope.example_command(command.name, arguments)),
        ('<-', envelope.example_return(command.name, value)))]


def _event(event):
    data = _example(event.data, 0) if event.data else None
    return _data(event.data, event, 'Data') + [
        _example_block(('<-', envelope.example_event(event.name, data)))]


def _example_block(*messages):
    text = '**Example** ::\n\n'
    for arrow, message in messages:
        lines = json.dumps(message)
        if len(lines) > _EXAMPLE_WIDTH:
            lines = json.dumps(message, indent=2)
        first, *rest = lines.split('\n')
        text += f'    {arrow} {first}\n' + ''.join(f'       {line}\n' for line in rest)
    return text


def _example(item, depth):
    """A value with every required member and one element in each list."""
    if item.kind == 'enum':
        return item.values[0][0]
    if item.kind == 'built-in':
        return {'string': 'text', 'integer': 0, 'number': 0.5, 'boolean': True,
                'any': {}}[item.json_type]
    members = item.members
    if item.kind == 'union':
        branch = item.branches.get(item.discriminator.type.values[0][0])
        members = members + (branch.members if branch else [])
    result = {}
    for member in members:
        if member.optional:
            continue
        if member.array:
            result[member.name] = [] if depth >= _EXAMPLE_DEPTH else \
                [_example(member.type, depth + 1)]
        else:
            result[member.name] = _example(member.type, depth + 1)
    return result

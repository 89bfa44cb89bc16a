# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rules about names, inheritance, nesting and documentation, each with one message."""

from . import names
from .error import SchemaError
from .model import BUILTINS


def check_definition_name(kind, name):
    """Rules for the name of a definition."""
    if name.value in BUILTINS:
        raise SchemaError(name.position, f"'{name.value}' is a built-in type")
    if kind == 'command':
        check_words(name, 'command name')
    elif kind == 'event':
        if not names.EVENT_NAME.match(name.value):
            raise SchemaError(name.position, f"event name '{name.value}' is not upper-case words "
                              "joined by '_'")
    else:
        if not names.TYPE_NAME.match(name.value):
            raise SchemaError(name.position, f"type name '{name.value}' is not in CamelCase")
        if name.value in names.RESERVED_TYPES:
            raise SchemaError(name.position, f"type name '{name.value}' is kept for the "
                              'generated C')


def check_words(name, what):
    """Members, values and commands are spelt alike."""
    if not names.WORDS_NAME.match(name.value):
        raise SchemaError(name.position, f"{what} '{name.value}' is not lower-case words joined "
                          "by '-'")


def check_member_name(name):
    """Rules for the name of a member."""
    check_words(name, 'member name')
    if name.value.startswith('has-'):
        raise SchemaError(name.position, f"member name '{name.value}' begins with 'has-', which "
                          'is kept for the generated C')


def check_bases(schema):
    """No struct is based on itself; without this, members could not be listed at all."""
    for struct in schema.structs:
        seen = [struct]
        while seen[-1].base is not None:
            if seen[-1].base in seen:
                raise SchemaError(struct.position, f"struct '{struct.name}' is based on itself")
            seen.append(seen[-1].base)


def check_members(schema):
    """Members of base, struct and branch are distinct; discriminators discriminate."""
    for struct in schema.structs:
        inherited = {member.name for member in struct.base.members} if struct.base else set()
        for member in struct.own_members:
            if member.name in inherited:
                raise SchemaError(member.position, f"member '{member.name}' of {struct.kind} "
                                  f"'{struct.name}' is already in its base")
        if struct.kind == 'union':
            _check_union(struct)


def _check_union(union):
    text = union.discriminator
    found = next((member for member in union.members if member.name == text.value), None)
    if found is None:
        raise SchemaError(text.position, f"discriminator '{text.value}' is not a member of the "
                          f"base of union '{union.name}'")
    if found.optional:
        raise SchemaError(text.position, f"discriminator '{text.value}' of union '{union.name}' "
                          'is optional')
    if found.array or found.type.kind != 'enum':
        raise SchemaError(text.position, f"discriminator '{text.value}' of union '{union.name}' "
                          'is not of an enum type')
    union.discriminator = found
    taken = {member.name for member in union.members}
    for value, (position, branch) in union.branches.items():
        if value not in found.type.positions:
            raise SchemaError(position, f"branch '{value}' of union '{union.name}' is not a "
                              f"value of enum '{found.type.name}'")
        if value in taken:
            raise SchemaError(position, f"branch '{value}' of union '{union.name}' has the name "
                              'of a member of its base')
        for member in branch.members:
            if member.name in taken:
                raise SchemaError(position, f"branch '{value}' of union '{union.name}' has the "
                                  f"member '{member.name}', which is already in its base")
    union.branches = {value: branch for value, (_, branch) in union.branches.items()}


def check_nesting(schema):
    """No struct requires itself: it would have no finite value."""
    for struct in schema.structs:
        _walk_required(struct, struct, set())


def _walk_required(struct, target, seen):
    for member in struct.members:
        if member.optional or member.array or member.type.kind not in ('struct', 'union'):
            continue
        if member.type is target:
            raise SchemaError(member.position, f"{target.kind} '{target.name}' requires itself "
                              f"through member '{member.name}': make it optional")
        if member.type not in seen:
            seen.add(member.type)
            _walk_required(member.type, target, seen)


def check_doc(definition):
    """Every definition, member and value says what it means, and since when."""
    if not hasattr(definition, 'kind'):
        return
    doc = definition.doc
    what = f"{definition.kind} '{definition.name}'"
    if doc is None:
        raise SchemaError(definition.position, f'{what} has no doc comment')
    if doc.name != definition.name:
        raise SchemaError(doc.position, f"doc comment is of '@{doc.name}', but {what} follows")
    if not doc.body.text():
        raise SchemaError(doc.position, f'doc comment of {what} does not say what it is')
    if doc.since is None:
        raise SchemaError(doc.position, f"doc comment of {what} has no 'Since:'")
    documented = _documented(definition)
    for name, position in documented.items():
        if name not in doc.members:
            raise SchemaError(position, f"'{name}' of {what} is not documented")
    for name, section in doc.members.items():
        if name not in documented:
            raise SchemaError(section.position, f"'@{name}' is documented but not in {what}")
    for tag in ('Returns', 'Errors'):
        if tag in doc.tags and definition.kind != 'command':
            raise SchemaError(doc.tags[tag].position, f"'{tag}:' belongs to a command, not to "
                              f'{what}')
    if 'Returns' in doc.tags and definition.returns is None:
        raise SchemaError(doc.tags['Returns'].position, f'{what} returns nothing')


def _documented(definition):
    """{name: position} of what the doc comment of a definition has to explain."""
    if definition.kind == 'enum':
        return definition.positions
    if definition.kind == 'command':
        members = _inline(definition.arguments, definition)
    elif definition.kind == 'event':
        members = _inline(definition.data, definition)
    else:
        members = definition.own_members
    return {member.name: member.position for member in members}


def _inline(struct, definition):
    made_here = struct is not None and getattr(struct, 'made_from', None) is definition
    return struct.own_members if made_here else []


def check_c_names(schema):
    """No two definitions make the same C function or constant."""
    c_names = names.CNames('vss-wire')
    taken = {}

    def claim(name, definition, position):
        if name in taken:
            raise SchemaError(position, f"'{definition.name}' and '{taken[name].name}' both make "
                              f'{name} in C')
        taken[name] = definition

    for item in schema.types:
        claim(c_names.function(item.name, 'type'), item, item.position)
        verbs = ('to_string', 'from_string')
        if item.kind != 'enum':
            verbs = ('new', 'free', 'to_json', 'from_json')
        for verb in verbs:
            claim(c_names.function(item.name, verb), item, item.position)
        if item.kind == 'enum':
            for value, position in item.positions.items():
                claim(c_names.constant(item.name, value), item, position)
    for command in schema.commands:
        claim(c_names.client(command.name), command, command.position)
        claim(c_names.constant('Command', names.short_command(command.name)), command,
              command.position)
    for event in schema.events:
        claim(c_names.constant('Event', names.short_event(event.name)), event, event.position)

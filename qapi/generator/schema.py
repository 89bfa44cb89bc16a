# SPDX-License-Identifier: LGPL-2.1-or-later
"""Expressions to a checked Schema. Every rule of the language about meaning is here or in
checks.py, each with one message."""

from . import checks, names
from .error import SchemaError
from .model import BUILTINS, Command, Enum, Event, Member, Schema, Struct, Union
from .parser import Mapping, Sequence, Text

# Kind of definition: keys that it must have, keys that it may have.
_KEYS = {
    'struct': (('data',), ('base',)),
    'enum': (('data',), ()),
    'union': (('base', 'discriminator', 'data'), ()),
    'command': ((), ('data', 'returns')),
    'event': ((), ('data',)),
}


def build(parsed):
    """Makes the Schema; raises SchemaError at the first rule broken."""
    return _Builder(parsed).build()


class _Builder:
    """Two passes: all names first, so that definitions can come in any order."""

    def __init__(self, parsed):
        self._parsed = parsed
        self._schema = Schema(parsed.files)
        self._named = {}
        self._pending = []

    def build(self):
        """Runs both passes and the checks that need the whole."""
        docs = list(self._parsed.free_docs)
        for index, expression in enumerate(self._parsed.expressions):
            while docs and docs[0][0] <= index:
                self._schema.sections.append(docs.pop(0)[1])
            self._declare(expression)
        self._schema.sections.extend(doc for _, doc in docs)
        for define, definition, mapping in self._pending:
            define(definition, mapping)
        checks.check_bases(self._schema)
        checks.check_members(self._schema)
        checks.check_nesting(self._schema)
        for definition in self._schema.sections:
            checks.check_doc(definition)
        checks.check_c_names(self._schema)
        return self._schema

    # First pass: form of the definition and its name.

    def _declare(self, expression):
        mapping = expression.mapping
        kinds = [key for key, _ in mapping.items if key.value in _KEYS]
        if not kinds:
            raise SchemaError(mapping.position, 'a definition has one of the keys '
                              "'include', 'struct', 'enum', 'union', 'command', 'event'")
        if len(kinds) > 1:
            raise SchemaError(kinds[1].position, f"a definition is one thing: '{kinds[0].value}' "
                              f"or '{kinds[1].value}'")
        kind = kinds[0].value
        required, optional = _KEYS[kind]
        name = mapping.get(kind)
        if not isinstance(name, Text):
            raise SchemaError(name.position, f"'{kind}' takes the name in a string")
        for key, _ in mapping.items:
            if key.value not in (kind,) + required + optional:
                raise SchemaError(key.position, f"{kind} '{name.value}' takes no key "
                                  f"'{key.value}'")
        for key in required:
            if mapping.get(key) is None:
                raise SchemaError(mapping.position, f"{kind} '{name.value}' has no '{key}'")
        checks.check_definition_name(kind, name)
        definition = self._make(kind, name, expression.doc)
        self._register(definition)
        self._schema.sections.append(definition)
        self._pending.append((getattr(self, '_define_' + kind), definition, mapping))

    def _make(self, kind, name, doc):
        made = {'struct': Struct, 'enum': Enum, 'union': Union,
                'command': Command, 'event': Event}[kind](name.value, name.position, doc)
        lists = {'command': self._schema.commands, 'event': self._schema.events}
        lists.get(kind, self._schema.types).append(made)
        return made

    def _register(self, definition):
        first = self._named.get(definition.name)
        if first is not None and getattr(first, 'made_from', None):
            raise SchemaError(definition.position, f"'{definition.name}' is the type made of the "
                              f"data of '{first.made_from.name}' at {first.position}")
        if first is not None and getattr(definition, 'made_from', None):
            raise SchemaError(definition.position, f"the type '{definition.name}' made of the "
                              f"data of '{definition.made_from.name}' is defined at "
                              f'{first.position}')
        if first is not None:
            raise SchemaError(definition.position, f"'{definition.name}' is already defined at "
                              f'{first.position}')
        self._named[definition.name] = definition

    # Second pass: what the definitions refer to.

    def _define_enum(self, enum, mapping):
        data = mapping.get('data')
        if not isinstance(data, Sequence):
            raise SchemaError(data.position, f"'data' of enum '{enum.name}' takes a list")
        if not data.items:
            raise SchemaError(data.position, f"enum '{enum.name}' has no values")
        for value in data.items:
            if not isinstance(value, Text):
                raise SchemaError(value.position, f"a value of enum '{enum.name}' is a string")
            checks.check_words(value, 'enum value')
            if value.value in enum.positions:
                raise SchemaError(value.position, f"enum '{enum.name}' has the value "
                                  f"'{value.value}' twice")
            enum.positions[value.value] = value.position
            text = enum.doc.members.get(value.value) if enum.doc else None
            enum.values.append((value.value, text.text() if text else ''))

    def _define_struct(self, struct, mapping):
        data = mapping.get('data')
        if not isinstance(data, Mapping):
            raise SchemaError(data.position, f"'data' of struct '{struct.name}' takes an object")
        base = mapping.get('base')
        if base is not None:
            struct.base = self._struct_named(base, f"'base' of struct '{struct.name}'")
        self._add_members(struct, data, struct.doc)

    def _define_union(self, union, mapping):
        base = mapping.get('base')
        if isinstance(base, Mapping):
            self._add_members(union, base, union.doc)
        else:
            union.base = self._struct_named(base, f"'base' of union '{union.name}'")
        discriminator = mapping.get('discriminator')
        if not isinstance(discriminator, Text):
            raise SchemaError(discriminator.position, f"'discriminator' of union '{union.name}' "
                              'takes the name of a member in a string')
        data = mapping.get('data')
        if not isinstance(data, Mapping):
            raise SchemaError(data.position, f"'data' of union '{union.name}' takes an object")
        if not data.items:
            raise SchemaError(data.position, f"union '{union.name}' has no branches")
        union.discriminator = discriminator
        for key, value in data.items:
            branch = self._struct_named(value, f"branch '{key.value}' of union '{union.name}'")
            union.branches[key.value] = (key.position, branch)

    def _define_command(self, command, mapping):
        command.arguments = self._data(command, mapping,
                                       names.arguments_type(command.name))
        returns = mapping.get('returns')
        if returns is not None:
            command.returns = self._object_named(
                returns, f"'returns' of command '{command.name}'")

    def _define_event(self, event, mapping):
        event.data = self._data(event, mapping, names.event_type(event.name))

    def _data(self, definition, mapping, type_name):
        """The type of a command's or event's data: named, or made of inline members."""
        data = mapping.get('data')
        if data is None:
            return None
        if not isinstance(data, Mapping):
            return self._object_named(data, f"'data' of {definition.kind} '{definition.name}'")
        struct = Struct(type_name, definition.position, definition.doc, made_from=definition)
        self._register(struct)
        self._schema.types.append(struct)
        self._add_members(struct, data, definition.doc)
        return struct

    def _add_members(self, struct, data, doc):
        for key, value in data.items:
            optional = key.value.startswith('*')
            name = Text(key.value[1:] if optional else key.value, key.position)
            checks.check_member_name(name)
            member = Member(name.value, key.position, optional)
            if any(other.name == member.name for other in struct.own_members):
                raise SchemaError(key.position, f"member '{member.name}' is given twice")
            member.type, member.array = self._member_type(member, value)
            text = doc.members.get(member.name) if doc else None
            member.text = text.text() if text else ''
            struct.own_members.append(member)

    def _member_type(self, member, value):
        array = isinstance(value, Sequence)
        if array:
            if len(value.items) != 1:
                raise SchemaError(value.position, f"the list type of member '{member.name}' has "
                                  'exactly one element type')
            value = value.items[0]
            if isinstance(value, Sequence):
                raise SchemaError(value.position, f"member '{member.name}' is a list of lists: "
                                  'put the inner list into a struct')
        if not isinstance(value, Text):
            raise SchemaError(value.position, f"member '{member.name}' takes the name of a type "
                              'in a string, or a list of one')
        return self._type_named(value, f"member '{member.name}'"), array

    def _type_named(self, text, user):
        found = BUILTINS.get(text.value) or self._named.get(text.value)
        if found is None:
            raise SchemaError(text.position, f"{user} has the unknown type '{text.value}'")
        if found.kind in ('command', 'event'):
            raise SchemaError(text.position, f"{user} has the type '{text.value}', which is "
                              f'the name of {"an" if found.kind == "event" else "a"} '
                              f'{found.kind}')
        return found

    def _object_named(self, value, user):
        """A struct or union: what can get further members later."""
        if isinstance(value, Sequence):
            raise SchemaError(value.position, f'{user} is a list, which cannot grow: '
                              'put it into a struct')
        if not isinstance(value, Text):
            raise SchemaError(value.position, f'{user} takes the name of a struct or union')
        found = self._type_named(value, user)
        if found.kind not in ('struct', 'union'):
            raise SchemaError(value.position, f"{user} is the {found.kind} type '{found.name}', "
                              'which cannot grow: put it into a struct')
        return found

    def _struct_named(self, value, user):
        if not isinstance(value, Text):
            raise SchemaError(value.position, f'{user} takes the name of a struct')
        found = self._type_named(value, user)
        if found.kind != 'struct':
            raise SchemaError(value.position, f"{user} is the {found.kind} type '{found.name}', "
                              'not a struct')
        return found

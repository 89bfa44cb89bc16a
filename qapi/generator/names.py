# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which names a schema may use, and what they become in C."""

import re

TYPE_NAME = re.compile(r'[A-Z][A-Za-z0-9]*$')
WORDS_NAME = re.compile(r'[a-z][a-z0-9]*(-[a-z0-9]+)*$')
EVENT_NAME = re.compile(r'[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$')

# Command and event names carry it on the wire, where other agents' commands live beside ours.
COMMON_PREFIX = 'vss-'

# Words that a C member can't be called (linux and unix are macros of gnu11 compilers).
_C_WORDS = frozenset('''
    alignas alignof asm auto bool break case char const constexpr continue default do double else
    enum extern false float for goto if inline int linux long nullptr register restrict return
    short signed sizeof static static_assert struct switch thread_local true typedef typeof union
    unix unsigned void volatile while
'''.split())

# Type names whose C form the fixed part of the generated code takes.
RESERVED_TYPES = frozenset(('Client', 'Error', 'Execute', 'Handlers', 'Parse', 'ParseFlags'))


def c_name(name):
    """A member, value or command name as a C identifier."""
    result = name.replace('-', '_')
    return result + '_' if result in _C_WORDS else result


def snake(type_name):
    """CamelCase to snake_case: VolumeID2 becomes volume_id2."""
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', type_name).lower()


def camel(name):
    """dashed-words or UPPER_WORDS to CamelCase."""
    return ''.join(word.capitalize() for word in re.split('[-_]', name))


def short_command(name):
    """A command's name without the common prefix."""
    return name[len(COMMON_PREFIX):] if name.startswith(COMMON_PREFIX) else name


def arguments_type(command_name):
    """The type made of a command's inline data."""
    return camel(short_command(command_name)) + 'Arguments'


def short_event(event_name):
    """An event's name without the common prefix."""
    prefix = COMMON_PREFIX.upper().replace('-', '_')
    return event_name[len(prefix):] if event_name.startswith(prefix) else event_name


def event_type(event_name):
    """The type made of an event's inline data."""
    return camel(short_event(event_name)) + 'Event'


class CNames:
    """The C names of one generated set, from its prefix in dashed form (vss-wire)."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.snake = prefix.replace('-', '_')
        self.camel = camel(prefix)
        self.macro = self.snake.upper()

    def type(self, type_name):
        """VssWireHoldState"""
        return self.camel + type_name

    def function(self, type_name, verb):
        """vss_wire_hold_state_to_string"""
        return f'{self.snake}_{snake(type_name)}_{verb}'

    def variable(self, type_name):
        """vss_wire_hold_state_type"""
        return self.function(type_name, 'type')

    def constant(self, type_name, value):
        """VSS_WIRE_HOLD_STATE_HELD"""
        return f'{self.macro}_{snake(type_name)}_{value.replace("-", "_")}'.upper()

    def client(self, command_name):
        """vss_wire_client_freeze"""
        return f'{self.snake}_client_{short_command(command_name).replace("-", "_")}'

    def element_type(self, member_type):
        """The C type of a single value of a schema type, ready to be followed by a name."""
        if member_type.kind == 'built-in':
            return member_type.c_type
        if member_type.kind == 'enum':
            return self.type(member_type.name)
        return self.type(member_type.name) + ' *'


def is_pointer(member):
    """Whether absence of the member shows as NULL; else a has_ member tells."""
    if member.array or member.type.kind in ('struct', 'union'):
        return True
    return member.type.kind == 'built-in' and member.type.c_type.endswith('*')

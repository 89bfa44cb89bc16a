# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a checked schema consists of; the emitters read these and nothing else."""


class Builtin:
    """A type that every schema has; minimum and maximum are those of integers."""

    kind = 'built-in'

    def __init__(self, name, json_type, c_type, minimum=None, maximum=None):
        self.name = name
        self.json_type = json_type
        self.c_type = c_type
        self.minimum = minimum
        self.maximum = maximum


def _integer(name, bits, signed):
    c_type = f'g{"" if signed else "u"}int{bits}'
    if signed:
        return Builtin(name, 'integer', c_type, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    return Builtin(name, 'integer', c_type, 0, (1 << bits) - 1)


# There is no uint64: JSON numbers of other peers and json-glib end at a signed 64 bits.
BUILTINS = {builtin.name: builtin for builtin in (
    Builtin('str', 'string', 'char *'),
    _integer('int', 64, True),
    _integer('int8', 8, True),
    _integer('int16', 16, True),
    _integer('int32', 32, True),
    _integer('int64', 64, True),
    _integer('uint8', 8, False),
    _integer('uint16', 16, False),
    _integer('uint32', 32, False),
    Builtin('size', 'integer', 'gint64', 0, (1 << 63) - 1),
    Builtin('number', 'number', 'gdouble'),
    Builtin('bool', 'boolean', 'gboolean'),
    Builtin('any', 'any', 'JsonNode *'),
)}


class Member:
    """A member of a struct, of a union's base, or of a command's or event's data."""

    def __init__(self, name, position, optional):
        self.name = name
        self.position = position
        self.optional = optional
        self.type = None
        self.array = False
        self.text = ''


class Definition:
    """What all named things of a schema share; position is that of the name."""

    kind = 'definition'

    def __init__(self, name, position, doc):
        self.name = name
        self.position = position
        self.doc = doc


class Enum(Definition):
    """A fixed set of strings: [(value, text)]."""

    kind = 'enum'

    def __init__(self, name, position, doc):
        super().__init__(name, position, doc)
        self.values = []
        self.positions = {}


class Struct(Definition):
    """Named members, those of the base first. made_from: the command or event of inline data."""

    kind = 'struct'

    def __init__(self, name, position, doc, made_from=None):
        super().__init__(name, position, doc)
        self.made_from = made_from
        self.base = None
        self.own_members = []

    @property
    def members(self):
        """All members, the base's first."""
        return (self.base.members if self.base else []) + self.own_members


class Union(Struct):
    """A struct whose discriminator, an enum member, says whose members come in addition.

    branches: {enum value: Struct}; a value without a branch adds no members.
    """

    kind = 'union'

    def __init__(self, name, position, doc):
        super().__init__(name, position, doc)
        self.discriminator = None
        self.branches = {}


class Command(Definition):
    """A request with its reply; arguments and returns are a Struct, a Union or None."""

    kind = 'command'

    def __init__(self, name, position, doc):
        super().__init__(name, position, doc)
        self.arguments = None
        self.returns = None


class Event(Definition):
    """A message that the guest sends unasked; data is a Struct, a Union or None."""

    kind = 'event'

    def __init__(self, name, position, doc):
        super().__init__(name, position, doc)
        self.data = None


class Schema:
    """All definitions in source order."""

    def __init__(self, files):
        self.files = files
        self.types = []         # Enum, Struct, Union; those made from inline data included
        self.commands = []
        self.events = []
        self.sections = []      # Doc (free text) and Definition in source order

    @property
    def enums(self):
        """The enums."""
        return [item for item in self.types if item.kind == 'enum']

    @property
    def structs(self):
        """The structs and unions."""
        return [item for item in self.types if item.kind != 'enum']

    def root_name(self, struct):
        """What error messages call a value of the type: by its place if it has only one."""
        places = set()
        places |= {'arguments' for command in self.commands if command.arguments is struct}
        places |= {'return' for command in self.commands if command.returns is struct}
        places |= {'data' for event in self.events if event.data is struct}
        return places.pop() if len(places) == 1 else struct.name

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Positions in schema files, and the one exception that every stage raises."""

from typing import NamedTuple


class Position(NamedTuple):
    """A place in a schema file; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self):
        return f'{self.path}:{self.line}:{self.column}'


class SchemaError(Exception):
    """The schema breaks a rule; the text names the place and the rule."""

    def __init__(self, position, message):
        super().__init__(f'{position}: {message}')
        self.position = position
        self.message = message

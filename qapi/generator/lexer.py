# SPDX-License-Identifier: LGPL-2.1-or-later
"""Characters to tokens: punctuation, single-quoted strings and doc comments."""

from typing import NamedTuple

from .error import Position, SchemaError

PUNCTUATION = '{}[]:,'
END = 'end of file'
STRING = 'string'
DOC = 'doc comment'


class Token(NamedTuple):
    """kind is a punctuation character, STRING, DOC or END.

    value is the text of a string, or the [(text, Position)] lines of a doc comment.
    """

    kind: str
    value: object
    position: Position

    def __str__(self):
        if self.kind == STRING:
            return f"string '{self.value}'"
        if self.kind in (DOC, END):
            return self.kind
        return f"'{self.kind}'"


class Lexer:
    """Cuts the text of one file into tokens."""

    def __init__(self, path, text):
        self._path = path
        self._lines = text.split('\n')
        self._row = 0
        self._column = 0

    def tokens(self):
        """Yields every token, ending with one END."""
        while self._row < len(self._lines):
            line = self._lines[self._row]
            if self._column >= len(line):
                self._next_line()
            elif line[self._column] == ' ':
                self._column += 1
            elif line[self._column] == '#':
                if line[self._column:].startswith('##'):
                    yield self._doc_comment()
                else:
                    self._next_line()
            elif line[self._column] in PUNCTUATION:
                yield Token(line[self._column], None, self._here())
                self._column += 1
            elif line[self._column] == "'":
                yield self._string()
            else:
                self._refuse_character(line[self._column])
        last = Position(self._path, len(self._lines), len(self._lines[-1]) + 1)
        yield Token(END, None, last)

    def _here(self):
        return Position(self._path, self._row + 1, self._column + 1)

    def _next_line(self):
        self._row += 1
        self._column = 0

    def _refuse_character(self, character):
        if character == '\t':
            raise SchemaError(self._here(), 'tab character: indent with spaces')
        if character == '\r':
            raise SchemaError(self._here(), 'carriage return: end lines with a line feed only')
        if character == '"':
            raise SchemaError(self._here(), 'strings are put in single quotes')
        if character.isalnum() or character == '-':
            raise SchemaError(self._here(), 'a value is a string in single quotes, '
                              'a list or an object')
        raise SchemaError(self._here(), f'unexpected character {character!r}')

    def _string(self):
        start = self._here()
        line = self._lines[self._row]
        self._column += 1
        text = ''
        while True:
            if self._column >= len(line):
                raise SchemaError(start, 'string is not closed on its line')
            character = line[self._column]
            if character == "'":
                break
            if character == '\\':
                raise SchemaError(self._here(), 'a string has no escapes: backslash refused')
            if not ' ' <= character <= '~':
                raise SchemaError(self._here(), 'a string is printable ASCII: '
                                  f'{character!r} refused')
            text += character
            self._column += 1
        self._column += 1
        return Token(STRING, text, start)

    def _doc_comment(self):
        start = self._here()
        self._check_fence('opens')
        lines = []
        self._next_line()
        while self._row < len(self._lines):
            line = self._lines[self._row]
            if line.startswith('##'):
                self._check_fence('closes')
                self._next_line()
                return Token(DOC, lines, start)
            if not line and self._row == len(self._lines) - 1:
                break
            if not line.startswith('#'):
                raise SchemaError(self._here(), "a line of a doc comment begins with '#' "
                                  'in column 1')
            if len(line) > 1 and line[1] != ' ':
                raise SchemaError(Position(self._path, self._row + 1, 2),
                                  "a space follows the '#' of a doc comment")
            lines.append((line[2:].rstrip(), Position(self._path, self._row + 1, 3)))
            self._next_line()
        raise SchemaError(start, "doc comment is not closed by a line '##'")

    def _check_fence(self, verb):
        if self._column != 0 or self._lines[self._row] != '##':
            raise SchemaError(self._here(), f"the '##' that {verb} a doc comment stands alone "
                              'on its line')

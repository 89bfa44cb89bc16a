# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tokens to expressions, following includes; knows the form of a file, not its meaning."""

import os
from typing import NamedTuple

from .doc import parse_doc
from .error import Position, SchemaError
from .lexer import DOC, END, STRING, Lexer

# A definition needs three levels; more is a slip, and unbounded nesting would overflow our stack.
MAX_DEPTH = 8


class Text(NamedTuple):
    """A string of the schema."""

    value: str
    position: Position


class Sequence(NamedTuple):
    """A list of the schema."""

    items: list
    position: Position


class Mapping(NamedTuple):
    """An object of the schema: a list of (Text, value) in source order."""

    items: list
    position: Position

    def get(self, name):
        """The value of a key, or None."""
        for key, value in self.items:
            if key.value == name:
                return value
        return None

    def key(self, name):
        """The key as written, for its position."""
        return next(key for key, _ in self.items if key.value == name)


class Expression(NamedTuple):
    """One top-level object with the doc comment before it (None: there is none)."""

    mapping: Mapping
    doc: object


class ParsedSchema(NamedTuple):
    """Everything read from a file and what it includes, in order of reading."""

    expressions: list
    free_docs: list     # (number of expressions before it, Doc)
    files: list


def parse(path):
    """Reads a schema file and its includes."""
    result = ParsedSchema([], [], [])
    _parse_file(path, result, [], None)
    return result


def _read(path, reason):
    try:
        with open(path, 'rb') as stream:
            data = stream.read()
    except OSError as error:
        raise SchemaError(reason or Position(path, 1, 1),
                          f'cannot read {path}: {error.strerror}') from error
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        column = error.start - data.rfind(b'\n', 0, error.start)
        raise SchemaError(Position(path, line, column), 'not UTF-8') from error


def _parse_file(path, result, chain, reason):
    identity = os.path.realpath(path)
    if identity in chain:
        raise SchemaError(reason, f'{os.path.basename(path)} includes itself')
    if any(os.path.realpath(known) == identity for known in result.files):
        return
    text = _read(path, reason)
    result.files.append(path)
    _FileParser(path, text, result, chain + [identity]).run()


class _FileParser:
    """One file: a sequence of doc comments and objects."""

    def __init__(self, path, text, result, chain):
        self._path = path
        self._tokens = Lexer(path, text).tokens()
        self._token = next(self._tokens)
        self._result = result
        self._chain = chain

    def run(self):
        """Adds all expressions of the file to the result."""
        doc = None
        while self._token.kind != END:
            if self._token.kind == DOC:
                self._refuse_dangling(doc)
                doc = parse_doc(self._advance())
                if doc.name is None:
                    self._result.free_docs.append((len(self._result.expressions), doc))
                    doc = None
                continue
            if self._token.kind != '{':
                raise SchemaError(self._token.position,
                                  f"expected '{{' to open a definition, got {self._token}")
            self._definition(self._mapping(1), doc)
            doc = None
        self._refuse_dangling(doc)

    def _definition(self, mapping, doc):
        if mapping.get('include') is None:
            self._result.expressions.append(Expression(mapping, doc))
            return
        if doc is not None:
            raise SchemaError(doc.position, 'an include takes no doc comment')
        if len(mapping.items) > 1:
            raise SchemaError(mapping.position, "an include has no key besides 'include'")
        target = mapping.get('include')
        if not isinstance(target, Text):
            raise SchemaError(target.position, "'include' takes a file name in a string")
        if os.path.basename(target.value) != target.value or not target.value:
            raise SchemaError(target.position,
                              "'include' takes a file name of the same folder, without '/'")
        path = os.path.join(os.path.dirname(self._path), target.value)
        _parse_file(path, self._result, self._chain, target.position)

    @staticmethod
    def _refuse_dangling(doc):
        if doc is not None:
            raise SchemaError(doc.position, f"doc comment of '@{doc.name}' is not followed "
                              'by its definition')

    def _advance(self):
        token = self._token
        self._token = next(self._tokens, token)
        return token

    def _expect(self, kind, where):
        if self._token.kind != kind:
            raise SchemaError(self._token.position,
                              f"expected '{kind}' {where}, got {self._token}")
        return self._advance()

    def _value(self, depth):
        if depth > MAX_DEPTH:
            raise SchemaError(self._token.position, f'nested deeper than {MAX_DEPTH} levels')
        if self._token.kind == '{':
            return self._mapping(depth)
        if self._token.kind == '[':
            return self._sequence(depth)
        if self._token.kind == STRING:
            token = self._advance()
            return Text(token.value, token.position)
        raise SchemaError(self._token.position,
                          f'expected a string, a list or an object, got {self._token}')

    def _mapping(self, depth):
        start = self._expect('{', 'to open an object')
        items = []
        seen = set()
        while self._token.kind != '}' or items:
            if self._token.kind != STRING:
                raise SchemaError(self._token.position,
                                  f'expected a key in single quotes, got {self._token}')
            token = self._advance()
            if token.value in seen:
                raise SchemaError(token.position, f"key '{token.value}' is given twice")
            seen.add(token.value)
            self._expect(':', f"after key '{token.value}'")
            items.append((Text(token.value, token.position), self._value(depth + 1)))
            if self._token.kind == '}':
                break
            self._expect(',', "or '}' in an object")
        self._advance()
        return Mapping(items, start.position)

    def _sequence(self, depth):
        start = self._expect('[', 'to open a list')
        items = []
        while self._token.kind != ']' or items:
            items.append(self._value(depth + 1))
            if self._token.kind == ']':
                break
            self._expect(',', "or ']' in a list")
        self._advance()
        return Sequence(items, start.position)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Doc comments: what a definition and each of its members mean, and since when."""

import re
from typing import NamedTuple

from .error import Position, SchemaError

_TAG = re.compile(r'(Since|Returns|Errors|Note|Example):(?:\s+(.*))?$')
_NAME = re.compile(r'@([^:\s]*)\s*:(?:\s+(.*))?$')
_VERSION = re.compile(r'[0-9]+(\.[0-9]+){1,2}$')
# Sections whose text goes into the reference under its own heading.
TAGS = ('Returns', 'Errors', 'Note', 'Example')


class Section(NamedTuple):
    """A run of lines under one name: a member, a tag, or '' for the description."""

    name: str
    lines: list
    position: Position

    def text(self):
        """The lines as one text without blank edges."""
        return '\n'.join(_dedent(self.lines)).strip('\n')


class Doc:
    """One doc comment; name is None for one that belongs to no definition."""

    def __init__(self, name, position):
        self.name = name
        self.position = position
        self.body = Section('', [], position)
        self.members = {}
        self.tags = {}

    @property
    def since(self):
        """The version that brought the definition, or None."""
        section = self.tags.get('Since')
        return section.text() if section else None

    def sections(self):
        """(tag, text) of the sections other than Since, in a fixed order."""
        return [(tag, self.tags[tag].text()) for tag in TAGS if tag in self.tags]


def parse_doc(token):
    """Makes a Doc of a doc comment token."""
    lines = token.value
    first = next((index for index, (text, _) in enumerate(lines) if text), None)
    if first is None:
        raise SchemaError(token.position, 'doc comment is empty')
    head = _NAME.match(lines[first][0])
    if head is None:
        doc = Doc(None, token.position)
        doc.body.lines.extend(text for text, _ in lines)
        return doc
    if head.group(2):
        raise SchemaError(lines[first][1], f"nothing follows '@{head.group(1)}:' on the first "
                          'line of a doc comment')
    doc = Doc(head.group(1), token.position)
    _fill(doc, lines[first + 1:])
    return doc


def _fill(doc, lines):
    current = doc.body
    for text, position in lines:
        name = _NAME.match(text)
        tag = _TAG.match(text)
        if text.startswith('@') and name is None:
            raise SchemaError(position, "a member is documented as '@name: text'")
        if name is not None:
            if name.group(1) in doc.members:
                raise SchemaError(position, f"'@{name.group(1)}' is documented twice")
            current = Section(name.group(1), [], position)
            doc.members[name.group(1)] = current
            current.lines.append(name.group(2) or '')
        elif tag is not None:
            if tag.group(1) in doc.tags:
                raise SchemaError(position, f"'{tag.group(1)}:' is given twice")
            current = Section(tag.group(1), [], position)
            doc.tags[tag.group(1)] = current
            current.lines.append(tag.group(2) or '')
        else:
            current.lines.append(text)
    for section in list(doc.members.values()) + list(doc.tags.values()):
        if not section.text():
            shown = section.name + ':' if section.name in doc.tags else '@' + section.name + ':'
            raise SchemaError(section.position, f"no text follows '{shown}'")
    since = doc.tags.get('Since')
    if since is not None and not _VERSION.match(since.text()):
        raise SchemaError(since.position, "'Since:' takes a version such as 0.1")


def _dedent(lines):
    """Takes the indent of a continued first line off all that follow it."""
    second = lines[1] if len(lines) > 1 else ''
    cut = len(second) - len(second.lstrip())
    return lines[:1] + [line[min(cut, len(line) - len(line.lstrip())):] for line in lines[1:]]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pieces of C source that all emitters share."""

import textwrap

_WIDTH = 90         # of comments
_MAX_COLUMNS = 100  # of code


def _banner(title):
    return ('/* SPDX-License-Identifier: LGPL-2.1-or-later */\n'
            + comment(f'{title} Generated from the schema by qapi/generator: to change it, '
                      'change the schema.'))


def comment(text, indent=''):
    """A wrapped block comment; paragraphs are kept."""
    safe = text.replace('*/', '* /').replace('/*', '/ *')
    lines = []
    for paragraph in safe.split('\n\n'):
        if lines:
            lines.append('')
        lines += textwrap.wrap(' '.join(paragraph.split()), _WIDTH - len(indent)) or ['']
    return f'\n{indent} * '.join([f'{indent}/* {lines[0]}'] + lines[1:]).replace(
        ' * \n', ' *\n') + ' */\n'


def header(title, includes, body):
    """A complete header file."""
    return (f'{_banner(title)}#pragma once\n\n{_includes(includes)}\nG_BEGIN_DECLS\n\n'
            f'{body.rstrip()}\n\nG_END_DECLS\n')


def source(title, includes, body):
    """A complete C file."""
    return f'{_banner(title)}{_includes(includes)}\n{body.rstrip()}\n'


def _includes(names):
    lines = [f'#include {name if name.startswith("<") else chr(34) + name + chr(34)}'
             for name in names]
    return '\n'.join(lines) + '\n'


def declare(c_type, name):
    """'char *' and 'x' to 'char *x', 'int' and 'x' to 'int x'."""
    return f'{c_type}{name}' if c_type.endswith('*') else f'{c_type} {name}'


def _head(start, parameters):
    """A function's parameter list behind start: in one line, one a line, or below it."""
    declared = [declare(*parameter) for parameter in parameters] or ['void']
    line = f'{start} ({", ".join(declared)})'
    if len(line) < _MAX_COLUMNS:
        return line
    indent = len(start) + 2
    if indent + max(map(len, declared)) < _MAX_COLUMNS - 1:
        return f'{start} ({_joined(declared, indent)})'
    return f'{start}\n    ({_joined(declared, 5)})'


def _joined(parts, indent):
    """One a line, those after the first indented."""
    return (',\n' + ' ' * indent).join(parts)


def prototype(c_type, name, parameters):
    """A declaration for a header."""
    text = _head(declare(c_type, name), parameters) + ';\n'
    if max(map(len, text.splitlines())) <= _MAX_COLUMNS:
        return text
    return f'{c_type.rstrip()}\n{_head(name, parameters)};\n'


def function(c_type, name, parameters, body, static=False):
    """A definition; body is indented by the caller."""
    return (f'{"static " if static else ""}{c_type.rstrip()}\n'
            f'{_head(name, parameters)}\n{{\n{body.rstrip()}\n}}\n')


def function_pointer(c_type, name, parameters):
    """The declaration of a pointer to a function, without the semicolon."""
    return _head(f'{declare(c_type, "(*" + name)})', parameters)


def call(start, name, arguments):
    """A call in one line, or with each argument on its own."""
    line = f'{start}{name} ({", ".join(arguments)})'
    if len(line) < _MAX_COLUMNS:
        return line
    return f'{start}{name} ({_joined(arguments, len(start) + len(name) + 2)})'


def string_literal(text):
    """Text as C string literals, one a line, ready to stand after 'return'."""
    lines = text.splitlines(keepends=True)
    return '\n         '.join(f'"{_escape(line)}"' for line in lines)


def _escape(text):
    result = ''
    for byte in text.encode('utf-8'):
        character = chr(byte)
        if character in '"\\':
            result += '\\' + character
        elif character == '\n':
            result += '\\n'
        elif 32 <= byte < 127:
            result += character
        else:
            result += f'\\{byte:03o}'
    return result

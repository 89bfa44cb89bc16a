# SPDX-License-Identifier: LGPL-2.1-or-later
"""Emits PREFIX-marshal.[ch]: every structure to JSON and back."""

from . import c_code


def emit(schema, names):
    """{file name: text}"""
    stem = f'{names.prefix}-marshal'
    return {
        f'{stem}.h': c_code.header('Structures of the wire to JSON and back.',
                                   [f'{names.prefix}-types.h'],
                                   '\n'.join(_declarations(item, names)
                                             for item in schema.structs)),
        f'{stem}.c': c_code.source('Structures of the wire to JSON and back.', [f'{stem}.h'],
                                   '\n'.join(_definitions(item, names)
                                             for item in schema.structs)),
    }


def _signatures(struct, names):
    c_type = names.type(struct.name)
    to_json = ('JsonNode *', names.function(struct.name, 'to_json'),
               [(f'const {c_type} *', 'value')])
    from_json = (c_type + ' *', names.function(struct.name, 'from_json'),
                 [('JsonNode *', 'node'), ('VssWireParseFlags', 'flags'),
                  ('GError **', 'error')])
    return to_json, from_json


def _declarations(struct, names):
    return ''.join(c_code.prototype(*signature) for signature in _signatures(struct, names))


def _definitions(struct, names):
    variable = names.variable(struct.name)
    to_json, from_json = _signatures(struct, names)
    return (c_code.function(*to_json, f'  return vss_schema_value_to_json (&{variable}, value);')
            + '\n'
            + c_code.function(*from_json, c_code.call(
                '  return ', 'vss_schema_value_from_json',
                [f'&{variable}', 'node', 'flags', 'error']) + ';'))

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Emits PREFIX-types.[ch]: C types, their new and free, the tables that describe them."""

from . import c_code
from .names import c_name, is_pointer, short_command, short_event


def emit(schema, names):
    """{file name: text}"""
    stem = f'{names.prefix}-types'
    return {
        f'{stem}.h': c_code.header('The C types of the wire.',
                                   ['qapi/runtime/vss-schema.h'], _header_body(schema, names)),
        f'{stem}.c': c_code.source('The C types of the wire: tables, new and free.',
                                   [f'{stem}.h'], _source_body(schema, names)),
    }


def _header_body(schema, names):
    parts = [_message_names(schema, names)]
    parts += [_enum_declaration(enum, names) for enum in schema.enums]
    if schema.structs:
        parts.append(''.join(f'typedef struct _{names.type(item.name)} {names.type(item.name)};\n'
                             for item in schema.structs))
    parts += [_struct_declaration(item, names) for item in schema.structs]
    parts.append(c_code.comment('Every type of the schema, for tests that walk all of them; '
                                'NULL-terminated.')
                 + f'const VssSchemaType *const *{names.snake}_all_types (void);\n')
    return '\n'.join(part for part in parts if part)


def _message_names(schema, names):
    lines = [f'#define {names.constant("Command", short_command(item.name))} "{item.name}"\n'
             for item in schema.commands]
    lines += [f'#define {names.constant("Event", short_event(item.name))} "{item.name}"\n'
              for item in schema.events]
    return ''.join(lines)


def _enum_declaration(enum, names):
    c_type = names.type(enum.name)
    values = ''
    for value, text in enum.values:
        values += c_code.comment(text, '  ') + f'  {names.constant(enum.name, value)},\n'
    return (c_code.comment(enum.doc.body.text())
            + f'typedef enum\n{{\n{values}}} {c_type};\n\n'
            + f'extern const VssSchemaType {names.variable(enum.name)};\n'
            + c_code.prototype('const char *', names.function(enum.name, 'to_string'),
                               [(c_type, 'value')])
            + c_code.prototype('gboolean', names.function(enum.name, 'from_string'),
                               [('const char *', 'text'), (c_type + ' *', 'out')]))


def _struct_declaration(struct, names):
    c_type = names.type(struct.name)
    body = ''.join(_member_declaration(member, names) for member in struct.members)
    if struct.kind == 'union':
        for value, branch in struct.branches.items():
            body += (f'  {names.type(branch.name)} *{c_name(value)}; '
                     f'/* only with {struct.discriminator.name} {value} */\n')
    if not body:
        body = '  guint8 empty; /* C has no empty structure */\n'
    if getattr(struct, 'made_from', None):
        title = f'The data of {struct.made_from.kind} {struct.made_from.name}.'
    else:
        title = struct.doc.body.text()
    return (c_code.comment(title) + f'struct _{c_type}\n{{\n{body}}};\n\n'
            + f'extern const VssSchemaType {names.variable(struct.name)};\n'
            + c_code.prototype(c_type + ' *', names.function(struct.name, 'new'), [])
            + c_code.prototype('void', names.function(struct.name, 'free'),
                               [(c_type + ' *', 'value')])
            + c_code.call('', 'G_DEFINE_AUTOPTR_CLEANUP_FUNC',
                          [c_type, names.function(struct.name, 'free')]) + '\n')


def _member_declaration(member, names):
    text = c_code.comment(member.text, '  ') if member.text else ''
    element = names.element_type(member.type)
    notes = []
    c_type = element
    if member.array:
        pointers = element.endswith('*')
        c_type = 'GPtrArray *' if pointers else 'GArray *'
        notes.append('element-type ' + ('utf8' if element == 'char *' else element.rstrip(' *')))
    if member.optional and is_pointer(member):
        notes.append('nullable')
    elif member.optional:
        text += f'  gboolean has_{member.name.replace("-", "_")};\n'
    note = f' /* {", ".join(notes)} */' if notes else ''
    return f'{text}  {c_code.declare(c_type, c_name(member.name))};{note}\n'


def _source_body(schema, names):
    parts = [_enum_definition(enum, names) for enum in schema.enums]
    parts += [_struct_definition(schema, struct, names) for struct in schema.structs]
    parts.append(_all_types(schema, names))
    return '\n'.join(parts)


def _enum_definition(enum, names):
    c_type = names.type(enum.name)
    variable = names.variable(enum.name)
    values = ''.join(f'  "{value}",\n' for value, _ in enum.values)
    return (f'G_STATIC_ASSERT (sizeof ({c_type}) == sizeof (guint));\n\n'
            f'static const char *const {variable}_values[] = {{\n{values}  NULL,\n}};\n\n'
            f'const VssSchemaType {variable} = {{\n'
            f'  .name = "{enum.name}",\n  .kind = VSS_SCHEMA_ENUM,\n'
            f'  .size = sizeof ({c_type}),\n'
            f'  .values = {variable}_values,\n'
            f'  .n_values = {len(enum.values)},\n}};\n\n'
            + c_code.function('const char *', names.function(enum.name, 'to_string'),
                              [(c_type, 'value')],
                              f'  return vss_schema_enum_to_string (&{variable}, value);')
            + '\n'
            + c_code.function('gboolean', names.function(enum.name, 'from_string'),
                              [('const char *', 'text'), (c_type + ' *', 'out')],
                              c_code.call('  return ', 'vss_schema_enum_from_string',
                                          [f'&{variable}', 'text', '(guint *) out']) + ';'))


def _struct_definition(schema, struct, names):
    c_type = names.type(struct.name)
    variable = names.variable(struct.name)
    free = names.function(struct.name, 'free')
    tables = ''
    fields = [f'.name = "{struct.name}"', '.kind = VSS_SCHEMA_STRUCT',
              f'.size = sizeof ({c_type})', f'.root = "{schema.root_name(struct)}"']
    if struct.members:
        rows = ''.join(_member_row(member, c_type, names) for member in struct.members)
        tables += f'static const VssSchemaMember {variable}_members[] = {{\n{rows}}};\n\n'
        fields += [f'.members = {variable}_members', f'.n_members = {len(struct.members)}']
    fields.append(f'.free = (GDestroyNotify) {free}')
    if struct.kind == 'union':
        tables += _branch_table(struct, names)
        index = struct.members.index(struct.discriminator)
        fields += [f'.discriminator = &{variable}_members[{index}]',
                   f'.branches = {variable}_branches']
    lines = ''.join(f'  {field},\n' for field in fields)
    return (f'{tables}const VssSchemaType {variable} = {{\n{lines}}};\n\n'
            + c_code.function(c_type + ' *', names.function(struct.name, 'new'), [],
                              f'  return vss_schema_value_new (&{variable});')
            + '\n'
            + c_code.function('void', free, [(c_type + ' *', 'value')],
                              f'  vss_schema_value_free (&{variable}, value);'))


def _type_variable(member_type, names):
    if member_type.kind == 'built-in':
        return f'vss_schema_{member_type.name}'
    return names.variable(member_type.name)


def _member_row(member, c_type, names):
    fields = [f'.name = "{member.name}"', f'.type = &{_type_variable(member.type, names)}',
              f'.offset = G_STRUCT_OFFSET ({c_type}, {c_name(member.name)})']
    if member.optional:
        fields.append('.optional = TRUE')
        if not is_pointer(member):
            fields.append(f'.has_offset = G_STRUCT_OFFSET ({c_type}, '
                          f'has_{member.name.replace("-", "_")})')
    if member.array:
        fields.append('.array = TRUE')
    return '  {\n' + ''.join(f'    {field},\n' for field in fields) + '  },\n'


def _branch_table(union, names):
    c_type = names.type(union.name)
    rows = ''
    for value, branch in union.branches.items():
        constant = names.constant(union.discriminator.type.name, value)
        rows += (f'  [{constant}] = {{\n    .name = "{value}",\n'
                 f'    .type = &{names.variable(branch.name)},\n'
                 f'    .offset = G_STRUCT_OFFSET ({c_type}, {c_name(value)}),\n  }},\n')
    count = len(union.discriminator.type.values)
    return (f'static const VssSchemaMember {names.variable(union.name)}_branches[{count}] = '
            f'{{\n{rows}}};\n\n')


def _all_types(schema, names):
    rows = ''.join(f'    &{names.variable(item.name)},\n' for item in schema.types)
    return c_code.function('const VssSchemaType *const *', f'{names.snake}_all_types', [],
                           f'  static const VssSchemaType *const types[] = {{\n{rows}'
                           '    NULL,\n  };\n\n  return types;')

# SPDX-License-Identifier: LGPL-2.1-or-later
"""Emits PREFIX-dispatch.[ch]: the name and arguments of a command to the call of its handler."""

from . import c_code
from .names import c_name


def emit(schema, names):
    """{file name: text}"""
    stem = f'{names.prefix}-dispatch'
    title = "Commands to their handlers; used by the commands' server."
    return {
        f'{stem}.h': c_code.header(title, [f'{names.prefix}-marshal.h'],
                                   _header_body(schema, names)),
        f'{stem}.c': c_code.source(title, [f'{stem}.h', 'qapi/runtime/vss-schema-path.h'],
                                   _source_body(schema, names)),
    }


def _dispatch_signature(names):
    return ('gboolean', f'{names.snake}_dispatch', [
        (f'const {names.type("Handlers")} *', 'handlers'), ('gpointer', 'user_data'),
        ('const char *', 'command'), ('const char *', 'id'), ('JsonNode *', 'arguments'),
        ('GError **', 'error')])


def _header_body(schema, names):
    handlers = ''
    for command in schema.commands:
        parameters = [('gpointer', 'user_data'), ('const char *', 'id')]
        if command.arguments:
            parameters.append((f'const {names.type(command.arguments.name)} *', 'arguments'))
        handlers += c_code.function_pointer('  void', c_name(command.name), parameters) + ';\n'
    return (c_code.comment('One function for each command, NULL for one that is not served. A '
                           "handler answers by id, then or later, with the result's to_json; the "
                           'arguments are valid only while it runs.')
            + f'typedef struct\n{{\n{handlers or "  guint8 empty;" + chr(10)}}} '
              f'{names.type("Handlers")};\n\n'
            + c_code.comment('Checks the arguments (NULL: none were given) and calls the handler. '
                             'FALSE: nothing was called, and the error is '
                             'VSS_WIRE_ERROR_COMMAND_NOT_FOUND or VSS_WIRE_ERROR_BAD_ARGUMENTS.')
            + c_code.prototype(*_dispatch_signature(names)) + '\n'
            + c_code.comment('The names of all commands; NULL-terminated.')
            + f'const char *const *{names.snake}_command_names (void);\n')


def _source_body(schema, names):
    handlers = names.type('Handlers')
    parts = [c_code.function('gboolean', 'not_served',
                             [('const char *', 'command'), ('GError **', 'error')], f'''\
  g_set_error (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_COMMAND_NOT_FOUND,
               "command '%s' is not served here", command);
  return FALSE;''', static=True)]
    if any(command.arguments for command in schema.commands):
        parts.append(_given_or_empty())
    if any(not command.arguments for command in schema.commands):
        parts.append(_no_arguments())
    parts += [_call(command, names) for command in schema.commands]
    rows = ''.join(f'  {{ "{command.name}", call_{c_name(command.name)} }},\n'
                   for command in schema.commands)
    parts.append(f'''\
static const struct
{{
  const char *name;
  gboolean (*call) (const {handlers} *handlers,
                    gpointer user_data,
                    const char *id,
                    JsonNode *arguments,
                    GError **error);
}} commands[] = {{
{rows}  {{ NULL, NULL }},
}};
''')
    parts.append(_dispatch(names))
    listed = ''.join(f'    "{command.name}",\n' for command in schema.commands)
    parts.append(c_code.function('const char *const *', f'{names.snake}_command_names', [], f'''\
  static const char *const all[] = {{
{listed}    NULL,
  }};

  return all;'''))
    return '\n'.join(parts)


def _given_or_empty():
    return c_code.function('JsonNode *', 'given_or_empty', [('JsonNode *', 'arguments')], '''\
  JsonNode *empty;

  if (arguments != NULL)
    {
      return json_node_ref (arguments);
    }
  empty = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (empty, json_object_new ());
  return empty;''', static=True)


def _no_arguments():
    return c_code.function('gboolean', 'check_no_arguments',
                           [('JsonNode *', 'arguments'), ('GError **', 'error')], '''\
  if (arguments == NULL
      || (JSON_NODE_HOLDS_OBJECT (arguments)
          && json_node_get_object (arguments) != NULL
          && json_object_get_size (json_node_get_object (arguments)) == 0))
    {
      return TRUE;
    }
  g_set_error_literal (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_ARGUMENTS,
                       "arguments: the command takes none");
  return FALSE;''', static=True)


def _call(command, names):
    field = c_name(command.name)
    body = f'''\
  if (handlers->{field} == NULL)
    {{
      return not_served ("{command.name}", error);
    }}
'''
    if command.arguments:
        c_type = names.type(command.arguments.name)
        from_json = names.function(command.arguments.name, 'from_json')
        read = c_code.call('  value = ', from_json, ['given', 'VSS_WIRE_PARSE_STRICT', 'error'])
        body = f'''\
  g_autoptr (JsonNode) given = given_or_empty (arguments);
  g_autoptr ({c_type}) value = NULL;

{body}{read};
  if (value == NULL)
    {{
      return FALSE;
    }}
  handlers->{field} (user_data, id, value);
  return TRUE;'''
    else:
        body += f'''\
  if (!check_no_arguments (arguments, error))
    {{
      return FALSE;
    }}
  handlers->{field} (user_data, id);
  return TRUE;'''
    return c_code.function('gboolean', f'call_{field}', [
        (f'const {names.type("Handlers")} *', 'handlers'), ('gpointer', 'user_data'),
        ('const char *', 'id'), ('JsonNode *', 'arguments'), ('GError **', 'error')],
        body, static=True)


def _dispatch(names):
    return c_code.function(*_dispatch_signature(names), '''\
  g_autofree char *shown = NULL;

  for (guint i = 0; commands[i].name != NULL; i++)
    {
      if (g_strcmp0 (command, commands[i].name) == 0)
        {
          return commands[i].call (handlers, user_data, id, arguments, error);
        }
    }
  shown = vss_schema_path_quote (command != NULL ? command : "");
  g_set_error (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_COMMAND_NOT_FOUND,
               "command %s is not known here", shown);
  return FALSE;''')

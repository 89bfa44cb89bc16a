# SPDX-License-Identifier: LGPL-2.1-or-later
"""Emits PREFIX-client.[ch]: a blocking function for each command over one function pointer."""

from . import c_code
from .names import short_command


def emit(schema, names):
    """{file name: text}"""
    stem = f'{names.prefix}-client'
    title = "Commands as blocking functions; used by the commands' client."
    return {
        f'{stem}.h': c_code.header(title, ['<gio/gio.h>', f'{names.prefix}-marshal.h'],
                                   _header_body(schema, names)),
        f'{stem}.c': c_code.source(title, [f'{stem}.h'],
                                   '\n'.join(_definition(command, names)
                                             for command in schema.commands)),
    }


def _header_body(schema, names):
    execute = c_code.function_pointer('typedef JsonNode *', names.type('Execute'), [
        ('gpointer', 'user_data'), ('const char *', 'command'), ('JsonNode *', 'arguments'),
        ('gint64', 'timeout_ms'), ('GCancellable *', 'cancellable'), ('GError **', 'error')])
    return (c_code.comment('Sends a command and waits for its reply. arguments: transfer full, '
                           'NULL if the command takes none. Returns what the reply has under '
                           '"return" (transfer full), or NULL with an error.')
            + execute + ';\n\n'
            + f'typedef struct\n{{\n  {names.type("Execute")} execute;\n'
              f'  gpointer user_data;\n}} {names.type("Client")};\n\n'
            + '\n'.join(c_code.comment(command.doc.body.text().split('\n\n')[0])
                        + c_code.prototype(*_signature(command, names))
                        for command in schema.commands))


def _signature(command, names):
    parameters = [(f'const {names.type("Client")} *', 'client')]
    if command.arguments:
        parameters.append((f'const {names.type(command.arguments.name)} *', 'arguments'))
    parameters += [('gint64', 'timeout_ms'), ('GCancellable *', 'cancellable'),
                   ('GError **', 'error')]
    returns = names.type(command.returns.name) + ' *' if command.returns else 'gboolean'
    return returns, names.client(command.name), parameters


def _definition(command, names):
    arguments = 'NULL'
    if command.arguments:
        arguments = names.function(command.arguments.name, 'to_json') + ' (arguments)'
    body = f'''\
  g_autoptr (JsonNode) reply = NULL;

  reply = client->execute (client->user_data,
                           {names.constant("Command", short_command(command.name))},
                           {arguments},
                           timeout_ms, cancellable, error);
'''
    if command.returns:
        from_json = names.function(command.returns.name, 'from_json')
        body += f'''\
  if (reply == NULL)
    {{
      return NULL;
    }}
  return {from_json} (reply, VSS_WIRE_PARSE_LENIENT, error);'''
    else:
        body += '  return reply != NULL;'
    return c_code.function(*_signature(command, names), body)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The form of the messages around what the schema describes, for documents and examples.

protocol/ reads and writes it; the documents tell third parties about it.
"""

# Opens a dialogue, so there is no session yet that could give an id.
WITHOUT_ID = ('guest-sync-delimited',)

_TEXT = {'type': 'string'}
_COUNT = {'type': 'integer', 'minimum': 0}


def command_schema(name, arguments, required):
    """JSON Schema of a command message; arguments: a schema or None."""
    properties = {'execute': {'const': name},
                  'arguments': arguments or {'type': 'object', 'maxProperties': 0}}
    needed = ['execute'] + (['arguments'] if required else [])
    if name not in WITHOUT_ID:
        properties['id'] = _TEXT
        needed.append('id')
    return {'type': 'object', 'properties': properties, 'required': needed,
            'additionalProperties': False}


def return_schema(name, value):
    """JSON Schema of the reply to a command."""
    needed = ['return'] if name in WITHOUT_ID else ['return', 'id']
    return {'type': 'object', 'properties': {'return': value, 'id': _TEXT}, 'required': needed}


def error_schema():
    """JSON Schema of a failed command's reply."""
    body = {'type': 'object', 'required': ['class', 'desc'],
            'properties': {'class': _TEXT, 'desc': _TEXT, 'data': {'type': 'object'}}}
    return {'type': 'object', 'properties': {'error': body, 'id': _TEXT},
            'required': ['error', 'id']}


def event_schema(name, data, required):
    """JSON Schema of an event message; data: a schema or None."""
    timestamp = {'type': 'object', 'required': ['seconds', 'microseconds'],
                 'properties': {'seconds': _COUNT, 'microseconds': _COUNT}}
    properties = {'event': {'const': name}, 'session': _TEXT, 'timestamp': timestamp}
    if data is not None:
        properties['data'] = data
    return {'type': 'object', 'properties': properties,
            'required': ['event', 'session', 'timestamp'] + (['data'] if required else [])}


def example_command(name, arguments):
    """A command as it goes over the wire."""
    message = {'execute': name}
    if arguments is not None:
        message['arguments'] = arguments
    return message if name in WITHOUT_ID else {**message, 'id': '5f1c:7'}


def example_return(name, value):
    """The reply to example_command()."""
    return {'return': value} if name in WITHOUT_ID else {'return': value, 'id': '5f1c:7'}


def example_event(name, data):
    """An event as it goes over the wire."""
    message = {'event': name}
    if data is not None:
        message['data'] = data
    return {**message, 'session': '5f1c', 'timestamp': {'seconds': 481, 'microseconds': 250000}}


INTRODUCTION = '''\
Messages are JSON objects, one a line. A command is answered by one ``return`` or one ``error``
with the same ``id``; answers may come in another order than the commands. ::

    {"execute": COMMAND, "arguments": {...}, "id": ID}
    {"return": {...}, "id": ID}
    {"error": {"class": CLASS, "desc": TEXT, "data": {...}}, "id": ID}
    {"event": EVENT, "data": {...}, "session": SESSION, "timestamp": {...}}

Arguments that a command doesn't know are refused; in replies and events, members that the reader
doesn't know are to be ignored. In the examples ``->`` is what the host sends and ``<-`` what the
guest sends; optional members are left out.
'''

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Includes run one way: cli -> host-lib -> protocol -> generated code, and guest-agent ->
protocol. Host and guest never see each other's headers."""

import pathlib
import re
import sys

import tree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

from tap import Tap  # noqa: E402

# From the folder (the longest that fits) to what of other folders its files may include.
TYPES = ['qapi/vss-wire-types.h', 'qapi/vss-wire-marshal.h', 'qapi/runtime']
MAY_INCLUDE = {
    'qapi': ['protocol/vss-json-guard.h', 'protocol/vss-protocol-error.h', 'protocol/vss-text.h'],
    'protocol': TYPES,
    'guest-agent': ['guest-agent/guard', 'protocol', *TYPES, 'qapi/vss-wire-dispatch.h',
                    'qapi/vss-wire-introspect.h'],
    'guest-agent/guard': [],
    # The agent is asked there, not asking.
    'guest-agent/vssadmin': ['protocol', *TYPES, 'qapi/vss-wire-client.h'],
    'guest-agent/writer-sdk': ['protocol', *TYPES],
    'host-lib': ['protocol', *TYPES, 'qapi/vss-wire-client.h'],
    'host-lib/cli': ['host-lib/vss.h'],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def is_in(path, folder):
    return path == folder or path.startswith(folder + '/')


def room_of(path):
    """The longest folder of the table that holds the file; None outside of them."""
    rooms = [room for room in MAY_INCLUDE if is_in(path, room)]
    return max(rooms, key=len, default=None)


def is_allowed(room, header):
    return room_of(header) == room or any(is_in(header, other) for other in MAY_INCLUDE[room])


def violations(path, text):
    """The includes of a file that go the wrong way."""
    room = room_of(str(path))
    return [f'{path}: {header}' for header in INCLUDE.findall(text)
            if room is not None and not is_allowed(room, header)]


def check_itself(tap):
    """What has to be found, and what has to pass."""
    for path, header, good in [
            ('guest-agent/freeze/vss-freezer.c', 'guest-agent/freeze/vss-freezer.h', True),
            ('guest-agent/freeze/vss-freezer.c', 'protocol/vss-session.h', True),
            ('guest-agent/freeze/vss-freezer.c', 'host-lib/vss.h', False),
            ('host-lib/guest/vss-agent-guest.c', 'guest-agent/vss-agent.h', False),
            ('host-lib/guest/vss-agent-guest.c', 'qapi/vss-wire-types.h', True),
            ('host-lib/guest/vss-agent-guest.c', 'qapi/vss-wire-client.h', True),
            ('host-lib/guest/vss-agent-guest.c', 'qapi/vss-wire-dispatch.h', False),
            ('guest-agent/vss-agent.c', 'qapi/vss-wire-client.h', False),
            ('guest-agent/vssadmin/main.c', 'qapi/vss-wire-client.h', True),
            ('guest-agent/vssadmin/main.c', 'guest-agent/vss-agent.h', False),
            ('guest-agent/guard/main.c', 'guest-agent/vss-agent.h', False),
            ('host-lib/requester/vss-async.c', 'host-lib/cli/vss-cli.h', False),
            ('host-lib/cli/main.c', 'host-lib/cli/vss-cli.h', True),
            ('host-lib/cli/main.c', 'host-lib/vss.h', True),
            ('host-lib/cli/main.c', 'host-lib/requester/vss-async.h', False),
            ('host-lib/cli/main.c', 'protocol/vss-session.h', False),
            ('protocol/vss-session.c', 'guest-agent/vss-agent.h', False),
            ('tests/cli/test-output.c', 'host-lib/cli/vss-output.h', True)]:
        found = violations(pathlib.Path(path), f'#include <glib.h>\n#include "{header}"\n')
        tap.equal(f'{path} {"may" if good else "may not"} include {header}', found == [], good)


def main():
    tap = Tap()
    check_itself(tap)
    sources = [path for path in tree.files() if path.suffix in ('.c', '.h', '.in')]
    wrong = [line for path in sources for line in violations(path, tree.text(path) or '')]
    tap.check('there is something to look at', len(sources) > 50, f'{len(sources)} files')
    tap.check('includes run one way', not wrong, '\n'.join(wrong))
    tap.finish()


if __name__ == '__main__':
    main()

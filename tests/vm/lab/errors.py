# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the laboratory raises."""


class LabError(Exception):
    """Something the laboratory itself was asked to do could not be done."""


class GuestTimeout(LabError):
    """A guest didn't become ready, or a command in it didn't end, within its limit."""

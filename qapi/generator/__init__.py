# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the schema of the wire to C, introspection and documents; main.py is the entry."""

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The writer for SQLite databases in a guest without systemd, and a look into a database."""

from .errors import LabError

WRITER = "/usr/libexec/virt-vss/vss-sqlite-writer"
# For Agent(configuration=…): the build's own folders are not in an initramfs.
FOLDER = "/etc/vss-agent/writers.d"
CONFIGURATION = {"writers": {"folders": FOLDER}}
NAME = "SQLite"
WRITER_ID = "1d3422ec-ffbf-49c3-974c-25cb78cd20bf"
# Where each event's beginning is noted, with the guest's time since boot.
EVENTS = "/run/sqlite-writer.events"
SCRIPT = "/etc/vss-agent/sqlite-writer"


def install(guest, *databases):
    """Puts the key file there. The program notes when each event began before it does its work."""
    if not guest.exists(WRITER):
        raise LabError("vss-sqlite-writer is not built: it needs SQLite's development files "
                       "(Debian: libsqlite3-dev)")
    guest.write_file(SCRIPT, "#!/bin/sh\n"
                     f"for event; do :; done\nread now rest </proc/uptime\n"
                     f"echo \"$event $now\" >>{EVENTS}\nexec {WRITER} \"$@\"\n", mode=0o755)
    guest.write_file(f"{FOLDER}/sqlite.writer", f"""[Writer]
exec={SCRIPT} {' '.join(databases)}
stays=true
writer-id={WRITER_ID}
name={NAME}
usage=user-data
source=transacted-db
level=back-end
restore-method=if-can-replace
""")


def freezes(guest):
    """When each Freeze began, in microseconds of the boot clock."""
    lines = guest.read_file(EVENTS, lab=True).decode().splitlines()
    return [int(float(line.split()[1]) * 1000000) for line in lines
            if line.split()[0] == "freeze"]


def find_fault(taken, freeze_us, last, log):
    """What is wrong with an image that ends in transaction `last`; None if nothing is.

    taken: the set; freeze_us: when its Freeze began; log: SqliteLoad.log(), with the next one.
    """
    before = max(number for number, (_, _, committed_us) in log.items() if committed_us < freeze_us)
    if last < before:
        return f"{before} was committed before Freeze, and is missing"
    # The next one had its turn after Thaw. Half of the time: the last one may have been slow to
    # write down that it was done.
    pause_us = log[last + 1][1] - log[last][2]
    if pause_us < taken["frozen-us"] / 2 or log[last + 1][1] < freeze_us + taken["frozen-us"]:
        return f"{last + 1} was begun {pause_us} us after {last}, while everything was at rest"
    return None


def check(checker, database):
    """What sqlite-load says of a database on a mounted image: see there."""
    return checker.guest.run(f"sqlite-load --check {database}").json


def check_alone(checker, database):
    """The same of a copy of the database without its log; to be asked first."""
    return checker.guest.run(f"cp {database} /run/alone.db && sqlite-load --check /run/alone.db; "
                             "rm -f /run/alone.db*").json

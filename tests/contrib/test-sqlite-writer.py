#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The writer for SQLite databases, event by event, against real databases: who can commit when."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'qapi'))

from tap import Tap  # pylint: disable=wrong-import-position

# On a machine that crawls; nothing here takes a second.
LIMIT_S = 60
EVENT = {'snapshot-set-id': 'c0a52b52-3a31-4b6b-8c1c-ff7d3c5f1b0e', 'timeout-ms': 500}
MODES = ('wal', 'delete', 'truncate', 'persist')


def can_commit(path):
    """Whether a transaction is possible right now."""
    connection = sqlite3.connect(path, timeout=0)
    try:
        with connection:
            connection.execute('INSERT INTO t VALUES (1)')
        return True
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def rows(path):
    with contextlib.closing(sqlite3.connect(path, timeout=0)) as connection:
        return connection.execute('SELECT count(*) FROM t').fetchone()[0]


def can_read(path):
    return rows(path) >= 0


def rows_of_copy(path):
    """What a backup has that takes the database without its log."""
    with tempfile.TemporaryDirectory() as folder:
        # Another process: closing the file here would end all locks that this one has on it.
        subprocess.run(['cp', path, f'{folder}/copy.db'], check=True)
        return rows(f'{folder}/copy.db')


class Writer:
    """Runs of the program for some databases."""

    def __init__(self, program, *databases):
        self._argv = [program, *databases]

    def tell(self, event):
        """A run that ends by itself: its exit status and what it answered."""
        done = subprocess.run([*self._argv, event], input=json.dumps({**EVENT, 'event': event}),
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else None

    def freeze(self):
        """A run that stays; the process and what it answered."""
        process = subprocess.Popen([*self._argv, 'freeze'], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        process.stdin.write(json.dumps({**EVENT, 'event': 'freeze'}) + '\n')
        process.stdin.flush()
        return process, json.loads(process.stdout.readline())


def go_on(process, event):
    answer, _ = process.communicate(json.dumps({**EVENT, 'event': event}) + '\n', LIMIT_S)
    return process.returncode, json.loads(answer)


def make(folder, mode):
    path = str(pathlib.Path(folder) / f'{mode}.db')
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f'PRAGMA journal_mode={mode}')
        connection.execute('CREATE TABLE t (n)')
    return path


def check_identity(tap, program, paths):
    status, identity = Writer(program, *paths).tell('identify')
    tap.equal('identify ends well', status, 0)
    tap.equal('a component for each database', [one['name'] for one in identity['components']],
              [pathlib.Path(path).name for path in paths])
    files = identity['components'][0]['database-log-files']
    tap.equal('its logs', [one['filespec'] for one in files],
              [pathlib.Path(paths[0]).name + end for end in ('-wal', '-shm', '-journal')])


def check_hold(tap, program, path, mode):
    writer = Writer(program, path)
    tap.equal(f'{mode}: prepared', writer.tell('prepare-for-snapshot'), (0, {'failure': 'none'}))
    # Open all the time: the last one to close a database empties its log.
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        for event in ('thaw', 'abort'):
            other.execute('INSERT INTO t VALUES (2)')
            check_one_hold(tap, writer, path, mode, event)


def check_one_hold(tap, writer, path, mode, event):
    process, answer = writer.freeze()
    tap.equal(f'{mode}: frozen', answer, {'failure': 'none'})
    tap.check(f'{mode}: nobody can commit', not can_commit(path))
    tap.check(f'{mode}: everybody can read', can_read(path))
    tap.equal(f'{mode}: the file alone holds everything', rows_of_copy(path), rows(path))
    tap.equal(f'{mode}: {event}', go_on(process, event), (0, {'failure': 'none'}))
    tap.check(f'{mode}: commits go on after {event}', can_commit(path))


def check_ends(tap, program, path):
    """However the process that holds ends: the lock is gone."""
    process, _ = Writer(program, path).freeze()
    process.communicate(timeout=LIMIT_S)
    tap.check('the end of the input is no success', process.returncode != 0)
    tap.check('the end of the input lets go', can_commit(path))
    for name in ('terminate', 'kill'):
        process, _ = Writer(program, path).freeze()
        getattr(process, name)()
        process.wait(LIMIT_S)
        tap.check(f'{name} lets go', can_commit(path))
        process.communicate()


def check_busy(tap, program, paths):
    """Of two databases one is taken: neither stays locked."""
    with contextlib.closing(sqlite3.connect(paths[1], isolation_level=None)) as other:
        other.execute('BEGIN IMMEDIATE')
        status, answer = Writer(program, *paths).tell('freeze')
        tap.equal('retryable', (status, answer['failure']), (75, 'retryable'))
        tap.check('the database is named', paths[1] in answer['message'], answer)
        tap.check('the other one is let go', can_commit(paths[0]))


def check_others(tap, program, folder, path):
    status, answer = Writer(program, path, f'{folder}/none.db').tell('freeze')
    tap.equal('a missing database', (status, answer['failure']), (1, 'nonretryable'))
    tap.check('is named', 'none.db' in answer['message'], answer)
    tap.equal('is not made', pathlib.Path(f'{folder}/none.db').exists(), False)
    tap.equal('nothing to do after it', Writer(program, path).tell('post-snapshot'), (3, None))
    tap.equal('no relative paths', Writer(program, 'x.db').tell('freeze'), (1, None))


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        paths = [make(folder, mode) for mode in MODES]
        check_identity(tap, sys.argv[1], paths)
        for path, mode in zip(paths, MODES):
            check_hold(tap, sys.argv[1], path, mode)
        check_ends(tap, sys.argv[1], paths[0])
        check_busy(tap, sys.argv[1], paths)
        check_others(tap, sys.argv[1], folder, paths[0])
    tap.finish()


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Command lines against a fake of the library: exit status, output and messages."""

import json
import os
import pathlib
import stat
import sys
import tempfile

import cli
from tap import Tap

NEW = 'c0f9a1e2-6f0b-4d6f-8f38-6f1f0f7b2a55'
SET = '4f1c2a77-9d0e-4b52-8a51-0f2b6f7f1d10'
OLD = '4f1c9b03-51aa-4e0c-b0bd-9c1a4bb1e6c2'
WRITER = 'e3b7f3c4-36d1-4b6c-9a39-3c1a4b5d6e02'
OTHER = 'e3b7f3c4-36d1-4b6c-9a39-3c1a4b5d6e04'

# Usage errors: the arguments, and what the message says. Exit status 2, nothing on stdout, and
# the library isn't called.
USAGE = [
    ('', "virt-vss: a verb is missing; see 'virt-vss help'"),
    ('frobnicate', "virt-vss: 'frobnicate' is no verb; see 'virt-vss help'"),
    ('--frobnicate', 'virt-vss: Unknown option --frobnicate'),
    ('-c', 'virt-vss: Missing argument for -c'),
    ('help frobnicate', "virt-vss: help: 'frobnicate' is no verb; see 'virt-vss help help'"),
    ('help create list', "virt-vss: help: 'list' is one argument too many"),
    ('create', "virt-vss: create: an argument is missing: DOMAIN; see 'virt-vss help create'"),
    ('create db1 web', "virt-vss: create: 'web' is one argument too many"),
    ('create --frobnicate db1', 'virt-vss: create: Unknown option --frobnicate'),
    ('create db1 --context', 'virt-vss: create: Missing argument for --context'),
    ('create db1 --context=none', 'virt-vss: create: --context=none: the contexts are'),
    ('create db1 --context=all', 'virt-vss: create: --context=all: the contexts are'),
    ('create db1 --context=backup', '--context=backup: such a set is deleted when its requester '
     'ends, which would be at once; use app-rollback (default) or nas-rollback, or --exec to do something '
     'with it'),
    ('create db1 --context=file-share-backup', 'use app-rollback (default) or nas-rollback'),
    ('create db1 --policy=best', '--policy=best: the policies are report, require-application, '
     'require-filesystem and crash'),
    ('create db1 --context=nas-rollback --policy=require-application',
     'the context has no writers; use require-filesystem, or another --context'),
    ('create db1 --backup-type=all', '--backup-type=all: the types are copy (default), full'),
    ('create db1 --context=nas-rollback --writer=x', '--writer: the context has no writers'),
    ('create db1 --writer=', '--writer: the name is empty or no UTF-8'),
    ('create db1 --exec=', '--exec: the command is empty'),
    ('create db1 --components-document=', '--components-document: the name is empty'),
    ('create db1 --lease=0', '--lease=0: give whole seconds, or milliseconds as in 1500ms'),
    ('create db1 --lease=1.5', '--lease=1.5: give whole seconds'),
    ('create db1 --lease=10m', '--lease=10m: give whole seconds'),
    ('create db1 --volume=', '--volume: the name is empty or no UTF-8'),
    ('create db1 --output=xml', '--output=xml: the formats are text and json'),
    ('create db1 --progress=x', '--progress=x: not the number of a descriptor open for writing'),
    ('create db1 --progress=0', '--progress=0: not the number of a descriptor open for writing'),
    ('create db1 --progress=77', '--progress=77: not the number of a descriptor'),
    ('create db1 --progress=99999999999', 'not the number of a descriptor'),
    ('list db1 web', "virt-vss: list: 'web' is one argument too many"),
    ('show db1', 'virt-vss: show: an argument is missing: DOMAIN SET'),
    ('delete db1', 'virt-vss: delete: an argument is missing: SET, or --all'),
    ('delete --all', 'virt-vss: delete: an argument is missing: DOMAIN SET...'),
    ('delete db1 4f --all', 'virt-vss: delete: give sets or --all, not both'),
    ('recover', 'virt-vss: recover: an argument is missing: DOMAIN, or --all'),
    ('recover db1 --all', 'virt-vss: recover: give a domain or --all, not both'),
    ('gc db1', "virt-vss: gc: 'db1' is one argument too many"),
    ('volumes', 'virt-vss: volumes: an argument is missing: DOMAIN'),
    ('status', 'virt-vss: status: an argument is missing: DOMAIN'),
    ('enable', 'virt-vss: enable: an argument is missing: DOMAIN'),
    ('status db1 --watch=soon', '--watch=soon: give whole seconds, or milliseconds as in 1500ms'),
    ('status db1 --interval=0', '--interval=0: give whole seconds'),
    ('status db1 --free=10%', '--free=10%: has a meaning with --watch only'),
    ('status db1 --watch --free=100%', '--free=100%: give a part as in 10%, or a size as in 512M'),
    ('thaw', 'virt-vss: thaw: an argument is missing: DOMAIN'),
]

FILESYSTEM = f'snapshot set {SET}: consistency filesystem, frozen for 31.4 ms (commit 20.1 ms)\n'
DEFAULT_SET = ['open (default)', 'requester virt-vss', 'context app-rollback',
               'policy require-application', 'gather', 'start', 'add /', 'add /srv/data',
               'prepare', 'do', 'complete', 'status', 'close']
LEFT = f"virt-vss: create db1: snapshot set {NEW} is left behind in state preparing: run " \
       "'virt-vss recover db1'"

# What happens, the arguments, VSS_FAKE, the exit status, and for each of output, messages and
# calls of the library: what it has to be (a list: the lines) or to hold (text).
RUNS = [
    ('create', 'create db1', '', 0, FILESYSTEM, [], DEFAULT_SET),
    ('create names what is left out', 'create db1', '', 0,
     "not in the set: sda: a CD-ROM drive can't be snapshotted\n", [], ''),
    ('create -q prints the id', '-q create db1', '', 0, [SET], [], ''),
    ('create of some volumes', 'create db1 -v /srv/data --volume=vda -v vda', '', 0, '', [],
     'add /srv/data\nadd vda\nprepare'),
    ('create with all options',
     'create --context=nas-rollback --policy=report --lease=1500ms db1', '', 0, '', [],
     ['open (default)', 'requester virt-vss', 'context nas-rollback', 'policy report',
      'lease 1500', 'start', 'add /', 'add /srv/data', 'do', 'close']),
    ('create: default policy without writers', 'create db1 --context=client-accessible', '', 0,
     '', [], 'context client-accessible\npolicy require-filesystem'),
    ('create: crash is as asked', 'create db1 --policy=crash', 'crash', 0,
     'consistency crash', [], 'policy crash\n'),
    ('create --dry-run', 'create db1 --dry-run', '', 0, 'nothing was done; the set would be:\n', [],
     ['open (default)', 'requester virt-vss', 'context app-rollback',
      'policy require-application', 'gather', 'start', 'add /', 'add /srv/data', 'dry-run',
      'close']),
    ('create --dry-run tells a weaker set', 'create db1 --dry-run --policy=report', 'crash', 3,
     'expected: consistency crash, ', [], 'dry-run\nclose'),
    ('create: weaker than asked', 'create db1 --policy=report', 'crash', 3,
     'no better than that because: /srv/data was not held\n', [], ''),
    ('create: hold lost', 'create db1', 'hold-lost', 1, [],
     ['virt-vss: create db1: /srv/data was thawed by somebody else: try again '
      '(VSS_E_HOLD_WRITES_TIMEOUT, 0x80042314)'], 'do\nclose'),
    ('create: hold lost, JSON', 'create db1 -o json', 'hold-lost', 1,
     '"code" : "VSS_E_HOLD_WRITES_TIMEOUT"', '(VSS_E_HOLD_WRITES_TIMEOUT, 0x80042314)', ''),
    ('create: something stays', 'create db1', 'hold-lost,left-behind', 5, [], LEFT, 'do\nclose'),
    ('create: cannot tell what stays', 'create db1', 'hold-lost,lost', 5, [],
     'cannot tell whether something is left behind: cannot reach libvirt (VSS_E_UNEXPECTED, '
     "0x80042302); when the domain can be reached, run 'virt-vss recover db1'", ''),
    ('create: a writer fails', 'create db1', 'writer-fails', 4, [],
     'writer PostgreSQL took longer than 60 s (VSS_E_WRITERERROR_TIMEOUT, 0x800423F2)', ''),
    ('create: a writer is the reason', 'create db1', 'writer-vetoes', 4, [],
     'policy require-application was not met (VSS_E_PROVIDER_VETO, 0x80042306)', 'do\nstatus\n'),
    ('create: a writer fails at the end', 'create db1 --policy=report', 'writer-late', 3,
     'PostgreSQL  [12] Failed at backup complete  Retryable error: the lock was taken (17)', [], ''),
    ('create of some writers', 'create db1 --writer=PostgreSQL', '', 0, '', [],
     f'writers\nrequester virt-vss\ncontext app-rollback\n'
     f'policy require-application\ndisable {OTHER}\ngather'),
    ('create without some writers', 'create db1 --exclude-writer={{{0}}} --exclude-writer=odd'.format(
        'E3B7F3C4-36D1-4B6C-9A39-3C1A4B5D6E01'), '', 0, '', [],
     f'disable {WRITER}\ndisable {OTHER}\ngather'),
    ('create with an unknown writer', 'create db1 --writer=Postgres', '', 1, [],
     ["virt-vss: create db1: no writer of the guest has the name or id 'Postgres'; 'virt-vss writers' "
      'lists them (VSS_E_OBJECT_NOT_FOUND, 0x80042308)'], ['open (default)', 'writers']),
    ('create: writers of a guest that is silent', 'create db1 --policy=report --writer=odd',
     'no-agent', 1, [], 'no agent answers', ['open (default)', 'writers']),
    ('create --backup-type', 'create db1 --backup-type=full', '', 0, '', [], 'type 1\n'),
    ('create --exec', ['create', 'db1', '--exec=echo "$VSS_IMAGE_VDB $VSS_FORMAT_VDB '
                       '$VSS_SNAPSHOT_ID_2 $VSS_LEVEL $VSS_DOMAIN"; echo "$VSS_IMAGES" | wc -l'],
     '', 0, FILESYSTEM,
     ['/var/lib/libvirt/images/db1-data1.qcow2 qcow2 b1b6a1de-0d8f-4d8e-8a64-2c1f8d3f7a02 '
      'filesystem db1', '3'], 'do\ncomplete\n'),
    ('create --exec can be heard in shells', ['create', 'db1', '--exec=kill -PIPE $$'], '', 5, '',
     'killed by signal 13', ''),
    ('create --exec that fails', ['create', 'db1', '--exec=exit 3'], '', 5, FILESYSTEM,
     'the command of --exec failed: Child process exited with code 3\nvirt-vss: create db1: '
     f"snapshot set {SET} stays: 'virt-vss delete db1 {SET[:8]}' deletes it", 'do\nclose'),
    ('create --exec with a set that goes', 'create db1 --context=backup --exec=true', '', 0,
     FILESYSTEM, [], 'context backup\n'),
    ('create --exec that fails with a set that goes',
     'create db1 --context=file-share-backup --exec=false', '', 1, FILESYSTEM,
     ['virt-vss: create db1: the command of --exec failed: Child process exited with code 1'],
     'do\nclose'),
    ('create --dry-run runs no command', 'create db1 --dry-run --exec=false', '', 0, '', [],
     'dry-run\nclose'),
    ('create: no document over a device', 'create db1 --components-document=/dev/null', '', 1, [],
     ['virt-vss: create: cannot write the components document to /dev/null: there is something '
      'that is no plain file; name another'], []),
    ('create: no document in no folder', 'create db1 --components-document=/nowhere/x', '', 1, [],
     'cannot write the components document to /nowhere/x: No such file or directory', []),
    ('writers', 'writers db1', '', 0,
     'PostgreSQL      [1] Stable            No error                      back-end  1  ', [],
     ['open (default)', 'writers', 'requester virt-vss', 'context app-rollback', 'gather',
      'close']),
    ('writers -v', 'writers -v db1', '', 0, "\n   - Component: 'PostgreSQL:/main/sales'\n", [], ''),
    ('writers without an agent', 'writers db1', 'no-agent', 1, [], 'no agent answers', ''),
    ('create: no such volume', 'create db1 -v /nowhere', '', 1, [],
     ['virt-vss: create db1: cannot add /nowhere: nothing is mounted there '
      '(VSS_E_OBJECT_NOT_FOUND, 0x80042308)'], 'add /nowhere\nclose'),
    ('create: no such domain', 'create nobody', '', 1, [],
     ["virt-vss: create nobody: cannot find domain nobody: see 'virsh list --all' "
      '(VSS_E_OBJECT_NOT_FOUND, 0x80042308)'], ['open (default)']),
    ('create: the end is not told', 'create db1', 'complete-fails', 5, FILESYSTEM,
     'the set was made, but its end could not be told to everybody', ''),
    ('create: no agent', 'create db1', 'no-agent', 1, [],
     ['virt-vss: create db1: no agent answers on the channel of db1: install vss-agent in the '
      'guest (VSS_E_WRITER_INFRASTRUCTURE, 0x80042318)'], ['open (default)']),
    ('create: no agent is told', 'create db1 --policy=report', 'no-agent,crash', 3, '',
     "going on without the guest, which can't be asked: no agent answers",
     'context app-rollback\npolicy crash\n'),
    ('create: no agent, no writers', 'create db1 --policy=report --context=nas-rollback',
     'no-agent,crash', 3, '', 'going on without the guest', 'policy crash\nstart'),
    ('create: the library speaks', 'create db1', 'speaks', 0, '',
     ["virt-vss: create db1: writer '\\x1b[2J' failed"], ''),
    ('create: the library speaks in vain', 'create db1 -q', 'speaks', 0, '', [], ''),
    ('create: no agent is as asked', 'create db1 --policy=crash', 'no-agent,crash', 0, '', [], ''),
    ('create: somebody is at it', 'create db1 --policy=report', 'taken', 1, [],
     ['virt-vss: create db1: backup-tool makes a snapshot set of db1: wait for it '
      '(VSS_E_SNAPSHOT_SET_IN_PROGRESS, 0x80042316)'], ['open (default)']),
    ('list', 'list', '', 0, f'db1     {SET}  2026-11-20 16:50:53Z  created', [], ''),
    ('list, newest first', 'list db1 -q', '', 0, f'{SET}  2026-11-20 16:50:53Z  created  '
     f'filesystem  /,/srv/data\ndb1  {OLD}', [], ''),
    ('list of no sets', 'list web', '', 0,
     ['DOMAIN  SET  CREATED  STATE  CONSISTENCY  VOLUMES'], [], ''),
    ('list of a domain that vanishes', 'list', 'vanishing', 0, SET, [], ''),
    ('list of nobody', 'list nobody', '', 1, 'DOMAIN', 'cannot find domain nobody', ''),
    ('list of a broken connection', '-c fake:///broken list', '', 1, [],
     ['virt-vss: list: cannot connect to fake:///broken: try another '
      '(VSS_E_UNEXPECTED, 0x80042302)'], ''),
    ('-c after the verb', 'list -c fake:///broken', '', 1, [], 'fake:///broken', ''),
    ('show', f'show db1 {SET[:6]}', '', 0, f'Set:         {SET}\n', [], ''),
    ('show of an ambiguous id', 'show db1 4f1c', '', 1, [],
     'more than one snapshot set begins with 4f1c: give more of the id', ''),
    ('show of nothing', 'show db1 5', '', 1, [],
     "no snapshot set begins with 5: see 'virt-vss list'", ''),
    ('show of what a guest named', 'show db1 4', 'hostile', 0, '\\x1b[2J', [], ''),
    ('delete', f'delete db1 {SET[:6]}', '', 0, [f'deleted {SET}'], [],
     ['open (default)', 'context all', 'requester virt-vss', f'delete {SET}', 'close']),
    ('delete, newest first', f'delete db1 {OLD} {SET}', '', 0,
     [f'deleted {SET}', f'deleted {OLD}'], [], f'delete {SET}\ndelete {OLD}\nclose'),
    ('delete checks every name first', f'delete db1 {SET} 5', '', 1, [],
     'no snapshot set begins with 5', ['open (default)']),
    ('delete names a set twice', f'delete db1 {SET} {SET[:7]}', '', 0, [f'deleted {SET}'], [], ''),
    ('delete --all', 'delete db1 --all', '', 0, [f'deleted {SET}', f'deleted {OLD}'], [], ''),
    ('delete --all of nothing', 'delete web --all', '', 0, [],
     ['virt-vss: delete web: there is no snapshot set'], ['open (default)']),
    ('delete -q', f'-q delete db1 {SET}', '', 0, [], [], ''),
    ('delete fails before it changed anything', f'delete db1 {SET}', 'delete-fails', 1, [],
     [f'virt-vss: delete db1: cannot delete snapshot set {SET}: vda has a block job: wait for its '
      'end (VSS_E_PROVIDER_VETO, 0x80042306)'], ''),
    ('delete stops half-way', f'delete db1 {SET}', 'delete-fails,left-behind', 5, [],
     "is left behind in state preparing: run 'virt-vss recover", ''),
    ('recover of nothing', 'recover db1', '', 0, [],
     ['virt-vss: recover db1: nothing to recover'], 'recover db1'),
    ('recover', 'recover db1', 'recovers', 0, [f'db1: set {SET}: undone'], [], ''),
    ('recover --all', 'recover --all', 'recovers', 0, [f'db1: set {SET}: undone'], [],
     'recover db1\nopen (default)\nrecover web'),
    ('recover of nobody', 'recover nobody', '', 1, [], 'cannot find domain nobody', ''),
    ('recover leaves something', 'recover db1', 'recover-fails,left-behind', 5, [],
     f"snapshot set {SET} is left behind in state preparing: run 'virt-vss recover db1'", ''),
    ('gc is silent', 'gc', '', 0, [], [], 'recover db1\nopen (default)\nrecover web'),
    ('gc tells what it did', 'gc', 'recovers', 0, [f'db1: set {SET}: undone'], [], ''),
    ('gc goes on after a failure', 'gc', 'recover-fails,lost', 5, [],
     'cannot ask QEMU: start the domain', 'recover db1\nopen (default)\nrecover web'),
    ('volumes', 'volumes db1', '', 0, '/srv/data  xfs   1.0 GiB  vdb,vdc  yes', [], ''),
    ('volumes without an agent', 'volumes db1', 'no-agent', 0, 'VOLUME',
     "virt-vss: volumes db1: only disks, because the guest can't be asked: no agent answers", ''),
    ('status', 'status db1', '', 0, 'Lease:       thaws by itself in 7.50 s\n', [], ''),
    ('status without an agent', 'status db1', 'no-agent', 0,
     'Agent:       db1 is paused: resume it\n', [], ''),
    ('status reads the overlays once', 'status db1', '', 0,
     'vda   100.0 MiB  1.0 MiB/s  2.0 GiB  in 34 min  ', [], 'overlays\n'),
    ('status --interval reads them twice', 'status db1 --interval=1ms', '', 0,
     'vda   110.0 MiB  10.0 MiB/s  2.0 GiB  in 3 min  ', [], 'overlays\noverlays\n'),
    ('status --watch', 'status db1 --watch --free=2028M', '', 3,
     '\n2026-11-20 16:52:34Z  vda: 110.0 MiB, 1.1 MiB/s, 2.0 GiB left, full in 31 min\n'
     '2026-11-20 16:52:35Z  vda: 120.0 MiB, 10.0 MiB/s, 2.0 GiB left, full in 3 min\n'
     '2026-11-20 16:52:36Z  vda: 130.0 MiB, 10.0 MiB/s, 2.0 GiB left, full in 3 min\n',
     "less than 2.0 GiB: delete a set ('virt-vss delete db1 4f1c2a77'), or make room",
     'wait 10000 ms, threshold 120\noverlays\nwait 10000 ms, threshold 120\noverlays\n'),
    ('status --watch -q is silent', '-q status db1 --watch --free=2028M', '', 3, [],
     'only 2.0 GiB left for /var/lib', ''),
    ('status --watch ends', 'status db1 --watch=1ms --free=1', '', 0, 'left, full in', [], ''),
    ('status --watch of nothing', '-q status db1 --watch', 'no-overlays', 0, [], [], ''),
    ('enable', 'enable db1', '', 0,
     ['Now:         the channel was added', 'Next start:  the channel was added',
      'Agent:       0.1.0'], [], ['open (default)', 'enable dry-run=0']),
    ('enable --dry-run', 'enable --dry-run db1', 'no-agent', 0,
     ['Now:         the channel would be added', 'Next start:  the channel would be added',
      'Agent:       not asked'], [], 'enable dry-run=1'),
    ('enable of an enabled domain', 'enable db1', 'enabled,no-agent', 0,
     ['Now:         the channel is there', 'Next start:  the channel is there',
      'Agent:       db1 is paused: resume it'], [], ''),
    ('enable of a domain that is off', 'enable db1', 'shut-off,no-agent', 0,
     ['Now:         the domain is not running', 'Next start:  the channel was added'], [], ''),
    ('enable without a controller', 'enable db1', 'no-controller,no-agent', 3,
     ['Now:         no channel: there is no controller: start it again',
      'Next start:  the channel was added'], [], ''),
    ('enable changes nothing', 'enable db1', 'transient', 1, [],
     "virt-vss: enable db1: cannot add the agent's channel to 'db1': it is transient "
     '(VSS_E_PROVIDER_VETO, 0x80042306)', ''),
    ('thaw', 'thaw db1', '', 0, ['thawed /', 'thawed /srv/data'], [], 'thaw force=0'),
    ('thaw of a taken guest', 'thaw db1', 'taken', 1, [],
     "'virt-vss thaw --force' breaks in", 'thaw force=0'),
    ('thaw --force', 'thaw --force db1', 'taken', 0, ['thawed /', 'thawed /srv/data'], [],
     'thaw force=1'),
    ('thaw that is unproven', 'thaw db1', 'no-agent', 5, [],
     ['virt-vss: thaw db1: no agent answers (VSS_E_WRITER_INFRASTRUCTURE, 0x80042318)'], ''),
    ('-- ends the options', 'list -- db1', '', 0, SET, [], ''),
    ('--version', '--version', '', 0, 'virt-vss 0.', [], []),
    ('--help', '--help', '', 0, 'Verbs:\n', [], []),
    ('help', 'help', '', 0, 'Verbs:\n', [], []),
    ('help of a verb', 'help thaw', '', 0, '  virt-vss thaw [OPTION...] DOMAIN\n', [], []),
    ('--help of a verb', 'thaw --help', '', 0, '  virt-vss thaw [OPTION...] DOMAIN\n', [], []),
]

# The JSON answers that have to be there whatever becomes of the verb, and one member of each.
JSON = [
    ('create db1', '', ('consistency', 'filesystem')),
    ('create db1 --dry-run', '', ('dry-run', True)),
    ('create nobody', '', ('error', None)),
    ('list', '', ('errors', [])),
    ('list nobody', '', ('sets', [])),
    ('-c fake:///broken list', '', ('error', None)),
    (f'show db1 {SET}', '', ('snapshot-set-id', SET)),
    ('show db1 5', '', ('error', None)),
    (f'delete db1 {SET}', '', ('deleted', [SET])),
    (f'delete db1 {SET}', 'delete-fails', ('error', None)),
    ('recover db1', '', ('domains', [{'domain': 'db1', 'actions': []}])),
    ('gc', '', ('errors', [])),
    ('volumes db1', '', ('domain', 'db1')),
    ('status db1', 'no-agent', ('freeze', None)),
    ('status db1 --watch --free=2028M', '', ('short', True)),
    ('enable db1', 'no-controller', ('live', 'refused')),
    ('thaw db1', '', ('thawed', ['/', '/srv/data'])),
    ('thaw db1', 'no-agent', ('error', None)),
]


def matches(expected, text):
    """Whether it is the lines of a list, or holds the text."""
    return text.splitlines() == expected if isinstance(expected, list) else expected in text


def check_usage(tap, program, log):
    for arguments, message in USAGE:
        open(log, 'w').close()
        done = cli.run(program, *arguments.split(' ') if arguments else (), VSS_FAKE_LOG=log)
        tap.check(f'usage: {arguments}',
                  done.returncode == 2 and done.stdout == '' and message in done.stderr
                  and done.stderr.count('\n') == 1 and os.path.getsize(log) == 0,
                  f'{done.returncode}\n{done.stdout}{done.stderr}')


def check_runs(tap, program, log):
    for name, arguments, fake, status, output, messages, calls in RUNS:
        open(log, 'w').close()
        words = arguments if isinstance(arguments, list) else arguments.split()
        done = cli.run(program, *words, VSS_FAKE=fake, VSS_FAKE_LOG=log)
        with open(log, encoding='utf-8') as file:
            called = file.read()
        tap.check(name,
                  done.returncode == status and matches(output, done.stdout)
                  and matches(messages, done.stderr) and matches(calls, called),
                  f'{done.returncode}\n{done.stdout}\n{done.stderr}\n{called}')


def check_json(tap, program):
    for arguments, fake, (key, value) in JSON:
        done = cli.run(program, *arguments.split(), '--output=json', VSS_FAKE=fake)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            answer = {}
        tap.check(f'json: {arguments} {fake}',
                  key in answer and (value is None and key == 'error' or answer[key] == value),
                  done.stdout + done.stderr)


def check_environment(tap, program, log):
    for variables, arguments, uri in [
            ({}, [], '(default)'),
            ({'VIRSH_DEFAULT_CONNECT_URI': 'fake:///v'}, [], 'fake:///v'),
            ({'VIRSH_DEFAULT_CONNECT_URI': 'fake:///v'}, ['-c', 'fake:///o'], 'fake:///o'),
            # Left to libvirt, which knows its own variable and configuration.
            ({'LIBVIRT_DEFAULT_URI': 'fake:///l'}, [], '(default)')]:
        open(log, 'w').close()
        cli.run(program, *arguments, 'status', 'db1', VSS_FAKE_LOG=log, **variables)
        with open(log, encoding='utf-8') as file:
            tap.equal(f'connection: {variables} {arguments}', file.readline().strip(),
                      f'open {uri}')


def check_bytes(tap, program):
    done = cli.run(program, 'status', b'db\xff')
    tap.check('a domain that is no UTF-8', done.returncode == 2 and 'no UTF-8' in done.stderr,
              done.stderr)
    done = cli.run(program, 'status', 'db\033[2J\n1')
    tap.check('a domain with control characters',
              done.returncode == 1 and 'status db\\x1b[2J\\x0a1: ' in done.stderr,
              done.stderr)


def check_document(tap, program, folder):
    path = pathlib.Path(folder, 'document.xml')
    path.write_text('old', encoding='utf-8')
    path.chmod(0o644)
    done = cli.run(program, 'create', 'db1', f'--components-document={path}',
                   '--exec=cat "$VSS_DOCUMENT"')
    tap.equal('the document is there for the command', (done.returncode, done.stderr),
              (0, '<document/>\n'))
    tap.equal('it is read by nobody else', stat.S_IMODE(path.stat().st_mode), 0o600)
    link = pathlib.Path(folder, 'link')
    link.symlink_to(path)
    done = cli.run(program, 'create', 'db1', f'--components-document={link}')
    tap.check('a link is not followed', done.returncode == 1 and 'no plain file' in done.stderr,
              done.stderr)


def check_progress(tap, program):
    reader, writer = os.pipe()
    done = cli.run(program, 'create', 'db1', f'--progress={writer}', pass_fds=[writer])
    os.close(writer)
    with open(reader, encoding='utf-8') as file:
        tap.equal('progress', file.read(), f'recover {NEW} 0 0\npreflight {NEW} 0 0\n'
                  f'overlays {NEW} 0 0\nfreeze /srv/my\\x20data 0 0\n')
    tap.equal('progress does not mix with the answer', done.stdout.count('freeze'), 0)
    done = cli.run(program, 'delete', 'db1', SET, '--progress')
    tap.equal('progress without a terminal', done.stderr, 'merge vda 512 1024\n')
    done = cli.run(program, 'delete', 'db1', SET)
    tap.equal('no progress without a terminal and without asking', done.stderr, '')


def check_full_disk(tap, program):
    full = os.open('/dev/full', os.O_WRONLY)
    for arguments, status in [(['list'], 1), (['create', 'db1'], 5)]:
        done = cli.run_to(program, full, *arguments)
        tap.check(f'the answer of {arguments[0]} can not be written',
                  done.returncode == status and 'cannot write to standard output' in done.stderr,
                  f'{done.returncode} {done.stderr}')
    os.close(full)


def main():
    program = sys.argv[1]
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, 'log')
        check_usage(tap, program, log)
        check_runs(tap, program, log)
        check_environment(tap, program, log)
        check_document(tap, program, folder)
    check_json(tap, program)
    check_bytes(tap, program)
    check_progress(tap, program)
    check_full_disk(tap, program)
    tap.finish()


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A requester in Python, against libvirt's test driver: everything but the making of a set."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'qapi'))

from tap import Tap  # noqa: E402

try:
    import gi
    gi.require_version('Vss', '1.0')
    from gi.repository import GLib, Vss
except (ImportError, ValueError) as reason:
    print(f'1..0 # SKIP {reason}')
    sys.exit(0)

URI = 'test:///default'


def code_of(function, *arguments):
    """The code of the error that a call ends in, as VSS has it."""
    try:
        function(*arguments)
    except GLib.Error as error:
        return error.code if error.domain == 'vss-error-quark' else error.domain
    return None


def check_queries(tap, components):
    providers = components.query(None, Vss.ObjectType.NONE, Vss.ObjectType.PROVIDER)
    names = [found.provider.provider_name for found in providers.next(10)]
    tap.check('a provider is found', len(names) == 1 and names[0], names)
    tap.equal('the end is an empty list', providers.next(1), [])
    providers.reset()
    tap.equal('a clone goes on', len(providers.clone().next(10)), 1)
    snapshots = components.query(Vss.ID_NULL, Vss.ObjectType.NONE, Vss.ObjectType.SNAPSHOT)
    tap.equal('no snapshot is there', snapshots.next(10), [])


def check_set(tap, components):
    made, set_id = components.start_snapshot_set()
    tap.check('a set is begun', made and GLib.uuid_string_is_valid(set_id), set_id)
    tap.equal('no such disk', code_of(components.add_to_snapshot_set, 'vdz', None),
              int(Vss.Error.OBJECT_NOT_FOUND))
    made, snapshot_id = components.add_to_snapshot_set('vda', None)
    tap.check('a disk is added', made and GLib.uuid_string_is_valid(snapshot_id), snapshot_id)
    saved, xml = components.save_as_xml()
    tap.check('the document names both', saved and set_id in xml and snapshot_id in xml, xml)


def check_writers(tap):
    """What there is without a guest: order, arguments, and the texts."""
    backup = Vss.create_backup_components(URI, 'test')
    writer_id = '11111111-2222-4333-8444-555555555555'
    tap.equal('no filter before', code_of(backup.enable_writer_classes, [writer_id]),
              int(Vss.Error.BAD_STATE))
    backup.initialize_for_backup(None)
    tap.check('writers are left out', backup.disable_writer_classes([writer_id])
              and backup.disable_writer_instances([writer_id, writer_id]))
    tap.equal('a filter of nonsense', code_of(backup.enable_writer_classes, ['all']),
              int(Vss.Error.INVALIDARG))
    tap.equal('no component before', code_of(backup.add_component, writer_id, writer_id,
                                             Vss.ComponentType.DATABASE, None, 'a'),
              int(Vss.Error.BAD_STATE))
    tap.equal('no status before', code_of(backup.get_writer_status_ex, 0),
              int(Vss.Error.BAD_STATE))
    gathering = backup.gather_writer_metadata()
    tap.equal('no agent to ask', code_of(gathering.finish), int(Vss.Error.WRITER_INFRASTRUCTURE))
    tap.equal('nor of writers', code_of(backup.get_absent_writers), int(Vss.Error.BAD_STATE))
    backup.close()
    tap.equal('a state', Vss.writer_state_to_string(Vss.WriterState.FAILED_AT_THAW),
              'failed-at-thaw')
    tap.equal('flags', Vss.BackupSchema.COPY | Vss.BackupSchema.LOG, 0x18)
    tap.equal('no agent to list', code_of(Vss.Domain.open(URI, 'test').list_writers, None),
              int(Vss.Error.WRITER_INFRASTRUCTURE))


def check_domain(tap):
    domain = Vss.Domain.open(URI, 'test')
    tap.equal('a name', domain.get_name(), 'test')
    volumes, agent_error = domain.list_volumes(None)
    tap.equal('the disks', [volume.name for volume in volumes], ['vda'])
    tap.equal('no agent', agent_error.code, int(Vss.Error.WRITER_INFRASTRUCTURE))
    status = domain.get_status(None)
    tap.equal('a state', (status.vm_state, status.agent_connected), ('running', False))
    tap.equal('no sets', domain.list_snapshot_sets(None), [])


def main():
    tap = Tap()
    tap.equal('all machines', Vss.list_domains(URI), ['test'])
    tap.equal('no such machine', code_of(Vss.create_backup_components, URI, 'nobody'),
              int(Vss.Error.INVALIDARG))
    components = Vss.create_backup_components(URI, 'test')
    tap.equal('out of order', code_of(components.do_snapshot_set),
              int(Vss.Error.BAD_STATE))
    components.initialize_for_backup(None)
    components.set_context(Vss.SnapshotContext.NAS_ROLLBACK)
    check_queries(tap, components)
    check_set(tap, components)
    tap.check('released', components.close())
    tap.equal('of no use any more', code_of(components.save_as_xml), int(Vss.Error.BAD_STATE))
    check_writers(tap)
    check_domain(tap)
    tap.finish()


if __name__ == '__main__':
    main()

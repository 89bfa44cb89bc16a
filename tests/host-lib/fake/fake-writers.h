/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of a fake guest: they go from state to state as real ones do, and fail where a test
 * says so. Owned by the fake guest; any thread. */
#pragma once

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

typedef struct _FakeWriters FakeWriters;

FakeWriters *fake_writers_new (void);
void fake_writers_free (FakeWriters *self);

/* -- the script -- */

/* A writer that describes itself as what is returned, without components. Its ids are made of
 * @number: fake_writers_id(1, number) and fake_writers_id(2, number). (transfer none) */
VssWireWriterMetadata *fake_writers_add (FakeWriters *self, guint number, const char *name);
/* The class id (@kind 1) or the instance id (@kind 2) of writer @number. (transfer full) */
char *fake_writers_id (guint kind, guint number);
/* A database of the writer added last, with one set of files each. (transfer none) */
VssWireWriterComponent *fake_writers_add_component (FakeWriters *self, const char *name);
void fake_writers_add_absent (FakeWriters *self, const char *name, const char *reason);
/* What @name answers to @event; VSS_WIRE_WRITER_FAILURE_NONE: it is still busy with it. */
void fake_writers_fail (FakeWriters *self,
                        const char *name,
                        VssWireWriterEvent event,
                        VssWireWriterFailure failure,
                        const char *message);

/* "name:event name:event", in order, of the events that writers were sent. (transfer full) */
char *fake_writers_get_events (FakeWriters *self);
/* What the last vss-prepare-for-backup and vss-backup-complete said, as "COPY select partial
 * name/component=ok"; empty before. (transfer full) */
char *fake_writers_get_selection (FakeWriters *self);

/* -- for the fake guest -- */

void fake_writers_prepare (FakeWriters *self, const VssWirePrepareForBackupArguments *arguments);
void fake_writers_select (FakeWriters *self, const char *const *instance_ids);
void fake_writers_complete (FakeWriters *self, GPtrArray *components);
void fake_writers_tell (FakeWriters *self, VssWireWriterEvent event);
GPtrArray *fake_writers_get_status (FakeWriters *self);
VssWireGatherWriterMetadataResult *fake_writers_get_metadata (FakeWriters *self);
VssWireWriterComponentsResult *fake_writers_get_components (FakeWriters *self,
                                                            const char *instance_id,
                                                            guint first);
VssWireWritersResult *fake_writers_get_registered (FakeWriters *self);

G_END_DECLS

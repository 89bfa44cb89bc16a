/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of a set's record: made of what the guest gathered, and kept up to date with what it
 * says became of them. A list belongs to one thread at a time. */
#pragma once

#include "host-lib/vss-snapshot-set.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

VssSetWriter *vss_set_writer_new (void);
void vss_set_writer_free (VssSetWriter *self);

/* Lists of them, as in VssSnapshotSet. */
GPtrArray *vss_set_writers_new (void);
GPtrArray *vss_set_writers_copy (GPtrArray *writers);
/* NULL if there is none of that instance. */
VssSetWriter *vss_set_writers_find (GPtrArray *writers, const char *instance_id);
guint vss_set_writers_count_selected (GPtrArray *writers);
/* Nobody takes part. */
void vss_set_writers_unselect (GPtrArray *writers);

/* Takes over what the guest says (element-type VssWireWriterStatus, nullable). Whom we don't know
 * is ignored; a writer that is selected and not named is said to have no status. */
void vss_set_writers_update (GPtrArray *writers, GPtrArray *statuses);

/* VSS_S_OK or VSS's code for it. */
gint vss_writer_failure_to_code (VssWireWriterFailure failure);
VssWriterState vss_writer_state_from_wire (VssWireWriterState state);
VssApplicationLevel vss_application_level_from_wire (VssWireWriterLevel level);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of the guest's writers in a run, and what to make of it. On the run's worker
 * thread. */
#pragma once

#include "host-lib/coordinator/vss-snapshot-run-private.h"

G_BEGIN_DECLS

/* Whether any writer takes part. */
gboolean vss_run_has_writers (VssRun *run);

/* Take over what the guest says of them (element-type VssWireWriterStatus, nullable) after
 * PrepareForSnapshot and after Freeze. FALSE if the set must not be made: a transaction manager
 * missed its limit, or the policy needs a writer that failed. */
gboolean vss_run_note_prepared_writers (VssRun *run, GPtrArray *statuses, GError **error);
gboolean vss_run_note_frozen_writers (VssRun *run, GPtrArray *statuses, GError **error);

/* After the thaw: waits until the writers run again, and sets the level that is reached with them.
 * FALSE if the set must not be kept. */
gboolean vss_run_prove_writers (VssRun *run, GError **error);

/* The set is made: PostSnapshot. */
gboolean vss_run_tell_post_snapshot (VssRun *run, GError **error);

/* A set failed after PostSnapshot, or its requester died: its writers are told that nothing more
 * comes. What fails is only logged. */
void vss_run_shut_writers_down (VssRun *run, const char *snapshot_set_id);

G_END_DECLS

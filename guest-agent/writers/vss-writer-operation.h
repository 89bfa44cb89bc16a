/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What belongs to one snapshot set id: the writers that take part, where they are on their path,
 * and what they are still owed. Tells one event at a time; giving up is possible at any moment.
 * Owned by the operations (vss-writer-operations.h), which decide when an operation begins and
 * ends; main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-part.h"
#include "guest-agent/writers/vss-writer-phase.h"
#include "guest-agent/writers/vss-writer-record.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_OPERATION (vss_writer_operation_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterOperation, vss_writer_operation, VSS, WRITER_OPERATION, GObject)

/* @owner: only compared, for who began it. */
VssWriterOperation *vss_writer_operation_new (const char *set_id,
                                              const VssWriterClock *clock,
                                              VssWriterRecord *record,
                                              guint rest_limit_ms,
                                              gconstpointer owner);

const char *vss_writer_operation_get_set_id (VssWriterOperation *self);
gconstpointer vss_writer_operation_get_owner (VssWriterOperation *self);
VssWriterPhase vss_writer_operation_get_phase (VssWriterOperation *self);
VssWriterBackup *vss_writer_operation_get_backup (VssWriterOperation *self);
guint vss_writer_operation_count (VssWriterOperation *self);

/* Exactly these take part from here on (element-type VssWriterSlot). */
void vss_writer_operation_set_writers (VssWriterOperation *self, GPtrArray *slots);

/* What became of each: (element-type VssWireWriterStatus), transfer full. */
GPtrArray *vss_writer_operation_get_statuses (VssWriterOperation *self);

/* Tells PrepareForBackup, PrepareForSnapshot, Freeze, PostSnapshot, BackupComplete or
 * BackupShutdown. Completes once every writer has answered or failed, which is no error. Errors:
 * VSS_WRITER_ERROR_STATE in the wrong phase, VSS_WRITER_ERROR_ABORTED if it is given up meanwhile,
 * and what the record meets before Freeze. @limit_ms: G_MAXUINT for the writers' own limits.
 * PostSnapshot waits for Thaw; BackupShutdown waits for whatever is under way and ends the
 * operation. */
void vss_writer_operation_tell_async (VssWriterOperation *self,
                                      VssWireWriterEvent event,
                                      guint limit_ms,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean
vss_writer_operation_tell_finish (VssWriterOperation *self, GAsyncResult *result, GError **error);

/* The longest that telling @event can take by the writers' own limits. */
guint vss_writer_operation_get_longest_ms (VssWriterOperation *self, VssWireWriterEvent event);
/* From the first writer's Freeze to the last one's answer. */
gint64 vss_writer_operation_get_freeze_us (VssWriterOperation *self);

/* The file systems are frozen, too. */
void vss_writer_operation_set_at_rest (VssWriterOperation *self);

/* Tells Thaw to the writers at rest; Abort to all if the file systems were never frozen. */
void vss_writer_operation_thaw (VssWriterOperation *self);
/* Tells Abort to those that were told anything, BackupShutdown instead after Thaw. Then, with
 * @and_end, BackupShutdown. */
void vss_writer_operation_give_up (VssWriterOperation *self, gboolean and_end);

/* While held back, as long as file systems are frozen, Thaw and Abort wait. */
void vss_writer_operation_hold_back (VssWriterOperation *self, gboolean hold_back);

/* Nobody is being told anything, and nobody is owed anything that could be sent. */
gboolean vss_writer_operation_is_idle (VssWriterOperation *self);

/* Signals (main thread):
 * "idle": vss_writer_operation_is_idle() has become true.
 * "failed" (const char *sentence): a writer failed. */

G_END_DECLS

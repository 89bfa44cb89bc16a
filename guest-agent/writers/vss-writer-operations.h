/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All operations of the agent: at most one is under way (see vss-hold.h), others wait for
 * BackupComplete or BackupShutdown. Knows when file systems are frozen, and then tells nobody
 * anything; sends Abort for what a killed agent left behind. Owned by the agent, main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-operation.h"
#include "guest-agent/writers/vss-writer-registry.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_OPERATIONS (vss_writer_operations_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterOperations, vss_writer_operations, VSS, WRITER_OPERATIONS, GObject)

typedef struct
{
  const char *record_path; /* in /run */
  guint rest_limit_ms;
  guint operation_limit_s;
} VssWriterOperationsConfig;

VssWriterOperations *vss_writer_operations_new (VssWriterRegistry *registry,
                                                const VssWriterOperationsConfig *config);

/* Reads what a former agent left behind; each writer concerned is sent Abort when it registers.
 * Returns what was found as a sentence, NULL if nothing. Before the first writer registers. */
char *vss_writer_operations_recover (VssWriterOperations *self, GError **error);

VssWriterRegistry *vss_writer_operations_get_registry (VssWriterOperations *self);

/* Gives up what is under way under another id than @set_id; VSS_WRITER_ERROR_STATE while its writers
 * are frozen. */
gboolean
vss_writer_operations_make_room (VssWriterOperations *self, const char *set_id, GError **error);

/* Makes room and begins an operation. VSS_WRITER_ERROR_STATE if @set_id is taken. Not owned by the
 * caller. */
VssWriterOperation *vss_writer_operations_begin (VssWriterOperations *self,
                                                 const char *set_id,
                                                 gconstpointer owner,
                                                 GError **error);

/* Also those that have ended, until the next one begins; NULL if there is none. */
VssWriterOperation *vss_writer_operations_find (VssWriterOperations *self, const char *set_id);

/* The one that is before PostSnapshot and not given up, NULL if none. */
VssWriterOperation *vss_writer_operations_get_current (VssWriterOperations *self);

/* @reason: NULL if the thaw was asked for. The last FITHAW has returned when it says so; what is
 * owed to the writers is sent from the main loop, so that whoever waits for the thaw isn't held
 * up. */
void
vss_writer_operations_set_frozen (VssWriterOperations *self, gboolean frozen, const char *reason);

/* @owner is gone: what it has under way is given up. What is past PostSnapshot stays. */
void vss_writer_operations_lose (VssWriterOperations *self, gconstpointer owner);

/* Gives up @set_id, NULL for what is under way; unknown ids are ignored. */
void vss_writer_operations_abort (VssWriterOperations *self, const char *set_id);

void vss_writer_operations_forget (VssWriterOperations *self, VssWriterOperation *operation);

/* Waits until nobody of @set_id (NULL: of all) is being told anything, at most @timeout_ms. Errors:
 * VSS_WRITER_ERROR_UNKNOWN. */
void vss_writer_operations_wait_async (VssWriterOperations *self,
                                       const char *set_id,
                                       guint timeout_ms,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
VssWireWriterStatusResult *vss_writer_operations_wait_finish (VssWriterOperations *self,
                                                              GAsyncResult *result,
                                                              GError **error);

/* Gives everything up and waits as above. */
void vss_writer_operations_stop_async (VssWriterOperations *self,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/* Signals (main thread):
 * "failed" (const char *sentence): a writer failed.
 * "recovered" (const char *sentence): a writer was sent the Abort that a former agent owed it. */

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of this guest: those that are set up as programs or connected as daemons, what is
 * known of each, and what can't be used and why. Programs and daemons register themselves;
 * commands ask; operations look writers up. Owned by the agent, main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-clock.h"
#include "guest-agent/writers/vss-writer-slot.h"
#include "guest-agent/writers/vss-writer.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_REGISTRY (vss_writer_registry_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterRegistry, vss_writer_registry, VSS, WRITER_REGISTRY, GObject)

/* Most writers at a time: their statuses still fit into one message. Daemons beyond that are to be
 * refused, programs to be reported as broken. */
#define VSS_WRITER_REGISTRY_MAX_WRITERS 256

/* @clock must outlive the registry and every writer in it. */
VssWriterRegistry *vss_writer_registry_new (const VssWriterClock *clock);

/* -- for programs and daemons -- */

/* Registers @writer, which is kept by reference. FALSE if there are too many writers or its
 * instance id is taken already; @error says which. */
gboolean vss_writer_registry_add (VssWriterRegistry *self, VssWriter *writer, GError **error);

/* @writer is not set up or connected any more: it takes part in nothing new. What it owes to an
 * operation under way is still sent through it. Unknown writers are ignored. */
void vss_writer_registry_remove (VssWriterRegistry *self, VssWriter *writer, const char *reason);

/* Names what can't be used: @name is the key file's path or the daemon's name, @reason says why.
 * NULL takes the entry back. At most VSS_WRITER_REGISTRY_MAX_WRITERS are kept, the oldest goes. */
void vss_writer_registry_set_broken (VssWriterRegistry *self, const char *name, const char *reason);

guint vss_writer_registry_count (VssWriterRegistry *self);

/* -- for commands and operations -- */

const VssWriterClock *vss_writer_registry_get_clock (VssWriterRegistry *self);

/* The writer that was given @instance_id, NULL if it isn't registered. */
VssWriterSlot *vss_writer_registry_find (VssWriterRegistry *self, const char *instance_id);

/* All of them, in the order in which they registered: (element-type VssWriterSlot). */
GPtrArray *vss_writer_registry_get_slots (VssWriterRegistry *self);

/* While closed, no writer is told or asked anything; what is to be told waits. */
void vss_writer_registry_set_closed (VssWriterRegistry *self, gboolean is_closed);

/* The answers to vss-query-writers and, without a set id, vss-gather-writer-status. */
VssWireWritersResult *vss_writer_registry_query (VssWriterRegistry *self);
VssWireWriterStatusResult *vss_writer_registry_get_status (VssWriterRegistry *self);

/* The answer to vss-query-writer-components: what fits into one message. VSS_WRITER_ERROR_UNKNOWN
 * for a writer that isn't registered or has not described itself. */
VssWireWriterComponentsResult *vss_writer_registry_query_components (VssWriterRegistry *self,
                                                                     const char *instance_id,
                                                                     guint first,
                                                                     GError **error);

/* Signal (main thread): "added" (VssWriterSlot *slot): a writer has registered. */

G_END_DECLS

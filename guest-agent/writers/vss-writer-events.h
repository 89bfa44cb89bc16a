/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One event for all writers of an operation: Freeze from the front end to the transaction managers,
 * Thaw and Abort the other way round, in parallel inside a stage; everything else to all at once.
 * Owned by the operation, one at a time; main thread. */
#pragma once

#include "guest-agent/writers/vss-writer-part.h"

G_BEGIN_DECLS

typedef struct _VssWriterEvents VssWriterEvents;

/* Tells @event to those of @parts (element-type VssWriterPart) that take it; @done is called once
 * all have answered, failed or missed their limit, possibly before this returns, and the object is
 * gone then. @limit_ms: for the whole, G_MAXUINT for the writers' own limits alone. @result: set
 * before the first writer is told, NULL again when the object is gone. */
void vss_writer_events_run (GPtrArray *parts,
                            const VssWriterClock *clock,
                            VssWireWriterEvent event,
                            guint limit_ms,
                            void (*done) (gpointer user_data),
                            gpointer user_data,
                            VssWriterEvents **result);

/* Tells no further stage; @done is not called. */
void vss_writer_events_cancel (VssWriterEvents *self);

VssWireWriterEvent vss_writer_events_get_event (VssWriterEvents *self);

/* The longest that @event can take if every writer uses its limit up. */
guint vss_writer_events_get_longest_ms (GPtrArray *parts, VssWireWriterEvent event);

G_END_DECLS

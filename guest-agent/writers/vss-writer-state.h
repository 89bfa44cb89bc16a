/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path of a writer through an operation, as a table that code reads and tests walk: which
 * event may be told in which state, and where that leads. Pure functions, any thread. */
#pragma once

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/**
 * VssWriterOutcome:
 * @VSS_WRITER_OUTCOME_DONE: the event was carried out
 * @VSS_WRITER_OUTCOME_FAILED: it was not, or there was no answer in time
 */
typedef enum
{
  VSS_WRITER_OUTCOME_DONE,
  VSS_WRITER_OUTCOME_FAILED,
  VSS_WRITER_N_OUTCOMES
} VssWriterOutcome;

#define VSS_WRITER_N_STATES (VSS_WIRE_WRITER_STATE_FAILED_AT_BACKUP_SHUTDOWN + 1)
#define VSS_WRITER_N_EVENTS (VSS_WIRE_WRITER_EVENT_ABORT + 1)

/* FALSE, with @next untouched, if @event is not for a writer in @state. */
gboolean vss_writer_state_next (VssWireWriterState state,
                                VssWireWriterEvent event,
                                VssWriterOutcome outcome,
                                VssWireWriterState *next);

/* Whether a writer in @state may be told @event. */
gboolean vss_writer_state_takes (VssWireWriterState state, VssWireWriterEvent event);

/* It was not at rest until Thaw: gone, or past its limit. FALSE if it isn't at rest in @state. */
gboolean vss_writer_state_break (VssWireWriterState state, VssWireWriterState *next);

gboolean vss_writer_state_is_failed (VssWireWriterState state);

G_END_DECLS

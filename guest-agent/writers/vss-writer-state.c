/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the writers' states. A failure stays to be seen until the next operation, whatever
 * the writer is told to clear up: Abort and BackupShutdown don't take it back. */
#include "guest-agent/writers/vss-writer-state.h"

#define NO 0
/* One more than the next state, so that what isn't named is refused. */
#define TO(state) (VSS_WIRE_WRITER_STATE_##state + 1)
#define ON(event) [VSS_WIRE_WRITER_EVENT_##event]

/* For the states in which a writer has failed: it is only told how things end. */
#define FAILED(state)                                                                              \
  [VSS_WIRE_WRITER_STATE_##state] = {                                                              \
    ON (IDENTIFY) = { TO (state), TO (state) },                                                    \
    ON (BACKUP_SHUTDOWN) = { TO (state), TO (state) },                                             \
    ON (ABORT) = { TO (state), TO (state) },                                                       \
  }

static const guint8 table[VSS_WRITER_N_STATES][VSS_WRITER_N_EVENTS][VSS_WRITER_N_OUTCOMES] = {
  [VSS_WIRE_WRITER_STATE_UNKNOWN] = {
    ON (IDENTIFY) = { TO (UNKNOWN), TO (UNKNOWN) },
    ON (BACKUP_SHUTDOWN) = { TO (UNKNOWN), TO (UNKNOWN) },
    ON (ABORT) = { TO (UNKNOWN), TO (UNKNOWN) },
  },
  [VSS_WIRE_WRITER_STATE_STABLE] = {
    ON (IDENTIFY) = { TO (STABLE), TO (STABLE) },
    ON (PREPARE_FOR_BACKUP) = { TO (STABLE), TO (FAILED_AT_PREPARE_BACKUP) },
    ON (PREPARE_FOR_SNAPSHOT) = { TO (WAITING_FOR_FREEZE), TO (FAILED_AT_PREPARE_SNAPSHOT) },
    ON (BACKUP_SHUTDOWN) = { TO (STABLE), TO (FAILED_AT_BACKUP_SHUTDOWN) },
    ON (ABORT) = { TO (STABLE), TO (UNKNOWN) },
  },
  [VSS_WIRE_WRITER_STATE_WAITING_FOR_FREEZE] = {
    ON (IDENTIFY) = { TO (WAITING_FOR_FREEZE), TO (WAITING_FOR_FREEZE) },
    ON (FREEZE) = { TO (WAITING_FOR_THAW), TO (FAILED_AT_FREEZE) },
    ON (BACKUP_SHUTDOWN) = { TO (STABLE), TO (FAILED_AT_BACKUP_SHUTDOWN) },
    ON (ABORT) = { TO (STABLE), TO (UNKNOWN) },
  },
  [VSS_WIRE_WRITER_STATE_WAITING_FOR_THAW] = {
    ON (IDENTIFY) = { TO (WAITING_FOR_THAW), TO (WAITING_FOR_THAW) },
    ON (THAW) = { TO (WAITING_FOR_POST_SNAPSHOT), TO (FAILED_AT_THAW) },
    ON (ABORT) = { TO (STABLE), TO (FAILED_AT_THAW) },
  },
  [VSS_WIRE_WRITER_STATE_WAITING_FOR_POST_SNAPSHOT] = {
    ON (IDENTIFY) = { TO (WAITING_FOR_POST_SNAPSHOT), TO (WAITING_FOR_POST_SNAPSHOT) },
    ON (POST_SNAPSHOT) = { TO (WAITING_FOR_BACKUP_COMPLETE), TO (FAILED_AT_POST_SNAPSHOT) },
    ON (BACKUP_SHUTDOWN) = { TO (STABLE), TO (FAILED_AT_BACKUP_SHUTDOWN) },
  },
  [VSS_WIRE_WRITER_STATE_WAITING_FOR_BACKUP_COMPLETE] = {
    ON (IDENTIFY) = { TO (WAITING_FOR_BACKUP_COMPLETE), TO (WAITING_FOR_BACKUP_COMPLETE) },
    ON (BACKUP_COMPLETE) = { TO (STABLE), TO (FAILED_AT_BACKUP_COMPLETE) },
    ON (BACKUP_SHUTDOWN) = { TO (STABLE), TO (FAILED_AT_BACKUP_SHUTDOWN) },
  },
  FAILED (FAILED_AT_IDENTIFY),
  FAILED (FAILED_AT_PREPARE_BACKUP),
  FAILED (FAILED_AT_PREPARE_SNAPSHOT),
  FAILED (FAILED_AT_FREEZE),
  FAILED (FAILED_AT_THAW),
  FAILED (FAILED_AT_POST_SNAPSHOT),
  FAILED (FAILED_AT_BACKUP_COMPLETE),
  FAILED (FAILED_AT_PRE_RESTORE),
  FAILED (FAILED_AT_POST_RESTORE),
  FAILED (FAILED_AT_BACKUP_SHUTDOWN),
};

gboolean
vss_writer_state_next (VssWireWriterState state,
                       VssWireWriterEvent event,
                       VssWriterOutcome outcome,
                       VssWireWriterState *next)
{
  guint8 entry = table[state][event][outcome];

  if (entry == NO)
    return FALSE;
  *next = (VssWireWriterState)(entry - 1);
  return TRUE;
}

gboolean
vss_writer_state_takes (VssWireWriterState state, VssWireWriterEvent event)
{
  return table[state][event][VSS_WRITER_OUTCOME_DONE] != NO;
}

gboolean
vss_writer_state_break (VssWireWriterState state, VssWireWriterState *next)
{
  if (state != VSS_WIRE_WRITER_STATE_WAITING_FOR_THAW)
    return FALSE;
  *next = VSS_WIRE_WRITER_STATE_FAILED_AT_THAW;
  return TRUE;
}

gboolean
vss_writer_state_is_failed (VssWireWriterState state)
{
  return state >= VSS_WIRE_WRITER_STATE_FAILED_AT_IDENTIFY;
}

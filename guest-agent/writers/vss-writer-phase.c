/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the operations' phases. */
#include "guest-agent/writers/vss-writer-phase.h"

#define NO 0
#define TO(phase) (VSS_WRITER_PHASE_##phase + 1)
#define ON(call) [VSS_WRITER_CALL_##call]

/* One more than the next phase, so that what isn't named is refused. */
static const guint8 table[VSS_WRITER_N_PHASES][VSS_WRITER_N_CALLS] = {
  [VSS_WRITER_PHASE_NEW] = {
    ON (PREPARE_BACKUP) = TO (BEGUN),
    ON (PREPARE_SNAPSHOT) = TO (PREPARED),
    ON (GIVE_UP) = TO (ABORTED),
  },
  [VSS_WRITER_PHASE_BEGUN] = {
    ON (PREPARE_SNAPSHOT) = TO (PREPARED),
    ON (GIVE_UP) = TO (ABORTED),
  },
  [VSS_WRITER_PHASE_PREPARED] = {
    ON (PREPARE_SNAPSHOT) = TO (PREPARED),
    ON (FREEZE) = TO (FREEZING),
    ON (GIVE_UP) = TO (ABORTED),
  },
  [VSS_WRITER_PHASE_FREEZING] = {
    ON (REST) = TO (AT_REST),
    ON (GIVE_UP) = TO (ABORTED),
  },
  [VSS_WRITER_PHASE_AT_REST] = {
    ON (THAW) = TO (THAWED),
    ON (GIVE_UP) = TO (ABORTED),
  },
  [VSS_WRITER_PHASE_THAWED] = {
    ON (POST) = TO (POSTED),
    ON (SHUTDOWN) = TO (ENDED),
  },
  [VSS_WRITER_PHASE_POSTED] = {
    ON (COMPLETE) = TO (COMPLETED),
    ON (SHUTDOWN) = TO (ENDED),
  },
  [VSS_WRITER_PHASE_COMPLETED] = {
    ON (SHUTDOWN) = TO (ENDED),
  },
  [VSS_WRITER_PHASE_ABORTED] = {
    ON (SHUTDOWN) = TO (ENDED),
  },
};

gboolean
vss_writer_phase_next (VssWriterPhase phase, VssWriterCall call, VssWriterPhase *next)
{
  guint8 entry = table[phase][call];

  if (entry == NO)
    return FALSE;
  *next = (VssWriterPhase)(entry - 1);
  return TRUE;
}

gboolean
vss_writer_call_of_event (VssWireWriterEvent event, VssWriterCall *call)
{
  switch (event)
    {
    case VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP:
      *call = VSS_WRITER_CALL_PREPARE_BACKUP;
      return TRUE;
    case VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT:
      *call = VSS_WRITER_CALL_PREPARE_SNAPSHOT;
      return TRUE;
    case VSS_WIRE_WRITER_EVENT_FREEZE:
      *call = VSS_WRITER_CALL_FREEZE;
      return TRUE;
    case VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT:
      *call = VSS_WRITER_CALL_POST;
      return TRUE;
    case VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE:
      *call = VSS_WRITER_CALL_COMPLETE;
      return TRUE;
    case VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN:
      *call = VSS_WRITER_CALL_SHUTDOWN;
      return TRUE;
    case VSS_WIRE_WRITER_EVENT_IDENTIFY:
    case VSS_WIRE_WRITER_EVENT_THAW:
    case VSS_WIRE_WRITER_EVENT_ABORT:
    default:
      return FALSE;
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where an operation is on its path, as a table that code reads and tests walk. Pure functions, any
 * thread. */
#pragma once

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/**
 * VssWriterPhase:
 * @VSS_WRITER_PHASE_NEW: nobody has been told anything
 * @VSS_WRITER_PHASE_BEGUN: PrepareForBackup
 * @VSS_WRITER_PHASE_PREPARED: PrepareForSnapshot
 * @VSS_WRITER_PHASE_FREEZING: Freeze is being told, or the file systems are being frozen
 * @VSS_WRITER_PHASE_AT_REST: writers and file systems are frozen
 * @VSS_WRITER_PHASE_THAWED: Thaw
 * @VSS_WRITER_PHASE_POSTED: PostSnapshot; outlives the session
 * @VSS_WRITER_PHASE_COMPLETED: BackupComplete
 * @VSS_WRITER_PHASE_ABORTED: Abort, before Thaw
 * @VSS_WRITER_PHASE_ENDED: BackupShutdown
 */
typedef enum
{
  VSS_WRITER_PHASE_NEW,
  VSS_WRITER_PHASE_BEGUN,
  VSS_WRITER_PHASE_PREPARED,
  VSS_WRITER_PHASE_FREEZING,
  VSS_WRITER_PHASE_AT_REST,
  VSS_WRITER_PHASE_THAWED,
  VSS_WRITER_PHASE_POSTED,
  VSS_WRITER_PHASE_COMPLETED,
  VSS_WRITER_PHASE_ABORTED,
  VSS_WRITER_PHASE_ENDED,
  VSS_WRITER_N_PHASES
} VssWriterPhase;

/**
 * VssWriterCall:
 * @VSS_WRITER_CALL_PREPARE_BACKUP: tell PrepareForBackup
 * @VSS_WRITER_CALL_PREPARE_SNAPSHOT: tell PrepareForSnapshot
 * @VSS_WRITER_CALL_FREEZE: tell Freeze
 * @VSS_WRITER_CALL_REST: the file systems are frozen, too
 * @VSS_WRITER_CALL_THAW: the last file system is thawed
 * @VSS_WRITER_CALL_POST: tell PostSnapshot
 * @VSS_WRITER_CALL_COMPLETE: tell BackupComplete
 * @VSS_WRITER_CALL_GIVE_UP: tell Abort
 * @VSS_WRITER_CALL_SHUTDOWN: tell BackupShutdown
 */
typedef enum
{
  VSS_WRITER_CALL_PREPARE_BACKUP,
  VSS_WRITER_CALL_PREPARE_SNAPSHOT,
  VSS_WRITER_CALL_FREEZE,
  VSS_WRITER_CALL_REST,
  VSS_WRITER_CALL_THAW,
  VSS_WRITER_CALL_POST,
  VSS_WRITER_CALL_COMPLETE,
  VSS_WRITER_CALL_GIVE_UP,
  VSS_WRITER_CALL_SHUTDOWN,
  VSS_WRITER_N_CALLS
} VssWriterCall;

/* FALSE, with @next untouched, if @call has no place in @phase. */
gboolean vss_writer_phase_next (VssWriterPhase phase, VssWriterCall call, VssWriterPhase *next);

/* The call that tells @event; FALSE for those that nobody asks for by themselves. */
gboolean vss_writer_call_of_event (VssWireWriterEvent event, VssWriterCall *call);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for states and failures: see the header. */
#include "host-lib/cli/vss-writer-text.h"

static const char *const state_texts[] = {
  [VSS_WS_UNKNOWN] = "Unknown",
  [VSS_WS_STABLE] = "Stable",
  [VSS_WS_WAITING_FOR_FREEZE] = "Waiting for freeze",
  [VSS_WS_WAITING_FOR_THAW] = "Waiting for thaw",
  [VSS_WS_WAITING_FOR_POST_SNAPSHOT] = "Waiting for post-snapshot",
  [VSS_WS_WAITING_FOR_BACKUP_COMPLETE] = "Waiting for completion",
  [VSS_WS_FAILED_AT_IDENTIFY] = "Failed at identify",
  [VSS_WS_FAILED_AT_PREPARE_BACKUP] = "Failed at prepare for backup",
  [VSS_WS_FAILED_AT_PREPARE_SNAPSHOT] = "Failed at prepare for snapshot",
  [VSS_WS_FAILED_AT_FREEZE] = "Failed at freeze",
  [VSS_WS_FAILED_AT_THAW] = "Failed at thaw",
  [VSS_WS_FAILED_AT_POST_SNAPSHOT] = "Failed at post-snapshot",
  [VSS_WS_FAILED_AT_BACKUP_COMPLETE] = "Failed at backup complete",
  [VSS_WS_FAILED_AT_PRE_RESTORE] = "Failed at pre-restore",
  [VSS_WS_FAILED_AT_POST_RESTORE] = "Failed at post-restore",
  [VSS_WS_FAILED_AT_BACKUPSHUTDOWN] = "Failed at backup shutdown",
};

char *
vss_writer_text_state (VssWriterState state)
{
  guint number = (guint) state < G_N_ELEMENTS (state_texts) ? (guint) state : VSS_WS_UNKNOWN;

  return g_strdup_printf ("[%u] %s", number, state_texts[number]);
}

const char *
vss_writer_text_failure (gint failure)
{
  switch (failure)
    {
    case 0:
      return "No error";
    case VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT:
      return "Inconsistent shadow copy";
    case VSS_E_WRITERERROR_OUTOFRESOURCES:
      return "Out of resources";
    case VSS_E_WRITERERROR_TIMEOUT:
      return "Timed out";
    case VSS_E_WRITERERROR_RETRYABLE:
      return "Retryable error";
    case VSS_E_WRITERERROR_NONRETRYABLE:
      return "Non-retryable error";
    case VSS_E_WRITERERROR_PARTIAL_FAILURE:
      return "Partial failure";
    case VSS_E_WRITER_NOT_RESPONDING:
      return "Not responding";
    case VSS_E_WRITER_STATUS_NOT_AVAILABLE:
      return "Status not available";
    default:
      return "Unexpected error";
    }
}

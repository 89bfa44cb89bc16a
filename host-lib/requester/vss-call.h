/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of VSS that the library has, and which codes each may return. Tables; on any
 * thread. */
#pragma once

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

typedef enum
{
  VSS_CALL_CREATE,
  VSS_CALL_INITIALIZE_FOR_BACKUP,
  VSS_CALL_SET_CONTEXT,
  VSS_CALL_SET_BACKUP_STATE,
  VSS_CALL_GATHER_WRITER_METADATA,
  VSS_CALL_GET_WRITER_METADATA_COUNT,
  VSS_CALL_GET_WRITER_METADATA,
  VSS_CALL_FREE_WRITER_METADATA,
  VSS_CALL_ENABLE_WRITER_CLASSES,
  VSS_CALL_DISABLE_WRITER_CLASSES,
  VSS_CALL_DISABLE_WRITER_INSTANCES,
  VSS_CALL_ADD_COMPONENT,
  VSS_CALL_START_SNAPSHOT_SET,
  VSS_CALL_ADD_TO_SNAPSHOT_SET,
  VSS_CALL_IS_VOLUME_SUPPORTED,
  VSS_CALL_PREPARE_FOR_BACKUP,
  VSS_CALL_DO_SNAPSHOT_SET,
  VSS_CALL_GET_SNAPSHOT_PROPERTIES,
  VSS_CALL_QUERY,
  VSS_CALL_GATHER_WRITER_STATUS,
  VSS_CALL_GET_WRITER_STATUS_COUNT,
  VSS_CALL_GET_WRITER_STATUS,
  VSS_CALL_GET_WRITER_STATUS_EX,
  VSS_CALL_FREE_WRITER_STATUS,
  VSS_CALL_SET_BACKUP_SUCCEEDED,
  VSS_CALL_BACKUP_COMPLETE,
  VSS_CALL_ABORT_BACKUP,
  VSS_CALL_DELETE_SNAPSHOTS,
  VSS_CALL_SAVE_AS_XML,
  /* beyond VSS */
  VSS_CALL_SET_OPTION, /* policy, lease, requester's name, phase function */
  VSS_CALL_DRY_RUN,
  VSS_CALL_GET_SNAPSHOT_SET,
  VSS_CALL_DELETE_SNAPSHOT_SET,
  VSS_CALL_GET_ABSENT_WRITERS,
  VSS_N_CALLS,
} VssCall;

/* "DoSnapshotSet" */
const char *vss_call_get_name (VssCall call);

/* Whether @call may return @code. */
gboolean vss_call_may_return (VssCall call, gint code);

/* Makes @error one that @call may return: a code that it doesn't have becomes the nearest one that
 * it has, else VSS_E_UNEXPECTED; the text stays. G_IO_ERROR_CANCELLED goes through. Always
 * FALSE, for "return vss_call_fail (...)". */
gboolean vss_call_fail (VssCall call, GError **error, GError *cause);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of VSS and the codes that each may return: those of its page, those seen in
 * practice, and no others. Every error passes vss_call_fail() on its way to the requester. */
#include "host-lib/requester/vss-call.h"

#include <gio/gio.h>

#define MAX_CODES 20

typedef struct
{
  const char *name;
  gint codes[MAX_CODES]; /* up to the first 0 */
} CallCodes;

static const CallCodes call_codes[VSS_N_CALLS] = {
  [VSS_CALL_CREATE]
  = { "CreateVssBackupComponents",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_UNEXPECTED } },
  [VSS_CALL_INITIALIZE_FOR_BACKUP]
  = { "InitializeForBackup",
      { VSS_E_ACCESSDENIED, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_INVALID_XML_DOCUMENT,
        VSS_E_UNEXPECTED } },
  [VSS_CALL_SET_CONTEXT] = { "SetContext",
                             { VSS_E_INVALIDARG, VSS_E_BAD_STATE, VSS_E_UNEXPECTED,
                               VSS_E_UNSUPPORTED_CONTEXT } },
  [VSS_CALL_SET_BACKUP_STATE]
  = { "SetBackupState",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_INVALID_XML_DOCUMENT,
        VSS_E_UNEXPECTED } },
  [VSS_CALL_GATHER_WRITER_METADATA]
  = { "GatherWriterMetadata",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE,
        VSS_E_WRITER_INFRASTRUCTURE, VSS_E_UNEXPECTED } },
  [VSS_CALL_GET_WRITER_METADATA_COUNT]
  = { "GetWriterMetadataCount", { VSS_E_INVALIDARG, VSS_E_BAD_STATE, VSS_E_UNEXPECTED } },
  [VSS_CALL_GET_WRITER_METADATA]
  = { "GetWriterMetadata",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_INVALID_XML_DOCUMENT,
        VSS_E_OBJECT_NOT_FOUND, VSS_E_UNEXPECTED } },
  [VSS_CALL_FREE_WRITER_METADATA] = { "FreeWriterMetadata", { VSS_E_BAD_STATE } },
  /* The pages of these three lack VSS_E_INVALIDARG although there is an array of ids. */
  [VSS_CALL_ENABLE_WRITER_CLASSES]
  = { "EnableWriterClasses",
      { VSS_E_ACCESSDENIED, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_UNEXPECTED,
        VSS_E_INVALIDARG } },
  [VSS_CALL_DISABLE_WRITER_CLASSES]
  = { "DisableWriterClasses",
      { VSS_E_ACCESSDENIED, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_UNEXPECTED,
        VSS_E_INVALIDARG } },
  [VSS_CALL_DISABLE_WRITER_INSTANCES]
  = { "DisableWriterInstances",
      { VSS_E_ACCESSDENIED, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_UNEXPECTED,
        VSS_E_INVALIDARG } },
  [VSS_CALL_ADD_COMPONENT]
  = { "AddComponent",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_INVALID_XML_DOCUMENT,
        VSS_E_OBJECT_ALREADY_EXISTS, VSS_E_UNEXPECTED } },
  [VSS_CALL_START_SNAPSHOT_SET]
  = { "StartSnapshotSet",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
        VSS_E_UNEXPECTED } },
  [VSS_CALL_ADD_TO_SNAPSHOT_SET]
  = { "AddToSnapshotSet",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE,
        VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED, VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED,
        VSS_E_NESTED_VOLUME_LIMIT, VSS_E_OBJECT_NOT_FOUND, VSS_E_PROVIDER_NOT_REGISTERED,
        VSS_E_PROVIDER_VETO, VSS_E_SNAPSHOT_SET_IN_PROGRESS, VSS_E_VOLUME_NOT_SUPPORTED,
        VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, VSS_E_UNEXPECTED, VSS_E_UNEXPECTED_PROVIDER_ERROR,
        /* seen in practice */
        VSS_E_OBJECT_ALREADY_EXISTS, VSS_E_INSUFFICIENT_STORAGE } },
  [VSS_CALL_IS_VOLUME_SUPPORTED]
  /* The page lacks VSS_E_INVALIDARG although there is an out-parameter. */
  = { "IsVolumeSupported",
      { VSS_E_ACCESSDENIED, VSS_E_NESTED_VOLUME_LIMIT, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE,
        VSS_E_OBJECT_NOT_FOUND, VSS_E_UNEXPECTED, VSS_E_INVALIDARG } },
  [VSS_CALL_PREPARE_FOR_BACKUP]
  = { "PrepareForBackup",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_UNEXPECTED } },
  [VSS_CALL_DO_SNAPSHOT_SET]
  = { "DoSnapshotSet",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE,
        VSS_E_INSUFFICIENT_STORAGE, VSS_E_FLUSH_WRITES_TIMEOUT, VSS_E_HOLD_WRITES_TIMEOUT,
        VSS_E_NESTED_VOLUME_LIMIT, VSS_E_PROVIDER_VETO, VSS_E_REBOOT_REQUIRED,
        VSS_E_TRANSACTION_FREEZE_TIMEOUT, VSS_E_TRANSACTION_THAW_TIMEOUT, VSS_E_UNEXPECTED,
        VSS_E_UNEXPECTED_PROVIDER_ERROR } },
  [VSS_CALL_GET_SNAPSHOT_PROPERTIES]
  = { "GetSnapshotProperties",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE,
        VSS_E_OBJECT_NOT_FOUND, VSS_E_PROVIDER_VETO, VSS_E_UNEXPECTED,
        VSS_E_UNEXPECTED_PROVIDER_ERROR } },
  [VSS_CALL_QUERY] = { "Query",
                       { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE,
                         VSS_E_OBJECT_NOT_FOUND, VSS_E_PROVIDER_VETO, VSS_E_UNEXPECTED,
                         VSS_E_UNEXPECTED_PROVIDER_ERROR } },
  [VSS_CALL_GATHER_WRITER_STATUS]
  = { "GatherWriterStatus",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE,
        VSS_E_UNEXPECTED, VSS_E_WRITER_INFRASTRUCTURE } },
  [VSS_CALL_GET_WRITER_STATUS_COUNT]
  = { "GetWriterStatusCount", { VSS_E_INVALIDARG, VSS_E_BAD_STATE, VSS_E_UNEXPECTED } },
  [VSS_CALL_GET_WRITER_STATUS]
  = { "GetWriterStatus",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_OBJECT_NOT_FOUND,
        VSS_E_UNEXPECTED } },
  [VSS_CALL_GET_WRITER_STATUS_EX]
  = { "GetWriterStatusEx",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_OBJECT_NOT_FOUND } },
  [VSS_CALL_FREE_WRITER_STATUS] = { "FreeWriterStatus", { VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE } },
  [VSS_CALL_SET_BACKUP_SUCCEEDED]
  = { "SetBackupSucceeded",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_OBJECT_NOT_FOUND,
        VSS_E_INVALID_XML_DOCUMENT, VSS_E_UNEXPECTED } },
  [VSS_CALL_BACKUP_COMPLETE]
  = { "BackupComplete",
      { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_UNEXPECTED,
        VSS_E_UNEXPECTED_WRITER_ERROR } },
  [VSS_CALL_ABORT_BACKUP]
  = { "AbortBackup", { VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_UNEXPECTED } },
  [VSS_CALL_DELETE_SNAPSHOTS]
  = { "DeleteSnapshots",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_UNEXPECTED,
        VSS_E_OBJECT_NOT_FOUND, VSS_E_PROVIDER_VETO, VSS_E_UNEXPECTED_PROVIDER_ERROR } },
  [VSS_CALL_SAVE_AS_XML]
  = { "SaveAsXML", { VSS_E_INVALIDARG, VSS_E_OUTOFMEMORY, VSS_E_BAD_STATE, VSS_E_UNEXPECTED } },
  [VSS_CALL_SET_OPTION]
  = { "setting an option", { VSS_E_INVALIDARG, VSS_E_BAD_STATE, VSS_E_UNEXPECTED } },
  [VSS_CALL_DRY_RUN]
  = { "the dry run of DoSnapshotSet",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_BAD_STATE, VSS_E_INSUFFICIENT_STORAGE,
        VSS_E_FLUSH_WRITES_TIMEOUT, VSS_E_HOLD_WRITES_TIMEOUT, VSS_E_NESTED_VOLUME_LIMIT,
        VSS_E_PROVIDER_VETO, VSS_E_UNEXPECTED, VSS_E_UNEXPECTED_PROVIDER_ERROR } },
  [VSS_CALL_GET_SNAPSHOT_SET]
  = { "reading a snapshot set",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_BAD_STATE, VSS_E_OBJECT_NOT_FOUND,
        VSS_E_PROVIDER_VETO, VSS_E_UNEXPECTED, VSS_E_UNEXPECTED_PROVIDER_ERROR } },
  [VSS_CALL_DELETE_SNAPSHOT_SET]
  = { "deleting a snapshot set",
      { VSS_E_ACCESSDENIED, VSS_E_INVALIDARG, VSS_E_BAD_STATE, VSS_E_OBJECT_NOT_FOUND,
        VSS_E_PROVIDER_VETO, VSS_E_UNEXPECTED, VSS_E_UNEXPECTED_PROVIDER_ERROR } },
  [VSS_CALL_GET_ABSENT_WRITERS] = { "listing the absent writers", { VSS_E_BAD_STATE } },
};

typedef struct
{
  gint code;
  gint nearest;
} Nearest;

/* What a code is for a function that doesn't have it. The first that the function has is taken. */
static const Nearest nearest_codes[] = {
  /* no agent: nothing can be flushed; for writers it is the plumbing */
  { VSS_E_WRITER_INFRASTRUCTURE, VSS_E_FLUSH_WRITES_TIMEOUT },
  /* the writers can't be told */
  { VSS_E_WRITER_INFRASTRUCTURE, VSS_E_UNEXPECTED_WRITER_ERROR },
  { VSS_E_SNAPSHOT_SET_IN_PROGRESS, VSS_E_UNEXPECTED_WRITER_ERROR },
  { VSS_E_OBJECT_NOT_FOUND, VSS_E_UNEXPECTED_WRITER_ERROR },
  /* somebody else's set came first, or a disk is not fit any more: refused for a reason told */
  { VSS_E_SNAPSHOT_SET_IN_PROGRESS, VSS_E_WRITER_INFRASTRUCTURE },
  { VSS_E_SNAPSHOT_SET_IN_PROGRESS, VSS_E_PROVIDER_VETO },
  { VSS_E_OBJECT_NOT_FOUND, VSS_E_PROVIDER_VETO },
  { VSS_E_VOLUME_NOT_SUPPORTED, VSS_E_PROVIDER_VETO },
  { VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, VSS_E_PROVIDER_VETO },
  { VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED, VSS_E_PROVIDER_VETO },
  { VSS_E_VOLUME_IN_USE, VSS_E_PROVIDER_VETO },
  { VSS_E_INSUFFICIENT_STORAGE, VSS_E_PROVIDER_VETO },
  /* no such machine */
  { VSS_E_OBJECT_NOT_FOUND, VSS_E_INVALIDARG },
  /* a damaged record */
  { VSS_E_INVALID_XML_DOCUMENT, VSS_E_UNEXPECTED_PROVIDER_ERROR },
  { VSS_E_CORRUPT_XML_DOCUMENT, VSS_E_UNEXPECTED_PROVIDER_ERROR },
};

const char *
vss_call_get_name (VssCall call)
{
  return call_codes[call].name;
}

gboolean
vss_call_may_return (VssCall call, gint code)
{
  for (guint i = 0; i < MAX_CODES && call_codes[call].codes[i] != 0; i++)
    {
      if (call_codes[call].codes[i] == code)
        return TRUE;
    }
  return FALSE;
}

static gint
code_for (VssCall call, gint code)
{
  if (vss_call_may_return (call, code))
    return code;
  for (guint i = 0; i < G_N_ELEMENTS (nearest_codes); i++)
    {
      if (nearest_codes[i].code == code && vss_call_may_return (call, nearest_codes[i].nearest))
        return nearest_codes[i].nearest;
    }
  return VSS_E_UNEXPECTED;
}

gboolean
vss_call_fail (VssCall call, GError **error, GError *cause)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, cause);
      return FALSE;
    }
  g_set_error_literal (error, VSS_ERROR,
                       cause->domain == VSS_ERROR ? code_for (call, cause->code)
                                                  : VSS_E_UNEXPECTED,
                       cause->message);
  g_error_free (cause);
  return FALSE;
}

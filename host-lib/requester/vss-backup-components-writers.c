/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main object's calls about writers. The agent has none yet: what is gathered is the agent's
 * session and an empty list. */
#include "host-lib/requester/vss-backup-components-private.h"

/* -- GatherWriterMetadata -- */

static gboolean
gather (VssAsync *async,
        GObject *owner,
        gpointer data,
        GCancellable *cancellable,
        GError **error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);
  GError *cause = NULL;

  /* Nobody in the guest is going to be asked for anything. */
  if (self->policy == VSS_POLICY_CRASH)
    return TRUE;
  if (vss_components_open_guest (self, cancellable, &cause))
    return TRUE;
  return vss_call_fail (VSS_CALL_GATHER_WRITER_METADATA, error, cause);
}

static void
gathered (GObject *owner, gpointer data, const GError *error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);

  g_mutex_lock (&self->lock);
  self->state.gather = error == NULL ? VSS_GATHER_DONE : VSS_GATHER_NO;
  vss_components_ended (self);
  g_mutex_unlock (&self->lock);
}

/**
 * vss_backup_components_gather_writer_metadata:
 * @self: the object
 * @error: return location for an error
 *
 * Asks the guest's writers to describe themselves; opens the guest's agent. Needed before
 * vss_backup_components_do_snapshot_set() in contexts with writers; once for an object, again only
 * after a failure.
 *
 * VSS: IVssBackupComponents::GatherWriterMetadata
 *
 * Errors: %VSS_E_BAD_STATE; of the operation: %VSS_E_WRITER_INFRASTRUCTURE if there is no agent to
 * talk to, or if another requester has it, %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the operation
 *
 * Since: 0.1
 */
VssAsync *
vss_backup_components_gather_writer_metadata (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, VSS_CALL_GATHER_WRITER_METADATA, error))
    return NULL;
  g_mutex_lock (&self->lock);
  self->state.gather = VSS_GATHER_RUNNING;
  g_mutex_unlock (&self->lock);
  return vss_components_start (self, gather, gathered, NULL, NULL);
}

/**
 * vss_backup_components_get_writer_metadata_count:
 * @self: the object
 * @count: (out): how many writers have described themselves
 * @error: return location for an error
 *
 * VSS: IVssBackupComponents::GetWriterMetadataCount
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_get_writer_metadata_count (VssBackupComponents *self,
                                                 guint *count,
                                                 GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (count == NULL)
    return vss_components_refuse (VSS_CALL_GET_WRITER_METADATA_COUNT, error,
                                  "there is nowhere to put the count");
  if (!vss_components_check (self, VSS_CALL_GET_WRITER_METADATA_COUNT, error))
    return FALSE;
  *count = 0;
  return TRUE;
}

/**
 * vss_backup_components_free_writer_metadata:
 * @self: the object
 * @error: return location for an error
 *
 * Drops what was gathered; it can't be gathered again. A set can be made nevertheless.
 *
 * VSS: IVssBackupComponents::FreeWriterMetadata
 *
 * Errors: %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_free_writer_metadata (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!vss_components_check (self, VSS_CALL_FREE_WRITER_METADATA, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->state.gather = VSS_GATHER_FREED;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* -- PrepareForBackup and BackupComplete -- */

/* No writers: there is nobody to tell. */
static gboolean
tell_nobody (VssAsync *async,
             GObject *owner,
             gpointer data,
             GCancellable *cancellable,
             GError **error)
{
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static void
prepared (GObject *owner, gpointer data, const GError *error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);

  g_mutex_lock (&self->lock);
  self->state.prepared = error == NULL;
  vss_components_ended (self);
  g_mutex_unlock (&self->lock);
}

/**
 * vss_backup_components_prepare_for_backup:
 * @self: the object
 * @error: return location for an error
 *
 * Tells the writers that a backup is coming. After
 * vss_backup_components_set_backup_state() and vss_backup_components_start_snapshot_set(), in
 * contexts with writers.
 *
 * VSS: IVssBackupComponents::PrepareForBackup
 *
 * Errors: %VSS_E_BAD_STATE, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the operation
 *
 * Since: 0.1
 */
VssAsync *
vss_backup_components_prepare_for_backup (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, VSS_CALL_PREPARE_FOR_BACKUP, error))
    return NULL;
  return vss_components_start (self, tell_nobody, prepared, NULL, NULL);
}

static void
completed (GObject *owner, gpointer data, const GError *error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);

  g_mutex_lock (&self->lock);
  self->state.completed = error == NULL;
  vss_components_ended (self);
  g_mutex_unlock (&self->lock);
}

/**
 * vss_backup_components_backup_complete:
 * @self: the object
 * @error: return location for an error
 *
 * Tells the writers that the backup is done. After a set was made, in contexts with writers.
 *
 * VSS: IVssBackupComponents::BackupComplete
 *
 * Errors: %VSS_E_BAD_STATE, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the operation
 *
 * Since: 0.1
 */
VssAsync *
vss_backup_components_backup_complete (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, VSS_CALL_BACKUP_COMPLETE, error))
    return NULL;
  return vss_components_start (self, tell_nobody, completed, NULL, NULL);
}

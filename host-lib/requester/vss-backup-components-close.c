/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ends of the main object: deleting sets, giving up, and release. */
#include "host-lib/requester/vss-backup-components-private.h"

#include "host-lib/coordinator/vss-snapshot-run.h"

/* -- deleting -- */

typedef struct
{
  VssBackupComponents *self;
  VssAsync *async; /* nullable */
} Merge;

static void
on_merge (const char *phase,
          const char *object,
          guint64 done,
          guint64 total,
          gpointer user_data)
{
  Merge *merge = user_data;

  vss_components_tell (merge->self, merge->async, phase, object, done, total);
}

static gboolean
is_our_set (VssBackupComponents *self, const char *snapshot_set_id)
{
  return self->set != NULL && g_ascii_strcasecmp (self->set->id, snapshot_set_id) == 0;
}

gboolean
vss_components_delete (VssBackupComponents *self,
                       VssAsync *async,
                       const char *snapshot_set_id,
                       GCancellable *cancellable,
                       GError **error)
{
  Merge merge = { self, async };
  gboolean deleted;

  if (is_our_set (self, snapshot_set_id))
    g_clear_pointer (&self->keeper, vss_owner_keeper_stop);
  vss_components_tell (self, async, "merge", snapshot_set_id, 0, 0);
  deleted = vss_provider_delete_set (vss_provider_gate_enter (self->gate), snapshot_set_id,
                                     on_merge, &merge, cancellable, error);
  vss_provider_gate_leave (self->gate);
  if (deleted && is_our_set (self, snapshot_set_id))
    self->owns_set = FALSE;
  return deleted;
}

/* The set that is meant; a single snapshot only if it is a whole set. */
static VssSnapshotSet *
find_to_delete (VssBackupComponents *self,
                const char *object_id,
                VssObjectType type,
                GError **error)
{
  gboolean whole = type == VSS_OBJECT_SNAPSHOT_SET;
  VssSnapshotSet *set = vss_components_find_set (self, whole ? object_id : NULL,
                                                 whole ? NULL : object_id, error);

  if (set == NULL || whole || set->volumes->len == 1)
    return set;
  g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
               "snapshot %s is one of %u of set %s, which can only be deleted as a whole",
               object_id, set->volumes->len, set->id);
  vss_snapshot_set_free (set);
  return NULL;
}

static char *
first_snapshot (const VssSnapshotSet *set)
{
  const VssSetVolume *volume = set->volumes->len > 0 ? g_ptr_array_index (set->volumes, 0) : NULL;

  return g_strdup (volume != NULL ? volume->snapshot_id : VSS_ID_NULL);
}

/**
 * vss_backup_components_delete_snapshots:
 * @self: the object
 * @source_object_id: the UUID of a set, or of the only snapshot of one
 * @source_object_type: %VSS_OBJECT_SNAPSHOT_SET or %VSS_OBJECT_SNAPSHOT
 * @force_delete: of no consequence here
 * @deleted_snapshots: (out) (optional): how many snapshots were deleted
 * @nondeleted_snapshot_id: (out) (optional) (transfer full): the first snapshot that was not
 *   deleted, set also on failure if there is one; %VSS_ID_NULL if all were
 * @error: return location for an error
 *
 * Deletes a set that the context covers: its overlays are merged back while the virtual machine
 * runs. Blocks until that is done; vss_backup_components_delete_snapshot_set() does not. What was
 * interrupted half-way can be called again.
 *
 * VSS: IVssBackupComponents::DeleteSnapshots
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_OBJECT_NOT_FOUND, %VSS_E_PROVIDER_VETO if it can't be deleted
 * now for a reason told, %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED_PROVIDER_ERROR, %VSS_E_UNEXPECTED
 * also if it is called out of order
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_delete_snapshots (VssBackupComponents *self,
                                        const char *source_object_id,
                                        VssObjectType source_object_type,
                                        gboolean force_delete,
                                        gint *deleted_snapshots,
                                        char **nondeleted_snapshot_id,
                                        GError **error)
{
  const VssCall call = VSS_CALL_DELETE_SNAPSHOTS;
  g_autoptr (VssSnapshotSet) set = NULL;
  GError *cause = NULL;
  gboolean deleted;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (source_object_type != VSS_OBJECT_SNAPSHOT_SET && source_object_type != VSS_OBJECT_SNAPSHOT)
    return vss_components_refuse (call, error, "objects of type %d can't be deleted",
                                  (gint) source_object_type);
  if (!vss_components_check_id (call, source_object_id, error)
      || !vss_components_check (self, call, error))
    return FALSE;
  set = find_to_delete (self, source_object_id, source_object_type, &cause);
  if (set == NULL)
    return vss_call_fail (call, error, cause);
  deleted = vss_components_delete (self, NULL, set->id, NULL, &cause);
  if (nondeleted_snapshot_id != NULL)
    *nondeleted_snapshot_id = deleted ? g_strdup (VSS_ID_NULL) : first_snapshot (set);
  if (deleted_snapshots != NULL)
    *deleted_snapshots = deleted ? (gint) set->volumes->len : 0;
  return deleted || vss_call_fail (call, error, cause);
}

static gboolean
delete_one (VssAsync *async,
            GObject *owner,
            gpointer data,
            GCancellable *cancellable,
            GError **error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);
  const VssCall call = VSS_CALL_DELETE_SNAPSHOT_SET;
  g_autoptr (VssSnapshotSet) set = NULL;
  GError *cause = NULL;

  set = find_to_delete (self, data, VSS_OBJECT_SNAPSHOT_SET, &cause);
  if (set == NULL)
    return vss_call_fail (call, error, cause);
  return vss_components_delete (self, async, set->id, cancellable, &cause)
         || vss_call_fail (call, error, cause);
}

static void
delete_done (GObject *owner, gpointer data, const GError *error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);

  g_mutex_lock (&self->lock);
  vss_components_ended (self);
  g_mutex_unlock (&self->lock);
}

/**
 * vss_backup_components_delete_snapshot_set:
 * @self: the object
 * @snapshot_set_id: a set's UUID
 * @error: return location for an error
 *
 * As vss_backup_components_delete_snapshots() for a set, as an operation with progress. Cancelled,
 * it stops where it is and can be called again.
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE; of the operation: %VSS_E_OBJECT_NOT_FOUND,
 * %VSS_E_PROVIDER_VETO, %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED_PROVIDER_ERROR, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the operation
 *
 * Since: 0.1
 */
VssAsync *
vss_backup_components_delete_snapshot_set (VssBackupComponents *self,
                                           const char *snapshot_set_id,
                                           GError **error)
{
  const VssCall call = VSS_CALL_DELETE_SNAPSHOT_SET;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check_id (call, snapshot_set_id, error)
      || !vss_components_check (self, call, error))
    return NULL;
  return vss_components_start (self, delete_one, delete_done, g_strdup (snapshot_set_id), g_free);
}

/* -- giving up -- */

void
vss_components_cancel (VssBackupComponents *self)
{
  g_autoptr (VssAsync) operation = NULL;

  g_mutex_lock (&self->lock);
  if (self->operation != NULL)
    operation = g_object_ref (self->operation);
  g_mutex_unlock (&self->lock);
  if (operation == NULL)
    return;
  vss_async_cancel (operation, NULL, NULL);
  vss_async_finish (operation, NULL);
}

/**
 * vss_backup_components_abort_backup:
 * @self: the object
 * @error: return location for an error
 *
 * Gives the backup up: what is under way is cancelled and waited for, the guest is freed. A set
 * that was made stays until it is deleted or the object is released. Does nothing if nothing is
 * under way.
 *
 * VSS: IVssBackupComponents::AbortBackup
 *
 * Errors: %VSS_E_BAD_STATE if the object isn't initialised, %VSS_E_UNEXPECTED
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_abort_backup (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!vss_components_check (self, VSS_CALL_ABORT_BACKUP, error))
    return FALSE;
  vss_components_cancel (self);
  g_clear_pointer (&self->reservation, vss_set_reservation_free);
  vss_components_abort_guest (self);
  g_mutex_lock (&self->lock);
  if (self->state.set == VSS_SET_PROGRESS_OPEN)
    self->state.set = VSS_SET_PROGRESS_FAILED;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* -- release -- */

static gboolean
is_already_closed (VssBackupComponents *self)
{
  gboolean closed;

  g_mutex_lock (&self->lock);
  closed = self->state.mode == VSS_MODE_CLOSED;
  self->state.mode = VSS_MODE_CLOSED;
  g_mutex_unlock (&self->lock);
  return closed;
}

/* A set that goes with the object; somebody may have deleted it already. */
static gboolean
delete_own_set (VssBackupComponents *self, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (!self->owns_set || vss_components_delete (self, NULL, self->set->id, NULL, &failure)
      || g_error_matches (failure, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND))
    return TRUE;
  g_prefix_error (&failure, "cannot delete snapshot set %s: ", self->set->id);
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/**
 * vss_backup_components_close:
 * @self: the object
 * @error: return location for an error
 *
 * Releases the object: what is under way is given up, the guest is freed, its writers are told that
 * the backup is over, and a set whose context is not persistent is deleted. Blocks until that is
 * done. The object is of no use afterwards; called again, it does nothing. An object that is
 * dropped without it hangs up: the guest thaws, and its set is collected by whoever makes the next
 * one, or recovers.
 *
 * VSS: IUnknown::Release of IVssBackupComponents
 *
 * Errors: those of vss_backup_components_delete_snapshots()
 *
 * Returns: %FALSE if a set could not be deleted
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_close (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (is_already_closed (self))
    return TRUE;
  vss_components_cancel (self);
  g_clear_pointer (&self->reservation, vss_set_reservation_free);
  vss_components_abort_guest (self);
  vss_components_shut_writers_down (self);
  return delete_own_set (self, error);
}

static void
close_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (vss_backup_components_close (source, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * vss_backup_components_close_async:
 * @self: the object
 * @cancellable: (nullable): makes the result come at once; the release goes on
 * @callback: (nullable) (scope async) (closure user_data): called when it is released
 * @user_data: what to pass to @callback
 *
 * As vss_backup_components_close(), without blocking.
 *
 * Since: 0.1
 */
void
vss_backup_components_close_async (VssBackupComponents *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, vss_backup_components_close_async);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, close_thread);
}

/**
 * vss_backup_components_close_finish:
 * @self: the object
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Errors: as vss_backup_components_close(); %G_IO_ERROR_CANCELLED
 *
 * Returns: %FALSE if a set could not be deleted
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_close_finish (VssBackupComponents *self,
                                    GAsyncResult *result,
                                    GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

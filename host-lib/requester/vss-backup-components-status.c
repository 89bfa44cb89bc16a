/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main object's calls that tell what became of the writers. While the guest is open it is
 * asked; afterwards it is what each writer had said last. */
#include "host-lib/requester/vss-backup-components-private.h"

#include "host-lib/guest/vss-writer-limits.h"

/* -- GatherWriterStatus -- */

/* The operation that the guest knows of; NULL before there is one. */
static const char *
operation_id (VssBackupComponents *self)
{
  gboolean prepared;

  g_mutex_lock (&self->lock);
  prepared = self->state.prepared;
  g_mutex_unlock (&self->lock);
  return prepared && self->set != NULL ? self->set->id : NULL;
}

static gboolean
ask (VssBackupComponents *self, GCancellable *cancellable, GError **error)
{
  const char *id = operation_id (self);
  g_autoptr (VssWireWriterStatusResult) result = NULL;

  if (!self->guest_open || id == NULL || vss_set_writers_count_selected (self->writers) == 0)
    return TRUE;
  result =
      vss_guest_gather_writer_status (self->guest, id, VSS_WRITERS_STATUS_MS, cancellable, error);
  if (result == NULL)
    return FALSE;
  vss_set_writers_update (self->writers, result->writers);
  return TRUE;
}

static gboolean
gather (VssAsync *async, GObject *owner, gpointer data, GCancellable *cancellable, GError **error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);
  GError *cause = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!ask (self, cancellable, &cause))
    return vss_call_fail (VSS_CALL_GATHER_WRITER_STATUS, error, cause);
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  self->statuses = vss_set_writers_copy (self->writers);
  return TRUE;
}

static void
gathered (GObject *owner, gpointer data, const GError *error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);

  g_mutex_lock (&self->lock);
  self->state.status = error == NULL;
  vss_components_ended (self);
  g_mutex_unlock (&self->lock);
}

/**
 * vss_backup_components_gather_writer_status:
 * @self: the object
 * @error: return location for an error
 *
 * Gathers what became of each writer. After PrepareForBackup, DoSnapshotSet (also one that failed)
 * and BackupComplete it is worth asking; the set itself succeeds or fails by its own steps.
 *
 * VSS: IVssBackupComponents::GatherWriterStatus
 *
 * Errors: %VSS_E_BAD_STATE; of the operation: %VSS_E_WRITER_INFRASTRUCTURE if the agent is lost,
 * %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the operation
 *
 * Since: 0.1
 */
VssAsync *
vss_backup_components_gather_writer_status (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, VSS_CALL_GATHER_WRITER_STATUS, error))
    return NULL;
  g_mutex_lock (&self->lock);
  self->state.status = FALSE;
  g_mutex_unlock (&self->lock);
  return vss_components_start (self, gather, gathered, NULL, NULL);
}

/* -- what it gave -- */

/**
 * vss_backup_components_get_writer_status_count:
 * @self: the object
 * @count: (out): how many writers there is a status of
 * @error: return location for an error
 *
 * VSS: IVssBackupComponents::GetWriterStatusCount
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_get_writer_status_count (VssBackupComponents *self,
                                               guint *count,
                                               GError **error)
{
  const VssCall call = VSS_CALL_GET_WRITER_STATUS_COUNT;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (count == NULL)
    return vss_components_refuse (call, error, "there is nowhere to put the count");
  if (!vss_components_check (self, call, error))
    return FALSE;
  *count = self->statuses->len;
  return TRUE;
}

/* NULL with the code that @call has for it. */
static const VssSetWriter *
find_status (VssBackupComponents *self, VssCall call, guint index, GError **error)
{
  if (!vss_components_check (self, call, error))
    return NULL;
  if (index < self->statuses->len)
    return g_ptr_array_index (self->statuses, index);
  vss_refuse_index (index, self->statuses->len, vss_call_get_name (call), error);
  return NULL;
}

static void
give (const VssSetWriter *writer,
      char **instance_id,
      char **writer_id,
      char **writer_name,
      VssWriterState *state,
      gint *failure)
{
  if (instance_id != NULL)
    *instance_id = g_strdup (writer->instance_id);
  if (writer_id != NULL)
    *writer_id = g_strdup (writer->writer_id);
  if (writer_name != NULL)
    *writer_name = g_strdup (writer->name);
  if (state != NULL)
    *state = writer->state;
  if (failure != NULL)
    *failure = writer->failure;
}

/**
 * vss_backup_components_get_writer_status:
 * @self: the object
 * @index: number of a writer, from 0
 * @instance_id: (out) (optional) (transfer full): its instance id
 * @writer_id: (out) (optional) (transfer full): its class id
 * @writer_name: (out) (optional) (transfer full): its name, fit to be shown
 * @state: (out) (optional): where it is
 * @failure: (out) (optional): %VSS_S_OK, or why it failed: %VSS_E_WRITERERROR_RETRYABLE and the
 *   like
 * @error: return location for an error
 *
 * VSS: IVssBackupComponents::GetWriterStatus. Partly failed writers say so there only in
 * vss_backup_components_get_writer_status_ex(); here they are %VSS_E_WRITERERROR_NONRETRYABLE.
 *
 * Errors: %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_get_writer_status (VssBackupComponents *self,
                                         guint index,
                                         char **instance_id,
                                         char **writer_id,
                                         char **writer_name,
                                         VssWriterState *state,
                                         gint *failure,
                                         GError **error)
{
  const VssSetWriter *writer;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  writer = find_status (self, VSS_CALL_GET_WRITER_STATUS, index, error);
  if (writer == NULL)
    return FALSE;
  give (writer, instance_id, writer_id, writer_name, state, failure);
  if (failure != NULL && *failure == VSS_E_WRITERERROR_PARTIAL_FAILURE)
    *failure = VSS_E_WRITERERROR_NONRETRYABLE;
  return TRUE;
}

/**
 * vss_backup_components_get_writer_status_ex:
 * @self: the object
 * @index: number of a writer, from 0
 * @instance_id: (out) (optional) (transfer full): its instance id
 * @writer_id: (out) (optional) (transfer full): its class id
 * @writer_name: (out) (optional) (transfer full): its name, fit to be shown
 * @state: (out) (optional): where it is
 * @failure: (out) (optional): %VSS_S_OK, or why it failed: %VSS_E_WRITERERROR_RETRYABLE and the
 *   like
 * @application_code: (out) (optional): the application's own number for it, or 0
 * @application_message: (out) (optional) (nullable) (transfer full): what it said about it, fit to
 *   be shown
 * @error: return location for an error
 *
 * VSS: IVssBackupComponentsEx3::GetWriterStatusEx
 *
 * Errors: %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_get_writer_status_ex (VssBackupComponents *self,
                                            guint index,
                                            char **instance_id,
                                            char **writer_id,
                                            char **writer_name,
                                            VssWriterState *state,
                                            gint *failure,
                                            gint64 *application_code,
                                            char **application_message,
                                            GError **error)
{
  const VssSetWriter *writer;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  writer = find_status (self, VSS_CALL_GET_WRITER_STATUS_EX, index, error);
  if (writer == NULL)
    return FALSE;
  give (writer, instance_id, writer_id, writer_name, state, failure);
  if (application_code != NULL)
    *application_code = writer->application_code;
  if (application_message != NULL)
    *application_message = g_strdup (writer->message);
  return TRUE;
}

/**
 * vss_backup_components_free_writer_status:
 * @self: the object
 * @error: return location for an error
 *
 * Drops what the last vss_backup_components_gather_writer_status() gave.
 *
 * VSS: IVssBackupComponents::FreeWriterStatus
 *
 * Errors: %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_free_writer_status (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!vss_components_check (self, VSS_CALL_FREE_WRITER_STATUS, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  self->state.status = FALSE;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  return TRUE;
}

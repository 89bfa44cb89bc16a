/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main object's calls to the guest's writers outside of the set's own path: who they are, that
 * a backup is coming, that it is complete, that we are gone. Operations run on threads of their
 * own. */
#include "host-lib/requester/vss-backup-components-private.h"

#include "host-lib/guest/vss-guest-reopen.h"
#include "host-lib/guest/vss-writer-limits.h"
#include "host-lib/requester/vss-wm-component-private.h"

/* -- GatherWriterMetadata -- */

static gboolean
is_wanted (const VssWireWriterMetadata *metadata, gpointer user_data)
{
  return vss_components_is_enabled (user_data, metadata->writer_id, metadata->instance_id);
}

static void
note_writer (VssBackupComponents *self, const VssWriterRecord *record)
{
  const VssWireWriterMetadata *metadata = record->metadata;
  VssSetWriter *writer = vss_set_writer_new ();

  writer->instance_id = g_strdup (metadata->instance_id);
  writer->writer_id = g_strdup (metadata->writer_id);
  writer->name = g_strdup (metadata->name);
  writer->state = VSS_WS_STABLE;
  writer->failure = VSS_S_OK;
  writer->transaction_manager = metadata->has_transaction_manager && metadata->transaction_manager;
  g_ptr_array_add (self->writers, writer);
}

static gboolean
gather_from_guest (VssBackupComponents *self, GCancellable *cancellable, GError **error)
{
  GPtrArray *records;

  g_ptr_array_set_size (self->absent, 0);
  if (!vss_components_open_guest (self, cancellable, error))
    return FALSE;
  records = vss_writer_records_gather (self->guest, VSS_WRITERS_IDENTIFY_MS, is_wanted, self,
                                       self->absent, cancellable, error);
  if (records == NULL)
    return FALSE;
  g_ptr_array_unref (self->records);
  self->records = records;
  for (guint i = 0; i < records->len; i++)
    note_writer (self, g_ptr_array_index (records, i));
  return TRUE;
}

static gboolean
gather (VssAsync *async, GObject *owner, gpointer data, GCancellable *cancellable, GError **error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);
  GError *cause = NULL;

  /* Nobody in the guest is going to be asked for anything. */
  if (self->policy == VSS_POLICY_CRASH || gather_from_guest (self, cancellable, &cause))
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
  *count = self->records->len;
  return TRUE;
}

/**
 * vss_backup_components_get_writer_metadata:
 * @self: the object
 * @index: number of a writer, from 0
 * @instance_id: (out) (optional) (transfer full): its instance id
 * @error: return location for an error
 *
 * VSS: IVssBackupComponents::GetWriterMetadata
 *
 * Errors: %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): what the writer has said of itself
 *
 * Since: 0.1
 */
VssExamineWriterMetadata *
vss_backup_components_get_writer_metadata (VssBackupComponents *self,
                                           guint index,
                                           char **instance_id,
                                           GError **error)
{
  const VssCall call = VSS_CALL_GET_WRITER_METADATA;
  VssWriterRecord *record;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, call, error))
    return NULL;
  if (index >= self->records->len)
    {
      vss_refuse_index (index, self->records->len, vss_call_get_name (call), error);
      return NULL;
    }
  record = g_ptr_array_index (self->records, index);
  if (instance_id != NULL)
    *instance_id = g_strdup (record->metadata->instance_id);
  return vss_examine_writer_metadata_new (record);
}

/**
 * vss_backup_components_get_absent_writers:
 * @self: the object
 * @error: return location for an error
 *
 * Lists the writers that are set up in the guest and take no part, because they failed to describe
 * themselves. After vss_backup_components_gather_writer_metadata().
 *
 * VSS doesn't tell of them.
 *
 * Errors: %VSS_E_BAD_STATE
 *
 * Returns: (transfer full) (element-type VssAbsentWriter): their names, and what went wrong
 *
 * Since: 0.1
 */
GPtrArray *
vss_backup_components_get_absent_writers (VssBackupComponents *self, GError **error)
{
  GPtrArray *copy;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, VSS_CALL_GET_ABSENT_WRITERS, error))
    return NULL;
  copy = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_absent_writer_free);
  for (guint i = 0; i < self->absent->len; i++)
    g_ptr_array_add (copy, vss_absent_writer_copy (g_ptr_array_index (self->absent, i)));
  return copy;
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

/* -- PrepareForBackup -- */

/* The kinds have the same order on the wire. */
G_STATIC_ASSERT ((gint)VSS_WIRE_BACKUP_TYPE_OTHER == (gint)VSS_BT_OTHER);

static VssWireSelectedComponent *
copy_component (const VssWireSelectedComponent *from)
{
  VssWireSelectedComponent *to = vss_wire_selected_component_new ();

  to->instance_id = g_strdup (from->instance_id);
  to->type = from->type;
  to->logical_path = g_strdup (from->logical_path);
  to->name = g_strdup (from->name);
  return to;
}

static VssWirePrepareForBackupArguments *
make_arguments (VssBackupComponents *self)
{
  VssWirePrepareForBackupArguments *arguments = vss_wire_prepare_for_backup_arguments_new ();
  g_auto (GStrv) selected = vss_components_list_selected (self);

  arguments->snapshot_set_id = g_strdup (self->set->id);
  for (guint i = 0; selected[i] != NULL; i++)
    g_ptr_array_add (arguments->writers, g_strdup (selected[i]));
  arguments->backup_type = self->backup_type == VSS_BT_UNDEFINED
                               ? VSS_WIRE_BACKUP_TYPE_COPY
                               : (VssWireBackupType)self->backup_type;
  arguments->select_components = self->select_components;
  arguments->bootable_system_state = self->bootable_system_state;
  arguments->partial_file_support = self->partial_file_support;
  for (guint i = 0; self->select_components && i < self->components->len; i++)
    g_ptr_array_add (arguments->components,
                     copy_component (g_ptr_array_index (self->components, i)));
  arguments->timeout_ms = VSS_WRITERS_PREPARE_BACKUP_MS;
  return arguments;
}

/* The writers' refusals don't fail it: they are asked for with GatherWriterStatus. */
static gboolean
tell_writers_to_prepare (VssBackupComponents *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssWirePrepareForBackupArguments) arguments = NULL;
  g_autoptr (VssWireWriterStatusResult) result = NULL;
  g_autoptr (VssWireThawResult) aborted = NULL;

  if (!vss_components_open_guest (self, cancellable, error))
    return FALSE;
  arguments = make_arguments (self);
  result = vss_guest_prepare_for_backup (self->guest, arguments, cancellable, error);
  if (result == NULL)
    {
      /* Whoever was told already is told that nothing comes of it. */
      aborted = vss_guest_abort (self->guest, self->set->id, NULL);
      return FALSE;
    }
  vss_set_writers_update (self->writers, result->writers);
  return TRUE;
}

static gboolean
prepare (VssAsync *async, GObject *owner, gpointer data, GCancellable *cancellable, GError **error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);
  GError *cause = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  vss_components_select_writers (self);
  if (vss_set_writers_count_selected (self->writers) == 0 ||
      tell_writers_to_prepare (self, cancellable, &cause))
    return TRUE;
  return vss_call_fail (VSS_CALL_PREPARE_FOR_BACKUP, error, cause);
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
 * Tells the writers that take part that a backup is coming, and of which components. What becomes
 * of them there is no error of this: see vss_backup_components_gather_writer_status(). After
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
  return vss_components_start (self, prepare, prepared, NULL, NULL);
}

/* -- BackupComplete -- */

static gboolean
tell_writers_of_completion (VssBackupComponents *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssWireWriterStatusResult) result = NULL;

  if (!vss_components_reopen_guest (self, cancellable, error))
    return FALSE;
  result = vss_guest_backup_complete (self->guest, self->set->id, self->components,
                                      VSS_WRITERS_COMPLETE_MS, cancellable, error);
  vss_components_close_guest (self);
  if (result == NULL)
    return FALSE;
  vss_set_writers_update (self->writers, result->writers);
  return TRUE;
}

static gboolean
complete (VssAsync *async, GObject *owner, gpointer data, GCancellable *cancellable, GError **error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);
  GError *cause = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (!self->writers_wait || tell_writers_of_completion (self, cancellable, &cause))
    return TRUE;
  return vss_call_fail (VSS_CALL_BACKUP_COMPLETE, error, cause);
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
 * Tells the writers that the backup is done, and how it went for each component that was chosen.
 * After a set was made, in contexts with writers, and before the object is released: a requester
 * that failed leaves it out. While another requester has the guest's agent it is waited for, up to
 * 15 seconds.
 *
 * VSS: IVssBackupComponents::BackupComplete
 *
 * Errors: %VSS_E_BAD_STATE; of the operation: %VSS_E_UNEXPECTED_WRITER_ERROR if the writers can't
 * be told, %VSS_E_UNEXPECTED. How a writer takes it is no error of this: see
 * vss_backup_components_gather_writer_status().
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
  return vss_components_start (self, complete, completed, NULL, NULL);
}

/* -- BackupShutdown -- */

void
vss_components_shut_writers_down (VssBackupComponents *self)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  if (!self->writers_wait)
    return;
  self->writers_wait = FALSE;
  vss_components_close_guest (self);
  g_ptr_array_add (ids, g_strdup (self->set->id));
  vss_guest_shut_writers_down (self->guest, self->requester, ids);
}

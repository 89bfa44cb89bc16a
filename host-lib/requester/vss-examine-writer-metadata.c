/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a writer has said of itself, read-only. Immutable: any thread. */
#include "host-lib/requester/vss-wm-component-private.h"

#include "host-lib/vss-error.h"
#include "host-lib/vss-set-writer.h"

struct _VssExamineWriterMetadata
{
  GObject parent_instance;

  VssWriterRecord *record;
};

G_DEFINE_FINAL_TYPE (VssExamineWriterMetadata, vss_examine_writer_metadata, G_TYPE_OBJECT)

/* These have the same order on the wire. */
G_STATIC_ASSERT ((gint)VSS_WIRE_USAGE_TYPE_OTHER == (gint)VSS_UT_OTHER);
G_STATIC_ASSERT ((gint)VSS_WIRE_SOURCE_TYPE_OTHER == (gint)VSS_ST_OTHER);
G_STATIC_ASSERT ((gint)VSS_WIRE_RESTORE_METHOD_RESTORE_STOP_START ==
                 (gint)VSS_RME_RESTORE_STOP_START);
G_STATIC_ASSERT ((gint)VSS_WIRE_WRITER_RESTORE_ALWAYS == (gint)VSS_WRE_ALWAYS);

static void
vss_examine_writer_metadata_finalize (GObject *object)
{
  vss_writer_record_unref (VSS_EXAMINE_WRITER_METADATA (object)->record);
  G_OBJECT_CLASS (vss_examine_writer_metadata_parent_class)->finalize (object);
}

static void
vss_examine_writer_metadata_class_init (VssExamineWriterMetadataClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_examine_writer_metadata_finalize;
}

static void
vss_examine_writer_metadata_init (VssExamineWriterMetadata *self)
{
}

VssExamineWriterMetadata *
vss_examine_writer_metadata_new (VssWriterRecord *record)
{
  VssExamineWriterMetadata *self = g_object_new (VSS_TYPE_EXAMINE_WRITER_METADATA, NULL);

  self->record = vss_writer_record_ref (record);
  return self;
}

static guint
length_of (GPtrArray *list)
{
  return list != NULL ? list->len : 0;
}

static void
give_text (char **out, const char *text)
{
  if (out != NULL)
    *out = g_strdup (text);
}

/**
 * vss_examine_writer_metadata_get_identity:
 * @self: a writer's metadata
 * @instance_id: (out) (optional) (transfer full): UUID of this instance while it is registered
 * @writer_id: (out) (optional) (transfer full): UUID of its class, the same on every machine
 * @writer_name: (out) (optional) (transfer full): its name, fit to be shown
 * @usage: (out) (optional): how its data is used
 * @source: (out) (optional): what kind of store it looks after
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadata::GetIdentity
 *
 * Errors: none at present
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
vss_examine_writer_metadata_get_identity (VssExamineWriterMetadata *self,
                                          char **instance_id,
                                          char **writer_id,
                                          char **writer_name,
                                          VssUsageType *usage,
                                          VssSourceType *source,
                                          GError **error)
{
  return vss_examine_writer_metadata_get_identity_ex (self, instance_id, writer_id, writer_name,
                                                      NULL, usage, source, error);
}

/**
 * vss_examine_writer_metadata_get_identity_ex:
 * @self: a writer's metadata
 * @instance_id: (out) (optional) (transfer full): UUID of this instance while it is registered
 * @writer_id: (out) (optional) (transfer full): UUID of its class, the same on every machine
 * @writer_name: (out) (optional) (transfer full): its name, fit to be shown
 * @instance_name: (out) (optional) (nullable) (transfer full): tells instances of a class apart,
 *   fit to be shown
 * @usage: (out) (optional): how its data is used
 * @source: (out) (optional): what kind of store it looks after
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadataEx::GetIdentityEx
 *
 * Errors: none at present
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
vss_examine_writer_metadata_get_identity_ex (VssExamineWriterMetadata *self,
                                             char **instance_id,
                                             char **writer_id,
                                             char **writer_name,
                                             char **instance_name,
                                             VssUsageType *usage,
                                             VssSourceType *source,
                                             GError **error)
{
  const VssWireWriterMetadata *metadata;

  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), FALSE);
  metadata = self->record->metadata;
  give_text (instance_id, metadata->instance_id);
  give_text (writer_id, metadata->writer_id);
  give_text (writer_name, metadata->name);
  give_text (instance_name, metadata->instance_name);
  if (usage != NULL)
    *usage = (VssUsageType)metadata->usage;
  if (source != NULL)
    *source = (VssSourceType)metadata->source;
  return TRUE;
}

/**
 * vss_examine_writer_metadata_get_file_counts:
 * @self: a writer's metadata
 * @include_files: (out) (optional): always 0
 * @exclude_files: (out) (optional): how many sets of files are not to be backed up
 * @components: (out) (optional): how many components there are
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadata::GetFileCounts
 *
 * Errors: none at present
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
vss_examine_writer_metadata_get_file_counts (VssExamineWriterMetadata *self,
                                             guint *include_files,
                                             guint *exclude_files,
                                             guint *components,
                                             GError **error)
{
  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), FALSE);
  if (include_files != NULL)
    *include_files = 0;
  if (exclude_files != NULL)
    *exclude_files = length_of (self->record->metadata->exclude_files);
  if (components != NULL)
    *components = self->record->components->len;
  return TRUE;
}

/**
 * vss_examine_writer_metadata_get_exclude_file:
 * @self: a writer's metadata
 * @index: number of a set of files, from 0
 * @error: return location for an error
 *
 * Gives files that are not to be backed up, whatever the components say.
 *
 * VSS: IVssExamineWriterMetadata::GetExcludeFile
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the set of files
 *
 * Since: 0.1
 */
VssWMFiledesc *
vss_examine_writer_metadata_get_exclude_file (VssExamineWriterMetadata *self,
                                              guint index,
                                              GError **error)
{
  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), NULL);
  return vss_wm_filedesc_at (self->record, self->record->metadata->exclude_files, index,
                             "GetExcludeFile", error);
}

/**
 * vss_examine_writer_metadata_get_component:
 * @self: a writer's metadata
 * @index: number of a component, from 0
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadata::GetComponent
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the component
 *
 * Since: 0.1
 */
VssWMComponent *
vss_examine_writer_metadata_get_component (VssExamineWriterMetadata *self,
                                           guint index,
                                           GError **error)
{
  GPtrArray *components;

  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), NULL);
  components = self->record->components;
  if (index < components->len)
    return vss_wm_component_new (self->record, g_ptr_array_index (components, index));
  vss_refuse_index (index, components->len, "GetComponent", error);
  return NULL;
}

/**
 * vss_examine_writer_metadata_get_restore_method:
 * @self: a writer's metadata
 * @method: (out) (optional): how the files are to be restored; %VSS_RME_UNDEFINED if the writer
 *   doesn't say
 * @service: (out) (optional) (nullable) (transfer full): the service to stop and start, fit to be
 *   shown
 * @user_procedure: (out) (optional) (nullable) (transfer full): where to read how to restore, fit
 *   to be shown
 * @writer_restore: (out) (optional): when the writer wants to take part in a restore
 * @reboot_required: (out) (optional): whether a restart is needed after a restore
 * @mappings: (out) (optional): how many alternate locations there are
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadata::GetRestoreMethod
 *
 * Errors: none at present
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
vss_examine_writer_metadata_get_restore_method (VssExamineWriterMetadata *self,
                                                VssRestoreMethod *method,
                                                char **service,
                                                char **user_procedure,
                                                VssWriterRestore *writer_restore,
                                                gboolean *reboot_required,
                                                guint *mappings,
                                                GError **error)
{
  const VssWireWriterMetadata *metadata;

  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), FALSE);
  metadata = self->record->metadata;
  if (method != NULL)
    *method = metadata->has_restore_method ? (VssRestoreMethod)metadata->restore_method
                                           : VSS_RME_UNDEFINED;
  give_text (service, metadata->restore_service);
  give_text (user_procedure, metadata->restore_procedure);
  if (writer_restore != NULL)
    *writer_restore = metadata->has_restore_events ? (VssWriterRestore)metadata->restore_events
                                                   : VSS_WRE_UNDEFINED;
  if (reboot_required != NULL)
    *reboot_required = metadata->has_reboot_required && metadata->reboot_required;
  if (mappings != NULL)
    *mappings = length_of (metadata->alternate_locations);
  return TRUE;
}

/**
 * vss_examine_writer_metadata_get_alternate_location_mapping:
 * @self: a writer's metadata
 * @index: number of a mapping, from 0
 * @error: return location for an error
 *
 * Gives files that are restored to another place; see vss_wm_filedesc_get_alternate_location().
 *
 * VSS: IVssExamineWriterMetadata::GetAlternateLocationMapping
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the set of files
 *
 * Since: 0.1
 */
VssWMFiledesc *
vss_examine_writer_metadata_get_alternate_location_mapping (VssExamineWriterMetadata *self,
                                                            guint index,
                                                            GError **error)
{
  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), NULL);
  return vss_wm_filedesc_at (self->record, self->record->metadata->alternate_locations, index,
                             "GetAlternateLocationMapping", error);
}

/**
 * vss_examine_writer_metadata_get_backup_schema:
 * @self: a writer's metadata
 * @schema: (out): what the writer can do; nothing set: full backups only
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadata::GetBackupSchema
 *
 * Errors: %VSS_E_INVALIDARG
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_examine_writer_metadata_get_backup_schema (VssExamineWriterMetadata *self,
                                               VssBackupSchema *schema,
                                               GError **error)
{
  const VssWireWriterMetadata *metadata;

  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), FALSE);
  if (schema == NULL)
    {
      g_set_error_literal (error, VSS_ERROR, VSS_E_INVALIDARG,
                           "GetBackupSchema: there is nowhere to put the result");
      return FALSE;
    }
  metadata = self->record->metadata;
  *schema =
      metadata->has_backup_schema ? (VssBackupSchema)metadata->backup_schema : VSS_BS_UNDEFINED;
  return TRUE;
}

/**
 * vss_examine_writer_metadata_get_version:
 * @self: a writer's metadata
 * @major: (out) (optional): first part of the application's version
 * @minor: (out) (optional): second part
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadataEx2::GetVersion
 *
 * Errors: none at present
 *
 * Returns: %TRUE
 *
 * Since: 0.1
 */
gboolean
vss_examine_writer_metadata_get_version (VssExamineWriterMetadata *self,
                                         guint *major,
                                         guint *minor,
                                         GError **error)
{
  const VssWireWriterMetadata *metadata;

  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), FALSE);
  metadata = self->record->metadata;
  if (major != NULL)
    *major = metadata->has_major_version ? metadata->major_version : 0;
  if (minor != NULL)
    *minor = metadata->has_minor_version ? metadata->minor_version : 0;
  return TRUE;
}

/**
 * vss_examine_writer_metadata_get_exclude_from_snapshot_count:
 * @self: a writer's metadata
 * @count: (out): how many sets of files the writer doesn't want in the image
 * @error: return location for an error
 *
 * VSS: IVssExamineWriterMetadataEx2::GetExcludeFromSnapshotCount
 *
 * Errors: %VSS_E_INVALIDARG
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_examine_writer_metadata_get_exclude_from_snapshot_count (VssExamineWriterMetadata *self,
                                                             guint *count,
                                                             GError **error)
{
  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), FALSE);
  if (count == NULL)
    {
      g_set_error_literal (error, VSS_ERROR, VSS_E_INVALIDARG,
                           "GetExcludeFromSnapshotCount: there is nowhere to put the result");
      return FALSE;
    }
  *count = length_of (self->record->metadata->exclude_from_snapshot);
  return TRUE;
}

/**
 * vss_examine_writer_metadata_get_exclude_from_snapshot_file:
 * @self: a writer's metadata
 * @index: number of a set of files, from 0
 * @error: return location for an error
 *
 * Gives files that the writer doesn't want in the image. They are in it nevertheless.
 *
 * VSS: IVssExamineWriterMetadataEx2::GetExcludeFromSnapshotFile
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the set of files
 *
 * Since: 0.1
 */
VssWMFiledesc *
vss_examine_writer_metadata_get_exclude_from_snapshot_file (VssExamineWriterMetadata *self,
                                                            guint index,
                                                            GError **error)
{
  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), NULL);
  return vss_wm_filedesc_at (self->record, self->record->metadata->exclude_from_snapshot, index,
                             "GetExcludeFromSnapshotFile", error);
}

/**
 * vss_examine_writer_metadata_get_level:
 * @self: a writer's metadata
 *
 * Tells when the writer is frozen: front ends first, then back ends, then the system's own.
 *
 * VSS tells no requester of it.
 *
 * Returns: the level
 *
 * Since: 0.1
 */
VssApplicationLevel
vss_examine_writer_metadata_get_level (VssExamineWriterMetadata *self)
{
  g_return_val_if_fail (VSS_IS_EXAMINE_WRITER_METADATA (self), VSS_APP_UNKNOWN);
  return vss_application_level_from_wire (self->record->metadata->level);
}

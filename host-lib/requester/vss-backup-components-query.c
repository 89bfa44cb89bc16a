/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main object's questions about sets that exist, and the document. Each asks the provider, so
 * what another requester made or deleted meanwhile is seen. */
#include "host-lib/requester/vss-backup-components-private.h"

#include "host-lib/documents/vss-components-document.h"
#include "host-lib/requester/vss-enum-object-private.h"

/* -- finding -- */

static gboolean
has_snapshot (const VssSnapshotSet *set, const char *snapshot_id)
{
  for (guint i = 0; i < set->volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (set->volumes, i);

      if (g_ascii_strcasecmp (volume->snapshot_id, snapshot_id) == 0)
        return TRUE;
    }
  return FALSE;
}

VssSnapshotSet *
vss_components_find_set (VssBackupComponents *self,
                         const char *snapshot_set_id,
                         const char *snapshot_id,
                         GError **error)
{
  g_autoptr (GPtrArray) sets = vss_provider_gate_list_sets (self->gate, error);

  if (sets == NULL)
    return NULL;
  for (guint i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (!vss_context_covers (self->context, set->context))
        continue;
      if (snapshot_set_id != NULL ? g_ascii_strcasecmp (set->id, snapshot_set_id) == 0
                                  : has_snapshot (set, snapshot_id))
        return vss_snapshot_set_copy (set);
    }
  g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND, "'%s' has no %s %s in context %s",
               self->domain_name, snapshot_set_id != NULL ? "snapshot set" : "snapshot",
               snapshot_set_id != NULL ? snapshot_set_id : snapshot_id,
               vss_snapshot_context_to_string (self->context));
  return NULL;
}

/* -- properties -- */

static const char *
image_of (const VssSnapshotSet *set, const VssSetVolume *volume)
{
  for (guint i = 0; volume->disks != NULL && volume->disks[0] != NULL && i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      if (g_strcmp0 (disk->target, volume->disks[0]) == 0)
        return disk->image;
    }
  return NULL;
}

static VssSnapshotProp *
make_prop (const VssSnapshotSet *set, const VssSetVolume *volume)
{
  VssSnapshotProp *prop = g_new0 (VssSnapshotProp, 1);

  prop->snapshot_id = g_strdup (volume->snapshot_id);
  prop->snapshot_set_id = g_strdup (set->id);
  prop->snapshots_count = set->volumes->len;
  prop->snapshot_device_object = g_strdup (image_of (set, volume));
  prop->original_volume_name = g_strdup (volume->name);
  prop->originating_machine = g_strdup (set->domain_name);
  prop->service_machine = g_strdup (set->host_name);
  prop->provider_id = g_strdup (set->provider_id);
  prop->snapshot_attributes = set->context | VSS_VOLSNAP_ATTR_DIFFERENTIAL;
  prop->creation_timestamp_us = set->created_us;
  prop->status = VSS_SS_CREATED;
  return prop;
}

static VssSnapshotProp *
find_prop (VssBackupComponents *self, const char *snapshot_id, GError **error)
{
  g_autoptr (VssSnapshotSet) set = vss_components_find_set (self, NULL, snapshot_id, error);

  if (set == NULL)
    return NULL;
  for (guint i = 0; set->state == VSS_SET_CREATED && i < set->volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (set->volumes, i);

      if (g_ascii_strcasecmp (volume->snapshot_id, snapshot_id) == 0)
        return make_prop (set, volume);
    }
  g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
               "snapshot %s is not complete: its set is being made or deleted", snapshot_id);
  return NULL;
}

static gboolean
is_pending (VssBackupComponents *self)
{
  gboolean pending;

  g_mutex_lock (&self->lock);
  pending = self->state.pending;
  g_mutex_unlock (&self->lock);
  return pending;
}

/**
 * vss_backup_components_get_snapshot_properties:
 * @self: the object
 * @snapshot_id: a snapshot's UUID, as given by vss_backup_components_add_to_snapshot_set()
 * @error: return location for an error
 *
 * Returns what is to be known of one volume of a finished set; its data is in the image that
 * #VssSnapshotProp.snapshot_device_object names (the first, where the volume is on several disks:
 * see vss_backup_components_get_snapshot_set() for all).
 *
 * VSS: IVssBackupComponents::GetSnapshotProperties
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND also while the set is being
 * made and for one of another context, %VSS_E_ACCESSDENIED, %VSS_E_PROVIDER_VETO,
 * %VSS_E_UNEXPECTED_PROVIDER_ERROR, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the properties
 *
 * Since: 0.1
 */
VssSnapshotProp *
vss_backup_components_get_snapshot_properties (VssBackupComponents *self,
                                               const char *snapshot_id,
                                               GError **error)
{
  const VssCall call = VSS_CALL_GET_SNAPSHOT_PROPERTIES;
  GError *cause = NULL;
  VssSnapshotProp *prop;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check_id (call, snapshot_id, error)
      || !vss_components_check (self, call, error))
    return NULL;
  if (is_pending (self))
    {
      vss_call_fail (call, error,
                     g_error_new (VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                                  "snapshot %s does not exist yet: an operation is still running",
                                  snapshot_id));
      return NULL;
    }
  prop = find_prop (self, snapshot_id, &cause);
  if (prop == NULL)
    vss_call_fail (call, error, cause);
  return prop;
}

/* -- Query -- */

static VssObjectProp *
snapshot_object (const VssSnapshotSet *set, const VssSetVolume *volume)
{
  VssObjectProp *object = g_new0 (VssObjectProp, 1);

  object->type = VSS_OBJECT_SNAPSHOT;
  object->snapshot = make_prop (set, volume);
  return object;
}

static gboolean
add_snapshots (VssBackupComponents *self, GPtrArray *objects, GError **error)
{
  g_autoptr (GPtrArray) sets = vss_provider_gate_list_sets (self->gate, error);

  for (guint i = 0; sets != NULL && i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (set->state != VSS_SET_CREATED || !vss_context_covers (self->context, set->context))
        continue;
      for (guint j = 0; j < set->volumes->len; j++)
        g_ptr_array_add (objects, snapshot_object (set, g_ptr_array_index (set->volumes, j)));
    }
  return sets != NULL;
}

static void
add_provider (VssBackupComponents *self, GPtrArray *objects)
{
  VssObjectProp *object = g_new0 (VssObjectProp, 1);

  object->type = VSS_OBJECT_PROVIDER;
  object->provider = vss_provider_prop_copy (vss_provider_gate_get_properties (self->gate));
  g_ptr_array_add (objects, object);
}

static gboolean
check_query (const char *object_id, VssObjectType queried, VssObjectType returned, GError **error)
{
  if (object_id != NULL && !g_str_equal (object_id, VSS_ID_NULL))
    return vss_components_refuse (VSS_CALL_QUERY, error,
                                  "the queried object is %s, and can only be VSS_ID_NULL",
                                  object_id);
  if (queried != VSS_OBJECT_NONE)
    return vss_components_refuse (VSS_CALL_QUERY, error,
                                  "the queried type is %d, and can only be VSS_OBJECT_NONE",
                                  (gint) queried);
  if (returned != VSS_OBJECT_SNAPSHOT && returned != VSS_OBJECT_PROVIDER)
    return vss_components_refuse (VSS_CALL_QUERY, error,
                                  "the type to return is %d, and can only be VSS_OBJECT_SNAPSHOT "
                                  "or VSS_OBJECT_PROVIDER",
                                  (gint) returned);
  return TRUE;
}

/**
 * vss_backup_components_query:
 * @self: the object
 * @queried_object_id: (nullable): %VSS_ID_NULL
 * @queried_object_type: %VSS_OBJECT_NONE
 * @returned_objects_type: %VSS_OBJECT_SNAPSHOT or %VSS_OBJECT_PROVIDER
 * @error: return location for an error
 *
 * Lists the finished snapshots that the context covers, or the providers.
 *
 * VSS: IVssBackupComponents::Query. An empty enumeration is what S_FALSE is there.
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE, %VSS_E_ACCESSDENIED, %VSS_E_PROVIDER_VETO,
 * %VSS_E_UNEXPECTED_PROVIDER_ERROR, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the enumeration
 *
 * Since: 0.1
 */
VssEnumObject *
vss_backup_components_query (VssBackupComponents *self,
                             const char *queried_object_id,
                             VssObjectType queried_object_type,
                             VssObjectType returned_objects_type,
                             GError **error)
{
  g_autoptr (GPtrArray) objects = NULL;
  GError *cause = NULL;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!check_query (queried_object_id, queried_object_type, returned_objects_type, error)
      || !vss_components_check (self, VSS_CALL_QUERY, error))
    return NULL;
  objects = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_object_prop_free);
  if (returned_objects_type == VSS_OBJECT_PROVIDER)
    {
      add_provider (self, objects);
    }
  else if (!add_snapshots (self, objects, &cause))
    {
      vss_call_fail (VSS_CALL_QUERY, error, cause);
      return NULL;
    }
  return vss_enum_object_new (g_steal_pointer (&objects));
}

/**
 * vss_backup_components_get_snapshot_set:
 * @self: the object
 * @snapshot_set_id: a set's UUID
 * @error: return location for an error
 *
 * Returns the record of a set that the context covers, in whatever state it is: its level and what
 * proves it, its disks with their images, and how long it all took.
 *
 * VSS has nothing like it.
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND, %VSS_E_ACCESSDENIED,
 * %VSS_E_PROVIDER_VETO, %VSS_E_UNEXPECTED_PROVIDER_ERROR, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the record
 *
 * Since: 0.1
 */
VssSnapshotSet *
vss_backup_components_get_snapshot_set (VssBackupComponents *self,
                                        const char *snapshot_set_id,
                                        GError **error)
{
  const VssCall call = VSS_CALL_GET_SNAPSHOT_SET;
  GError *cause = NULL;
  VssSnapshotSet *set;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check_id (call, snapshot_set_id, error)
      || !vss_components_check (self, call, error))
    return NULL;
  set = vss_components_find_set (self, snapshot_set_id, NULL, &cause);
  if (set == NULL)
    vss_call_fail (call, error, cause);
  return set;
}

/**
 * vss_backup_components_save_as_xml:
 * @self: the object
 * @xml: (out) (transfer full): the document
 * @error: return location for an error
 *
 * Writes down what the backup consists of: the machine, the set with its volumes, disks and
 * images, the context and the kind of backup.
 *
 * VSS: IVssBackupComponents::SaveAsXML. The document's schema is our own.
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_save_as_xml (VssBackupComponents *self, char **xml, GError **error)
{
  VssComponentsDocument document = { 0 };

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (xml == NULL)
    return vss_components_refuse (VSS_CALL_SAVE_AS_XML, error,
                                  "there is nowhere to put the document");
  if (!vss_components_check (self, VSS_CALL_SAVE_AS_XML, error))
    return FALSE;
  document.domain_name = self->domain_name;
  document.domain_uuid = self->domain_uuid;
  document.host_name = self->host_name;
  document.context = self->context;
  document.backup_type = self->backup_type;
  document.select_components = self->select_components;
  document.bootable_system_state = self->bootable_system_state;
  document.partial_file_support = self->partial_file_support;
  document.set = self->set;
  document.writers = self->writers;
  document.components = self->components;
  *xml = vss_components_document_to_xml (&document);
  return TRUE;
}

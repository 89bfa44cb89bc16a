/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main object's calls that say which writers and which of their components take part. On the
 * requester's thread, while no operation is under way. */
#include "host-lib/requester/vss-backup-components-private.h"

/* -- life -- */

void
vss_components_init_writers (VssBackupComponents *self)
{
  self->disabled_classes = g_ptr_array_new_with_free_func (g_free);
  self->disabled_instances = g_ptr_array_new_with_free_func (g_free);
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_writer_record_unref);
  self->absent = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_absent_writer_free);
  self->writers = vss_set_writers_new ();
  self->components =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_selected_component_free);
}

void
vss_components_clear_writers (VssBackupComponents *self)
{
  g_clear_pointer (&self->enabled_classes, g_ptr_array_unref);
  g_ptr_array_unref (self->disabled_classes);
  g_ptr_array_unref (self->disabled_instances);
  g_ptr_array_unref (self->records);
  g_ptr_array_unref (self->absent);
  g_ptr_array_unref (self->writers);
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  g_ptr_array_unref (self->components);
}

/* -- filters -- */

static gboolean
has_id (GPtrArray *ids, const char *id)
{
  for (guint i = 0; i < ids->len; i++)
    {
      if (g_ascii_strcasecmp (g_ptr_array_index (ids, i), id) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
vss_components_is_enabled (VssBackupComponents *self,
                           const char *writer_id,
                           const char *instance_id)
{
  return (self->enabled_classes == NULL || has_id (self->enabled_classes, writer_id)) &&
         !has_id (self->disabled_classes, writer_id) &&
         !has_id (self->disabled_instances, instance_id);
}

/* Adds @ids to the list at @list, if it isn't too late for that. */
static gboolean
filter (VssBackupComponents *self,
        VssCall call,
        GPtrArray **list,
        const char *const *ids,
        GError **error)
{
  gboolean effective;

  if (ids == NULL)
    return vss_components_refuse (call, error, "no writer is named");
  for (guint i = 0; ids[i] != NULL; i++)
    {
      if (!vss_components_check_id (call, ids[i], error))
        return FALSE;
    }
  if (!vss_components_check (self, call, error))
    return FALSE;
  g_mutex_lock (&self->lock);
  effective = self->state.gather == VSS_GATHER_NO && !self->state.pending;
  g_mutex_unlock (&self->lock);
  if (effective && *list == NULL)
    *list = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; effective && ids[i] != NULL; i++)
    g_ptr_array_add (*list, g_strdup (ids[i]));
  return TRUE;
}

/**
 * vss_backup_components_enable_writer_classes:
 * @self: the object
 * @writer_ids: (array zero-terminated=1): class ids of writers
 * @error: return location for an error
 *
 * Has only writers of these classes take part. Before
 * vss_backup_components_gather_writer_metadata(); later it has no effect. Called again, it adds to
 * the classes.
 *
 * VSS: IVssBackupComponents::EnableWriterClasses
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_enable_writer_classes (VssBackupComponents *self,
                                             const char *const *writer_ids,
                                             GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  return filter (self, VSS_CALL_ENABLE_WRITER_CLASSES, &self->enabled_classes, writer_ids, error);
}

/**
 * vss_backup_components_disable_writer_classes:
 * @self: the object
 * @writer_ids: (array zero-terminated=1): class ids of writers
 * @error: return location for an error
 *
 * Has no writer of these classes take part. Before
 * vss_backup_components_gather_writer_metadata(); later it has no effect.
 *
 * VSS: IVssBackupComponents::DisableWriterClasses
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_disable_writer_classes (VssBackupComponents *self,
                                              const char *const *writer_ids,
                                              GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  return filter (self, VSS_CALL_DISABLE_WRITER_CLASSES, &self->disabled_classes, writer_ids, error);
}

/**
 * vss_backup_components_disable_writer_instances:
 * @self: the object
 * @instance_ids: (array zero-terminated=1): instance ids of writers
 * @error: return location for an error
 *
 * Has none of these writers take part. Before vss_backup_components_gather_writer_metadata();
 * later it has no effect. The ids come from another object, or from vss_domain_list_writers().
 *
 * VSS: IVssBackupComponents::DisableWriterInstances
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_disable_writer_instances (VssBackupComponents *self,
                                                const char *const *instance_ids,
                                                GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  return filter (self, VSS_CALL_DISABLE_WRITER_INSTANCES, &self->disabled_instances, instance_ids,
                 error);
}

/* -- components -- */

static VssWriterRecord *
find_record (VssBackupComponents *self, const char *instance_id)
{
  for (guint i = 0; i < self->records->len; i++)
    {
      VssWriterRecord *record = g_ptr_array_index (self->records, i);

      if (g_ascii_strcasecmp (record->metadata->instance_id, instance_id) == 0)
        return record;
    }
  return NULL;
}

static VssWireSelectedComponent *
find_component (VssBackupComponents *self,
                const char *instance_id,
                VssComponentType type,
                const char *logical_path,
                const char *name)
{
  for (guint i = 0; i < self->components->len; i++)
    {
      VssWireSelectedComponent *component = g_ptr_array_index (self->components, i);

      if (g_ascii_strcasecmp (component->instance_id, instance_id) == 0 &&
          (gint)component->type == (gint)type && g_str_equal (component->name, name) &&
          vss_logical_path_is_same (component->logical_path, logical_path))
        return component;
    }
  return NULL;
}

/* Of AddComponent and SetBackupSucceeded. */
static gboolean
check_component_arguments (VssCall call,
                           const char *instance_id,
                           const char *writer_id,
                           VssComponentType type,
                           const char *logical_path,
                           const char *name,
                           GError **error)
{
  if (type != VSS_CT_DATABASE && type != VSS_CT_FILEGROUP)
    return vss_components_refuse (call, error, "there is no component type %d", (gint)type);
  if (name == NULL || name[0] == '\0' || !g_utf8_validate (name, -1, NULL))
    return vss_components_refuse (call, error, "the component has no usable name");
  if (logical_path != NULL && !g_utf8_validate (logical_path, -1, NULL))
    return vss_components_refuse (call, error, "the logical path is no UTF-8");
  return vss_components_check_id (call, instance_id, error) &&
         vss_components_check_id (call, writer_id, error);
}

/* What was gathered says whether there is such a component. */
static gboolean
check_declared (VssBackupComponents *self,
                const char *instance_id,
                const char *writer_id,
                VssComponentType type,
                const char *logical_path,
                const char *name,
                GError **error)
{
  const VssCall call = VSS_CALL_ADD_COMPONENT;
  VssWriterRecord *record = find_record (self, instance_id);

  if (record == NULL)
    return vss_components_refuse (call, error, "no writer of instance %s was gathered",
                                  instance_id);
  if (g_ascii_strcasecmp (record->metadata->writer_id, writer_id) != 0)
    return vss_components_refuse (call, error, "writer '%s' is of class %s, not %s",
                                  record->metadata->name, record->metadata->writer_id, writer_id);
  if (vss_writer_record_find_component (record, type, logical_path, name) == NULL)
    return vss_components_refuse (call, error, "writer '%s' has no %s '%s%s%s'",
                                  record->metadata->name, vss_component_type_to_string (type),
                                  logical_path != NULL ? logical_path : "",
                                  logical_path != NULL ? "/" : "", name);
  return TRUE;
}

/**
 * vss_backup_components_add_component:
 * @self: the object
 * @instance_id: instance id of its writer
 * @writer_id: class id of its writer
 * @type: the component's kind
 * @logical_path: (nullable): the component's logical path; %NULL at the root
 * @component_name: the component's name
 * @error: return location for an error
 *
 * Chooses a component for the backup. It counts where components are chosen one by one: see
 * vss_backup_components_set_backup_state(). After vss_backup_components_gather_writer_metadata()
 * and before vss_backup_components_prepare_for_backup().
 *
 * VSS: IVssBackupComponents::AddComponent
 *
 * Errors: %VSS_E_INVALIDARG, also if the writer has no such component, %VSS_E_BAD_STATE,
 * %VSS_E_OBJECT_ALREADY_EXISTS if it was added already
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_add_component (VssBackupComponents *self,
                                     const char *instance_id,
                                     const char *writer_id,
                                     VssComponentType type,
                                     const char *logical_path,
                                     const char *component_name,
                                     GError **error)
{
  const VssCall call = VSS_CALL_ADD_COMPONENT;
  VssWireSelectedComponent *component;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!check_component_arguments (call, instance_id, writer_id, type, logical_path, component_name,
                                  error) ||
      !vss_components_check (self, call, error) ||
      !check_declared (self, instance_id, writer_id, type, logical_path, component_name, error))
    return FALSE;
  if (find_component (self, instance_id, type, logical_path, component_name) != NULL)
    return vss_call_fail (call, error,
                          g_error_new (VSS_ERROR, VSS_E_OBJECT_ALREADY_EXISTS,
                                       "AddComponent: '%s' was added already", component_name));
  component = vss_wire_selected_component_new ();
  component->instance_id = g_strdup (find_record (self, instance_id)->metadata->instance_id);
  component->type = (VssWireComponentType)type;
  component->logical_path = g_strdup (logical_path);
  component->name = g_strdup (component_name);
  g_ptr_array_add (self->components, component);
  return TRUE;
}

/**
 * vss_backup_components_set_backup_succeeded:
 * @self: the object
 * @instance_id: instance id of its writer
 * @writer_id: class id of its writer
 * @type: the component's kind
 * @logical_path: (nullable): the component's logical path; %NULL at the root
 * @component_name: the component's name
 * @succeeded: whether its backup succeeded
 * @error: return location for an error
 *
 * Says how the backup of a chosen component ended, for its writer to know in BackupComplete. For
 * each one that was added; what isn't said has failed. After the set was made and before
 * vss_backup_components_backup_complete().
 *
 * VSS: IVssBackupComponents::SetBackupSucceeded
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND if it was not added
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_set_backup_succeeded (VssBackupComponents *self,
                                            const char *instance_id,
                                            const char *writer_id,
                                            VssComponentType type,
                                            const char *logical_path,
                                            const char *component_name,
                                            gboolean succeeded,
                                            GError **error)
{
  const VssCall call = VSS_CALL_SET_BACKUP_SUCCEEDED;
  VssWireSelectedComponent *component;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!check_component_arguments (call, instance_id, writer_id, type, logical_path, component_name,
                                  error) ||
      !vss_components_check (self, call, error))
    return FALSE;
  component = find_component (self, instance_id, type, logical_path, component_name);
  if (component == NULL)
    return vss_call_fail (call, error,
                          g_error_new (VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                                       "SetBackupSucceeded: '%s' was not added with AddComponent",
                                       component_name));
  component->has_succeeded = TRUE;
  component->succeeded = succeeded;
  return TRUE;
}

/* -- who takes part -- */

static gboolean
has_component (VssBackupComponents *self, const char *instance_id)
{
  for (guint i = 0; i < self->components->len; i++)
    {
      const VssWireSelectedComponent *component = g_ptr_array_index (self->components, i);

      if (g_ascii_strcasecmp (component->instance_id, instance_id) == 0)
        return TRUE;
    }
  return FALSE;
}

void
vss_components_select_writers (VssBackupComponents *self)
{
  gboolean any =
      vss_context_kind (self->context) == VSS_KIND_WRITERS && self->policy != VSS_POLICY_CRASH;

  for (guint i = 0; i < self->writers->len; i++)
    {
      VssSetWriter *writer = g_ptr_array_index (self->writers, i);

      writer->selected =
          any && (!self->select_components || has_component (self, writer->instance_id));
    }
}

GStrv
vss_components_list_selected (VssBackupComponents *self)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  if (vss_set_writers_count_selected (self->writers) == 0)
    return NULL;
  for (guint i = 0; i < self->writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (self->writers, i);

      if (writer->selected)
        g_strv_builder_add (ids, writer->instance_id);
    }
  return g_strv_builder_end (ids);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A component as a writer has declared it. Immutable: any thread. */
#include "host-lib/requester/vss-wm-component-private.h"

#include "host-lib/vss-error.h"

struct _VssWMComponent
{
  GObject parent_instance;

  VssWriterRecord *owner;
  const VssWireWriterComponent *component;
};

G_DEFINE_FINAL_TYPE (VssWMComponent, vss_wm_component, G_TYPE_OBJECT)

/* The kinds have the same order on the wire. */
G_STATIC_ASSERT ((gint)VSS_WIRE_COMPONENT_TYPE_DATABASE == (gint)VSS_CT_DATABASE);
G_STATIC_ASSERT ((gint)VSS_WIRE_COMPONENT_TYPE_FILE_GROUP == (gint)VSS_CT_FILEGROUP);

static void
vss_wm_component_finalize (GObject *object)
{
  vss_writer_record_unref (VSS_WM_COMPONENT (object)->owner);
  G_OBJECT_CLASS (vss_wm_component_parent_class)->finalize (object);
}

static void
vss_wm_component_class_init (VssWMComponentClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_wm_component_finalize;
}

static void
vss_wm_component_init (VssWMComponent *self)
{
}

VssWMComponent *
vss_wm_component_new (VssWriterRecord *owner, const VssWireWriterComponent *component)
{
  VssWMComponent *self = g_object_new (VSS_TYPE_WM_COMPONENT, NULL);

  self->owner = vss_writer_record_ref (owner);
  self->component = component;
  return self;
}

static guint
length_of (GPtrArray *list)
{
  return list != NULL ? list->len : 0;
}

/**
 * vss_wm_component_get_component_info:
 * @self: a component
 * @error: return location for an error
 *
 * Tells what the component is, and how many sets of files it has. Names and paths are what the
 * guest says: not fit to be shown on a terminal as they are.
 *
 * VSS: IVssWMComponent::GetComponentInfo
 *
 * Errors: none at present
 *
 * Returns: (transfer full): what it is
 *
 * Since: 0.1
 */
VssComponentInfo *
vss_wm_component_get_component_info (VssWMComponent *self, GError **error)
{
  const VssWireWriterComponent *component;
  VssComponentInfo *info;

  g_return_val_if_fail (VSS_IS_WM_COMPONENT (self), NULL);
  component = self->component;
  info = g_new0 (VssComponentInfo, 1);
  info->type = (VssComponentType)component->type;
  info->logical_path = g_strdup (component->logical_path);
  info->component_name = g_strdup (component->name);
  info->caption = g_strdup (component->caption);
  info->restore_metadata = component->has_restore_metadata && component->restore_metadata;
  info->notify_on_backup_complete =
      component->has_notify_on_backup_complete && component->notify_on_backup_complete;
  info->selectable = component->has_selectable && component->selectable;
  info->selectable_for_restore =
      component->has_selectable_for_restore && component->selectable_for_restore;
  info->component_flags = component->has_flags ? component->flags : 0;
  info->file_count = length_of (component->files);
  info->databases = length_of (component->database_files);
  info->log_files = length_of (component->database_log_files);
  info->dependencies = length_of (component->dependencies);
  return info;
}

/**
 * vss_wm_component_get_file:
 * @self: a component
 * @index: number of a set of files of a file group, from 0
 * @error: return location for an error
 *
 * VSS: IVssWMComponent::GetFile
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the set of files
 *
 * Since: 0.1
 */
VssWMFiledesc *
vss_wm_component_get_file (VssWMComponent *self, guint index, GError **error)
{
  g_return_val_if_fail (VSS_IS_WM_COMPONENT (self), NULL);
  return vss_wm_filedesc_at (self->owner, self->component->files, index, "GetFile", error);
}

/**
 * vss_wm_component_get_database_file:
 * @self: a component
 * @index: number of a set of a database's files, from 0
 * @error: return location for an error
 *
 * VSS: IVssWMComponent::GetDatabaseFile
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the set of files
 *
 * Since: 0.1
 */
VssWMFiledesc *
vss_wm_component_get_database_file (VssWMComponent *self, guint index, GError **error)
{
  g_return_val_if_fail (VSS_IS_WM_COMPONENT (self), NULL);
  return vss_wm_filedesc_at (self->owner, self->component->database_files, index, "GetDatabaseFile",
                             error);
}

/**
 * vss_wm_component_get_database_log_file:
 * @self: a component
 * @index: number of a set of a database's log files, from 0
 * @error: return location for an error
 *
 * VSS: IVssWMComponent::GetDatabaseLogFile
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the set of files
 *
 * Since: 0.1
 */
VssWMFiledesc *
vss_wm_component_get_database_log_file (VssWMComponent *self, guint index, GError **error)
{
  g_return_val_if_fail (VSS_IS_WM_COMPONENT (self), NULL);
  return vss_wm_filedesc_at (self->owner, self->component->database_log_files, index,
                             "GetDatabaseLogFile", error);
}

/**
 * vss_wm_component_get_dependency:
 * @self: a component
 * @index: number of a dependency, from 0
 * @error: return location for an error
 *
 * VSS: IVssWMComponent::GetDependency
 *
 * Errors: %VSS_E_OBJECT_NOT_FOUND if there are no more
 *
 * Returns: (transfer full): the component of another writer that has to be restored along
 *
 * Since: 0.1
 */
VssWMDependency *
vss_wm_component_get_dependency (VssWMComponent *self, guint index, GError **error)
{
  GPtrArray *dependencies;

  g_return_val_if_fail (VSS_IS_WM_COMPONENT (self), NULL);
  dependencies = self->component->dependencies;
  if (index < length_of (dependencies))
    return vss_wm_dependency_new (self->owner, g_ptr_array_index (dependencies, index));
  vss_refuse_index (index, length_of (dependencies), "GetDependency", error);
  return NULL;
}

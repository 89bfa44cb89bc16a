/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of files, and a dependency, as a writer has declared them. Immutable: any thread. */
#include "host-lib/requester/vss-writer-record.h"

#include "host-lib/vss-error.h"

/* What a set of files has that names no types: all of them, as VSS has it. */
#define ALL_TYPES (VSS_FSBT_ALL_BACKUP_REQUIRED | VSS_FSBT_ALL_SNAPSHOT_REQUIRED)

gboolean
vss_refuse_index (guint index, guint count, const char *call, GError **error)
{
  g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND, "%s: there is no number %u of %u", call,
               index, count);
  return FALSE;
}

/* -- files -- */

struct _VssWMFiledesc
{
  GObject parent_instance;

  VssWriterRecord *owner;
  const VssWireWriterFileSet *files;
};

G_DEFINE_FINAL_TYPE (VssWMFiledesc, vss_wm_filedesc, G_TYPE_OBJECT)

static void
vss_wm_filedesc_finalize (GObject *object)
{
  vss_writer_record_unref (VSS_WM_FILEDESC (object)->owner);
  G_OBJECT_CLASS (vss_wm_filedesc_parent_class)->finalize (object);
}

static void
vss_wm_filedesc_class_init (VssWMFiledescClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_wm_filedesc_finalize;
}

static void
vss_wm_filedesc_init (VssWMFiledesc *self)
{
}

VssWMFiledesc *
vss_wm_filedesc_new (VssWriterRecord *owner, const VssWireWriterFileSet *files)
{
  VssWMFiledesc *self = g_object_new (VSS_TYPE_WM_FILEDESC, NULL);

  self->owner = vss_writer_record_ref (owner);
  self->files = files;
  return self;
}

VssWMFiledesc *
vss_wm_filedesc_at (VssWriterRecord *owner,
                    GPtrArray *files,
                    guint index,
                    const char *call,
                    GError **error)
{
  guint count = files != NULL ? files->len : 0;

  if (index < count)
    return vss_wm_filedesc_new (owner, g_ptr_array_index (files, index));
  vss_refuse_index (index, count, call, error);
  return NULL;
}

/**
 * vss_wm_filedesc_get_path:
 * @self: a set of files
 *
 * Tells the folder that the files are in. It is what the guest says: neither fit to be shown on a
 * terminal nor to be used as a path of the host.
 *
 * VSS: IVssWMFiledesc::GetPath
 *
 * Returns: the folder
 *
 * Since: 0.1
 */
const char *
vss_wm_filedesc_get_path (VssWMFiledesc *self)
{
  g_return_val_if_fail (VSS_IS_WM_FILEDESC (self), NULL);
  return self->files->path;
}

/**
 * vss_wm_filedesc_get_filespec:
 * @self: a set of files
 *
 * VSS: IVssWMFiledesc::GetFilespec
 *
 * Returns: which files in the folder; ? and * stand for others
 *
 * Since: 0.1
 */
const char *
vss_wm_filedesc_get_filespec (VssWMFiledesc *self)
{
  g_return_val_if_fail (VSS_IS_WM_FILEDESC (self), NULL);
  return self->files->filespec;
}

/**
 * vss_wm_filedesc_get_recursive:
 * @self: a set of files
 *
 * VSS: IVssWMFiledesc::GetRecursive
 *
 * Returns: whether the folders below are meant as well
 *
 * Since: 0.1
 */
gboolean
vss_wm_filedesc_get_recursive (VssWMFiledesc *self)
{
  g_return_val_if_fail (VSS_IS_WM_FILEDESC (self), FALSE);
  return self->files->recursive;
}

/**
 * vss_wm_filedesc_get_alternate_location:
 * @self: a set of files
 *
 * VSS: IVssWMFiledesc::GetAlternateLocation
 *
 * Returns: (nullable): where the files are to be taken from instead; for a mapping of
 *   vss_examine_writer_metadata_get_alternate_location_mapping(), where they are restored to
 *
 * Since: 0.1
 */
const char *
vss_wm_filedesc_get_alternate_location (VssWMFiledesc *self)
{
  g_return_val_if_fail (VSS_IS_WM_FILEDESC (self), NULL);
  return self->files->alternate_path;
}

/**
 * vss_wm_filedesc_get_backup_type_mask:
 * @self: a set of files
 *
 * VSS: IVssWMFiledesc::GetBackupTypeMask
 *
 * Returns: #VssFileSpecBackupType bits: which kinds of backup need the files
 *
 * Since: 0.1
 */
guint
vss_wm_filedesc_get_backup_type_mask (VssWMFiledesc *self)
{
  g_return_val_if_fail (VSS_IS_WM_FILEDESC (self), 0);
  return self->files->has_backup_type_mask ? self->files->backup_type_mask : ALL_TYPES;
}

/* -- dependencies -- */

struct _VssWMDependency
{
  GObject parent_instance;

  VssWriterRecord *owner;
  const VssWireWriterDependency *dependency;
};

G_DEFINE_FINAL_TYPE (VssWMDependency, vss_wm_dependency, G_TYPE_OBJECT)

static void
vss_wm_dependency_finalize (GObject *object)
{
  vss_writer_record_unref (VSS_WM_DEPENDENCY (object)->owner);
  G_OBJECT_CLASS (vss_wm_dependency_parent_class)->finalize (object);
}

static void
vss_wm_dependency_class_init (VssWMDependencyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_wm_dependency_finalize;
}

static void
vss_wm_dependency_init (VssWMDependency *self)
{
}

VssWMDependency *
vss_wm_dependency_new (VssWriterRecord *owner, const VssWireWriterDependency *dependency)
{
  VssWMDependency *self = g_object_new (VSS_TYPE_WM_DEPENDENCY, NULL);

  self->owner = vss_writer_record_ref (owner);
  self->dependency = dependency;
  return self;
}

/**
 * vss_wm_dependency_get_writer_id:
 * @self: a dependency
 *
 * VSS: IVssWMDependency::GetWriterId
 *
 * Returns: class id of the other writer, as the guest says it
 *
 * Since: 0.1
 */
const char *
vss_wm_dependency_get_writer_id (VssWMDependency *self)
{
  g_return_val_if_fail (VSS_IS_WM_DEPENDENCY (self), NULL);
  return self->dependency->writer_id;
}

/**
 * vss_wm_dependency_get_logical_path:
 * @self: a dependency
 *
 * VSS: IVssWMDependency::GetLogicalPath
 *
 * Returns: (nullable): logical path of the other writer's component; %NULL at the root
 *
 * Since: 0.1
 */
const char *
vss_wm_dependency_get_logical_path (VssWMDependency *self)
{
  g_return_val_if_fail (VSS_IS_WM_DEPENDENCY (self), NULL);
  return self->dependency->logical_path;
}

/**
 * vss_wm_dependency_get_component_name:
 * @self: a dependency
 *
 * VSS: IVssWMDependency::GetComponentName
 *
 * Returns: name of the other writer's component
 *
 * Since: 0.1
 */
const char *
vss_wm_dependency_get_component_name (VssWMDependency *self)
{
  g_return_val_if_fail (VSS_IS_WM_DEPENDENCY (self), NULL);
  return self->dependency->component_name;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of files that a writer has declared, and a component of another writer that one depends
 * on. VSS: IVssWMFiledesc and IVssWMDependency. Immutable: any thread. */
#pragma once

#include <glib-object.h>

#include "host-lib/vss-export.h"

G_BEGIN_DECLS

#define VSS_TYPE_WM_FILEDESC (vss_wm_filedesc_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssWMFiledesc, vss_wm_filedesc, VSS, WM_FILEDESC, GObject)

/* A folder of the guest, as the guest named it: not fit for a terminal or for the host's own file
 * system without care. */
VSS_API const char *vss_wm_filedesc_get_path (VssWMFiledesc *self);
/* "*" for all files; ? and * stand for others. */
VSS_API const char *vss_wm_filedesc_get_filespec (VssWMFiledesc *self);
VSS_API gboolean vss_wm_filedesc_get_recursive (VssWMFiledesc *self);
/* (nullable) */
VSS_API const char *vss_wm_filedesc_get_alternate_location (VssWMFiledesc *self);
/* VssFileSpecBackupType */
VSS_API guint vss_wm_filedesc_get_backup_type_mask (VssWMFiledesc *self);

#define VSS_TYPE_WM_DEPENDENCY (vss_wm_dependency_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssWMDependency, vss_wm_dependency, VSS, WM_DEPENDENCY, GObject)

VSS_API const char *vss_wm_dependency_get_writer_id (VssWMDependency *self);
/* (nullable) */
VSS_API const char *vss_wm_dependency_get_logical_path (VssWMDependency *self);
VSS_API const char *vss_wm_dependency_get_component_name (VssWMDependency *self);

G_END_DECLS

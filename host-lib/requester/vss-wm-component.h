/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A component that a writer has declared. VSS: IVssWMComponent. Immutable: any thread. */
#pragma once

#include "host-lib/requester/vss-wm-filedesc.h"
#include "host-lib/vss-writer-types.h"

G_BEGIN_DECLS

#define VSS_TYPE_WM_COMPONENT (vss_wm_component_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssWMComponent, vss_wm_component, VSS, WM_COMPONENT, GObject)

/* (transfer full) */
VSS_API VssComponentInfo *vss_wm_component_get_component_info (VssWMComponent *self,
                                                               GError **error);
/* (transfer full), as the next ones; VSS_E_OBJECT_NOT_FOUND beyond the end. */
VSS_API VssWMFiledesc *vss_wm_component_get_file (VssWMComponent *self,
                                                  guint index,
                                                  GError **error);
VSS_API VssWMFiledesc *vss_wm_component_get_database_file (VssWMComponent *self,
                                                           guint index,
                                                           GError **error);
VSS_API VssWMFiledesc *vss_wm_component_get_database_log_file (VssWMComponent *self,
                                                               guint index,
                                                               GError **error);
VSS_API VssWMDependency *vss_wm_component_get_dependency (VssWMComponent *self,
                                                          guint index,
                                                          GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What to freeze, in which order, and what can't be frozen and why: a pure function of the mount
 * table and the request. Nothing is opened. Called by the freezer. */
#pragma once

#include "qapi/vss-wire-types.h"

#include "guest-agent/freeze/vss-mount-table.h"

G_BEGIN_DECLS

typedef struct
{
  const VssFileSystem *fs;
  char *mount_point; /* as asked for first */
  VssWireFreezability freezability;
  char *reason; /* why it isn't freezable; nullable */
  guint level; /* level 0 is frozen first */
} VssFreezePlanEntry;

typedef struct
{
  VssMountTable *table;
  GPtrArray *entries; /* (element-type VssFreezePlanEntry), each file system once, as asked for */
  guint n_levels;
} VssFreezePlan;

/* @mount_points: (element-type utf8). Errors are VSS_FREEZER_ERROR's: object-not-found for what is
 * no mount point, not-freezable for file systems that lie on each other in a circle, bad-arguments
 * for none or more than @max_volumes. */
VssFreezePlan *vss_freeze_plan_new (VssMountTable *table,
                                    const GPtrArray *mount_points,
                                    guint max_volumes,
                                    GError **error);
void vss_freeze_plan_free (VssFreezePlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssFreezePlan, vss_freeze_plan_free)

/* What a freeze can do with @fs; @reason becomes why, NULL if it is freezable. */
VssWireFreezability vss_freeze_plan_classify (const VssFileSystem *fs, char **reason);

G_END_DECLS

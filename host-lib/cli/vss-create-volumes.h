/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes into a new set, and what of the domain doesn't. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* The volumes to add: those of @requested, or if that is empty all of @volumes (element-type
 * VssVolumeInfo) that are supported. (transfer full) (element-type utf8) */
GPtrArray *vss_create_choose_volumes (GPtrArray *volumes,
                                      const char *const *requested,
                                      GError **error);

/* The volumes of which @set doesn't hold all, each with the reason. (transfer full) (element-type
 * VssLeftOut) */
GPtrArray *vss_create_list_left_out (GPtrArray *volumes, const VssSnapshotSet *set);

G_END_DECLS

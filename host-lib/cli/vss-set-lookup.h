/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the sets of a domain that the command line names. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* The one set of @sets (element-type VssSnapshotSet) whose id begins with @prefix; NULL with
 * VSS_E_OBJECT_NOT_FOUND if there is none or more than one. Belongs to @sets. */
const VssSnapshotSet *vss_set_lookup (GPtrArray *sets, const char *prefix, GError **error);

/* Whether @sets has a set of that id. */
gboolean vss_set_lookup_has (GPtrArray *sets, const char *id);

/* Newest first: a newer set's images stand on an older one's. */
void vss_set_lookup_sort (GPtrArray *sets);

G_END_DECLS

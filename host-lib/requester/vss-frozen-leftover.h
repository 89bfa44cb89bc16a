/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that a requester left frozen: only possible where no lease in the guest bounds the
 * freeze. Told by the records of snapshot sets. Worker thread. */
#pragma once

#include "host-lib/guest/vss-guest.h"
#include "host-lib/vss-snapshot-set.h"

G_BEGIN_DECLS

/* The set that a living requester makes right now; NULL if there is none. @sets: (element-type
 * VssSnapshotSet) (nullable) */
const VssSnapshotSet *vss_find_set_in_progress (GPtrArray *sets);
/* The set that a dead one left half-way. */
const VssSnapshotSet *vss_find_set_left_over (GPtrArray *sets);

/* @guest: open. Thaws it if it has no lease, is frozen, and @sets has a set that was left half-way;
 * @thawed (nullable) says whether. VSS_E_SNAPSHOT_SET_IN_PROGRESS if it is frozen by somebody
 * else: a living requester, or one who makes no such sets. @name: the virtual machine's. */
gboolean vss_thaw_leftover (VssGuest *guest,
                            GPtrArray *sets,
                            const char *name,
                            gboolean *thawed,
                            GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renews the owner's lease in the record of a set that lives with its object, so that nobody takes
 * it for left behind. A thread of its own. */
#pragma once

#include "host-lib/requester/vss-provider-gate.h"

G_BEGIN_DECLS

typedef struct _VssOwnerKeeper VssOwnerKeeper;

/* Copies @set. */
VssOwnerKeeper *vss_owner_keeper_start (VssProviderGate *gate, const VssSnapshotSet *set);

/* Waits for a renewal that is under way. */
void vss_owner_keeper_stop (VssOwnerKeeper *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renews the guest's lease from a thread of its own while the commit is slow. The guest never lets
 * it go beyond its own maximum. */
#pragma once

#include "host-lib/guest/vss-guest.h"

G_BEGIN_DECLS

typedef struct _VssLeaseKeeper VssLeaseKeeper;

/* What is left of a lease that ends at @end_ms of the guest's clock when it shows @now_ms; never
 * more than @lease_ms, whatever the guest says. */
gint64 vss_lease_left_ms (gint64 end_ms, gint64 now_ms, guint lease_ms);

/* @left_ms: what is left of the lease now. */
VssLeaseKeeper *vss_lease_keeper_start (VssGuest *guest,
                                        gint64 generation,
                                        guint lease_ms,
                                        gint64 left_ms);
/* Waits for a renewal that is under way. */
void vss_lease_keeper_stop (VssLeaseKeeper *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssLeaseKeeper, vss_lease_keeper_stop)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a set that is only begun: says who is at the domain before anything is made. On
 * the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* Only in the running domain's metadata: it goes with it. VSS_E_SNAPSHOT_SET_IN_PROGRESS if another
 * living owner's set is under way; of two who come at the same time at most one gets it. */
gboolean vss_reserve_set (VssLibvirtSession *session, VssSnapshotSet *set, GError **error);
/* Removes the record, if it is still as it was made then. */
gboolean vss_unreserve_set (VssLibvirtSession *session, const char *set_id, GError **error);

G_END_DECLS

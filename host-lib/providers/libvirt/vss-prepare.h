/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record and the overlays of a new set. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* Fills the disks of @set, records it as preparing, makes its overlays. On error nothing is left,
 * or the record stays for recovery and the message says so. */
gboolean vss_prepare_set (VssLibvirtSession *session,
                          VssSnapshotSet *set,
                          GCancellable *cancellable,
                          GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the overlays of a domain take, and what is left for them. Looks only. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"
#include "host-lib/requester/vss-overlay-info.h"

G_BEGIN_DECLS

/* @sets: (element-type VssSnapshotSet). (transfer full) (element-type VssOverlayInfo): those that a
 * disk's chain has. */
GPtrArray *
vss_overlay_usage_list (VssLibvirtSession *session, GPtrArray *sets, GError **error);

G_END_DECLS

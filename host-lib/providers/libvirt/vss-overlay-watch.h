/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for libvirt's word that a domain has written past a block threshold. */
#pragma once

#include <libvirt/libvirt.h>

#include "host-lib/requester/vss-overlay-info.h"

G_BEGIN_DECLS

/* @domain: nullable: only the time is waited for. The thresholds are taken back at the end. */
gboolean vss_overlay_watch_wait (virDomainPtr domain,
                                 GPtrArray *overlays,
                                 guint timeout_ms,
                                 gboolean *grown,
                                 GCancellable *cancellable,
                                 GError **error);

G_END_DECLS

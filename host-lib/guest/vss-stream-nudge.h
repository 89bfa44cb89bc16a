/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gets libvirt's client going again when it has lost a wake-up. Owned by a domain's channel. */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

G_BEGIN_DECLS

typedef struct _VssStreamNudge VssStreamNudge;

/* Keeps a reference of @connection. */
VssStreamNudge *vss_stream_nudge_new (virConnectPtr connection);
void vss_stream_nudge_free (VssStreamNudge *self);

/* Around a call to libvirt while another thread is blocked in virStreamRecv(). Any thread. */
void vss_stream_nudge_begin (VssStreamNudge *self);
void vss_stream_nudge_end (VssStreamNudge *self);

G_END_DECLS

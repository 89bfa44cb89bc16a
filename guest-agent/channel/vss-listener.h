/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's Unix socket, for tests and for hosts that reach the guest without a virtio-serial
 * port: only its owner may connect. Owned by the agent, main thread. */
#pragma once

#include "guest-agent/channel/vss-connection.h"

G_BEGIN_DECLS

typedef struct _VssListener VssListener;

/* Connections at a time: one that works, some that look. */
#define VSS_LISTENER_MAX_PEERS 16

/* Listens on @path (mode 0600), where a socket that nobody listens on any more is replaced.
 * NULL with a GFileError. */
VssListener *vss_listener_new (VssAgentServices *services, const char *path, GError **error);

/* Hangs up all connections and removes the socket. */
void vss_listener_free (VssListener *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssListener, vss_listener_free)

G_END_DECLS

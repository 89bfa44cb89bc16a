/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One accepted connection of the agent's Unix socket. Owned by the listener, main thread. */
#pragma once

#include "guest-agent/channel/vss-connection.h"

G_BEGIN_DECLS

typedef struct _VssSocketPeer VssSocketPeer;

/* The peer is gone, or has to go: free it. Called from the main loop, not from within a call. */
typedef void (*VssSocketPeerFunc) (VssSocketPeer *peer, gpointer user_data);

/* Takes @fd, which doesn't block. @name: who is there, for the log. NULL (and @fd closed) with a
 * GFileError if it can't be watched. */
VssSocketPeer *vss_socket_peer_new (VssAgentServices *services,
                                    int fd,
                                    const char *name,
                                    VssSocketPeerFunc on_gone,
                                    gpointer user_data,
                                    GError **error);

/* Hangs up and closes. */
void vss_socket_peer_free (VssSocketPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssSocketPeer, vss_socket_peer_free)

G_END_DECLS

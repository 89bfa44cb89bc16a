/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel over a Unix socket: for virtual machines without libvirt, and for tests. */
#pragma once

#include "host-lib/guest/vss-channel.h"

G_BEGIN_DECLS

#define VSS_TYPE_SOCKET_CHANNEL (vss_socket_channel_get_type ())
G_DECLARE_FINAL_TYPE (VssSocketChannel, vss_socket_channel, VSS, SOCKET_CHANNEL, GObject)

/* Connects to @path when it is opened. */
VssSocketChannel *vss_socket_channel_new (const char *path);

/* Is @socket already, good for one open. */
VssSocketChannel *vss_socket_channel_new_connected (GSocket *socket);

G_END_DECLS

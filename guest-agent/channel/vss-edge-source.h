/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A main loop source that reports the edges of a descriptor, not its levels: a virtio-serial port
 * without a host is readable and hung up for ever, and would wake a level-triggered loop half a
 * million times a second. Used by the port and by socket peers, on the main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Something about the descriptor has changed: read until there is nothing more and write what
 * waits. Called once soon after the source was attached, too. */
typedef void (*VssEdgeFunc) (gpointer user_data);

/* NULL with a GFileError if the descriptor can't be watched. @fd stays the caller's and must be
 * closed after the source was destroyed. @function runs on the context that the source is attached
 * to. */
GSource *vss_edge_source_new (int fd, VssEdgeFunc function, gpointer user_data, GError **error);

G_END_DECLS

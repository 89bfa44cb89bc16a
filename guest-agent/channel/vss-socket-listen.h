/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A Unix socket to listen on, put into the place of one that nobody listens on any more. Used by
 * the listeners for hosts and for writers, at the agent's start. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* A descriptor that doesn't block, -1 with a GFileError. @mode: of the socket's file. */
int vss_socket_listen (const char *path, mode_t mode, int backlog, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the service manager how far the agent is (sd_notify's protocol, which is one datagram).
 * Called by main() on its thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @state: lines such as "READY=1". @socket_path: $NOTIFY_SOCKET; nothing happens if it is NULL,
 * as in a terminal. Errors: a GFileError. Never waits. */
gboolean vss_agent_notify (const char *socket_path, const char *state, GError **error);

G_END_DECLS

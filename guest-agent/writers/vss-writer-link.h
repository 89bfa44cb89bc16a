/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's end of a connection to a writer that is a daemon: bytes of a socket to commands and
 * answers of the protocol, in which the agent has the host's part. Opens the session by itself,
 * hangs up on a daemon that breaks the rules, and never wakes while nothing is asked. Owned by the
 * daemon's writer, main thread. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "guest-agent/writers/vss-writer-clock.h"

G_BEGIN_DECLS

#define VSS_TYPE_WRITER_LINK (vss_writer_link_get_type ())
G_DECLARE_FINAL_TYPE (VssWriterLink, vss_writer_link, VSS, WRITER_LINK, GObject)

/* Takes the socket @fd, which doesn't block. */
VssWriterLink *vss_writer_link_new (const VssWriterClock *clock, int fd);

/* Sends a command; @arguments: transfer full, nullable. Ends with the JSON of the answer, or with
 * VSS_WRITER_ERROR_TIMEOUT, _GONE, _MALFORMED, or a VSS_PROTOCOL_ERROR_REMOTE: the daemon's own
 * words. Before the signal "opened" it is _GONE. */
void vss_writer_link_execute_async (VssWriterLink *self,
                                    const char *command,
                                    JsonNode *arguments,
                                    guint timeout_ms,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
JsonNode *
vss_writer_link_execute_finish (VssWriterLink *self, GAsyncResult *result, GError **error);

/* Hangs up; "closed" is emitted if it wasn't before. */
void vss_writer_link_close (VssWriterLink *self, const char *reason);

/* Signals (main thread):
 * "opened": the daemon has opened a session.
 * "closed" (const char *reason), once: it has hung up, or was hung up on. */

G_END_DECLS

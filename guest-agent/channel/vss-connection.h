/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's end of one channel: received bytes go into a protocol session, its commands to the
 * commands/ folder, and replies back to the channel. Knows when the host has gone or gone silent
 * and then undoes what this connection had frozen. Owned by the port or a socket peer; lives on
 * the main thread. */
#pragma once

#include <json-glib/json-glib.h>

#include "guest-agent/vss-agent-services.h"

G_BEGIN_DECLS

#define VSS_TYPE_CONNECTION (vss_connection_get_type ())
G_DECLARE_FINAL_TYPE (VssConnection, vss_connection, VSS, CONNECTION, GObject)

/* What a connection needs of its channel. */
typedef struct
{
  /* Writes what the channel takes now: the number of bytes, 0 if it is full. */
  gsize (*write) (gpointer io_data, const guint8 *bytes, gsize length);
  /* Asks the kernel, now: is the host still there? */
  gboolean (*is_connected) (gpointer io_data);
  /* The session is beyond use, or the host doesn't read: a socket closes, a port goes on. May be
   * called from within any call of the connection. */
  void (*drop) (gpointer io_data);
} VssConnectionIo;

/* @peer: who is at the other end, for the log ("port org.virtvss.agent.0"). */
VssConnection *vss_connection_new (VssAgentServices *services,
                                   const char *peer,
                                   const VssConnectionIo *io,
                                   gpointer io_data);

/* The channel's events. */
void vss_connection_receive (VssConnection *self, const guint8 *bytes, gsize length);
void vss_connection_writable (VssConnection *self);
void vss_connection_hang_up (VssConnection *self, const char *reason);

/* The channel is gone for good: hangs up and uses io_data no more. The object lives on while
 * something that it started is under way. */
void vss_connection_close (VssConnection *self, const char *reason);

/* -- for commands/ -- */

VssAgentServices *vss_connection_get_services (VssConnection *self);
const char *vss_connection_get_peer (VssConnection *self);

/* Opens a session and returns its name (owned by the connection). */
const char *vss_connection_begin_session (VssConnection *self, const char *requester);
/* The requester's name and its channel, "virt-vss on port org.virtvss.agent.0". */
const char *vss_connection_get_requester (VssConnection *self);

/* A number that changes whenever the session ends or what it had under way is undone, and whether
 * that session is still alive right now, its channel included. */
guint64 vss_connection_get_epoch (VssConnection *self);
gboolean vss_connection_is_alive (VssConnection *self, guint64 epoch);

/* Answers; ids of a session that is over are ignored. @result: transfer full, nullable. */
void vss_connection_reply (VssConnection *self, const char *id, JsonNode *result);
void vss_connection_reply_error (VssConnection *self, const char *id, const GError *error);

/* Sends an event within the session. @data: transfer full, nullable. */
void vss_connection_emit (VssConnection *self, const char *name, JsonNode *data);

/* The hold on the guest may have changed: looks again at whether silence matters. */
void vss_connection_hold_changed (VssConnection *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end of a dialogue between host and guest: bytes and a clock in, messages, bytes to send and
 * deadlines out. No file descriptor, no clock, no main loop, no thread of its own: the owner
 * (the host's agent guest, the agent's connection) feeds it from one thread or under one lock. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "protocol/vss-protocol-error.h"

G_BEGIN_DECLS

typedef struct _VssSession VssSession;

typedef enum
{
  VSS_SESSION_ROLE_HOST, /* sends commands, receives replies and events */
  VSS_SESSION_ROLE_GUEST, /* receives commands, sends replies and events */
} VssSessionRole;

typedef enum
{
  VSS_SESSION_EVENT_SYNCED, /* host: in step with the peer; guest: a host has (re)synchronised,
                               whatever session there was is over */
  VSS_SESSION_EVENT_COMMAND, /* guest: name, id, node = arguments object or NULL */
  VSS_SESSION_EVENT_REPLY, /* host: id, and node = the return value; or error, and of a
                              VSS_PROTOCOL_ERROR_REMOTE node = its data or NULL */
  VSS_SESSION_EVENT_EVENT, /* host: name, node = data or NULL */
  VSS_SESSION_EVENT_GARBAGE, /* something was dropped; error says what. The session goes on */
  VSS_SESSION_EVENT_FAILED, /* error: the session is beyond use (flood, no sync in time) until it
                               is synchronised again; commands in flight have ended before */
} VssSessionEventKind;

typedef struct
{
  VssSessionEventKind kind;
  char *name;
  char *id;
  JsonNode *node;
  GError *error;
} VssSessionEvent;

void vss_session_event_free (VssSessionEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssSessionEvent, vss_session_event_free)

/* @nonce: random text of the owner (128 bits or more, hexadecimal). The host uses it for the
 * resynchronisation and for the id of vss-hello; the guest names its session with it. */
VssSession *vss_session_new (VssSessionRole role, const char *nonce);
void vss_session_free (VssSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssSession, vss_session_free)

/* -- bytes and time -- */

/* Takes received bytes; events become available. @now_ms: any monotonic clock, always the same. */
void vss_session_receive (VssSession *self, const guint8 *bytes, gsize length, gint64 now_ms);

/* The peer has closed, or the connection is gone: every command in flight ends with
 * VSS_PROTOCOL_ERROR_CLOSED, half received and unsent bytes are dropped. A guest's session can be
 * used again by the next host. */
void vss_session_hang_up (VssSession *self);

/* Lets time pass: commands past their deadline end with VSS_PROTOCOL_ERROR_TIMEOUT. */
void vss_session_advance (VssSession *self, gint64 now_ms);

/* When vss_session_advance() has something to do; -1 for never (an idle session never wakes). */
gint64 vss_session_next_deadline (VssSession *self);

/* The bytes to send, NULL if none (transfer full); vss_session_sent() drops the first @length of
 * them. Other calls may come between the two (while a lock is released to send): if one of them
 * drops the output, what was sent then doesn't count. */
GBytes *vss_session_peek_output (VssSession *self);
void vss_session_sent (VssSession *self, gsize length);

/* The next event, NULL if none (transfer full). After every call that takes a session, take events
 * until NULL and then send the output: received bytes are worked off while events are taken, so
 * that what follows an event in the stream meets the session as the owner left it. */
VssSessionEvent *vss_session_next_event (VssSession *self);

/* -- the host's calls -- */

/* Starts resynchronisation; ends in SYNCED, or FAILED once @timeout_ms is over. */
void vss_session_synchronise (VssSession *self, gint64 now_ms, gint64 timeout_ms);

/* Sends a command and returns its id, which the session owns until its reply was taken, and then
 * the reply's event. Before vss_session_begin() only vss-hello can be sent. @arguments: transfer
 * full, nullable. After the time-out a late reply is dropped silently, and so is the command if it
 * is still unsent.
 * NULL with VSS_PROTOCOL_ERROR_STATE, _CLOSED, _TOO_LARGE or _MALFORMED (text that is no UTF-8). */
const char *vss_session_execute (VssSession *self,
                                 const char *command,
                                 JsonNode *arguments,
                                 gint64 now_ms,
                                 gint64 timeout_ms,
                                 GError **error);

/* Keep-alive: while @interval_ms > 0, vss-ping is sent whenever nothing was sent for that long
 * (its replies are taken by the session itself). 0 switches it off. */
void vss_session_set_keep_alive (VssSession *self, gint64 interval_ms, gint64 now_ms);

/* -- both -- */

/* The session's name is now @session: ids are "session:number", everything else is dropped.
 * The host calls it with the answer to vss-hello, the guest when it answers vss-hello. The guest
 * makes the name with vss_session_make_name(): its nonce and a counter, never the same twice. */
void vss_session_begin (VssSession *self, const char *session);
char *vss_session_make_name (VssSession *self);

/* -- the guest's calls -- */

/* Answers a command. @result: transfer full, nullable (an empty object). Unknown or already
 * answered ids, and ids of an earlier session, are ignored. */
void vss_session_reply (VssSession *self, const char *id, JsonNode *result);

/* @error_class: as in the schema's ErrorClass. @data: transfer full, nullable. */
void vss_session_reply_error (VssSession *self,
                              const char *id,
                              const char *error_class,
                              const char *description,
                              JsonNode *data);

/* Sends an event within the session; dropped if there is none. @data: transfer full, nullable. */
void vss_session_emit (VssSession *self, const char *name, JsonNode *data, gint64 now_ms);

/* Milliseconds of @now_ms's clock at which the peer was last heard (garbage doesn't count); -1 if
 * never. */
gint64 vss_session_last_heard (VssSession *self);

G_END_DECLS

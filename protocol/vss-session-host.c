/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's end of a session: it sends commands and awaits their answers, each with its limit,
 * takes events, and keeps the session alive. Everything that comes in is the guest's word. */
#include "protocol/vss-session-private.h"

#include "protocol/vss-text.h"

#include <string.h>

/* -- time -- */

static gint64
later (gint64 now_ms, gint64 interval_ms)
{
  return interval_ms > G_MAXINT64 - now_ms ? G_MAXINT64 : now_ms + MAX (interval_ms, 0);
}

static gint64
earlier (gint64 a, gint64 b)
{
  return a < 0 ? b : b < 0 ? a : MIN (a, b);
}

/* -- resynchronisation -- */

/* 53 bits of the nonce and a counter: an integer that every JSON reader keeps exactly. */
static gint64
make_sync_number (VssSession *self)
{
  g_autofree char *seed = g_strdup_printf ("%s/%" G_GUINT64_FORMAT, self->nonce, ++self->counter);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, seed, -1);

  digest[14] = '\0';
  return g_ascii_strtoll (digest, NULL, 16) >> 3;
}

/* Asks, unless the last request is still unsent: a guest that doesn't read needs only one. */
static void
send_sync_request (VssSession *self)
{
  self->host.sync_repeat_ms = later (self->now_ms, VSS_SESSION_SYNC_REPEAT_MS);
  if (vss_output_queue_get_length (self->output) > 0)
    return;
  vss_output_queue_push (self->output, vss_message_write_sync_request (self->host.sync_number),
                         NULL);
  self->host.sync_unanswered++;
}

void
vss_session_synchronise (VssSession *self, gint64 now_ms, gint64 timeout_ms)
{
  g_return_if_fail (self->role == VSS_SESSION_ROLE_HOST);

  self->now_ms = now_ms;
  vss_session_leave (self, VSS_SESSION_SYNCING, "the connection was synchronised again");
  self->host.sync_number = make_sync_number (self);
  self->host.sync_timeout_ms = timeout_ms;
  self->host.sync_deadline_ms = later (now_ms, timeout_ms);
  self->host.sync_unanswered = 0;
  send_sync_request (self);
}

static void
take_sync_reply (VssSession *self, VssMessage *message)
{
  if (message->number != self->host.sync_number)
    return;
  self->host.sync_unanswered--;
  self->last_heard_ms = self->now_ms;
  self->state = VSS_SESSION_SYNCED;
  vss_session_add_event (self, VSS_SESSION_EVENT_SYNCED);
}

/* The guest answers each repetition. */
static void
take_late_sync_reply (VssSession *self, VssMessage *message)
{
  if (message->number == self->host.sync_number && self->host.sync_unanswered > 0)
    self->host.sync_unanswered--;
  else
    vss_session_refuse (self, message);
}

/* -- commands -- */

static char *
make_id (VssSession *self, const char *command)
{
  if (strcmp (command, "vss-hello") == 0)
    return g_strdup_printf ("hello-%s-%" G_GUINT64_FORMAT, self->nonce, ++self->counter);
  return g_strdup_printf ("%s:%" G_GINT64_FORMAT, self->name, ++self->host.last_number);
}

static const char *
send_command (VssSession *self,
              const char *command,
              JsonNode *arguments,
              gint64 timeout_ms,
              gboolean ping,
              GError **error)
{
  g_autofree char *id = make_id (self, command);
  GBytes *line = vss_message_write_command (command, id, arguments, error);
  const char *result = id;

  if (line == NULL)
    {
      g_prefix_error (error, "cannot send %s: ", command);
      return NULL;
    }
  vss_output_queue_push (self->output, line, id);
  vss_pending_table_add (self->host.pending, g_steal_pointer (&id),
                         later (self->now_ms, timeout_ms), ping);
  self->host.keep_alive_due_ms = later (self->now_ms, self->host.keep_alive_ms);
  return result;
}

static gboolean
may_execute (VssSession *self, const char *command, GError **error)
{
  guint in_flight = vss_pending_table_count (self->host.pending);

  if (self->state == VSS_SESSION_CLOSED || self->state == VSS_SESSION_FAILED)
    g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED,
                 "cannot send %s: the connection to the agent is gone or was given up", command);
  else if (self->state == VSS_SESSION_SYNCING)
    g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_STATE,
                 "cannot send %s: the connection is still being synchronised", command);
  else if (self->state == VSS_SESSION_SYNCED && strcmp (command, "vss-hello") != 0)
    g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_STATE,
                 "cannot send %s: no session was opened with vss-hello", command);
  else if (in_flight >= VSS_SESSION_MAX_IN_FLIGHT)
    g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_STATE,
                 "cannot send %s: %u commands are unanswered; wait for their answers", command,
                 in_flight);
  else
    return TRUE;
  return FALSE;
}

const char *
vss_session_execute (VssSession *self,
                     const char *command,
                     JsonNode *arguments,
                     gint64 now_ms,
                     gint64 timeout_ms,
                     GError **error)
{
  g_return_val_if_fail (self->role == VSS_SESSION_ROLE_HOST, NULL);

  self->now_ms = now_ms;
  if (!may_execute (self, command, error))
    {
      g_clear_pointer (&arguments, json_node_unref);
      return NULL;
    }
  return send_command (self, command, arguments, timeout_ms, FALSE, error);
}

void
vss_session_set_keep_alive (VssSession *self, gint64 interval_ms, gint64 now_ms)
{
  g_return_if_fail (self->role == VSS_SESSION_ROLE_HOST);

  self->now_ms = now_ms;
  self->host.keep_alive_ms = MAX (interval_ms, 0);
  self->host.keep_alive_due_ms = later (now_ms, interval_ms);
}

void
vss_session_host_begin (VssSession *self)
{
  vss_session_host_leave (self, "another session was opened");
  self->host.last_number = 0;
  self->host.keep_alive_due_ms = later (self->now_ms, self->host.keep_alive_ms);
}

/* -- answers -- */

/* Ends a command; takes @error or @node. The caller's id lives on in the event. */
static void
end_command (VssSession *self, VssPending *pending, JsonNode *node, GError *error)
{
  VssSessionEvent *event;

  if (pending->ping)
    {
      g_clear_pointer (&node, json_node_unref);
      g_clear_error (&error);
    }
  else
    {
      event = vss_session_add_event (self, VSS_SESSION_EVENT_REPLY);
      event->id = g_steal_pointer (&pending->id);
      event->node = node;
      event->error = error;
    }
  vss_pending_free (pending);
}

void
vss_session_host_leave (VssSession *self, const char *why)
{
  VssPending *pending;

  while ((pending = vss_pending_table_take_any (self->host.pending)) != NULL)
    end_command (self, pending, NULL,
                 g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED,
                              "the answer to command %s will not come: %s", pending->id, why));
}

/* The command that @message answers. NULL if none awaits it. */
static VssPending *
find_command (VssSession *self, VssMessage *message)
{
  VssPending *pending = vss_pending_table_take (self->host.pending, message->id);
  g_autofree char *id = NULL;

  if (pending != NULL || vss_pending_table_forget_overdue (self->host.pending, message->id))
    {
      self->last_heard_ms = self->now_ms;
      return pending;
    }
  id = vss_text_sanitise (message->id, VSS_SESSION_MAX_ID_BYTES);
  vss_session_garbage (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_STATE,
                                          "dropped an answer that no command awaits: %s", id));
  return NULL;
}

static void
take_return (VssSession *self, VssMessage *message)
{
  VssPending *pending = find_command (self, message);

  if (pending != NULL)
    end_command (self, pending, g_steal_pointer (&message->node), NULL);
}

static void
take_error (VssSession *self, VssMessage *message)
{
  VssPending *pending = find_command (self, message);

  if (pending != NULL)
    end_command (self, pending, g_steal_pointer (&message->node),
                 vss_protocol_error_new_remote (message->name, message->description));
}

/* -- events -- */

static gboolean
events_flood (VssSession *self)
{
  if (self->now_ms - self->host.second_began_ms >= 1000 || self->host.second_events == 0)
    {
      self->host.second_began_ms = self->now_ms;
      self->host.second_events = 0;
    }
  return ++self->host.second_events > VSS_SESSION_MAX_EVENTS_PER_SECOND;
}

static void
take_event (VssSession *self, VssMessage *message)
{
  VssSessionEvent *event;

  if (strcmp (message->session, self->name) != 0)
    {
      vss_session_refuse (self, message);
      return;
    }
  if (events_flood (self))
    {
      vss_session_fail (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_FLOOD,
                                           "the agent sent more than %d events in a second",
                                           VSS_SESSION_MAX_EVENTS_PER_SECOND));
      return;
    }
  self->last_heard_ms = self->now_ms;
  event = vss_session_add_event (self, VSS_SESSION_EVENT_EVENT);
  event->name = g_steal_pointer (&message->name);
  event->node = g_steal_pointer (&message->node);
}

/* -- deadlines -- */

static void
end_overdue (VssSession *self)
{
  VssPending *pending;

  while ((pending = vss_pending_table_take_overdue (self->host.pending, self->now_ms)) != NULL)
    {
      vss_output_queue_remove (self->output, pending->id);
      end_command (self, pending, NULL,
                   g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT,
                                "the agent did not answer command %s in time", pending->id));
    }
}

static void
advance_sync (VssSession *self)
{
  if (self->now_ms >= self->host.sync_deadline_ms)
    vss_session_fail (self,
                      g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT,
                                   "no agent answered guest-sync-delimited within %" G_GINT64_FORMAT
                                   " ms; is vss-agent running in the guest?",
                                   self->host.sync_timeout_ms));
  else if (self->now_ms >= self->host.sync_repeat_ms)
    send_sync_request (self);
}

static gboolean
keeps_alive (VssSession *self)
{
  return self->state == VSS_SESSION_OPEN && self->host.keep_alive_ms > 0;
}

/* A ping behind unsent output would tell the guest no more than the output does. */
static void
send_ping (VssSession *self)
{
  gint64 limit_ms = self->host.keep_alive_ms;

  limit_ms = limit_ms > G_MAXINT64 / VSS_SESSION_PING_INTERVALS
                 ? G_MAXINT64
                 : limit_ms * VSS_SESSION_PING_INTERVALS;
  self->host.keep_alive_due_ms = later (self->now_ms, self->host.keep_alive_ms);
  if (vss_output_queue_get_length (self->output) == 0)
    send_command (self, "vss-ping", NULL, limit_ms, TRUE, NULL);
}

void
vss_session_host_advance (VssSession *self)
{
  end_overdue (self);
  if (self->state == VSS_SESSION_SYNCING)
    advance_sync (self);
  if (keeps_alive (self) && self->now_ms >= self->host.keep_alive_due_ms)
    send_ping (self);
}

gint64
vss_session_host_next_deadline (VssSession *self)
{
  gint64 next = vss_pending_table_next_deadline (self->host.pending);

  if (self->state == VSS_SESSION_SYNCING)
    next = earlier (next, MIN (self->host.sync_deadline_ms, self->host.sync_repeat_ms));
  if (keeps_alive (self))
    next = earlier (next, self->host.keep_alive_due_ms);
  return next;
}

/* clang-format off */
VssSessionTable vss_session_host_table = {
  [VSS_SESSION_CLOSED] = { NULL },
  [VSS_SESSION_SYNCING] = {
    [VSS_MESSAGE_SYNC_REPLY] = take_sync_reply,
  },
  [VSS_SESSION_SYNCED] = {
    [VSS_MESSAGE_SYNC_REQUEST] = vss_session_refuse,
    [VSS_MESSAGE_HELLO] = vss_session_refuse,
    [VSS_MESSAGE_COMMAND] = vss_session_refuse,
    [VSS_MESSAGE_SYNC_REPLY] = take_late_sync_reply,
    [VSS_MESSAGE_RETURN] = take_return,
    [VSS_MESSAGE_ERROR] = take_error,
    [VSS_MESSAGE_EVENT] = vss_session_refuse,
  },
  [VSS_SESSION_OPEN] = {
    [VSS_MESSAGE_SYNC_REQUEST] = vss_session_refuse,
    [VSS_MESSAGE_HELLO] = vss_session_refuse,
    [VSS_MESSAGE_COMMAND] = vss_session_refuse,
    [VSS_MESSAGE_SYNC_REPLY] = take_late_sync_reply,
    [VSS_MESSAGE_RETURN] = take_return,
    [VSS_MESSAGE_ERROR] = take_error,
    [VSS_MESSAGE_EVENT] = take_event,
  },
  [VSS_SESSION_FAILED] = { NULL },
};
/* clang-format on */

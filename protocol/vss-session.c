/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end of a dialogue between host and guest: what both ends have in common, from bytes to the
 * table of the role. The owner feeds it from one thread or under one lock. */
#include "protocol/vss-session-private.h"

#include <string.h>

static const char *const kind_names[VSS_MESSAGE_N_KINDS] = {
  [VSS_MESSAGE_SYNC_REQUEST] = "guest-sync-delimited",
  [VSS_MESSAGE_HELLO] = "vss-hello",
  [VSS_MESSAGE_COMMAND] = "command",
  [VSS_MESSAGE_SYNC_REPLY] = "answer to guest-sync-delimited",
  [VSS_MESSAGE_RETURN] = "answer",
  [VSS_MESSAGE_ERROR] = "error",
  [VSS_MESSAGE_EVENT] = "event",
};

/* What of the owner's nonce can be part of ids and names. */
static char *
clean_nonce (const char *nonce)
{
  GString *clean = g_string_new (NULL);

  for (; *nonce != '\0' && clean->len < VSS_SESSION_MAX_NONCE_CHARS; nonce++)
    if (g_ascii_isalnum (*nonce))
      g_string_append_c (clean, *nonce);
  return g_string_free (clean, FALSE);
}

VssSession *
vss_session_new (VssSessionRole role, const char *nonce)
{
  VssSession *self = g_new0 (VssSession, 1);

  self->role = role;
  self->nonce = clean_nonce (nonce);
  self->last_heard_ms = -1;
  self->framer = vss_framer_new (VSS_SESSION_MAX_MESSAGE_BYTES);
  self->output = vss_output_queue_new ();
  g_queue_init (&self->events);
  self->host.pending = vss_pending_table_new ();
  self->guest.accepted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
vss_session_event_free (VssSessionEvent *event)
{
  g_free (event->name);
  g_free (event->id);
  g_clear_pointer (&event->node, json_node_unref);
  g_clear_error (&event->error);
  g_free (event);
}

static void
free_event (gpointer data)
{
  vss_session_event_free (data);
}

void
vss_session_free (VssSession *self)
{
  g_queue_clear_full (&self->events, free_event);
  vss_framer_free (self->framer);
  vss_output_queue_free (self->output);
  vss_pending_table_free (self->host.pending);
  g_hash_table_unref (self->guest.accepted);
  g_free (self->nonce);
  g_free (self->name);
  g_free (self);
}

/* -- events, and the end of a session -- */

VssSessionEvent *
vss_session_add_event (VssSession *self, VssSessionEventKind kind)
{
  VssSessionEvent *event = g_new0 (VssSessionEvent, 1);

  event->kind = kind;
  g_queue_push_tail (&self->events, event);
  return event;
}

void
vss_session_leave (VssSession *self, VssSessionState state, const char *why)
{
  self->state = state;
  self->after_sync_byte = FALSE;
  self->garbage = 0;
  g_clear_pointer (&self->name, g_free);
  vss_output_queue_clear (self->output);
  g_hash_table_remove_all (self->guest.accepted);
  vss_session_host_leave (self, why);
}

void
vss_session_fail (VssSession *self, GError *error)
{
  vss_session_leave (self, VSS_SESSION_FAILED, error->message);
  vss_session_add_event (self, VSS_SESSION_EVENT_FAILED)->error = error;
}

/* Without a session there is nothing to fail, and what an earlier host left behind may be long. */
static gboolean
garbage_counts (VssSession *self)
{
  return self->state == VSS_SESSION_OPEN ||
         (self->role == VSS_SESSION_ROLE_HOST && self->state == VSS_SESSION_SYNCED);
}

void
vss_session_garbage (VssSession *self, GError *error)
{
  gboolean expected = self->state == VSS_SESSION_SYNCING || self->state == VSS_SESSION_FAILED;

  if (!expected && self->garbage < VSS_SESSION_MAX_GARBAGE)
    {
      self->garbage++;
      vss_session_add_event (self, VSS_SESSION_EVENT_GARBAGE)->error = error;
      return;
    }
  if (garbage_counts (self))
    vss_session_fail (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_FLOOD,
                                         "the peer sent more than %d lines that had to be "
                                         "dropped; the last one: %s",
                                         VSS_SESSION_MAX_GARBAGE, error->message));
  g_error_free (error);
}

void
vss_session_refuse (VssSession *self, VssMessage *message)
{
  vss_session_garbage (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_STATE,
                                          "dropped: %s, which has no place here",
                                          kind_names[message->kind]));
}

/* -- bytes in -- */

static void
take_line (VssSession *self, GBytes *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssMessage) message = vss_message_parse (line, &error);
  VssSessionTable *table =
      self->role == VSS_SESSION_ROLE_HOST ? &vss_session_host_table : &vss_session_guest_table;
  VssSessionAction action;

  if (message == NULL)
    {
      g_prefix_error (&error,
                      "dropped a line of %" G_GSIZE_FORMAT " bytes: ", g_bytes_get_size (line));
      vss_session_garbage (self, g_steal_pointer (&error));
      return;
    }
  action = (*table)[self->state][message->kind];
  if (action != NULL)
    action (self, message);
}

/* Where only the resynchronisation can be of use, lines are not even looked at elsewhere: whoever
 * floods us shall not make us work. */
static gboolean
line_matters (VssSession *self)
{
  switch (self->state)
    {
    case VSS_SESSION_CLOSED:
      return self->role == VSS_SESSION_ROLE_GUEST;
    case VSS_SESSION_SYNCING:
    case VSS_SESSION_FAILED:
      return self->after_sync_byte;
    default:
      return TRUE;
    }
}

static void
take_frame (VssSession *self, const VssFrame *frame)
{
  gboolean matters = line_matters (self);

  self->after_sync_byte = frame->kind == VSS_FRAME_SYNC;
  if (!matters || frame->kind == VSS_FRAME_SYNC)
    return;
  if (frame->kind == VSS_FRAME_LINE)
    take_line (self, frame->line);
  else
    vss_session_garbage (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TOO_LARGE,
                                            "dropped a line of more than %d bytes",
                                            VSS_SESSION_MAX_MESSAGE_BYTES));
}

/* Works off what was received up to the next event. What follows it waits until the owner has
 * taken that event, and has perhaps begun or left a session because of it. */
static void
work_off (VssSession *self)
{
  VssFrame frame;

  while (g_queue_is_empty (&self->events) && vss_framer_next (self->framer, &frame))
    {
      take_frame (self, &frame);
      vss_frame_clear (&frame);
    }
}

void
vss_session_receive (VssSession *self, const guint8 *bytes, gsize length, gint64 now_ms)
{
  self->now_ms = now_ms;
  vss_framer_push (self->framer, bytes, length);
  work_off (self);
}

VssSessionEvent *
vss_session_next_event (VssSession *self)
{
  work_off (self);
  return g_queue_pop_head (&self->events);
}

void
vss_session_hang_up (VssSession *self)
{
  gboolean was_syncing = self->state == VSS_SESSION_SYNCING;

  vss_framer_reset (self->framer);
  vss_session_leave (self, VSS_SESSION_CLOSED, "the connection is gone");
  if (was_syncing)
    vss_session_add_event (self, VSS_SESSION_EVENT_FAILED)->error = g_error_new_literal (
        VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED,
        "the connection was lost before the agent answered guest-sync-delimited");
}

/* -- bytes and deadlines out -- */

GBytes *
vss_session_peek_output (VssSession *self)
{
  return vss_output_queue_peek (self->output);
}

void
vss_session_sent (VssSession *self, gsize length)
{
  vss_output_queue_drop (self->output, length);
}

void
vss_session_advance (VssSession *self, gint64 now_ms)
{
  self->now_ms = now_ms;
  if (self->role == VSS_SESSION_ROLE_HOST)
    vss_session_host_advance (self);
}

gint64
vss_session_next_deadline (VssSession *self)
{
  return self->role == VSS_SESSION_ROLE_HOST ? vss_session_host_next_deadline (self) : -1;
}

gint64
vss_session_last_heard (VssSession *self)
{
  return self->last_heard_ms;
}

/* -- the session's name -- */

/* A host takes the name from the guest, and puts it in front of every id. */
static gboolean
is_name (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > VSS_SESSION_MAX_NAME_BYTES)
    return FALSE;
  for (; *name != '\0'; name++)
    if (!g_ascii_isalnum (*name) && strchr ("-._", *name) == NULL)
      return FALSE;
  return TRUE;
}

void
vss_session_begin (VssSession *self, const char *session)
{
  if (self->state == VSS_SESSION_SYNCING || self->state == VSS_SESSION_FAILED)
    return;
  if (self->state == VSS_SESSION_CLOSED && self->role == VSS_SESSION_ROLE_HOST)
    return;
  if (!is_name (session))
    {
      vss_session_fail (self, g_error_new_literal (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_MALFORMED,
                                                   "the session's name is not one to be used: "
                                                   "letters, digits, \"-\", \".\" and \"_\", not "
                                                   "too many"));
      return;
    }
  g_free (self->name);
  self->name = g_strdup (session);
  self->state = VSS_SESSION_OPEN;
  if (self->role == VSS_SESSION_ROLE_HOST)
    vss_session_host_begin (self);
  else
    vss_session_guest_begin (self);
}

char *
vss_session_make_name (VssSession *self)
{
  return g_strdup_printf ("%s-%" G_GUINT64_FORMAT, self->nonce, ++self->counter);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's end of a session: it answers resynchronisations by itself, hands commands of this
 * session to its owner once and in order, and sends answers and events. */
#include "protocol/vss-session-private.h"

#include "protocol/vss-text.h"

#include <string.h>

/* Removes all events from the output by it. */
#define EVENT_TAG "event"

typedef enum
{
  OUTSIDE_SESSION, /* vss-hello */
  WITHIN_SESSION,
} Belonging;

/* -- bytes out -- */

static gboolean
has_room (VssSession *self, GBytes *line)
{
  return vss_output_queue_get_length (self->output) + g_bytes_get_size (line) <=
         VSS_SESSION_MAX_QUEUED_BYTES;
}

/* Takes @line. */
static void
send_reply (VssSession *self, GBytes *line)
{
  if (!has_room (self, line))
    vss_output_queue_remove (self->output, EVENT_TAG);
  if (has_room (self, line))
    {
      vss_output_queue_push (self->output, line, NULL);
      return;
    }
  g_bytes_unref (line);
  vss_session_fail (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_FLOOD,
                                       "the host does not read: more than %d bytes of answers "
                                       "wait for it",
                                       VSS_SESSION_MAX_QUEUED_BYTES));
}

/* -- commands -- */

/* Whatever session there was is over, and whatever was to be sent is of no use to this host. */
static void
answer_sync (VssSession *self, VssMessage *message)
{
  vss_session_leave (self, VSS_SESSION_SYNCED, "the host has synchronised again");
  self->last_heard_ms = self->now_ms;
  vss_output_queue_push (self->output, vss_message_write_sync_reply (message->number), NULL);
  vss_session_add_event (self, VSS_SESSION_EVENT_SYNCED);
}

static void
drop_command (VssSession *self, VssMessage *message, const char *why)
{
  g_autofree char *name = vss_text_sanitise (message->name, VSS_TEXT_MAX_NAME);
  g_autofree char *id = vss_text_sanitise (message->id, VSS_SESSION_MAX_ID_BYTES);

  vss_session_garbage (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_STATE,
                                          "dropped command %s with id %s: %s", name, id, why));
}

static void
accept_command (VssSession *self, VssMessage *message, Belonging belonging)
{
  VssSessionEvent *event;

  if (g_hash_table_size (self->guest.accepted) >= VSS_SESSION_MAX_ACCEPTED)
    {
      vss_session_fail (self, g_error_new (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_FLOOD,
                                           "the host sent more than %d commands without waiting "
                                           "for an answer",
                                           VSS_SESSION_MAX_ACCEPTED));
      return;
    }
  self->last_heard_ms = self->now_ms;
  g_hash_table_insert (self->guest.accepted, g_strdup (message->id), GINT_TO_POINTER (belonging));
  event = vss_session_add_event (self, VSS_SESSION_EVENT_COMMAND);
  event->name = g_steal_pointer (&message->name);
  event->id = g_steal_pointer (&message->id);
  event->node = g_steal_pointer (&message->node);
}

static void
take_hello (VssSession *self, VssMessage *message)
{
  if (g_hash_table_contains (self->guest.accepted, message->id))
    drop_command (self, message, "a command of that id is not answered yet");
  else
    accept_command (self, message, OUTSIDE_SESSION);
}

/* The number in an id of this session, which is "name:number"; 0 in any other. */
static gint64
number_of_id (VssSession *self, const char *id)
{
  gsize length = strlen (self->name);
  guint64 number = 0;

  if (strncmp (id, self->name, length) != 0 || id[length] != ':')
    return 0;
  if (!g_ascii_string_to_unsigned (id + length + 1, 10, 1, G_MAXINT64, &number, NULL))
    return 0;
  return (gint64)number;
}

/* Old commands that come late must never be carried out. They aren't answered either: the answer
 * could reach another host. */
static void
take_command (VssSession *self, VssMessage *message)
{
  gint64 number = number_of_id (self, message->id);

  if (number == 0)
    drop_command (self, message, "it is not of this session");
  else if (number <= self->guest.last_number)
    drop_command (self, message, "a later command of this session was received before it");
  else
    {
      self->guest.last_number = number;
      accept_command (self, message, WITHIN_SESSION);
    }
}

static void
take_command_too_early (VssSession *self, VssMessage *message)
{
  drop_command (self, message, "there is no session");
}

static gboolean
is_within_session (gpointer id, gpointer belonging, gpointer unused)
{
  return GPOINTER_TO_INT (belonging) == WITHIN_SESSION;
}

void
vss_session_guest_begin (VssSession *self)
{
  g_hash_table_foreach_remove (self->guest.accepted, is_within_session, NULL);
  self->guest.last_number = 0;
}

/* -- answers and events -- */

void
vss_session_reply_error (VssSession *self,
                         const char *id,
                         const char *error_class,
                         const char *description,
                         JsonNode *data)
{
  g_autofree char *known_id = NULL;
  GBytes *line;

  if (!g_hash_table_steal_extended (self->guest.accepted, id, (gpointer *)&known_id, NULL))
    {
      g_clear_pointer (&data, json_node_unref);
      return;
    }
  line = vss_message_write_error (known_id, error_class, description, data, NULL);
  if (line == NULL)
    {
      g_autofree char *text = vss_text_sanitise (description, VSS_TEXT_MAX_MESSAGE);

      line = vss_message_write_error (known_id, error_class, text, NULL, NULL);
    }
  if (line != NULL)
    send_reply (self, line);
}

void
vss_session_reply (VssSession *self, const char *id, JsonNode *result)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GBytes *line;

  if (!g_hash_table_contains (self->guest.accepted, id))
    {
      g_clear_pointer (&result, json_node_unref);
      return;
    }
  line = vss_message_write_return (id, result, &error);
  if (line != NULL)
    {
      g_hash_table_remove (self->guest.accepted, id);
      send_reply (self, line);
      return;
    }
  text = g_strdup_printf ("the command was carried out, but its answer cannot be sent: %s",
                          error->message);
  vss_session_reply_error (self, id, "generic-error", text, NULL);
}

void
vss_session_emit (VssSession *self, const char *name, JsonNode *data, gint64 now_ms)
{
  GBytes *line;

  self->now_ms = now_ms;
  if (self->state != VSS_SESSION_OPEN)
    {
      g_clear_pointer (&data, json_node_unref);
      return;
    }
  line = vss_message_write_event (name, self->name, data, now_ms, NULL);
  if (line != NULL && has_room (self, line))
    vss_output_queue_push (self->output, line, EVENT_TAG);
  else
    g_clear_pointer (&line, g_bytes_unref);
}

/* clang-format off */
VssSessionTable vss_session_guest_table = {
  [VSS_SESSION_CLOSED] = {
    [VSS_MESSAGE_SYNC_REQUEST] = answer_sync,
    [VSS_MESSAGE_HELLO] = take_hello,
    [VSS_MESSAGE_COMMAND] = take_command_too_early,
    [VSS_MESSAGE_SYNC_REPLY] = vss_session_refuse,
    [VSS_MESSAGE_RETURN] = vss_session_refuse,
    [VSS_MESSAGE_ERROR] = vss_session_refuse,
    [VSS_MESSAGE_EVENT] = vss_session_refuse,
  },
  [VSS_SESSION_SYNCED] = {
    [VSS_MESSAGE_SYNC_REQUEST] = answer_sync,
    [VSS_MESSAGE_HELLO] = take_hello,
    [VSS_MESSAGE_COMMAND] = take_command_too_early,
    [VSS_MESSAGE_SYNC_REPLY] = vss_session_refuse,
    [VSS_MESSAGE_RETURN] = vss_session_refuse,
    [VSS_MESSAGE_ERROR] = vss_session_refuse,
    [VSS_MESSAGE_EVENT] = vss_session_refuse,
  },
  [VSS_SESSION_OPEN] = {
    [VSS_MESSAGE_SYNC_REQUEST] = answer_sync,
    [VSS_MESSAGE_HELLO] = take_hello,
    [VSS_MESSAGE_COMMAND] = take_command,
    [VSS_MESSAGE_SYNC_REPLY] = vss_session_refuse,
    [VSS_MESSAGE_RETURN] = vss_session_refuse,
    [VSS_MESSAGE_ERROR] = vss_session_refuse,
    [VSS_MESSAGE_EVENT] = vss_session_refuse,
  },
  [VSS_SESSION_FAILED] = {
    [VSS_MESSAGE_SYNC_REQUEST] = answer_sync,
  },
};
/* clang-format on */

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fuzz input as a play for one end of a session; see the header for its lines. */
#include "tests/fuzz/session-script.h"

#include <string.h>

#include "protocol/vss-json-guard.h"
#include "protocol/vss-session-limits.h"

typedef struct
{
  VssSession *session;
  gint64 now_ms;
  guint unanswered;   /* host: commands whose end is still to come */
  GQueue commands;    /* guest: ids of those to answer */
  gint64 last_number; /* guest: of the commands since the last begin or end of the session */
  char *name;         /* of the session, if one was begun */
} Play;

static void
feed (Play *play, const char *text, gsize length)
{
  g_autofree guint8 *copy = length > 0 ? g_memdup2 (text, length) : NULL;

  vss_session_receive (play->session, copy, length, play->now_ms);
}

/* -- what comes out -- */

static void
check_line (GBytes *line)
{
  gsize length;
  const char *bytes = g_bytes_get_data (line, &length);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (length, >, 0);
  if ((guchar)bytes[0] == 0xFF)
    bytes++, length--;
  g_assert_true (bytes[length - 1] == '\n' && memchr (bytes, '\n', length - 1) == NULL);
  vss_json_guard_check (bytes, length - 1, &error);
  g_assert_no_error (error);
}

static void
send_output (Play *play)
{
  GBytes *line;

  while ((line = vss_session_peek_output (play->session)) != NULL)
    {
      check_line (line);
      vss_session_sent (play->session, g_bytes_get_size (line));
      g_bytes_unref (line);
    }
}

static void
check_error (const GError *error)
{
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  for (const char *c = error->message; *c != '\0'; c = g_utf8_next_char (c))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (c)));
}

/* A command within a session has an id of that session, and a higher one than those before. */
static void
check_command (Play *play, const VssSessionEvent *event)
{
  gint64 number;

  g_assert_cmpstr (event->name, !=, "guest-sync-delimited");
  g_assert_cmpuint (strlen (event->id), <=, VSS_SESSION_MAX_ID_BYTES);
  if (strcmp (event->name, "vss-hello") == 0)
    return;
  g_assert_nonnull (play->name);
  g_assert_true (g_str_has_prefix (event->id, play->name));
  number = g_ascii_strtoll (event->id + strlen (play->name) + 1, NULL, 10);
  g_assert_cmpint (number, >, play->last_number);
  play->last_number = number;
}

static void
take_event (Play *play, const VssSessionEvent *event)
{
  if (event->error != NULL)
    check_error (event->error);
  switch (event->kind)
    {
    case VSS_SESSION_EVENT_COMMAND:
      check_command (play, event);
      g_queue_push_tail (&play->commands, g_strdup (event->id));
      break;
    case VSS_SESSION_EVENT_REPLY:
      g_assert_nonnull (event->id);
      g_assert_true (event->error != NULL || event->node != NULL);
      g_assert_cmpuint (play->unanswered, >, 0);
      play->unanswered--;
      break;
    case VSS_SESSION_EVENT_EVENT:
      g_assert_nonnull (event->name);
      break;
    case VSS_SESSION_EVENT_SYNCED:
    case VSS_SESSION_EVENT_FAILED:
      g_clear_pointer (&play->name, g_free);
      break;
    case VSS_SESSION_EVENT_GARBAGE:
      g_assert_nonnull (event->error);
      break;
    }
}

static void
take_events (Play *play)
{
  VssSessionEvent *event;

  while ((event = vss_session_next_event (play->session)) != NULL)
    {
      take_event (play, event);
      vss_session_event_free (event);
    }
  g_assert_cmpint (vss_session_next_deadline (play->session), >=, -1);
}

/* -- steps -- */

static void
hang_up (Play *play)
{
  g_clear_pointer (&play->name, g_free);
  vss_session_hang_up (play->session);
}

static void
begin (Play *play, const char *name)
{
  g_free (play->name);
  play->name = g_strdup (name);
  play->last_number = 0;
  vss_session_begin (play->session, name);
}

static void
step_host (Play *play, const char *line)
{
  gint64 duration_ms = (gint64)strlen (line + 1) * 100;
  JsonNode *arguments = json_node_init_object (json_node_alloc (), NULL);
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "text", line + 1);
  json_node_set_object (arguments, object);
  if (line[0] == 's')
    vss_session_synchronise (play->session, play->now_ms, duration_ms);
  else if (line[0] == 'k')
    vss_session_set_keep_alive (play->session, duration_ms, play->now_ms);
  else if (line[0] == 'x' &&
           vss_session_execute (play->session, line + 1, json_node_copy (arguments), play->now_ms,
                                1000, NULL) != NULL)
    play->unanswered++;
  json_node_unref (arguments);
}

static void
step_guest (Play *play, const char *line)
{
  g_autofree char *id = NULL;

  if (line[0] == 'e')
    vss_session_emit (play->session, line + 1, NULL, play->now_ms);
  if (line[0] != 'r' && line[0] != 'R')
    return;
  id = g_queue_pop_head (&play->commands);
  if (id != NULL && line[0] == 'r')
    vss_session_reply (play->session, id, NULL);
  else if (id != NULL)
    vss_session_reply_error (play->session, id, "generic-error", line + 1, NULL);
}

static void
step (Play *play, VssSessionRole role, const char *line, gsize length)
{
  switch (line[0])
    {
    case '<':
      feed (play, line + 1, length - 1);
      feed (play, "\n", 1);
      break;
    case '@':
      feed (play, "\xFF", 1);
      feed (play, line + 1, length - 1);
      feed (play, "\n", 1);
      break;
    case '-':
      feed (play, line + 1, length - 1);
      break;
    case '!':
      hang_up (play);
      break;
    case '+':
      play->now_ms += length * 100;
      vss_session_advance (play->session, play->now_ms);
      break;
    case 'o':
      send_output (play);
      break;
    case 'b':
      begin (play, line + 1);
      break;
    default:
      if (strchr ("skxerR", line[0]) == NULL)
        feed (play, line, length);
      else if (role == VSS_SESSION_ROLE_HOST)
        step_host (play, line);
      else
        step_guest (play, line);
    }
  take_events (play);
}

void
session_script_run (VssSessionRole role, const guint8 *data, gsize size)
{
  Play play = { .session = vss_session_new (role, "0123456789abcdef") };
  gsize at = 0;

  g_queue_init (&play.commands);
  while (at < size)
    {
      const guint8 *end = memchr (data + at, '\n', size - at);
      gsize length = end != NULL ? (gsize)(end - data) - at : size - at;
      g_autofree char *line = g_strndup ((const char *)data + at, length);

      if (line[0] != '\0')
        step (&play, role, line, strlen (line));
      at += length + 1;
    }
  hang_up (&play);
  take_events (&play);
  g_assert_cmpuint (play.unanswered, ==, 0);
  g_assert_cmpint (vss_session_next_deadline (play.session), ==, -1);
  g_queue_clear_full (&play.commands, g_free);
  g_free (play.name);
  vss_session_free (play.session);
}

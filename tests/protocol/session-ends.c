/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Short ways to feed one end of a session by hand and to look at what comes out. */
#include "tests/protocol/session-ends.h"

#include <string.h>

void
end_feed (VssSession *session, gint64 now_ms, const char *text)
{
  g_autofree char *bytes = g_strdup (text);

  for (char *c = bytes; *c != '\0'; c++)
    if (*c == '@')
      *c = (char)0xFF;
  vss_session_receive (session, (const guint8 *)bytes, strlen (bytes), now_ms);
}

char *
end_output (VssSession *session)
{
  GString *text = g_string_new (NULL);
  GBytes *bytes;

  while ((bytes = vss_session_peek_output (session)) != NULL)
    {
      g_string_append_len (text, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      vss_session_sent (session, g_bytes_get_size (bytes));
      g_bytes_unref (bytes);
    }
  for (gsize i = 0; i < text->len; i++)
    if ((guchar)text->str[i] == 0xFF)
      text->str[i] = '@';
  return g_string_free (text, FALSE);
}

void
end_expect_output (VssSession *session, const char *expected)
{
  g_autofree char *output = end_output (session);

  g_assert_cmpstr (output, ==, expected);
}

VssSessionEvent *
end_expect (VssSession *session, VssSessionEventKind kind)
{
  VssSessionEvent *event = vss_session_next_event (session);

  g_assert_nonnull (event);
  if (event->kind != kind)
    g_error ("expected an event of kind %d, but got %d: %s", kind, event->kind,
             event->error != NULL ? event->error->message : event->name);
  return event;
}

void
end_expect_nothing (VssSession *session)
{
  g_autoptr (VssSessionEvent) event = vss_session_next_event (session);

  if (event != NULL)
    g_error ("expected no event, but got one of kind %d: %s", event->kind,
             event->error != NULL ? event->error->message : event->name);
}

void
end_expect_error (VssSession *session, VssSessionEventKind kind, int code)
{
  g_autoptr (VssSessionEvent) event = end_expect (session, kind);

  g_assert_error (event->error, VSS_PROTOCOL_ERROR, code);
}

void
end_expect_command (VssSession *session, const char *name, const char *id)
{
  g_autoptr (VssSessionEvent) event = end_expect (session, VSS_SESSION_EVENT_COMMAND);

  g_assert_cmpstr (event->name, ==, name);
  g_assert_cmpstr (event->id, ==, id);
}

void
end_expect_reply (VssSession *session, const char *id, const char *result)
{
  g_autoptr (VssSessionEvent) event = end_expect (session, VSS_SESSION_EVENT_REPLY);
  g_autofree char *text = NULL;

  g_assert_no_error (event->error);
  text = end_text (event->node);
  g_assert_cmpstr (event->id, ==, id);
  g_assert_cmpstr (text, ==, result);
}

void
end_expect_failed_reply (VssSession *session, const char *id, int code)
{
  g_autoptr (VssSessionEvent) event = end_expect (session, VSS_SESSION_EVENT_REPLY);

  g_assert_cmpstr (event->id, ==, id);
  g_assert_error (event->error, VSS_PROTOCOL_ERROR, code);
}

JsonNode *
end_node (const char *json)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (json, &error);

  g_assert_no_error (error);
  return node;
}

char *
end_text (JsonNode *node)
{
  return json_to_string (node, FALSE);
}

VssSession *
end_new_host (void)
{
  VssSession *host = vss_session_new (VSS_SESSION_ROLE_HOST, "abc");
  g_autofree char *request = NULL;
  g_autofree char *reply = NULL;

  vss_session_synchronise (host, 0, 1000);
  request = end_output (host);
  reply = g_strdup_printf ("@{\"return\":%s", strstr (request, "{\"id\""));
  end_feed (host, 0, reply);
  vss_session_event_free (end_expect (host, VSS_SESSION_EVENT_SYNCED));
  vss_session_begin (host, "s");
  end_expect_nothing (host);
  return host;
}

VssSession *
end_new_guest (void)
{
  VssSession *guest = vss_session_new (VSS_SESSION_ROLE_GUEST, "def");

  end_feed (guest, 0, "@{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}\n");
  vss_session_event_free (end_expect (guest, VSS_SESSION_EVENT_SYNCED));
  end_expect_output (guest, "@{\"return\":{\"id\":7}}\n");
  vss_session_begin (guest, "s");
  return guest;
}

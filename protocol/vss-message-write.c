/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes lines of the wire, each checked with the same guard that the peer has in front of its
 * parser: what it could not read is never sent (json-glib passes bytes on that are no UTF-8, and
 * writes the double 1e30 as "1e+30.0"). Pure functions, any thread. */
#include "protocol/vss-message.h"

#include "protocol/vss-framer.h"
#include "protocol/vss-json-guard.h"

/* Takes @message. */
static GBytes *
write_line (JsonObject *message, GError **error)
{
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), message);
  g_autofree char *text = NULL;
  GString *line;

  json_object_unref (message);
  text = json_to_string (root, FALSE);
  line = g_string_new (text);
  /* json-glib 1.6 escapes all control characters but this one. */
  g_string_replace (line, "\x1f", "\\u001f", 0);
  if (!vss_json_guard_check (line->str, line->len, error))
    {
      g_string_free (line, TRUE);
      return NULL;
    }
  g_string_append_c (line, '\n');
  return g_string_free_to_bytes (line);
}

static void
set_node (JsonObject *object, const char *name, JsonNode *node)
{
  if (node != NULL)
    json_object_set_member (object, name, node);
}

GBytes *
vss_message_write_command (const char *name, const char *id, JsonNode *arguments, GError **error)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "execute", name);
  set_node (message, "arguments", arguments);
  json_object_set_string_member (message, "id", id);
  return write_line (message, error);
}

GBytes *
vss_message_write_return (const char *id, JsonNode *value, GError **error)
{
  JsonObject *message = json_object_new ();

  if (value != NULL)
    json_object_set_member (message, "return", value);
  else
    json_object_set_object_member (message, "return", json_object_new ());
  json_object_set_string_member (message, "id", id);
  return write_line (message, error);
}

GBytes *
vss_message_write_error (const char *id,
                         const char *error_class,
                         const char *description,
                         JsonNode *data,
                         GError **error)
{
  JsonObject *message = json_object_new ();
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "class", error_class);
  json_object_set_string_member (body, "desc", description);
  set_node (body, "data", data);
  json_object_set_object_member (message, "error", body);
  json_object_set_string_member (message, "id", id);
  return write_line (message, error);
}

GBytes *
vss_message_write_event (const char *name,
                         const char *session,
                         JsonNode *data,
                         gint64 now_ms,
                         GError **error)
{
  JsonObject *message = json_object_new ();
  JsonObject *timestamp = json_object_new ();

  json_object_set_string_member (message, "event", name);
  set_node (message, "data", data);
  json_object_set_string_member (message, "session", session);
  json_object_set_int_member (timestamp, "seconds", now_ms / 1000);
  json_object_set_int_member (timestamp, "microseconds", now_ms % 1000 * 1000);
  json_object_set_object_member (message, "timestamp", timestamp);
  return write_line (message, error);
}

static GBytes *
write_sync (const char *beginning, gint64 number)
{
  GString *line = g_string_new (NULL);

  g_string_append_c (line, (char)VSS_FRAMER_SYNC_BYTE);
  g_string_append (line, beginning);
  g_string_append_printf (line, "{\"id\":%" G_GINT64_FORMAT "}}\n", number);
  return g_string_free_to_bytes (line);
}

GBytes *
vss_message_write_sync_request (gint64 number)
{
  return write_sync ("{\"execute\":\"guest-sync-delimited\",\"arguments\":", number);
}

GBytes *
vss_message_write_sync_reply (gint64 number)
{
  return write_sync ("{\"return\":", number);
}

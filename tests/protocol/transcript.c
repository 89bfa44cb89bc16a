/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a recorded dialogue; see the header for its form. */
#include "tests/protocol/transcript.h"

#include <string.h>

/* A misspelt member would silently check nothing. */
static void
check_members (JsonObject *entry, const char *line)
{
  static const char *const names[] = { "host-nonce", "guest-nonce",   "note",       "at-ms",
                                       "dir",        "line",          "sync",       "raw",
                                       "by",         "arrives",       "timeout-ms", "sees",
                                       "host-sees",  "keep-alive-ms", "hang-up",    NULL };
  g_autoptr (GList) members = json_object_get_members (entry);

  for (GList *link = members; link != NULL; link = link->next)
    if (!g_strv_contains (names, link->data))
      g_error ("unknown member %s in: %s", (char *)link->data, line);
}

static JsonObject *
read_entry (const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (line, &error);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    g_error ("no entry: %s", line);
  check_members (json_node_get_object (node), line);
  return json_node_dup_object (node);
}

static void
free_entry (gpointer entry)
{
  json_object_unref (entry);
}

GPtrArray *
transcript_read (const char *path)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (free_entry);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0')
      g_ptr_array_add (entries, read_entry (*line));
  g_assert_cmpuint (entries->len, >, 0);
  return entries;
}

gint64
transcript_get_int (JsonObject *entry, const char *name, gint64 otherwise)
{
  return json_object_get_int_member_with_default (entry, name, otherwise);
}

const char *
transcript_get_text (JsonObject *entry, const char *name, const char *otherwise)
{
  return json_object_get_string_member_with_default (entry, name, otherwise);
}

char *
transcript_get_list (JsonObject *entry, const char *name)
{
  GString *list = g_string_new (NULL);
  JsonArray *array;

  if (json_object_has_member (entry, name))
    {
      array = json_object_get_array_member (entry, name);
      for (guint i = 0; i < json_array_get_length (array); i++)
        g_string_append_printf (list, "%s\n", json_array_get_string_element (array, i));
    }
  return g_string_free (list, FALSE);
}

JsonObject *
transcript_get_message (JsonObject *entry)
{
  if (!json_object_has_member (entry, "line"))
    return NULL;
  return json_object_get_object_member (entry, "line");
}

GBytes *
transcript_get_bytes (JsonObject *entry)
{
  GString *bytes = g_string_new (NULL);

  if (json_object_get_boolean_member_with_default (entry, "sync", FALSE))
    g_string_append_c (bytes, (char)0xFF);
  if (json_object_has_member (entry, "line"))
    {
      g_autofree char *text = json_to_string (json_object_get_member (entry, "line"), FALSE);

      g_string_append_printf (bytes, "%s\n", text);
    }
  for (const char *c = transcript_get_text (entry, "raw", ""); *c != '\0'; c = g_utf8_next_char (c))
    {
      g_assert_cmpuint (g_utf8_get_char (c), <=, 0xFF);
      g_string_append_c (bytes, (char)g_utf8_get_char (c));
    }
  return g_string_free_to_bytes (bytes);
}

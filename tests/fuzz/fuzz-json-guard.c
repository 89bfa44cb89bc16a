/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever the guard takes, json-glib reads without harm, and writes again as something that the
 * guard takes and that means the same. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "protocol/vss-json-guard.h"
#include "tests/fuzz/fuzz.h"

/* The document as json-glib reads it; NULL if it refuses it, which it does for names that are
 * empty. */
static JsonNode *
parse (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  if (json_parser_load_from_data (parser, text, length, &error))
    {
      g_assert_true (JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)));
      return json_parser_steal_root (parser);
    }
  g_assert_error (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_EMPTY_MEMBER_NAME);
  return NULL;
}

static void check_same (JsonNode *left, JsonNode *right);

static void
check_same_objects (JsonObject *left, JsonObject *right)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  g_assert_cmpuint (json_object_get_size (left), ==, json_object_get_size (right));
  json_object_iter_init (&iter, left);
  while (json_object_iter_next (&iter, &name, &member))
    {
      g_assert_true (json_object_has_member (right, name));
      check_same (member, json_object_get_member (right, name));
    }
}

static void
check_same_arrays (JsonArray *left, JsonArray *right)
{
  g_assert_cmpuint (json_array_get_length (left), ==, json_array_get_length (right));
  for (guint i = 0; i < json_array_get_length (left); i++)
    check_same (json_array_get_element (left, i), json_array_get_element (right, i));
}

/* Doubles may lose the last digit, which json-glib doesn't read exactly. */
static void
check_same (JsonNode *left, JsonNode *right)
{
  g_assert_cmpint (json_node_get_node_type (left), ==, json_node_get_node_type (right));
  g_assert_true (json_node_get_value_type (left) == json_node_get_value_type (right));
  if (JSON_NODE_HOLDS_OBJECT (left))
    check_same_objects (json_node_get_object (left), json_node_get_object (right));
  else if (JSON_NODE_HOLDS_ARRAY (left))
    check_same_arrays (json_node_get_array (left), json_node_get_array (right));
  else if (json_node_get_value_type (left) == G_TYPE_DOUBLE)
    g_assert_cmpfloat_with_epsilon (json_node_get_double (left), json_node_get_double (right),
                                    1e-300 + ABS (json_node_get_double (left)) * 1e-14);
  else
    g_assert_true (json_node_equal (left, right));
}

/* json-glib (1.6) writes the double 1e30 as "1e+30.0", which no one can read: the guard stops it,
 * also on the way out. */
static gboolean
has_broken_double (const char *text)
{
  return g_regex_match_simple ("[0-9]e[+-][0-9]+\\.0", text, 0, 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) first = NULL;
  g_autoptr (JsonNode) second = NULL;
  g_autofree char *rewritten = NULL;
  const char *text = size > 0 ? (const char *)data : "";

  if (!vss_json_guard_check (text, size, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  g_assert_no_error (error);
  first = parse (text, size);
  if (first == NULL)
    return 0;
  rewritten = json_to_string (first, FALSE);
  if (strlen (rewritten) > VSS_JSON_GUARD_MAX_BYTES || has_broken_double (rewritten))
    return 0;
  vss_json_guard_check (rewritten, strlen (rewritten), &error);
  g_assert_no_error (error);
  second = parse (rewritten, strlen (rewritten));
  g_assert_nonnull (second);
  check_same (first, second);
  return 0;
}

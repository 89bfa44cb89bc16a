/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever the guard takes, json-glib reads without harm, and writes again as something that the
 * guard takes and that means the same. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "protocol/vss-json-guard.h"
#include "tests/fuzz/fuzz.h"

/* The document as json-glib writes it; NULL if json-glib refuses it, which it does for names that
 * are empty. */
static char *
rewrite (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  if (json_parser_load_from_data (parser, text, length, &error))
    {
      g_assert_nonnull (json_parser_get_root (parser));
      g_assert_true (JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)));
      return json_to_string (json_parser_get_root (parser), FALSE);
    }
  g_assert_error (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_EMPTY_MEMBER_NAME);
  return NULL;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL, *second = NULL;
  const char *text = size > 0 ? (const char *) data : "";

  if (!vss_json_guard_check (text, size, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  g_assert_no_error (error);
  first = rewrite (text, size);
  if (first == NULL || strlen (first) > VSS_JSON_GUARD_MAX_BYTES)
    return 0;
  vss_json_guard_check (first, strlen (first), &error);
  g_assert_no_error (error);
  second = rewrite (first, strlen (first));
  g_assert_cmpstr (first, ==, second);
  return 0;
}

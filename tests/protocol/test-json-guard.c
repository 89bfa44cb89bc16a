/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guard takes what RFC 8259 and its limits allow and nothing else, and json-glib can read
 * whatever it takes. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "protocol/vss-json-guard.h"
#include "protocol/vss-protocol-error.h"

#define TAKEN (-1)
#define BAD VSS_PROTOCOL_ERROR_MALFORMED
#define BIG VSS_PROTOCOL_ERROR_TOO_LARGE

typedef struct
{
  const char *name;
  const char *text;
  int code;  /* TAKEN or the error's */
  gssize at; /* the offset that the error names; -1: any */
} Case;

/* clang-format off */
static const Case cases[] = {
  /* documents */
  { "document/empty-object", "{}", TAKEN },
  { "document/space-around", " \t\r\n{ \t\r\n} \t\r\n", TAKEN },
  { "document/nothing", "", BAD, 0 },
  { "document/space-only", "  ", BAD, 2 },
  { "document/array", "[]", BAD, 0 },
  { "document/string", "\"x\"", BAD, 0 },
  { "document/number", "1", BAD, 0 },
  { "document/null", "null", BAD, 0 },
  { "document/two", "{}{}", BAD, 2 },
  { "document/two-with-space", "{} {}", BAD, 3 },
  { "document/trailing-comma", "{},", BAD, 2 },
  { "document/comment", "{/* x */}", BAD, 1 },
  { "document/comment-behind", "{} // x", BAD, 3 },
  { "document/assignment", "var x = {}", BAD, 0 },
  { "document/byte-order-mark", "\xEF\xBB\xBF{}", BAD, 0 },
  { "document/form-feed", "{\f}", BAD, 1 },
  { "document/no-break-space", "{\xC2\xA0}", BAD, 1 },
  { "document/unclosed", "{", BAD, 1 },
  { "document/closed-otherwise", "{\"a\":1]", BAD, 6 },
  { "document/closed-twice", "{}}", BAD, 2 },

  /* objects and arrays */
  { "object/members", "{\"a\":1,\"b\":{\"a\":1},\"c\":[{},{\"a\":[]}]}", TAKEN },
  { "object/empty-name", "{\"a\":{\"\":1}}", TAKEN },
  { "object/trailing-comma", "{\"a\":1,}", BAD, 7 },
  { "object/leading-comma", "{,\"a\":1}", BAD, 1 },
  { "object/no-comma", "{\"a\":1 \"b\":2}", BAD, 7 },
  { "object/no-colon", "{\"a\" 1}", BAD, 5 },
  { "object/no-value", "{\"a\":}", BAD, 5 },
  { "object/name-only", "{\"a\"}", BAD, 4 },
  { "object/bare-name", "{a:1}", BAD, 1 },
  { "object/number-as-name", "{1:1}", BAD, 1 },
  { "object/single-quotes", "{'a':1}", BAD, 1 },
  { "object/two-colons", "{\"a\"::1}", BAD, 5 },
  { "array/values", "{\"a\":[1,\"x\",null,true,false,[],{}]}", TAKEN },
  { "array/trailing-comma", "{\"a\":[1,]}", BAD, 8 },
  { "array/leading-comma", "{\"a\":[,1]}", BAD, 6 },
  { "array/no-comma", "{\"a\":[1 2]}", BAD, 8 },
  { "array/unclosed", "{\"a\":[1", BAD, 7 },
  { "array/closed-otherwise", "{\"a\":[1}}", BAD, 7 },
  { "array/colon", "{\"a\":[\"b\":1]}", BAD, 9 },

  /* names that occur twice */
  { "twice/plain", "{\"a\":1,\"b\":2,\"a\":3}", BAD, 13 },
  { "twice/escaped", "{\"a\":1,\"\\u0061\":2}", BAD, 7 },
  { "twice/escaped-first", "{\"\\u0061\":1,\"a\":2}", BAD, 12 },
  { "twice/slash", "{\"a/b\":1,\"a\\/b\":2}", BAD, 9 },
  { "twice/surrogate-pair", "{\"\\uD83D\\uDE00\":1,\"\xF0\x9F\x98\x80\":2}", BAD, 18 },
  { "twice/empty", "{\"\":1,\"\":2}", BAD, 6 },
  { "twice/inner", "{\"x\":[{\"a\":{\"b\":1,\"b\":2}}]}", BAD, 18 },
  { "twice/behind-inner-object", "{\"a\":{\"b\":{\"c\":1}},\"a\":2}", BAD, 19 },
  { "twice/in-two-objects", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", TAKEN },
  { "twice/prefix-only", "{\"a\":1,\"aa\":2,\"aaa\":3}", TAKEN },
  { "twice/case-differs", "{\"a\":1,\"A\":2}", TAKEN },
  { "twice/other-form-of-unicode", "{\"\xC3\xA9\":1,\"e\xCC\x81\":2}", TAKEN },

  /* strings */
  { "string/escapes", "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"}", TAKEN },
  { "string/utf-8", "{\"a\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"}", TAKEN },
  { "string/delete", "{\"a\":\"\x7F\"}", TAKEN },
  { "string/line-separator", "{\"a\":\"\xE2\x80\xA8\"}", TAKEN },
  { "string/noncharacter", "{\"a\":\"\xEF\xBF\xBF\"}", TAKEN },
  { "string/unclosed", "{\"a\":\"x", BAD, 7 },
  { "string/unclosed-in-escape", "{\"a\":\"\\", BAD, 7 },
  { "string/escaped-quote-at-end", "{\"a\":\"\\\"}", BAD, 9 },
  { "string/newline", "{\"a\":\"x\ny\"}", BAD, 7 },
  { "string/tab", "{\"a\":\"\t\"}", BAD, 6 },
  { "string/escape", "{\"a\":\"\x1B[2J\"}", BAD, 6 },
  { "string/control-in-name", "{\"a\x01\":1}", BAD, 3 },
  { "string/unknown-escape", "{\"a\":\"\\x41\"}", BAD, 7 },
  { "string/octal-escape", "{\"a\":\"\\0\"}", BAD, 7 },
  { "string/escaped-single-quote", "{\"a\":\"\\'\"}", BAD, 7 },
  { "string/capital-u", "{\"a\":\"\\U0041\"}", BAD, 7 },
  { "string/short-hex", "{\"a\":\"\\u12\"}", BAD, 10 },
  { "string/not-hex", "{\"a\":\"\\u12G4\"}", BAD, 10 },
  { "string/hex-at-end", "{\"a\":\"\\u12", BAD, 10 },
  { "string/zero", "{\"a\":\"\\u0000\"}", BAD, 12 },
  { "string/zero-in-name", "{\"a\\u0000\":1}", BAD, 9 },
  { "string/one", "{\"a\":\"\\u0001\"}", TAKEN },

  /* surrogates */
  { "surrogates/pair", "{\"a\":\"\\uD83D\\uDE00\"}", TAKEN },
  { "surrogates/lowest-pair", "{\"a\":\"\\ud800\\udc00\"}", TAKEN },
  { "surrogates/highest-pair", "{\"a\":\"\\uDBFF\\uDFFF\"}", TAKEN },
  { "surrogates/first-alone", "{\"a\":\"\\uD83D\"}", BAD, 12 },
  { "surrogates/first-and-text", "{\"a\":\"\\uD83Dx\"}", BAD, 12 },
  { "surrogates/first-and-newline", "{\"a\":\"\\uD83D\\n\"}", BAD, 12 },
  { "surrogates/first-twice", "{\"a\":\"\\uD83D\\uD83D\"}", BAD, 18 },
  { "surrogates/first-and-letter", "{\"a\":\"\\uD83D\\u0041\"}", BAD, 18 },
  { "surrogates/second-alone", "{\"a\":\"\\uDE00\"}", BAD, 12 },
  { "surrogates/wrong-order", "{\"a\":\"\\uDE00\\uD83D\"}", BAD, 12 },
  { "surrogates/at-end", "{\"a\":\"\\uD83D\\", BAD, 12 },
  { "surrogates/before-first", "{\"a\":\"\\uD7FF\"}", TAKEN },
  { "surrogates/behind-last", "{\"a\":\"\\uE000\"}", TAKEN },

  /* UTF-8 */
  { "utf-8/latin-1", "{\"a\":\"\xE9\"}", BAD, 6 },
  { "utf-8/lone-continuation", "{\"a\":\"\x80\"}", BAD, 6 },
  { "utf-8/cut", "{\"a\":\"\xE2\x82\"}", BAD, 6 },
  { "utf-8/overlong-slash", "{\"a\":\"\xC0\xAF\"}", BAD, 6 },
  { "utf-8/overlong-zero", "{\"a\":\"\xC0\x80\"}", BAD, 6 },
  { "utf-8/surrogate", "{\"a\":\"\xED\xA0\x80\"}", BAD, 6 },
  { "utf-8/beyond-unicode", "{\"a\":\"\xF4\x90\x80\x80\"}", BAD, 6 },
  { "utf-8/ff", "{\"a\":\"\xFF\"}", BAD, 6 },
  { "utf-8/outside-string", "{\x80}", BAD, 1 },

  /* literals */
  { "literal/all", "{\"a\":[true,false,null]}", TAKEN },
  { "literal/capital", "{\"a\":True}", BAD, 5 },
  { "literal/cut", "{\"a\":tru}", BAD, 5 },
  { "literal/at-end", "{\"a\":nul", BAD, 5 },
  { "literal/longer", "{\"a\":nullx}", BAD, 9 },
  { "literal/undefined", "{\"a\":undefined}", BAD, 5 },
  { "literal/nan", "{\"a\":NaN}", BAD, 5 },
  { "literal/infinity", "{\"a\":Infinity}", BAD, 5 },
  { "literal/minus-infinity", "{\"a\":-Infinity}", BAD, 6 },

  /* numbers */
  { "number/forms", "{\"a\":[0,-0,1,-1,10,0.5,-0.5,1e3,1E3,1e+3,1e-3,1.5e3,-1.25E-2]}", TAKEN },
  { "number/plus", "{\"a\":+1}", BAD, 5 },
  { "number/minus-only", "{\"a\":-}", BAD, 6 },
  { "number/two-minus", "{\"a\":--1}", BAD, 6 },
  { "number/leading-zero", "{\"a\":01}", BAD, 6 },
  { "number/minus-leading-zero", "{\"a\":-01}", BAD, 7 },
  { "number/octal", "{\"a\":0o17}", BAD, 6 },
  { "number/hex", "{\"a\":0x10}", BAD, 6 },
  { "number/leading-point", "{\"a\":.5}", BAD, 5 },
  { "number/trailing-point", "{\"a\":1.}", BAD, 7 },
  { "number/point-and-exponent", "{\"a\":1.e3}", BAD, 7 },
  { "number/no-exponent", "{\"a\":1e}", BAD, 7 },
  { "number/no-exponent-behind-sign", "{\"a\":1e+}", BAD, 8 },
  { "number/comma-as-point", "{\"a\":1,5}", BAD, 7 },
  { "number/underscore", "{\"a\":1_000}", BAD, 6 },
  { "number/suffix", "{\"a\":1L}", BAD, 6 },
  { "number/ends-document", "{\"a\":1", BAD, 6 },
  { "number/int64-max", "{\"a\":9223372036854775807}", TAKEN },
  { "number/int64-max-plus-1", "{\"a\":9223372036854775808}", BAD, 5 },
  { "number/int64-min", "{\"a\":-9223372036854775808}", TAKEN },
  { "number/int64-min-minus-1", "{\"a\":-9223372036854775809}", BAD, 5 },
  { "number/uint64-max", "{\"a\":18446744073709551615}", BAD, 5 },
  { "number/many-digits", "{\"a\":100000000000000000000000000000}", BAD, 5 },
  { "number/double-max", "{\"a\":1.7976931348623157e308}", TAKEN },
  { "number/beyond-double", "{\"a\":1e400}", BAD, 5 },
  { "number/beyond-double-negative", "{\"a\":-1e400}", BAD, 5 },
  { "number/huge-exponent", "{\"a\":1e999999999999999999999}", BAD, 5 },
  { "number/tiny", "{\"a\":1e-400}", TAKEN },
};
/* clang-format on */

static void
check (const char *text, gsize length, int code, gssize at)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *offset = g_strdup_printf ("at byte %" G_GSSIZE_FORMAT ":", at);
  gboolean taken = vss_json_guard_check (text, length, &error);

  if (code == TAKEN)
    {
      g_assert_no_error (error);
      g_assert_true (taken);
      return;
    }
  g_assert_false (taken);
  g_assert_error (error, VSS_PROTOCOL_ERROR, code);
  if (at >= 0 && !g_str_has_prefix (error->message, offset))
    g_error ("expected %s, but: %s", offset, error->message);
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  check (c->text, strlen (c->text), c->code, c->at);
  /* A name that is empty is JSON, but not for json-glib. */
  if (c->code != TAKEN || strstr (c->text, "{\"\"") != NULL)
    return;
  json_parser_load_from_data (parser, c->text, -1, &error);
  g_assert_no_error (error);
}

/* json-glib reads the edges of 64 bits as what they are. */
static void
test_values_survive (void)
{
  static const char text[] =
      "{\"max\":9223372036854775807,\"min\":-9223372036854775808,\"pair\":\"\\uD83D\\uDE00\","
      "\"slash\":\"\\/\",\"exponent\":1e3}";
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  check (text, strlen (text), TAKEN, -1);
  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  object = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpint (json_object_get_int_member (object, "max"), ==, G_MAXINT64);
  g_assert_cmpint (json_object_get_int_member (object, "min"), ==, G_MININT64);
  g_assert_cmpstr (json_object_get_string_member (object, "pair"), ==, "\xF0\x9F\x98\x80");
  g_assert_cmpstr (json_object_get_string_member (object, "slash"), ==, "/");
  g_assert_cmpfloat (json_object_get_double_member (object, "exponent"), ==, 1000);
}

/* {"a":[[[...]]]} or {"a":{"a":...}} with @depth levels in all. */
static GString *
nest (guint depth, const char *opener, const char *closer)
{
  GString *text = g_string_new ("{\"a\":");

  for (guint i = 1; i < depth; i++)
    g_string_append (text, opener);
  g_string_append (text, "1");
  for (guint i = 1; i < depth; i++)
    g_string_append (text, closer);
  g_string_append (text, "}");
  return text;
}

static void
check_nested (guint depth, const char *opener, const char *closer, int code)
{
  GString *text = nest (depth, opener, closer);

  check (text->str, text->len, code, -1);
  g_string_free (text, TRUE);
}

static void
test_depth (void)
{
  check_nested (VSS_JSON_GUARD_MAX_DEPTH, "[", "]", TAKEN);
  check_nested (VSS_JSON_GUARD_MAX_DEPTH + 1, "[", "]", BIG);
  check_nested (VSS_JSON_GUARD_MAX_DEPTH, "{\"a\":", "}", TAKEN);
  check_nested (VSS_JSON_GUARD_MAX_DEPTH + 1, "{\"a\":", "}", BIG);
  check_nested (50000, "[", "]", BIG);
  check_nested (50000, "{\"a\":", "}", BIG);
  check_nested (50000, "[", "", BIG);
}

static void
test_size (void)
{
  GString *text = g_string_new ("{\"a\":\"");

  while (text->len < VSS_JSON_GUARD_MAX_BYTES - 2)
    g_string_append_c (text, 'x');
  g_string_append (text, "\"}");
  g_assert_cmpuint (text->len, ==, VSS_JSON_GUARD_MAX_BYTES);
  check (text->str, text->len, TAKEN, -1);
  g_string_append_c (text, ' ');
  check (text->str, text->len, BIG, -1);
  g_string_free (text, TRUE);
}

static void
check_members (guint count, int code)
{
  GString *text = g_string_new ("{\"x\":{");

  for (guint i = 0; i < count; i++)
    g_string_append_printf (text, "%s\"%u\":0", i > 0 ? "," : "", i);
  g_string_append (text, "}}");
  check (text->str, text->len, code, -1);
  g_string_free (text, TRUE);
}

static void
check_values (guint count, int code)
{
  GString *text = g_string_new ("{\"x\":[0"); /* the document, the array, its first value */

  for (guint i = 3; i < count; i++)
    g_string_append (text, ",0");
  g_string_append (text, "]}");
  check (text->str, text->len, code, -1);
  g_string_free (text, TRUE);
}

static void
test_counts (void)
{
  g_autofree char *longest = g_strnfill (VSS_JSON_GUARD_MAX_NUMBER - 2, '1');
  g_autofree char *number = g_strdup_printf ("{\"a\":0.%s}", longest);
  g_autofree char *longer = g_strdup_printf ("{\"a\":0.%s1}", longest);

  check_members (VSS_JSON_GUARD_MAX_MEMBERS, TAKEN);
  check_members (VSS_JSON_GUARD_MAX_MEMBERS + 1, BIG);
  check_values (VSS_JSON_GUARD_MAX_VALUES, TAKEN);
  check_values (VSS_JSON_GUARD_MAX_VALUES + 1, BIG);
  check (number, strlen (number), TAKEN, -1);
  check (longer, strlen (longer), BIG, 5);
}

/* A zero byte neither ends the document nor passes as white space. */
static void
test_zero_byte (void)
{
  check ("{}\0", 3, BAD, 2);
  check ("{\0}", 3, BAD, 1);
  check ("{\"a\":\"\0\"}", 9, BAD, 6);
  check ("{\"a\":\"\\\0\"}", 10, BAD, 7);
}

/* No document that is cut anywhere is taken, nor is anything read behind its end. */
static void
test_every_prefix (void)
{
  static const char text[] = "{\"a\":[1,-2.5e3,\"\\uD83D\\uDE00\\n\",true,false,null,{}],\"b\":{}}";

  check (text, strlen (text), TAKEN, -1);
  for (gsize length = 0; length < strlen (text); length++)
    {
      g_autofree char *exact = g_memdup2 (text, MAX (length, 1));

      check (exact, length, BAD, -1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/json-guard/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/json-guard/values-survive", test_values_survive);
  g_test_add_func ("/json-guard/depth", test_depth);
  g_test_add_func ("/json-guard/size", test_size);
  g_test_add_func ("/json-guard/counts", test_counts);
  g_test_add_func ("/json-guard/zero-byte", test_zero_byte);
  g_test_add_func ("/json-guard/every-prefix", test_every_prefix);
  return g_test_run ();
}

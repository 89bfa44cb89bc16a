/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A strict, iterative check of one JSON document (RFC 8259) that stands in front of json-glib's
 * parser, which takes more than JSON and recurses without limit. Pure function, any thread. */
#include "protocol/vss-json-guard.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "protocol/vss-protocol-error.h"

typedef enum
{
  EXPECT_VALUE,
  EXPECT_VALUE_OR_END, /* after [ */
  EXPECT_NAME,
  EXPECT_NAME_OR_END,  /* after { */
  EXPECT_COMMA_OR_END, /* after a value */
  EXPECT_NOTHING,      /* after the document */
} Expectation;

typedef struct
{
  char closer;         /* '}' or ']' */
  guint first_name;    /* of an object: its first in names */
  gsize first_decoded; /* of an object: where its names begin in decoded */
} Level;

typedef struct
{
  gsize decoded; /* offset in decoded */
  gsize length;
  gsize at; /* offset in the document */
} Name;

typedef struct
{
  const char *text;
  gsize length;
  gsize at;
  Expectation expect;
  Level levels[VSS_JSON_GUARD_MAX_DEPTH];
  guint depth;
  guint n_values;
  GArray *names;    /* of Name: those of all objects that are open */
  GString *decoded; /* their text */
  GError **error;
} Guard;

static gboolean
fail (Guard *g, VssProtocolError code, gsize at, const char *what)
{
  g_set_error (g->error, VSS_PROTOCOL_ERROR, code, "at byte %" G_GSIZE_FORMAT ": %s", at, what);
  return FALSE;
}

static gboolean
malformed (Guard *g, const char *what)
{
  return fail (g, VSS_PROTOCOL_ERROR_MALFORMED, g->at, what);
}

/* The byte at the current place; 0, which no document holds, behind the end. */
static char
peek (const Guard *g)
{
  return g->at < g->length ? g->text[g->at] : '\0';
}

static void
skip_space (Guard *g)
{
  while (g->at < g->length && strchr (" \t\n\r", g->text[g->at]) != NULL)
    g->at++;
}

/* -- strings -- */

static gboolean
scan_hex (Guard *g, gunichar *unit)
{
  *unit = 0;
  for (int i = 0; i < 4; i++, g->at++)
    {
      int digit = g_ascii_xdigit_value (peek (g));

      if (digit < 0)
        return malformed (g, "expected four hexadecimal digits");
      *unit = *unit << 4 | digit;
    }
  return TRUE;
}

/* Behind "\u". */
static gboolean
scan_unicode_escape (Guard *g, GString *decoded)
{
  gunichar c, low;

  if (!scan_hex (g, &c))
    return FALSE;
  if (c == 0)
    return malformed (g, "U+0000 in a string");
  if (c >= 0xDC00 && c <= 0xDFFF)
    return malformed (g, "second half of a surrogate pair without the first");
  if (c >= 0xD800 && c <= 0xDBFF)
    {
      if (g->length - g->at < 2 || g->text[g->at] != '\\' || g->text[g->at + 1] != 'u')
        return malformed (g, "first half of a surrogate pair without the second");
      g->at += 2;
      if (!scan_hex (g, &low))
        return FALSE;
      if (low < 0xDC00 || low > 0xDFFF)
        return malformed (g, "first half of a surrogate pair without the second");
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
  if (decoded != NULL)
    g_string_append_unichar (decoded, c);
  return TRUE;
}

/* Behind the backslash. */
static gboolean
scan_escape (Guard *g, GString *decoded)
{
  static const char escapes[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  char c = peek (g);
  const char *escape = c != '\0' ? strchr (escapes, c) : NULL;

  if (c == 'u')
    {
      g->at++;
      return scan_unicode_escape (g, decoded);
    }
  if (escape == NULL)
    return malformed (g, "unknown escape in a string");
  g->at++;
  if (decoded != NULL)
    g_string_append_c (decoded, meanings[escape - escapes]);
  return TRUE;
}

/* From the opening quote to behind the closing one. @decoded: nullable. */
static gboolean
scan_string (Guard *g, GString *decoded)
{
  g->at++;
  while (g->at < g->length)
    {
      guchar c = g->text[g->at];

      if (c < 0x20)
        return malformed (g, "control character in a string");
      g->at++;
      if (c == '"')
        return TRUE;
      if (c == '\\')
        {
          if (!scan_escape (g, decoded))
            return FALSE;
        }
      else if (decoded != NULL)
        g_string_append_c (decoded, c);
    }
  return malformed (g, "ends within a string");
}

/* -- numbers and literals -- */

static gboolean
scan_digits (Guard *g)
{
  if (!g_ascii_isdigit (peek (g)))
    return malformed (g, "expected a digit");
  while (g_ascii_isdigit (peek (g)))
    g->at++;
  return TRUE;
}

/* Passes a number that has the right form; @integer: it has neither fraction nor exponent. */
static gboolean
scan_number_form (Guard *g, gboolean *integer)
{
  *integer = TRUE;
  if (peek (g) == '-')
    g->at++;
  if (peek (g) == '0')
    g->at++;
  else if (!scan_digits (g))
    return FALSE;
  if (peek (g) == '.')
    {
      *integer = FALSE;
      g->at++;
      if (!scan_digits (g))
        return FALSE;
    }
  if (peek (g) == 'e' || peek (g) == 'E')
    {
      *integer = FALSE;
      g->at++;
      if (peek (g) == '+' || peek (g) == '-')
        g->at++;
      return scan_digits (g);
    }
  return TRUE;
}

static gboolean
scan_number (Guard *g)
{
  char number[VSS_JSON_GUARD_MAX_NUMBER + 1];
  gsize start = g->at, length;
  gboolean integer;

  if (!scan_number_form (g, &integer))
    return FALSE;
  length = g->at - start;
  if (length > VSS_JSON_GUARD_MAX_NUMBER)
    return fail (g, VSS_PROTOCOL_ERROR_TOO_LARGE, start, "number with too many characters");
  memcpy (number, g->text + start, length);
  number[length] = '\0';
  errno = 0;
  if (integer)
    {
      g_ascii_strtoll (number, NULL, 10);
      if (errno == ERANGE)
        return fail (g, VSS_PROTOCOL_ERROR_MALFORMED, start, "integer beyond 64 bits signed");
      return TRUE;
    }
  if (!isfinite (g_ascii_strtod (number, NULL)))
    return fail (g, VSS_PROTOCOL_ERROR_MALFORMED, start, "number too large");
  return TRUE;
}

static gboolean
scan_literal (Guard *g, const char *literal)
{
  gsize length = strlen (literal);

  if (g->length - g->at < length || memcmp (g->text + g->at, literal, length) != 0)
    return malformed (g, "expected a value");
  g->at += length;
  return TRUE;
}

/* -- objects and arrays -- */

static int
compare_names (gconstpointer left, gconstpointer right, gpointer decoded)
{
  const Name *a = left, *b = right;

  if (a->length != b->length)
    return a->length < b->length ? -1 : 1;
  return memcmp ((char *)decoded + a->decoded, (char *)decoded + b->decoded, a->length);
}

/* Sorting, rather than a hash table: no choice of names makes it slow. */
static gboolean
check_names (Guard *g, const Level *level)
{
  guint count = g->names->len - level->first_name;
  Name *names;

  if (count < 2)
    return TRUE;
  names = &g_array_index (g->names, Name, level->first_name);
  g_qsort_with_data (names, count, sizeof (Name), compare_names, g->decoded->str);
  for (guint i = 1; i < count; i++)
    if (compare_names (&names[i - 1], &names[i], g->decoded->str) == 0)
      return fail (g, VSS_PROTOCOL_ERROR_MALFORMED, MAX (names[i - 1].at, names[i].at),
                   "member name occurs twice");
  return TRUE;
}

static gboolean
open_level (Guard *g, char closer, Expectation expect)
{
  if (g->depth == VSS_JSON_GUARD_MAX_DEPTH)
    return fail (g, VSS_PROTOCOL_ERROR_TOO_LARGE, g->at, "nested too deeply");
  g->levels[g->depth++] = (Level){ closer, g->names->len, g->decoded->len };
  g->expect = expect;
  g->at++;
  return TRUE;
}

static gboolean
close_level (Guard *g)
{
  const Level *level = &g->levels[--g->depth];

  if (level->closer == '}' && !check_names (g, level))
    return FALSE;
  g_array_set_size (g->names, level->first_name);
  g_string_truncate (g->decoded, level->first_decoded);
  g->expect = g->depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
  g->at++;
  return TRUE;
}

static gboolean
scan_name (Guard *g)
{
  const Level *level = &g->levels[g->depth - 1];
  Name name = { g->decoded->len, 0, g->at };

  if (peek (g) != '"')
    return malformed (g, "expected a member name");
  if (g->names->len - level->first_name == VSS_JSON_GUARD_MAX_MEMBERS)
    return fail (g, VSS_PROTOCOL_ERROR_TOO_LARGE, g->at, "object with too many members");
  if (!scan_string (g, g->decoded))
    return FALSE;
  name.length = g->decoded->len - name.decoded;
  g_array_append_val (g->names, name);
  skip_space (g);
  if (peek (g) != ':')
    return malformed (g, "expected a colon");
  g->at++;
  g->expect = EXPECT_VALUE;
  return TRUE;
}

static gboolean
scan_value (Guard *g)
{
  char c = peek (g);

  if (++g->n_values > VSS_JSON_GUARD_MAX_VALUES)
    return fail (g, VSS_PROTOCOL_ERROR_TOO_LARGE, g->at, "too many values");
  g->expect = EXPECT_COMMA_OR_END;
  switch (c)
    {
    case '{':
      return open_level (g, '}', EXPECT_NAME_OR_END);
    case '[':
      return open_level (g, ']', EXPECT_VALUE_OR_END);
    case '"':
      return scan_string (g, NULL);
    case 't':
      return scan_literal (g, "true");
    case 'f':
      return scan_literal (g, "false");
    case 'n':
      return scan_literal (g, "null");
    default:
      if (c != '-' && !g_ascii_isdigit (c))
        return malformed (g, "expected a value");
      return scan_number (g);
    }
}

static gboolean
scan_comma_or_end (Guard *g)
{
  const Level *level = &g->levels[g->depth - 1];

  if (peek (g) == level->closer)
    return close_level (g);
  if (peek (g) != ',')
    return malformed (g, "expected a comma or the end of an object or array");
  g->at++;
  g->expect = level->closer == '}' ? EXPECT_NAME : EXPECT_VALUE;
  return TRUE;
}

static gboolean
step (Guard *g)
{
  gboolean may_end = g->expect == EXPECT_NAME_OR_END || g->expect == EXPECT_VALUE_OR_END;

  skip_space (g);
  if (g->at == g->length)
    return malformed (g, "ends within the document");
  if (may_end && peek (g) == g->levels[g->depth - 1].closer)
    return close_level (g);
  switch (g->expect)
    {
    case EXPECT_NAME:
    case EXPECT_NAME_OR_END:
      return scan_name (g);
    case EXPECT_COMMA_OR_END:
      return scan_comma_or_end (g);
    default:
      return scan_value (g);
    }
}

static gboolean
check_document (Guard *g)
{
  const char *end;

  if (!g_utf8_validate_len (g->text, g->length, &end))
    return fail (g, VSS_PROTOCOL_ERROR_MALFORMED, end - g->text, "not UTF-8");
  skip_space (g);
  if (peek (g) != '{')
    return malformed (g, "expected an object");
  while (g->expect != EXPECT_NOTHING)
    if (!step (g))
      return FALSE;
  skip_space (g);
  if (g->at != g->length)
    return malformed (g, "something follows the document");
  return TRUE;
}

gboolean
vss_json_guard_check (const char *text, gsize length, GError **error)
{
  Guard g = { .text = text, .length = length, .expect = EXPECT_VALUE, .error = error };
  gboolean good;

  if (length > VSS_JSON_GUARD_MAX_BYTES)
    return fail (&g, VSS_PROTOCOL_ERROR_TOO_LARGE, VSS_JSON_GUARD_MAX_BYTES,
                 "message longer than the limit");
  g.names = g_array_new (FALSE, FALSE, sizeof (Name));
  g.decoded = g_string_new (NULL);
  good = check_document (&g);
  g_array_unref (g.names);
  g_string_free (g.decoded, TRUE);
  return good;
}

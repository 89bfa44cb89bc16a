/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that a terminal shows and never obeys: see the header. */
#include "host-lib/cli/vss-safe-text.h"

#include <string.h>

/* What g_utf8_get_char_validated() returns for no character and for half of one. */
static gboolean
is_bad (gunichar c)
{
  return c == (gunichar) -1 || c == (gunichar) -2;
}

static gboolean
is_obeyed (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  /* The separators end a line in some terminals; what private characters do is the font's and the
   * terminal's own affair. */
  return !g_unichar_isprint (c) || type == G_UNICODE_LINE_SEPARATOR
         || type == G_UNICODE_PARAGRAPH_SEPARATOR || type == G_UNICODE_PRIVATE_USE;
}

static void
append_bytes (GString *out, const char *bytes, gsize n)
{
  gsize i;

  for (i = 0; i < n; i++)
    {
      g_string_append_printf (out, "\\x%02x", (guchar) bytes[i]);
    }
}

static char *
make_safe (const char *text, gboolean blanks_too)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text;

  while (*at != '\0')
    {
      gunichar c = g_utf8_get_char_validated (at, -1);
      gsize n = is_bad (c) ? 1 : (gsize) (g_utf8_next_char (at) - at);

      if (is_bad (c) || is_obeyed (c) || c == '\\' || (blanks_too && g_unichar_isspace (c)))
        {
          append_bytes (out, at, n);
        }
      else
        {
          g_string_append_len (out, at, (gssize) n);
        }
      at += n;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
vss_safe_text (const char *text)
{
  return make_safe (text, FALSE);
}

char *
vss_safe_word (const char *text)
{
  return text == NULL || *text == '\0' ? g_strdup ("-") : make_safe (text, TRUE);
}

static void
append_json_escape (GString *out, gunichar c)
{
  if (c < 0x10000)
    {
      g_string_append_printf (out, "\\u%04x", c);
    }
  else
    {
      g_string_append_printf (out,
                              "\\u%04x\\u%04x",
                              0xd800 + ((c - 0x10000) >> 10),
                              0xdc00 + ((c - 0x10000) & 0x3ff));
    }
}

char *
vss_safe_json (const char *json)
{
  g_autofree char *valid = g_utf8_make_valid (json, -1);
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at;

  for (at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      /* Line ends are the document's own; inside strings the generator has escaped them. */
      if (c != '\n' && is_obeyed (c))
        {
          append_json_escape (out, c);
        }
      else
        {
          g_string_append_unichar (out, c);
        }
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

guint
vss_safe_text_columns (const char *text)
{
  guint columns = 0;
  const char *at;

  for (at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (!g_unichar_iszerowidth (c))
        {
          columns += g_unichar_iswide (c) ? 2 : 1;
        }
    }
  return columns;
}

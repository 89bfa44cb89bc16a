/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a peer's text fit for messages, logs and terminals. Pure function, any thread. */
#include "protocol/vss-text.h"

#include <string.h>

static gboolean
is_harmless (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return FALSE;
    default:
      return TRUE;
    }
}

/* Appends what stands for the character at @text; returns the bytes that it has there. */
static gsize
append_character (GString *out, const char *text, gsize length)
{
  gunichar c = g_utf8_get_char_validated (text, length);

  if (c == (gunichar)-1 || c == (gunichar)-2)
    {
      g_string_append_c (out, '?');
      return 1;
    }
  if (is_harmless (c))
    g_string_append_unichar (out, c);
  else
    g_string_append_c (out, '?');
  return g_utf8_skip[(guchar)*text];
}

char *
vss_text_sanitise (const char *text, gsize max_bytes)
{
  static const char ellipsis[] = "...";
  gsize room = max_bytes - MIN (max_bytes, strlen (ellipsis));
  GString *out = g_string_new (NULL);
  gsize length = text != NULL ? strlen (text) : 0;
  gsize cut = 0; /* where the text ends if the ellipsis is needed */

  for (gsize at = 0; at < length;)
    {
      if (out->len <= room)
        cut = out->len;
      at += append_character (out, text + at, length - at);
      if (out->len > max_bytes)
        {
          g_string_truncate (out, cut);
          g_string_append_len (out, ellipsis, MIN (max_bytes, strlen (ellipsis)));
          break;
        }
    }
  return g_string_free (out, FALSE);
}

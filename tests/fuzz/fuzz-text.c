/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sanitised text is UTF-8 without control characters, and not too long. The first byte of the
 * input gives the limit. */
#include <glib.h>
#include <string.h>

#include "protocol/vss-text.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = NULL, *clean = NULL, *again = NULL;

  if (size == 0)
    return 0;
  text = g_strndup ((const char *)data + 1, size - 1);
  clean = vss_text_sanitise (text, data[0]);
  g_assert_cmpuint (strlen (clean), <=, data[0]);
  g_assert_true (g_utf8_validate (clean, -1, NULL));
  for (const char *c = clean; *c != '\0'; c = g_utf8_next_char (c))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (c)));
  again = vss_text_sanitise (clean, data[0]);
  g_assert_cmpstr (clean, ==, again);
  return 0;
}

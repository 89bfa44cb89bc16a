/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that a terminal shows and never obeys. */
#include "host-lib/cli/vss-safe-text.h"

static void
test_text (void)
{
  const char *const cases[][2] = {
    { "", "" },
    { "/srv/my data", "/srv/my data" },
    { "/srv/B\303\274ro \346\227\245\346\234\254", "/srv/B\303\274ro \346\227\245\346\234\254" },
    { "a\033[2Jb", "a\\x1b[2Jb" },
    { "a\nb\rc\td", "a\\x0ab\\x0dc\\x09d" },
    { "back\\slash \\x1b", "back\\x5cslash \\x5cx1b" },
    { "del \177", "del \\x7f" },
    /* The control sequence introducer as one character of Unicode. */
    { "csi \302\2332J", "csi \\xc2\\x9b2J" },
    /* Right-to-left override, zero-width joiner, line separator. */
    { "\342\200\256x", "\\xe2\\x80\\xaex" },
    { "\342\200\215x", "\\xe2\\x80\\x8dx" },
    { "\342\200\250x", "\\xe2\\x80\\xa8x" },
    /* A private character; a tag. */
    { "\356\200\200x", "\\xee\\x80\\x80x" },
    { "\363\240\201\201x", "\\xf3\\xa0\\x81\\x81x" },
    /* No UTF-8: a lone byte, an overlong NUL, half a character at the end. */
    { "\377x", "\\xffx" },
    { "\300\200", "\\xc0\\x80" },
    { "x\342\200", "x\\xe2\\x80" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *safe = vss_safe_text (cases[i][0]);

      g_assert_cmpstr (safe, ==, cases[i][1]);
    }
}

static void
test_every_byte (void)
{
  guint c;

  for (c = 1; c < 256; c++)
    {
      const char text[] = { 'a', (char) c, 'b', '\0' };
      g_autofree char *safe = vss_safe_text (text);
      const char *at;

      g_assert_true (g_utf8_validate (safe, -1, NULL));
      for (at = safe; *at != '\0'; at++)
        {
          g_assert_cmpint (*at, >=, ' ');
          g_assert_cmpint (*at, <, 0x7f);
        }
    }
}

static void
test_word (void)
{
  const char *const cases[][2] = {
    { "", "-" },
    { "vda", "vda" },
    { "/srv/my data", "/srv/my\\x20data" },
    { "a\302\240b", "a\\xc2\\xa0b" },
    { "a\nfreeze b 0 0\n", "a\\x0afreeze\\x20b\\x200\\x200\\x0a" },
  };
  g_autofree char *none = vss_safe_word (NULL);
  guint i;

  g_assert_cmpstr (none, ==, "-");
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *safe = vss_safe_word (cases[i][0]);

      g_assert_cmpstr (safe, ==, cases[i][1]);
    }
}

static void
test_json (void)
{
  const char *const cases[][2] = {
    { "{\n  \"a\" : \"b\"\n}", "{\n  \"a\" : \"b\"\n}" },
    { "\"\302\233 \177\"", "\"\\u009b \\u007f\"" },
    { "\"\342\200\256\"", "\"\\u202e\"" },
    { "\"\\u001b\"", "\"\\u001b\"" },
    /* Beyond 16 bits: a language tag. */
    { "\"\363\240\200\201\"", "\"\\udb40\\udc01\"" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *safe = vss_safe_json (cases[i][0]);

      g_assert_cmpstr (safe, ==, cases[i][1]);
    }
}

static void
test_columns (void)
{
  g_assert_cmpuint (vss_safe_text_columns (""), ==, 0);
  g_assert_cmpuint (vss_safe_text_columns ("abc"), ==, 3);
  g_assert_cmpuint (vss_safe_text_columns ("B\303\274ro"), ==, 4);
  g_assert_cmpuint (vss_safe_text_columns ("\346\227\245\346\234\254"), ==, 4);
  /* A combining accent stands on the letter before it. */
  g_assert_cmpuint (vss_safe_text_columns ("e\314\201"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safe-text/text", test_text);
  g_test_add_func ("/safe-text/every-byte", test_every_byte);
  g_test_add_func ("/safe-text/word", test_word);
  g_test_add_func ("/safe-text/json", test_json);
  g_test_add_func ("/safe-text/columns", test_columns);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer's text cannot steer a terminal, forge a line of a log or fill it. */
#include "protocol/vss-protocol-error.h"
#include "protocol/vss-text.h"

#include <string.h>

static const struct
{
  const char *text;
  gsize max_bytes;
  const char *expected;
} cases[] = {
  { NULL, 10, "" },
  { "", 10, "" },
  { "plain text", 10, "plain text" },
  { "plain texts", 10, "plain t..." },
  { "caf\xC3\xA9", 10, "caf\xC3\xA9" },
  { "\x1B[31mred\x1B[0m", 64, "?[31mred?[0m" },
  { "a\nb\r\tc\x7F"
    "d",
    64, "a?b??c?d" },
  { "\xC2\x9B"
    "31m",
    64, "?31m" }, /* the one-character form of ESC [ */
  { "safe\xE2\x80\xAE"
    "exe.txt",
    64, "safe?exe.txt" }, /* writes backwards */
  { "a\xE2\x80\xA8"
    "b\xE2\x80\xA9"
    "c",
    64, "a?b?c" },
  { "a\xE2\x80\x8B"
    "b",
    64, "a?b" }, /* no width */
  { "\xFF\xFE"
    "a\xC3",
    64, "??a?" },
  { "\xC3\xA9\xC3\xA9\xC3\xA9", 5, "\xC3\xA9..." }, /* not cut inside a character */
  { "abcdef", 3, "..." },
  { "abcdef", 1, "." },
  { "abcdef", 0, "" },
};

static void
test_sanitise (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = vss_text_sanitise (cases[i].text, cases[i].max_bytes);

      g_assert_cmpstr (text, ==, cases[i].expected);
      g_assert_cmpuint (strlen (text), <=, cases[i].max_bytes);
    }
}

static void
test_remote_error (void)
{
  g_autoptr (GError) error = vss_protocol_error_new_remote ("bad-state\x1B[2J", "not\nnow");
  g_autoptr (GError) copy = g_error_copy (error);
  g_autoptr (GError) other =
      g_error_new_literal (VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED, "gone");
  g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, 0, "foreign");

  g_assert_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_REMOTE);
  g_assert_cmpstr (error->message, ==, "not?now");
  g_assert_cmpstr (vss_protocol_error_get_class (error), ==, "bad-state?[2J");
  g_assert_cmpstr (vss_protocol_error_get_class (copy), ==, "bad-state?[2J");
  g_prefix_error (&error, "more about it: ");
  g_assert_cmpstr (vss_protocol_error_get_class (error), ==, "bad-state?[2J");
  g_assert_null (vss_protocol_error_get_class (other));
  g_assert_null (vss_protocol_error_get_class (foreign));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/sanitise", test_sanitise);
  g_test_add_func ("/text/remote-error", test_remote_error);
  return g_test_run ();
}

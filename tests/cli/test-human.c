/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times and sizes between people and machines. */
#include "host-lib/cli/vss-human.h"

#include <locale.h>

static void
test_time (void)
{
  g_autofree char *iso = vss_human_iso_time (G_GINT64_CONSTANT (1795193453000123));
  g_autofree char *text = vss_human_time (G_GINT64_CONSTANT (1795193453999999));
  g_autofree char *none = vss_human_time (0);

  g_assert_cmpstr (iso, ==, "2026-11-20T16:50:53.000123Z");
  g_assert_cmpstr (text, ==, "2026-11-20 16:50:53Z");
  g_assert_cmpstr (none, ==, "-");
  g_assert_null (vss_human_iso_time (0));
  g_assert_null (vss_human_iso_time (-1));
  /* A record can hold any number. */
  g_assert_null (vss_human_iso_time (G_MAXINT64));
}

static void
test_duration (void)
{
  const struct
  {
    gint64 us;
    const char *text;
  } cases[] = {
    { 0, "0.0 ms" },         { 49, "0.0 ms" },         { 400, "0.4 ms" },
    { 31400, "31.4 ms" },    { 999900, "999.9 ms" },   { 1000000, "1.00 s" },
    { 1250000, "1.25 s" },   { 60000000, "60.00 s" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = vss_human_duration (cases[i].us);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_size (void)
{
  const struct
  {
    guint64 bytes;
    const char *text;
  } cases[] = {
    { 0, "0 B" },
    { 1023, "1023 B" },
    { 1024, "1.0 KiB" },
    { 1536, "1.5 KiB" },
    /* Not "1024.0 KiB". */
    { 1048575, "1.0 MiB" },
    { G_GUINT64_CONSTANT (8589934592), "8.0 GiB" },
    { G_MAXUINT64, "16.0 EiB" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = vss_human_size (cases[i].bytes);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_parse (void)
{
  const struct
  {
    const char *text;
    guint ms; /* 0: refused */
  } cases[] = {
    { "10", 10000 },
    { "10s", 10000 },
    { "1500ms", 1500 },
    { "1ms", 1 },
    { "4294967295ms", G_MAXUINT },
    { "0", 0 },
    { "0ms", 0 },
    { "", 0 },
    { "s", 0 },
    { "-1", 0 },
    { "+1", 0 },
    { " 1", 0 },
    { "1 s", 0 },
    { "1.5", 0 },
    { "1m", 0 },
    { "10x", 0 },
    { "4294968", 0 },
    { "4294967296ms", 0 },
    { "99999999999999999999", 0 },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint ms = 7;

      g_test_message ("'%s'", cases[i].text);
      g_assert_cmpint (vss_human_parse_duration (cases[i].text, &ms), ==, cases[i].ms != 0);
      g_assert_cmpuint (ms, ==, cases[i].ms != 0 ? cases[i].ms : 7);
    }
}

static void
test_span (void)
{
  const struct
  {
    gint64 seconds;
    const char *text;
  } cases[] = { { 0, "0 s" },         { 119, "119 s" },     { 120, "2 min" },
                { 7199, "119 min" },  { 7200, "2.0 h" },    { 172799, "48.0 h" },
                { 172800, "2.0 days" } };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = vss_human_span (cases[i].seconds);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  /* In a locale with a decimal comma, where the machine has one, nothing may change. */
  setlocale (LC_ALL, "de_DE.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/human/time", test_time);
  g_test_add_func ("/human/duration", test_duration);
  g_test_add_func ("/human/size", test_size);
  g_test_add_func ("/human/parse", test_parse);
  g_test_add_func ("/human/span", test_span);
  return g_test_run ();
}

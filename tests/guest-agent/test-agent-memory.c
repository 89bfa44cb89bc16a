/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Giving memory back: only what nobody here has written to, and nothing is missed afterwards. */
#include "guest-agent/vss-agent-memory.h"

static const char clean[] = "Anonymous:             0 kB";
static const char written[] = "Anonymous:             4 kB";

static void
test_what_is_clean (void)
{
  static const struct
  {
    const char *header;
    const char *anonymous;
    gboolean is_clean;
  } rows[] = {
    { "7f00a000-7f00c000 r-xp 00001000 fe:01 123    /usr/lib/libx.so", clean, TRUE },
    { "7f00a000-7f00c000 r--p 00000000 fe:01 123    /usr/lib/libx.so", clean, TRUE },
    { "7f00a000-7f00c000 r--p 00003000 fe:01 123    /usr/lib/libx.so", written, FALSE },
    { "7f00a000-7f00c000 rw-p 00004000 fe:01 123    /usr/lib/libx.so", clean, FALSE },
    { "7f00a000-7f00c000 r--s 00000000 fe:01 123    /usr/lib/gconv.cache", clean, FALSE },
    { "7f00a000-7f00c000 rw-p 00000000 00:00 0 ", clean, FALSE },
    { "7f00a000-7f00c000 r--p 00000000 00:00 0 ", clean, FALSE },
    { "7ffe0000-7ffe2000 r-xp 00000000 00:00 0      [vdso]", clean, FALSE },
    { "55000000-55021000 rw-p 00000000 00:00 0      [heap]", written, FALSE },
    { "no mapping at all", clean, FALSE },
    { "7f00a000-7f00c000 r-xp 00001000 fe:01 123    /usr/lib/libx.so", "Swap: 0 kB", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (vss_agent_memory_is_clean (rows[i].header, rows[i].anonymous), ==,
                     rows[i].is_clean);
}

static gulong
resident_pages (void)
{
  g_autofree char *statm = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &statm, NULL, NULL));
  fields = g_strsplit (statm, " ", 3);
  return strtoul (fields[1], NULL, 10);
}

static void
test_release (void)
{
  gulong before = resident_pages ();

  vss_agent_memory_release ();
  g_assert_cmpuint (resident_pages (), <, before);
  vss_agent_memory_release ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent-memory/what-is-clean", test_what_is_clean);
  g_test_add_func ("/agent-memory/release", test_release);
  return g_test_run ();
}

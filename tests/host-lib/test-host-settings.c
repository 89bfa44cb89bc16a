/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the administrator wrote is taken, and what makes no sense is not. */
#include <glib/gstdio.h>

#include "host-lib/vss-host-settings.h"

typedef struct
{
  const char *text; /* nullable: no file */
  guint sets;
  guint64 free_mib;
} Row;

static const Row rows[] = {
  { NULL, 64, 64 },
  { "", 64, 64 },
  { "[snapshot-sets]\nmax-per-disk=3\nmin-free-mib=2048\n", 3, 2048 },
  { "[snapshot-sets]\nmax-per-disk=3\n", 3, 64 },
  { "[snapshot-sets]\nmax-per-disk=0\nmin-free-mib=-1\n", 64, 64 },
  { "[snapshot-sets]\nmax-per-disk=191\nmin-free-mib=99999999999999999999\n", 64, 64 },
  { "[snapshot-sets]\nmax-per-disk=many\n", 64, 64 },
  { "[other]\nmax-per-disk=3\n", 64, 64 },
  { "no key file", 64, 64 },
};

static void
test_rows (void)
{
  g_autofree char *folder = g_dir_make_tmp ("host-settings-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "virt-vss.conf", NULL);

  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      VssHostSettings settings = { 0 };

      if (rows[i].text != NULL)
        g_assert_true (g_file_set_contents (path, rows[i].text, -1, NULL));
      vss_host_settings_load_file (&settings, path);
      g_assert_cmpuint (settings.sets_per_disk, ==, rows[i].sets);
      g_assert_cmpuint (settings.free_min >> 20, ==, rows[i].free_mib);
    }
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-settings/rows", test_rows);
  return g_test_run ();
}

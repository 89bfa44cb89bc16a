/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz entry without a fuzzer: over each file of the folders given, and over each
 * beginning of it, since input that is cut is what goes wrong most often. */
#include <glib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Beginnings of longer files are left out: the whole takes the square of the length. */
#define MAX_CUT_BYTES 4096

static void
run (const char *bytes, gsize length)
{
  /* A copy of its own, so that a checker of memory sees any byte read beyond it. */
  g_autofree guint8 *copy = length > 0 ? g_memdup2 (bytes, length) : NULL;

  LLVMFuzzerTestOneInput (copy, length);
}

static void
run_file (gconstpointer path)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  for (gsize cut = 0; cut < MIN (length, MAX_CUT_BYTES); cut++)
    run (bytes, cut);
  run (bytes, length);
}

static void
add_folder (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strdup_printf ("/corpus/%s", name);

      g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), run_file, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    add_folder (argv[i]);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz entry without a fuzzer: over each file of the folders given, and over each
 * beginning of it, since input that is cut is what goes wrong most often. Where a run takes long,
 * --cut-every=N before the folder leaves out all beginnings but those of N, 2N, 3N... bytes. */
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

typedef struct
{
  char *path;
  gsize cut_every;
} Test;

static void
test_free (gpointer data)
{
  Test *test = data;

  g_free (test->path);
  g_free (test);
}

static void
run_file (gconstpointer data)
{
  const Test *test = data;
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (test->path, &bytes, &length, &error);
  g_assert_no_error (error);
  for (gsize cut = 0; cut < MIN (length, MAX_CUT_BYTES); cut += test->cut_every)
    run (bytes, cut);
  run (bytes, length);
}

static void
add_folder (const char *folder, gsize cut_every)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *title = g_strdup_printf ("/corpus/%s", name);
      Test *test = g_new0 (Test, 1);

      test->path = g_build_filename (folder, name, NULL);
      test->cut_every = cut_every;
      g_test_add_data_func_full (title, test, run_file, test_free);
    }
}

int
main (int argc, char **argv)
{
  const char option[] = "--cut-every=";
  gsize cut_every = 1;

  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    {
      if (g_str_has_prefix (argv[i], option))
        cut_every = MAX (g_ascii_strtoull (argv[i] + strlen (option), NULL, 10), 1);
      else
        add_folder (argv[i], cut_every);
    }
  return g_test_run ();
}

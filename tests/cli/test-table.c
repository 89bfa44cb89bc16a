/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of text in columns. */
#include "host-lib/cli/vss-table.h"

#include <stdlib.h>
#include <string.h>

static char *
print (VssTable *table, gboolean with_titles)
{
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream (&text, &size);

  vss_table_print (table, with_titles, stream);
  fclose (stream);
  return text;
}

static void
test_aligned (void)
{
  const char *const titles[] = { "A", "LONGER", "C", NULL };
  const char *const rows[][3] = {
    { "1", "2", "3" },
    { "\346\227\245\346\234\254", NULL, "x" },
    { "last", "is empty", NULL },
  };
  g_autoptr (VssTable) table = vss_table_new (titles);
  char *with;
  char *without;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      vss_table_add_row (table, rows[i]);
    }
  with = print (table, TRUE);
  without = print (table, FALSE);
  g_assert_cmpuint (vss_table_get_rows (table), ==, 3);
  g_assert_cmpstr (with,
                   ==,
                   "A     LONGER    C\n"
                   "1     2         3\n"
                   "\346\227\245\346\234\254            x\n"
                   "last  is empty\n");
  g_assert_cmpstr (without,
                   ==,
                   "1     2         3\n"
                   "\346\227\245\346\234\254            x\n"
                   "last  is empty\n");
  free (with);
  free (without);
}

static void
test_safe (void)
{
  const char *const titles[] = { "A", "B", NULL };
  const char *const row[] = { "\033[2J", "x\ny" };
  g_autoptr (VssTable) table = vss_table_new (titles);
  char *text;

  vss_table_add_row (table, row);
  text = print (table, TRUE);
  g_assert_cmpstr (text, ==, "A        B\n\\x1b[2J  x\\x0ay\n");
  free (text);
}

/* One long name doesn't make each of a thousand rows as long. */
static void
test_long_cell (void)
{
  const char *const titles[] = { "A", "B", NULL };
  g_autofree char *name = g_strnfill (1000 * 1000, 'x');
  const char *const long_row[] = { name, "1", NULL };
  const char *const row[] = { "short", "2", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  char *text;
  guint i;

  vss_table_add_row (table, long_row);
  for (i = 0; i < 1000; i++)
    {
      vss_table_add_row (table, row);
    }
  text = print (table, TRUE);
  g_assert_true (g_str_has_prefix (text, "A      B\nxxx"));
  g_assert_nonnull (strstr (text, "x  1\nshort  2\nshort  2\n"));
  g_assert_cmpuint (strlen (text), <, 1000 * 1000 + 1000 * 20);
  free (text);
}

static void
test_empty (void)
{
  const char *const titles[] = { "A", "B", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  char *text = print (table, TRUE);

  g_assert_cmpstr (text, ==, "A  B\n");
  free (text);
  text = print (table, FALSE);
  g_assert_cmpstr (text, ==, "");
  free (text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/table/aligned", test_aligned);
  g_test_add_func ("/table/safe", test_safe);
  g_test_add_func ("/table/long-cell", test_long_cell);
  g_test_add_func ("/table/empty", test_empty);
  return g_test_run ();
}

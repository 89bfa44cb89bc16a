/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of text in columns: see the header. */
#include "host-lib/cli/vss-table.h"

#include "host-lib/cli/vss-safe-text.h"

/* Blanks between two columns. */
#define GAP 2

/* Columns that a cell makes its neighbours' rows wait for; wider ones push the rest of their own
 * row aside. Else one name of a thousand letters costs a thousand blanks in every row. */
#define MAX_WIDTH 64

struct _VssTable
{
  guint columns;
  guint *widths;
  GPtrArray *rows; /* (element-type GStrv); the first holds the titles */
};

VssTable *
vss_table_new (const char *const *titles)
{
  VssTable *self = g_new0 (VssTable, 1);

  self->columns = g_strv_length ((char **) titles);
  self->widths = g_new0 (guint, self->columns);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  vss_table_add_row (self, titles);
  return self;
}

void
vss_table_free (VssTable *self)
{
  g_ptr_array_unref (self->rows);
  g_free (self->widths);
  g_free (self);
}

void
vss_table_add_row (VssTable *self, const char *const *cells)
{
  GStrv row = g_new0 (char *, self->columns + 1);
  guint i;

  for (i = 0; i < self->columns; i++)
    {
      row[i] = vss_safe_text (cells[i] != NULL ? cells[i] : "");
    }
  g_ptr_array_add (self->rows, row);
}

guint
vss_table_get_rows (VssTable *self)
{
  return self->rows->len - 1;
}

static void
measure (VssTable *self, guint first)
{
  guint r;
  guint i;

  for (i = 0; i < self->columns; i++)
    {
      self->widths[i] = 0;
      for (r = first; r < self->rows->len; r++)
        {
          GStrv row = g_ptr_array_index (self->rows, r);

          guint columns = vss_safe_text_columns (row[i]);

          if (columns <= MAX_WIDTH)
            {
              self->widths[i] = MAX (self->widths[i], columns);
            }
        }
    }
}

static void
print_row (VssTable *self, GStrv row, FILE *out)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint i;

  for (i = 0; i < self->columns; i++)
    {
      guint columns = vss_safe_text_columns (row[i]);
      guint blanks = MAX (self->widths[i], columns) - columns + GAP;

      g_string_append (line, row[i]);
      g_string_append_printf (line, "%*s", (int) blanks, "");
    }
  g_strchomp (line->str);
  fprintf (out, "%s\n", line->str);
}

void
vss_table_print (VssTable *self, gboolean with_titles, FILE *out)
{
  guint first = with_titles ? 0 : 1;
  guint r;

  measure (self, first);
  for (r = first; r < self->rows->len; r++)
    {
      print_row (self, g_ptr_array_index (self->rows, r), out);
    }
}

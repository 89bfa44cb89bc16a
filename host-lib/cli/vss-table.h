/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of text in columns. Cells are made terminal-safe on the way in. */
#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef struct _VssTable VssTable;

/* @titles: one for each column, NULL-terminated. */
VssTable *vss_table_new (const char *const *titles);
void vss_table_free (VssTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssTable, vss_table_free)

/* As many cells as there are columns; a NULL cell is empty. */
void vss_table_add_row (VssTable *self, const char *const *cells);
guint vss_table_get_rows (VssTable *self);
void vss_table_print (VssTable *self, gboolean with_titles, FILE *out);

G_END_DECLS

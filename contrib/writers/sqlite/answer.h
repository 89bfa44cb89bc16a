/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the writer is told and what it says: lines of JSON, see vss-writer(5). One thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An event as it was read from standard input. */
typedef struct
{
  char *event;       /* nullable: none was given */
  gint64 timeout_ms; /* 0: none was given */
} VssTold;

/* Reads a line; FALSE at the end of the input. */
gboolean vss_told_read (GDataInputStream *input, VssTold *told);
void vss_told_clear (VssTold *told);

/* Says how the event went and returns the exit status that goes with it. @error: nullable. */
int vss_answer_event (const GError *error);

/* Says which components there are: one for each database. */
void vss_answer_identity (char **databases);

G_END_DECLS

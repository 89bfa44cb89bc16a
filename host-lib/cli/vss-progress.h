/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells people (one line that is rewritten) or programs (a line for each step) how far an
 * operation has come. One for people belongs to the main thread; one for programs has no state
 * and may be called on any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VssProgress VssProgress;

/* People: the terminal behind @fd. Programs: "phase object done total" lines; each is written
 * out before the function returns, unless the reader doesn't read. @fd stays the caller's. */
VssProgress *vss_progress_new_for_people (int fd);
VssProgress *vss_progress_new_for_programs (int fd);
void vss_progress_free (VssProgress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssProgress, vss_progress_free)

gboolean vss_progress_is_for_people (VssProgress *self);

/* A step begins, or has come further. @object: nullable. @total 0: unknown. */
void vss_progress_step (VssProgress *self,
                        const char *phase,
                        const char *object,
                        guint64 done,
                        guint64 total);

/* Wipes the terminal's line, so that something else can be printed. */
void vss_progress_clear_line (VssProgress *self);

G_END_DECLS

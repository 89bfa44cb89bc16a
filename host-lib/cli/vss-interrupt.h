/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIGINT, SIGTERM and SIGHUP as a GCancellable. A thread of its own listens, because the main
 * thread may be inside a call that blocks. The first signal cancels, which undoes; the second
 * says what is left to do and ends the program at once. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _VssInterrupt VssInterrupt;

/* Call before any other thread exists: they inherit the blocked signals. @last_exit: the exit
 * status after a second signal with last words; without them it is 1. */
VssInterrupt *vss_interrupt_new (int last_exit);
void vss_interrupt_free (VssInterrupt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssInterrupt, vss_interrupt_free)

GCancellable *vss_interrupt_get_cancellable (VssInterrupt *self);

/* NULL: nothing would be left. */
void vss_interrupt_set_last_words (VssInterrupt *self, const char *text);

G_END_DECLS

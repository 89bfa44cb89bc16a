/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines that wait to be sent. A line that was begun is never taken back, unless everything is.
 * Owned by a session; used on the session's thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VssOutputQueue VssOutputQueue;

VssOutputQueue *vss_output_queue_new (void);
void vss_output_queue_free (VssOutputQueue *self);

/* Adds a line (taken). @tag: nullable, what vss_output_queue_remove() can remove it by. */
void vss_output_queue_push (VssOutputQueue *self, GBytes *line, const char *tag);

/* Removes lines with that tag of which nothing was sent yet, nor may be being sent. */
void vss_output_queue_remove (VssOutputQueue *self, const char *tag);

/* Bytes not sent yet. */
gsize vss_output_queue_get_length (VssOutputQueue *self);

/* What is left of the first line; NULL if there is none. Transfer full. */
GBytes *vss_output_queue_peek (VssOutputQueue *self);

/* Drops the first @length bytes of what was peeked at last; nothing if the queue was cleared
 * since. */
void vss_output_queue_drop (VssOutputQueue *self, gsize length);

void vss_output_queue_clear (VssOutputQueue *self);

G_END_DECLS

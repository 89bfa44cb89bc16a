/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that a host has sent and awaits the answers of. Owned by a session; used on the
 * session's thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *id;
  gint64 deadline_ms;
  gboolean ping; /* the session's own: nobody waits for the answer */
} VssPending;

typedef struct _VssPendingTable VssPendingTable;

void vss_pending_free (VssPending *pending);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssPending, vss_pending_free)

VssPendingTable *vss_pending_table_new (void);
void vss_pending_table_free (VssPendingTable *self);

/* Takes @id. */
void vss_pending_table_add (VssPendingTable *self, char *id, gint64 deadline_ms, gboolean ping);

/* Commands awaited, without pings. */
guint vss_pending_table_count (VssPendingTable *self);

/* The earliest deadline; -1 if nothing is awaited. */
gint64 vss_pending_table_next_deadline (VssPendingTable *self);

/* Each removes one and returns it, NULL if there is none: that of an answer; one that is past its
 * deadline, which is remembered as such; any. */
VssPending *vss_pending_table_take (VssPendingTable *self, const char *id);
VssPending *vss_pending_table_take_overdue (VssPendingTable *self, gint64 now_ms);
VssPending *vss_pending_table_take_any (VssPendingTable *self);

/* TRUE, once, if @id is of a command that was past its deadline. */
gboolean vss_pending_table_forget_overdue (VssPendingTable *self, const char *id);

G_END_DECLS

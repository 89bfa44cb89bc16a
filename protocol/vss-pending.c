/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that a host has sent and awaits the answers of. They are few (their number is
 * limited), so lists are searched from end to end. Owned by a session; used on its thread. */
#include "protocol/vss-pending.h"

#include <string.h>

#include "protocol/vss-session-limits.h"

struct _VssPendingTable
{
  GQueue awaited; /* of VssPending, in the order of sending */
  GQueue overdue; /* of ids */
};

void
vss_pending_free (VssPending *pending)
{
  g_free (pending->id);
  g_free (pending);
}

static void
free_pending (gpointer data)
{
  vss_pending_free (data);
}

VssPendingTable *
vss_pending_table_new (void)
{
  VssPendingTable *self = g_new0 (VssPendingTable, 1);

  g_queue_init (&self->awaited);
  g_queue_init (&self->overdue);
  return self;
}

void
vss_pending_table_free (VssPendingTable *self)
{
  g_queue_clear_full (&self->awaited, free_pending);
  g_queue_clear_full (&self->overdue, g_free);
  g_free (self);
}

void
vss_pending_table_add (VssPendingTable *self, char *id, gint64 deadline_ms, gboolean ping)
{
  VssPending *pending = g_new0 (VssPending, 1);

  pending->id = id;
  pending->deadline_ms = deadline_ms;
  pending->ping = ping;
  g_queue_push_tail (&self->awaited, pending);
}

guint
vss_pending_table_count (VssPendingTable *self)
{
  guint count = 0;

  for (GList *link = self->awaited.head; link != NULL; link = link->next)
    if (!((VssPending *)link->data)->ping)
      count++;
  return count;
}

gint64
vss_pending_table_next_deadline (VssPendingTable *self)
{
  gint64 next = -1;

  for (GList *link = self->awaited.head; link != NULL; link = link->next)
    {
      VssPending *pending = link->data;

      if (next < 0 || pending->deadline_ms < next)
        next = pending->deadline_ms;
    }
  return next;
}

static VssPending *
take_link (VssPendingTable *self, GList *link)
{
  VssPending *pending = link->data;

  g_queue_delete_link (&self->awaited, link);
  return pending;
}

VssPending *
vss_pending_table_take (VssPendingTable *self, const char *id)
{
  for (GList *link = self->awaited.head; link != NULL; link = link->next)
    if (strcmp (((VssPending *)link->data)->id, id) == 0)
      return take_link (self, link);
  return NULL;
}

VssPending *
vss_pending_table_take_overdue (VssPendingTable *self, gint64 now_ms)
{
  for (GList *link = self->awaited.head; link != NULL; link = link->next)
    {
      VssPending *pending = link->data;

      if (pending->deadline_ms > now_ms)
        continue;
      g_queue_push_tail (&self->overdue, g_strdup (pending->id));
      if (g_queue_get_length (&self->overdue) > VSS_SESSION_MAX_EXPIRED)
        g_free (g_queue_pop_head (&self->overdue));
      return take_link (self, link);
    }
  return NULL;
}

VssPending *
vss_pending_table_take_any (VssPendingTable *self)
{
  return g_queue_pop_head (&self->awaited);
}

gboolean
vss_pending_table_forget_overdue (VssPendingTable *self, const char *id)
{
  GList *link = g_queue_find_custom (&self->overdue, id, (GCompareFunc)strcmp);

  if (link == NULL)
    return FALSE;
  g_free (link->data);
  g_queue_delete_link (&self->overdue, link);
  return TRUE;
}

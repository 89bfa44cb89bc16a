/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines that wait to be sent. A line that was begun is never taken back, unless everything is.
 * Owned by a session; used on the session's thread. */
#include "protocol/vss-output-queue.h"

typedef struct
{
  GBytes *line;
  char *tag;
} Item;

struct _VssOutputQueue
{
  GQueue items;
  gsize sent; /* of the first item */
  gsize length;
  gboolean peeked;  /* somebody may be sending the first item right now */
  gboolean revoked; /* what they are sending was cleared away meanwhile */
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_bytes_unref (item->line);
  g_free (item->tag);
  g_free (item);
}

VssOutputQueue *
vss_output_queue_new (void)
{
  VssOutputQueue *self = g_new0 (VssOutputQueue, 1);

  g_queue_init (&self->items);
  return self;
}

void
vss_output_queue_clear (VssOutputQueue *self)
{
  g_queue_clear_full (&self->items, item_free);
  self->sent = 0;
  self->length = 0;
  self->revoked = self->peeked;
}

void
vss_output_queue_free (VssOutputQueue *self)
{
  vss_output_queue_clear (self);
  g_free (self);
}

void
vss_output_queue_push (VssOutputQueue *self, GBytes *line, const char *tag)
{
  Item *item = g_new0 (Item, 1);

  item->line = line;
  item->tag = g_strdup (tag);
  self->length += g_bytes_get_size (line);
  g_queue_push_tail (&self->items, item);
}

void
vss_output_queue_remove (VssOutputQueue *self, const char *tag)
{
  GList *next;

  for (GList *link = self->items.head; link != NULL; link = next)
    {
      Item *item = link->data;

      next = link->next;
      if (g_strcmp0 (item->tag, tag) != 0 ||
          (link == self->items.head && (self->sent > 0 || self->peeked)))
        continue;
      self->length -= g_bytes_get_size (item->line);
      g_queue_delete_link (&self->items, link);
      item_free (item);
    }
}

gsize
vss_output_queue_get_length (VssOutputQueue *self)
{
  return self->length;
}

GBytes *
vss_output_queue_peek (VssOutputQueue *self)
{
  Item *first = g_queue_peek_head (&self->items);

  self->peeked = first != NULL;
  self->revoked = FALSE;
  if (first == NULL)
    return NULL;
  return g_bytes_new_from_bytes (first->line, self->sent,
                                 g_bytes_get_size (first->line) - self->sent);
}

void
vss_output_queue_drop (VssOutputQueue *self, gsize length)
{
  self->peeked = FALSE;
  if (self->revoked)
    {
      self->revoked = FALSE;
      return;
    }
  g_return_if_fail (length <= self->length);
  self->length -= length;
  self->sent += length;
  while (!g_queue_is_empty (&self->items))
    {
      Item *first = g_queue_peek_head (&self->items);
      gsize size = g_bytes_get_size (first->line);

      if (self->sent < size)
        break;
      self->sent -= size;
      item_free (g_queue_pop_head (&self->items));
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts a byte stream into lines and finds the resynchronisation byte 0xFF. No I/O. Owned by a
 * session; used on the session's thread. */
#include "protocol/vss-framer.h"

struct _VssFramer
{
  gsize max_line_bytes;
  GByteArray *unfinished; /* the line that is being received */
  gboolean skipping;      /* within the rest of a line beyond the limit */
  GQueue frames;          /* of VssFrame, ready to be taken */
};

VssFramer *
vss_framer_new (gsize max_line_bytes)
{
  VssFramer *self = g_new0 (VssFramer, 1);

  self->max_line_bytes = max_line_bytes;
  self->unfinished = g_byte_array_new ();
  g_queue_init (&self->frames);
  return self;
}

void
vss_frame_clear (VssFrame *frame)
{
  g_clear_pointer (&frame->line, g_bytes_unref);
}

static void
frame_free (gpointer data)
{
  vss_frame_clear (data);
  g_free (data);
}

void
vss_framer_free (VssFramer *self)
{
  g_queue_clear_full (&self->frames, frame_free);
  g_byte_array_unref (self->unfinished);
  g_free (self);
}

static void
add_frame (VssFramer *self, VssFrameKind kind, GBytes *line)
{
  VssFrame *last = g_queue_peek_tail (&self->frames);
  VssFrame *frame;

  /* A run of 0xFF says no more than one of them. */
  if (kind == VSS_FRAME_SYNC && last != NULL && last->kind == VSS_FRAME_SYNC)
    return;
  frame = g_new0 (VssFrame, 1);
  frame->kind = kind;
  frame->line = line;
  g_queue_push_tail (&self->frames, frame);
}

/* Gives its memory back too: a line beyond the limit may be the only long one ever. */
static void
drop_unfinished (VssFramer *self)
{
  if (self->unfinished->len == 0)
    return;
  g_byte_array_unref (self->unfinished);
  self->unfinished = g_byte_array_new ();
}

/* Takes bytes without newline and 0xFF. */
static void
add_text (VssFramer *self, const guint8 *bytes, gsize length)
{
  if (self->skipping || length == 0)
    return;
  if (length > self->max_line_bytes - self->unfinished->len)
    {
      drop_unfinished (self);
      self->skipping = TRUE;
      add_frame (self, VSS_FRAME_OVERLONG, NULL);
      return;
    }
  g_byte_array_append (self->unfinished, bytes, length);
}

static void
end_line (VssFramer *self)
{
  /* Empty lines carry nothing, and whole buffers of them would cost memory. */
  if (!self->skipping && self->unfinished->len > 0)
    {
      add_frame (self, VSS_FRAME_LINE, g_byte_array_free_to_bytes (self->unfinished));
      self->unfinished = g_byte_array_new ();
    }
  self->skipping = FALSE;
}

static void
synchronise (VssFramer *self)
{
  drop_unfinished (self);
  self->skipping = FALSE;
  add_frame (self, VSS_FRAME_SYNC, NULL);
}

void
vss_framer_push (VssFramer *self, const guint8 *bytes, gsize length)
{
  gsize start = 0;

  if (length == 0)
    return;
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] != '\n' && bytes[i] != VSS_FRAMER_SYNC_BYTE)
        continue;
      add_text (self, bytes + start, i - start);
      start = i + 1;
      if (bytes[i] == '\n')
        end_line (self);
      else
        synchronise (self);
    }
  add_text (self, bytes + start, length - start);
}

gboolean
vss_framer_next (VssFramer *self, VssFrame *frame)
{
  VssFrame *first = g_queue_pop_head (&self->frames);

  if (first == NULL)
    return FALSE;
  *frame = *first;
  g_free (first);
  return TRUE;
}

void
vss_framer_reset (VssFramer *self)
{
  g_queue_clear_full (&self->frames, frame_free);
  drop_unfinished (self);
  self->skipping = FALSE;
}

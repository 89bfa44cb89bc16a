/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transport between two ends that delivers every byte in order, and is otherwise as bad as a
 * virtio port at its worst. */
#include "tests/protocol/rough-link.h"

#include <string.h>

RoughLink *
rough_link_new (guint32 seed)
{
  RoughLink *self = g_new0 (RoughLink, 1);

  self->random = g_rand_new_with_seed (seed);
  self->to_guest = g_byte_array_new ();
  self->to_host = g_byte_array_new ();
  return self;
}

void
rough_link_free (RoughLink *self)
{
  g_rand_free (self->random);
  g_byte_array_unref (self->to_guest);
  g_byte_array_unref (self->to_host);
  g_free (self);
}

gboolean
rough_link_chance (RoughLink *self, int n)
{
  return g_rand_int_range (self->random, 0, n) == 0;
}

/* Mostly a few bytes, sometimes all. */
static gsize
piece (RoughLink *self, gsize length)
{
  gsize most = rough_link_chance (self, 3) ? length : MIN (length, 40);

  return g_rand_int_range (self->random, 1, most + 1);
}

void
rough_link_take (RoughLink *self, VssSession *session, GByteArray *pipe)
{
  g_autoptr (GBytes) bytes = vss_session_peek_output (session);
  gsize length;

  if (bytes == NULL)
    return;
  length = piece (self, g_bytes_get_size (bytes));
  g_byte_array_append (pipe, g_bytes_get_data (bytes, NULL), length);
  vss_session_sent (session, length);
}

void
rough_link_give (RoughLink *self, GByteArray *pipe, VssSession *session, gint64 now_ms)
{
  g_autofree guint8 *copy = NULL;
  gsize length;

  if (pipe->len == 0)
    return;
  length = piece (self, pipe->len);
  copy = g_memdup2 (pipe->data, length);
  g_byte_array_remove_range (pipe, 0, length);
  vss_session_receive (session, copy, length, now_ms);
}

void
rough_link_tear (RoughLink *self, GByteArray *pipe)
{
  if (pipe->len > 0)
    g_byte_array_set_size (pipe, g_rand_int_range (self->random, 0, pipe->len + 1));
}

void
rough_link_disturb (RoughLink *self, GByteArray *pipe)
{
  static const char *const noises[] = {
    "\n",
    "login: ",
    "AT\r\n",
    "{\"execute\":\"guest-ping\"}\n",
    "{\"execute\":\"vss-freeze\",\"id\":\"",
    "{\"return\":{},\"id\":\"hello-",
    "{\"return\":{\"id\":1}}\n",
    "[[[[[[[[[[[[\n",
    "\xFF",
    "\xFF\xFF{\"return\":{\"id\":12345}}\n",
    "\x1B[2J\x80\xFE\n",
  };
  const char *noise = noises[g_rand_int_range (self->random, 0, G_N_ELEMENTS (noises))];

  g_byte_array_append (pipe, (const guint8 *)noise, strlen (noise));
}

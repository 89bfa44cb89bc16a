/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-socket-peer.h. */
#include "guest-agent/channel/vss-socket-peer.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-agent/channel/vss-edge-source.h"

#define READ_BYTES 4096
/* Then others have their turn, so that a peer that floods us doesn't keep a thaw waiting. */
#define MAX_READS_PER_TURN 64

struct _VssSocketPeer
{
  int fd;
  VssConnection *connection;
  GSource *edges;
  GSource *next_turn; /* more is to be read, or the peer is gone */
  gboolean is_gone;
  VssSocketPeerFunc on_gone;
  gpointer user_data;
};

static void read_peer (gpointer user_data);

static gboolean
on_next_turn (gpointer user_data)
{
  VssSocketPeer *self = user_data;

  g_source_unref (g_steal_pointer (&self->next_turn));
  if (self->is_gone)
    self->on_gone (self, self->user_data);
  else
    read_peer (self);
  return G_SOURCE_REMOVE;
}

/* Reading on waits until nobody else has anything to do; going doesn't, or peers that come and go
 * quickly would pile up. */
static void
want_next_turn (VssSocketPeer *self)
{
  int priority = self->is_gone ? G_PRIORITY_DEFAULT : G_PRIORITY_DEFAULT_IDLE;

  if (self->next_turn)
    {
      g_source_set_priority (self->next_turn, priority);
      return;
    }
  self->next_turn = g_idle_source_new ();
  g_source_set_priority (self->next_turn, priority);
  g_source_set_callback (self->next_turn, on_next_turn, self, NULL);
  g_source_attach (self->next_turn, g_main_context_get_thread_default ());
}

static gsize
io_write (gpointer io_data, const guint8 *bytes, gsize length)
{
  VssSocketPeer *self = io_data;
  gssize put;

  do
    put = send (self->fd, bytes, length, MSG_NOSIGNAL);
  while (put < 0 && errno == EINTR);
  return MAX (put, 0); /* of a broken connection reading tells */
}

static gboolean
io_is_connected (gpointer io_data)
{
  VssSocketPeer *self = io_data;
  struct pollfd poll_fd = { .fd = self->fd, .events = POLLRDHUP };

  return !self->is_gone && poll (&poll_fd, 1, 0) == 0;
}

static void
io_drop (gpointer io_data)
{
  VssSocketPeer *self = io_data;

  self->is_gone = TRUE;
  want_next_turn (self);
}

static const VssConnectionIo socket_io = {
  .write = io_write,
  .is_connected = io_is_connected,
  .drop = io_drop,
};

static void
peer_is_gone (VssSocketPeer *self)
{
  self->is_gone = TRUE;
  vss_connection_hang_up (self->connection, "the host has closed the connection");
  want_next_turn (self);
}

/* After an edge: reads until there is nothing more, then writes what waits. */
static void
read_peer (gpointer user_data)
{
  VssSocketPeer *self = user_data;
  guint8 bytes[READ_BYTES];

  for (guint reads = 0; reads < MAX_READS_PER_TURN && !self->is_gone; reads++)
    {
      gssize got = read (self->fd, bytes, sizeof bytes);

      if (got > 0)
        vss_connection_receive (self->connection, bytes, got);
      else if (got < 0 && errno == EAGAIN)
        {
          vss_connection_writable (self->connection);
          return;
        }
      else if (got == 0 || errno != EINTR)
        {
          peer_is_gone (self);
          return;
        }
    }
  want_next_turn (self);
}

VssSocketPeer *
vss_socket_peer_new (VssAgentServices *services,
                     int fd,
                     const char *name,
                     VssSocketPeerFunc on_gone,
                     gpointer user_data,
                     GError **error)
{
  g_autoptr (VssSocketPeer) self = g_new0 (VssSocketPeer, 1);

  self->fd = fd;
  self->on_gone = on_gone;
  self->user_data = user_data;
  self->connection = vss_connection_new (services, name, &socket_io, self);
  self->edges = vss_edge_source_new (fd, read_peer, self, error);
  if (!self->edges)
    return NULL;
  g_source_attach (self->edges, g_main_context_get_thread_default ());
  return g_steal_pointer (&self);
}

static void
clear_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
vss_socket_peer_free (VssSocketPeer *self)
{
  clear_source (&self->edges);
  clear_source (&self->next_turn);
  vss_connection_close (self->connection, "the connection is closed");
  g_object_unref (self->connection);
  close (self->fd);
  g_free (self);
}

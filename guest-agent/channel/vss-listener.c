/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-listener.h. */
#include "guest-agent/channel/vss-listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "guest-agent/channel/vss-socket-listen.h"
#include "guest-agent/channel/vss-socket-peer.h"

struct _VssListener
{
  VssAgentServices *services;
  char *path;
  int fd;
  GSource *source;
  GPtrArray *peers; /* of VssSocketPeer */
  guint counter;
};

static void
on_peer_gone (VssSocketPeer *peer, gpointer user_data)
{
  VssListener *self = user_data;

  g_ptr_array_remove_fast (self->peers, peer);
}

static void
add_peer (VssListener *self, int fd)
{
  struct ucred credentials = { 0 };
  socklen_t length = sizeof credentials;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  VssSocketPeer *peer;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
    credentials.pid = 0;
  name = g_strdup_printf ("socket connection %u (process %d, user %u)", ++self->counter,
                          (int)credentials.pid, (guint)credentials.uid);
  peer = vss_socket_peer_new (self->services, fd, name, on_peer_gone, self, &error);
  if (!peer)
    {
      vss_agent_log (self->services->log, VSS_LOG_SESSION_BROKEN, "%s: %s", name, error->message);
      return;
    }
  vss_agent_log (self->services->log, VSS_LOG_HOST_CONNECTED, "%s opened", name);
  g_ptr_array_add (self->peers, peer);
}

static gboolean
on_connect (int listen_fd, GIOCondition condition, gpointer user_data)
{
  VssListener *self = user_data;
  int fd = accept4 (listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd < 0)
    return G_SOURCE_CONTINUE;
  if (self->peers->len < VSS_LISTENER_MAX_PEERS)
    {
      add_peer (self, fd);
      return G_SOURCE_CONTINUE;
    }
  vss_agent_log (self->services->log, VSS_LOG_REFUSED, "refused a connection: %d are open already",
                 VSS_LISTENER_MAX_PEERS);
  close (fd);
  return G_SOURCE_CONTINUE;
}

VssListener *
vss_listener_new (VssAgentServices *services, const char *path, GError **error)
{
  int fd = vss_socket_listen (path, 0600, VSS_LISTENER_MAX_PEERS, error);
  VssListener *self;

  if (fd < 0)
    return NULL;
  self = g_new0 (VssListener, 1);
  self->services = services;
  self->path = g_strdup (path);
  self->fd = fd;
  self->peers = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_socket_peer_free);
  self->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_connect), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
vss_listener_free (VssListener *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_ptr_array_unref (self->peers);
  unlink (self->path);
  close (self->fd);
  g_free (self->path);
  g_free (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-listener.h. */
#include "guest-agent/channel/vss-listener.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>

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

static int
fail (const char *path, const char *what, int error_number, GError **error)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (error_number),
               "cannot %s the socket %s: %s", what, path, g_strerror (error_number));
  return -1;
}

/* Whether somebody listens there. */
static gboolean
is_in_use (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean connected =
      fd >= 0 && connect (fd, (const struct sockaddr *)address, sizeof *address) == 0;

  if (fd >= 0)
    close (fd);
  return connected;
}

static int
bind_socket (int fd, const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof address.sun_path)
    return fail (path, "bind", ENAMETOOLONG, error);
  strcpy (address.sun_path, path);
  if (is_in_use (&address))
    return fail (path, "bind", EADDRINUSE, error);
  if (unlink (path) < 0 && errno != ENOENT)
    return fail (path, "replace", errno, error);
  /* The mode that the socket's file gets, without a moment at which others could connect. */
  if (fchmod (fd, 0600) < 0)
    return fail (path, "protect", errno, error);
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0)
    return fail (path, "bind", errno, error);
  return 0;
}

static int
listen_on (const char *path, GError **error)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    return fail (path, "create", errno, error);
  if (bind_socket (fd, path, error) < 0)
    {
      close (fd);
      return -1;
    }
  if (listen (fd, VSS_LISTENER_MAX_PEERS) < 0)
    {
      fail (path, "listen on", errno, error);
      close (fd);
      return -1;
    }
  return fd;
}

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
  int fd = listen_on (path, error);
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

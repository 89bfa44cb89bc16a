/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-socket-listen.h. */
#include "guest-agent/channel/vss-socket-listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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
bind_socket (int fd, const char *path, mode_t mode, GError **error)
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
  if (fchmod (fd, mode) < 0)
    return fail (path, "protect", errno, error);
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0)
    return fail (path, "bind", errno, error);
  if (chmod (path, mode) < 0) /* what the umask has taken away */
    return fail (path, "open up", errno, error);
  return 0;
}

int
vss_socket_listen (const char *path, mode_t mode, int backlog, GError **error)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    return fail (path, "create", errno, error);
  if (bind_socket (fd, path, mode, error) < 0)
    {
      close (fd);
      return -1;
    }
  if (listen (fd, backlog) < 0)
    {
      fail (path, "listen on", errno, error);
      close (fd);
      return -1;
    }
  return fd;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-notify.h. */
#include "guest-agent/vss-agent-notify.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static gboolean
fail (const char *socket_path, int error_number, GError **error)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (error_number),
               "cannot notify the service manager on %s: %s", socket_path,
               g_strerror (error_number));
  return FALSE;
}

gboolean
vss_agent_notify (const char *socket_path, const char *state, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gsize path_length;
  gssize sent;
  int sent_errno;
  int fd;

  if (!socket_path || !*socket_path)
    return TRUE;
  path_length = strlen (socket_path);
  if ((socket_path[0] != '/' && socket_path[0] != '@') || path_length >= sizeof address.sun_path)
    return fail (socket_path, EINVAL, error);

  memcpy (address.sun_path, socket_path, path_length);
  if (socket_path[0] == '@')
    address.sun_path[0] = '\0'; /* an abstract socket */
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fail (socket_path, errno, error);

  sent = sendto (fd, state, strlen (state), MSG_NOSIGNAL, (struct sockaddr *)&address,
                 offsetof (struct sockaddr_un, sun_path) + path_length);
  sent_errno = errno;
  close (fd);
  return sent >= 0 || fail (socket_path, sent_errno, error);
}

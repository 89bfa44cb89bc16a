/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-port-system.h. */
#include "guest-agent/channel/vss-port-system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static int
linux_open (gpointer user_data, const char *path)
{
  int fd = open (path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  return fd < 0 ? -errno : fd;
}

static gssize
linux_read (gpointer user_data, int fd, guint8 *bytes, gsize length)
{
  gssize got = read (fd, bytes, length);

  return got < 0 ? -errno : got;
}

static gssize
linux_write (gpointer user_data, int fd, const guint8 *bytes, gsize length)
{
  gssize put = write (fd, bytes, length);

  return put < 0 ? -errno : put;
}

static gboolean
linux_is_hung_up (gpointer user_data, int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

  return poll (&poll_fd, 1, 0) < 0 || (poll_fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

const VssPortSystem *
vss_port_system_linux (void)
{
  static const VssPortSystem system = {
    .open = linux_open,
    .read = linux_read,
    .write = linux_write,
    .is_hung_up = linux_is_hung_up,
  };

  return &system;
}

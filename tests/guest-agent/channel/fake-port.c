/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See fake-port.h. */
#include "tests/guest-agent/channel/fake-port.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

FakePort *
fake_port_new (void)
{
  FakePort *port = g_new0 (FakePort, 1);

  port->to_guest = g_byte_array_new ();
  port->exists = TRUE;
  port->open_fd = -1;
  return port;
}

void
fake_port_free (FakePort *port)
{
  g_byte_array_unref (port->to_guest);
  g_free (port);
}

void
fake_port_edge (FakePort *port)
{
  /* The guest may have closed its descriptor. */
  if (port->open_fd >= 0 && eventfd_write (port->open_fd, 1) < 0)
    port->open_fd = -1;
}

void
fake_port_set_connected (FakePort *port, gboolean is_connected)
{
  port->is_connected = is_connected;
  fake_port_edge (port);
}

void
fake_port_send (FakePort *port, const guint8 *bytes, gsize length)
{
  g_byte_array_append (port->to_guest, bytes, length);
  fake_port_edge (port);
}

void
fake_port_unplug (FakePort *port)
{
  port->exists = FALSE;
  port->is_connected = FALSE;
  fake_port_edge (port);
}

static int
fake_open (gpointer user_data, const char *path)
{
  FakePort *port = user_data;

  port->opens++;
  if (!port->exists)
    return -ENOENT;
  if (port->is_busy)
    return -EBUSY;
  port->open_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  return port->open_fd;
}

static gssize
fake_read (gpointer user_data, int fd, guint8 *bytes, gsize length)
{
  FakePort *port = user_data;
  gsize got = MIN (length, port->to_guest->len);

  port->reads++;
  if (!port->exists)
    return -ENODEV;
  if (got == 0)
    return port->is_connected ? -EAGAIN : 0;
  memcpy (bytes, port->to_guest->data, got);
  g_byte_array_remove_range (port->to_guest, 0, got);
  return got;
}

static gssize
fake_write (gpointer user_data, int fd, const guint8 *bytes, gsize length)
{
  FakePort *port = user_data;

  if (!port->exists)
    return -ENODEV;
  if (!port->is_connected)
    return -EAGAIN;
  port->from_guest (port->user_data, bytes, length);
  return length;
}

static gboolean
fake_is_hung_up (gpointer user_data, int fd)
{
  FakePort *port = user_data;

  return !port->exists || !port->is_connected;
}

const VssPortSystem *
fake_port_system (void)
{
  static const VssPortSystem system = { fake_open, fake_read, fake_write, fake_is_hung_up };

  return &system;
}

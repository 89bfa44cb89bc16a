/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A reference-counted eventfd. */
#include "guest-agent/freeze/vss-event-fd.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct _VssEventFd
{
  gatomicrefcount ref_count;
  int fd;
};

VssEventFd *
vss_event_fd_new (void)
{
  VssEventFd *self = g_new0 (VssEventFd, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->fd < 0)
    {
      g_error ("can't make an eventfd: %s", g_strerror (errno));
    }
  return self;
}

VssEventFd *
vss_event_fd_ref (VssEventFd *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
vss_event_fd_unref (VssEventFd *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    {
      close (self->fd);
      g_free (self);
    }
}

int
vss_event_fd_get_fd (VssEventFd *self)
{
  return self->fd;
}

void
vss_event_fd_signal (VssEventFd *self)
{
  guint64 one = 1;

  (void) !write (self->fd, &one, sizeof one);
}

void
vss_event_fd_clear (VssEventFd *self)
{
  guint64 count;

  (void) !read (self->fd, &count, sizeof count);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-edge-source.h. An epoll descriptor of its own holds the edge-triggered watch; that
 * descriptor is what the main loop polls. */
#include "guest-agent/channel/vss-edge-source.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef struct
{
  GSource source;
  int epoll_fd;
  VssEdgeFunc function;
  gpointer user_data;
} EdgeSource;

/* Takes the edge, so that the epoll descriptor is quiet until the next one. */
static gboolean
take_edge (EdgeSource *self)
{
  struct epoll_event event;

  return epoll_wait (self->epoll_fd, &event, 1, 0) > 0;
}

static gboolean
edge_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  EdgeSource *self = (EdgeSource *)source;

  if (take_edge (self))
    self->function (self->user_data);
  return G_SOURCE_CONTINUE;
}

static void
edge_source_finalize (GSource *source)
{
  EdgeSource *self = (EdgeSource *)source;

  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
}

/* Without prepare and check the source is dispatched when the descriptor added to it is ready. */
static GSourceFuncs edge_source_funcs = {
  .dispatch = edge_source_dispatch,
  .finalize = edge_source_finalize,
};

GSource *
vss_edge_source_new (int fd, VssEdgeFunc function, gpointer user_data, GError **error)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };
  g_autoptr (GSource) source = g_source_new (&edge_source_funcs, sizeof (EdgeSource));
  EdgeSource *self = (EdgeSource *)source;

  self->function = function;
  self->user_data = user_data;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0 || epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    {
      int error_number = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (error_number),
                   "cannot watch descriptor %d: %s", fd, g_strerror (error_number));
      return NULL;
    }
  g_source_add_unix_fd (source, self->epoll_fd, G_IO_IN);
  return g_steal_pointer (&source);
}

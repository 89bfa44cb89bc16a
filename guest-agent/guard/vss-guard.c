/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thaw guard's loop. Everything it needs is made at the start or when it is armed; from the
 * lease's end on it only calls FITHAW, reads /proc and sends packets. */
#include "guest-agent/guard/vss-guard.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "guest-agent/guard/vss-guard-holds.h"
#include "guest-agent/guard/vss-guard-socket.h"

/* The agent, its successor while the former one is still dying, and two to spare. */
#define MAX_CLIENTS 4

enum
{
  POLL_STOP,
  POLL_LISTEN,
  POLL_TIMER,
  POLL_FINISHED,
  POLL_AGENT,
  POLL_CLIENTS,
  N_POLLS = POLL_CLIENTS + MAX_CLIENTS
};

typedef struct
{
  int fd; /* -1 if this place is free */
  pid_t pid;
} Client;

struct VssGuard
{
  const VssGuardKernel *kernel;
  int stop_fd;
  int listen_fd;
  int timer_fd; /* the lease */
  int finished_fd; /* eventfd: the threads of holds have finished */
  Client clients[MAX_CLIENTS];
  VssGuardHolds *holds; /* NULL while not armed */
  int owner; /* the client that armed, -1 once it has hung up */
  int agent_fd; /* pidfd of its process, -1 once it is gone */
};

VssGuard *
vss_guard_new (const char           *socket_path,
               const VssGuardKernel *kernel,
               int                   stop_fd)
{
  VssGuard *self = calloc (1, sizeof *self);

  if (self == NULL)
    {
      return NULL;
    }
  self->kernel = kernel;
  self->stop_fd = stop_fd;
  self->owner = -1;
  self->agent_fd = -1;
  for (unsigned i = 0; i < MAX_CLIENTS; i++)
    {
      self->clients[i].fd = -1;
    }
  self->timer_fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  self->finished_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->listen_fd = vss_guard_socket_listen (socket_path);
  if (self->timer_fd < 0 || self->finished_fd < 0 || self->listen_fd < 0)
    {
      int saved = errno;

      vss_guard_free (self);
      errno = saved;
      return NULL;
    }
  return self;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    {
      close (*fd);
      *fd = -1;
    }
}

static void
set_timer (VssGuard *self,
           int64_t   at_ms)
{
  struct itimerspec at;

  memset (&at, 0, sizeof at);
  if (at_ms > 0)
    {
      at.it_value.tv_sec = at_ms / 1000;
      at.it_value.tv_nsec = (at_ms % 1000) * 1000000;
    }
  timerfd_settime (self->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Forgets the holds, whose threads have been told to finish. */
static void
release_holds (VssGuard *self)
{
  vss_guard_holds_free (self->holds);
  self->holds = NULL;
  self->owner = -1;
  close_fd (&self->agent_fd);
  set_timer (self, 0);
}

void
vss_guard_free (VssGuard *self)
{
  if (self->holds != NULL)
    {
      vss_guard_holds_disarm (self->holds);
      release_holds (self);
    }
  for (unsigned i = 0; i < MAX_CLIENTS; i++)
    {
      close_fd (&self->clients[i].fd);
    }
  close_fd (&self->listen_fd);
  close_fd (&self->finished_fd);
  close_fd (&self->timer_fd);
  free (self);
}

static void
start_thaw (VssGuard *self)
{
  VssGuardMessage event;

  if (self->holds == NULL || vss_guard_holds_is_thawing (self->holds))
    {
      return;
    }
  vss_guard_holds_thaw (self->holds);
  set_timer (self, 0);
  if (self->owner >= 0)
    {
      memset (&event, 0, sizeof event);
      event.type = VSS_GUARD_EXPIRED;
      event.generation = vss_guard_holds_get_generation (self->holds);
      vss_guard_socket_send (self->clients[self->owner].fd, &event);
    }
}

/* A former agent's holds that stand in the way although there is nothing left to thaw. */
static void
release_abandoned (VssGuard *self)
{
  if (self->holds != NULL && self->owner < 0 && vss_guard_holds_is_settled (self->holds))
    {
      vss_guard_holds_disarm (self->holds);
      release_holds (self);
    }
}

static void
close_all (const int *fds,
           unsigned   count)
{
  for (unsigned i = 0; i < count; i++)
    {
      close (fds[i]);
    }
}

/* Takes @fds over. */
static int
arm (VssGuard              *self,
     int                    client,
     const VssGuardMessage *request,
     const int             *fds,
     unsigned               n_fds)
{
  release_abandoned (self);
  if (self->holds != NULL || n_fds == 0 || n_fds != request->count
      || request->lease_end_ms <= 0)
    {
      close_all (fds, n_fds);
      return self->holds != NULL ? EBUSY : EINVAL;
    }
  /* Kernels before 5.3 don't have it: the end of the agent's threads is seen in /proc then. */
  self->agent_fd = self->kernel->open_process (self->kernel->data, self->clients[client].pid);
  self->holds = vss_guard_holds_new (self->kernel, self->clients[client].pid, request->generation,
                                     fds, request->tids, n_fds, self->finished_fd);
  if (self->holds == NULL)
    {
      int saved = errno;

      close_fd (&self->agent_fd);
      return saved;
    }
  self->owner = client;
  set_timer (self, request->lease_end_ms);
  return 0;
}

/* Threads that haven't begun to thaw end at once, and the agent may arm again at once. */
static void
disarm (VssGuard *self)
{
  bool is_waiting = !vss_guard_holds_is_thawing (self->holds);

  vss_guard_holds_disarm (self->holds);
  set_timer (self, 0);
  if (is_waiting)
    {
      release_holds (self);
    }
}

static int
handle_armed (VssGuard              *self,
              int                    client,
              const VssGuardMessage *request)
{
  if (self->holds == NULL || self->owner != client
      || request->generation != vss_guard_holds_get_generation (self->holds))
    {
      return ESRCH;
    }
  switch (request->type)
    {
    case VSS_GUARD_DROP:
      return vss_guard_holds_drop (self->holds, request->count) ? 0 : EINVAL;
    case VSS_GUARD_RENEW:
      if (vss_guard_holds_is_thawing (self->holds))
        {
          return ETIME;
        }
      if (request->lease_end_ms <= 0)
        {
          return EINVAL;
        }
      set_timer (self, request->lease_end_ms);
      return 0;
    case VSS_GUARD_DISARM:
      disarm (self);
      return 0;
    default:
      return EINVAL;
    }
}

static void
hang_up (VssGuard *self,
         int       client)
{
  close_fd (&self->clients[client].fd);
  if (self->owner == client)
    {
      self->owner = -1;
      start_thaw (self);
    }
}

static void
handle_client (VssGuard *self,
               int       client)
{
  VssGuardMessage message;
  int fds[VSS_GUARD_MAX_HOLDS];
  unsigned n_fds = 0;
  int status;

  if (!vss_guard_socket_receive (self->clients[client].fd, &message, fds, &n_fds))
    {
      hang_up (self, client);
      return;
    }
  if (message.type == VSS_GUARD_ARM)
    {
      status = arm (self, client, &message, fds, n_fds);
    }
  else
    {
      close_all (fds, n_fds);
      status = handle_armed (self, client, &message);
    }
  message.type = VSS_GUARD_ACK;
  message.status = status;
  if (!vss_guard_socket_send (self->clients[client].fd, &message))
    {
      hang_up (self, client);
    }
}

static void
accept_client (VssGuard *self)
{
  pid_t pid;
  int fd = vss_guard_socket_accept (self->listen_fd, &pid);

  for (int i = 0; i < MAX_CLIENTS && fd >= 0; i++)
    {
      if (self->clients[i].fd < 0)
        {
          self->clients[i].fd = fd;
          self->clients[i].pid = pid;
          return;
        }
    }
  close_fd (&fd);
}

static void
fill_polls (const VssGuard *self,
            struct pollfd  *polls)
{
  polls[POLL_STOP].fd = self->stop_fd;
  polls[POLL_LISTEN].fd = self->listen_fd;
  polls[POLL_TIMER].fd = self->timer_fd;
  polls[POLL_FINISHED].fd = self->finished_fd;
  polls[POLL_AGENT].fd = self->agent_fd;
  for (int i = 0; i < MAX_CLIENTS; i++)
    {
      polls[POLL_CLIENTS + i].fd = self->clients[i].fd;
    }
  for (int i = 0; i < N_POLLS; i++)
    {
      polls[i].events = POLLIN;
      polls[i].revents = 0;
    }
}

static void
handle_lease_and_agent (VssGuard            *self,
                        const struct pollfd *polls)
{
  uint64_t count;

  if (polls[POLL_TIMER].revents != 0 && read (self->timer_fd, &count, sizeof count) > 0)
    {
      start_thaw (self);
    }
  if (polls[POLL_AGENT].revents != 0 && self->holds != NULL)
    {
      start_thaw (self);
      vss_guard_holds_agent_gone (self->holds);
      close_fd (&self->agent_fd);
    }
}

bool
vss_guard_run (VssGuard *self)
{
  for (;;)
    {
      struct pollfd polls[N_POLLS];

      fill_polls (self, polls);
      if (poll (polls, N_POLLS, -1) < 0)
        {
          if (errno == EINTR)
            {
              continue;
            }
          return false;
        }
      if (polls[POLL_STOP].revents != 0)
        {
          return true;
        }
      handle_lease_and_agent (self, polls);
      for (int i = 0; i < MAX_CLIENTS; i++)
        {
          if (polls[POLL_CLIENTS + i].revents != 0)
            {
              handle_client (self, i);
            }
        }
      if (polls[POLL_FINISHED].revents != 0)
        {
          uint64_t count;

          (void) !read (self->finished_fd, &count, sizeof count);
        }
      if (self->holds != NULL && vss_guard_holds_is_finished (self->holds))
        {
          release_holds (self);
        }
      if (polls[POLL_LISTEN].revents != 0)
        {
          accept_client (self);
        }
    }
}

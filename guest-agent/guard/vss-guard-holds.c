/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that thaw, one for each descriptor, made before anything is frozen so that a slow file
 * system delays no other. A FITHAW that says EINVAL proves nothing while a FIFREEZE is under way:
 * the freeze completes afterwards, even if its process has been killed. So a thread goes on until
 * FITHAW found nothing frozen at a moment when the agent's freezing thread could not be inside the
 * kernel and can't come back: it is gone, or the agent has disarmed. While the agent lives and its
 * thread sleeps without having run since the last pass, nothing new can be frozen and FITHAW isn't
 * repeated: a freeze that somebody else makes meanwhile is left alone. */
#include "guest-agent/guard/vss-guard-holds.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The stacks are locked in memory. FITHAW and reading a status file need some 8 KiB. */
#define STACK_BYTES (64 * 1024)

/* Pause between two passes: short at first, as a FIFREEZE mostly ends soon; later no more than a
 * late freeze may last. */
#define FIRST_PAUSE_MS 5
#define LAST_PAUSE_MS 100

typedef struct
{
  struct VssGuardHolds *all;
  pthread_t thread;
  int fd;
  pid_t tid;
  bool dropped;
  bool settled; /* the last pass found nothing frozen and the agent's thread hasn't run since */
} Hold;

struct VssGuardHolds
{
  const VssGuardKernel *kernel;
  pid_t agent;
  uint64_t generation;
  int wake_fd;
  pthread_mutex_t mutex; /* guards what follows and the flags of the holds */
  pthread_cond_t changed;
  bool thawing;
  bool agent_gone;
  bool disarmed;
  unsigned n_running;
  unsigned count; /* of holds whose thread was started */
  unsigned n_fds;
  Hold holds[VSS_GUARD_MAX_HOLDS];
};

static void
wait_ms (VssGuardHolds *self,
         long           pause_ms)
{
  struct timespec until;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += pause_ms * 1000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait (&self->changed, &self->mutex, &until);
}

/* Whether FITHAW's answer means that the file system isn't frozen (or never can be). */
static bool
found_nothing_frozen (int result)
{
  return result == -EINVAL || result == -EOPNOTSUPP || result == -ENOTTY || result == -EBADF;
}

/* One pass; called with the mutex held, which it gives up meanwhile. True when done for good. */
static bool
thaw_once (Hold           *hold,
           VssGuardThread *last)
{
  VssGuardHolds *self = hold->all;
  bool gone = self->agent_gone;
  bool settled = hold->settled;
  VssGuardThread now;

  pthread_mutex_unlock (&self->mutex);
  /* Looked at before the FITHAW: what it finds then is what the thread had left behind. */
  now = self->kernel->look_at_thread (self->kernel->data, self->agent, hold->tid);
  if (!settled || gone || !now.exists || !now.sleeps || now.switches != last->switches)
    {
      int result = self->kernel->thaw (self->kernel->data, hold->fd);

      settled = found_nothing_frozen (result);
      gone = settled && (gone || !now.exists);
      settled = settled && now.sleeps;
    }
  else
    {
      gone = false;
    }
  *last = now;
  pthread_mutex_lock (&self->mutex);
  hold->settled = settled;
  return gone;
}

static void *
run_hold (void *data)
{
  Hold *hold = data;
  VssGuardHolds *self = hold->all;
  VssGuardThread last = { false, false, 0 };
  long pause_ms = FIRST_PAUSE_MS;

  pthread_mutex_lock (&self->mutex);
  while (!self->thawing && !self->disarmed)
    {
      pthread_cond_wait (&self->changed, &self->mutex);
    }
  while (!self->disarmed && !hold->dropped && !thaw_once (hold, &last))
    {
      if (!self->disarmed)
        {
          wait_ms (self, pause_ms);
        }
      pause_ms = pause_ms * 2 < LAST_PAUSE_MS ? pause_ms * 2 : LAST_PAUSE_MS;
    }
  hold->settled = true;
  self->n_running--;
  if (self->n_running == 0)
    {
      uint64_t one = 1;

      /* An eventfd takes this without waiting. */
      (void) !write (self->wake_fd, &one, sizeof one);
    }
  pthread_mutex_unlock (&self->mutex);
  return NULL;
}

static int
start_threads (VssGuardHolds *self,
               const int32_t *tids,
               unsigned       count)
{
  pthread_attr_t attributes;
  int result = 0;

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, STACK_BYTES);
  for (unsigned i = 0; i < count && result == 0; i++)
    {
      Hold *hold = &self->holds[i];

      hold->all = self;
      hold->tid = tids[i];
      pthread_mutex_lock (&self->mutex);
      result = pthread_create (&hold->thread, &attributes, run_hold, hold);
      if (result == 0)
        {
          self->count++;
          self->n_running++;
        }
      pthread_mutex_unlock (&self->mutex);
    }
  pthread_attr_destroy (&attributes);
  return result;
}

VssGuardHolds *
vss_guard_holds_new (const VssGuardKernel *kernel,
                     pid_t                 agent,
                     uint64_t              generation,
                     const int            *fds,
                     const int32_t        *tids,
                     unsigned              count,
                     int                   wake_fd)
{
  VssGuardHolds *self = calloc (1, sizeof *self);
  pthread_condattr_t attributes;
  int result;

  if (self == NULL)
    {
      for (unsigned i = 0; i < count; i++)
        {
          close (fds[i]);
        }
      errno = ENOMEM;
      return NULL;
    }
  self->kernel = kernel;
  self->agent = agent;
  self->generation = generation;
  self->wake_fd = wake_fd;
  for (unsigned i = 0; i < count; i++)
    {
      self->holds[i].fd = fds[i];
    }
  self->n_fds = count;
  pthread_mutex_init (&self->mutex, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&self->changed, &attributes);
  pthread_condattr_destroy (&attributes);

  result = start_threads (self, tids, count);
  if (result != 0)
    {
      vss_guard_holds_disarm (self);
      vss_guard_holds_free (self);
      errno = result;
      return NULL;
    }
  return self;
}

void
vss_guard_holds_free (VssGuardHolds *self)
{
  for (unsigned i = 0; i < self->count; i++)
    {
      pthread_join (self->holds[i].thread, NULL);
    }
  for (unsigned i = 0; i < self->n_fds; i++)
    {
      close (self->holds[i].fd);
    }
  pthread_cond_destroy (&self->changed);
  pthread_mutex_destroy (&self->mutex);
  free (self);
}

uint64_t
vss_guard_holds_get_generation (const VssGuardHolds *self)
{
  return self->generation;
}

bool
vss_guard_holds_drop (VssGuardHolds *self,
                      unsigned       index)
{
  if (index >= self->count)
    {
      return false;
    }
  pthread_mutex_lock (&self->mutex);
  self->holds[index].dropped = true;
  pthread_mutex_unlock (&self->mutex);
  return true;
}

static void
set_flag (VssGuardHolds *self,
          bool          *flag)
{
  pthread_mutex_lock (&self->mutex);
  *flag = true;
  pthread_cond_broadcast (&self->changed);
  pthread_mutex_unlock (&self->mutex);
}

static bool
get_flag (VssGuardHolds *self,
          const bool    *flag)
{
  bool value;

  pthread_mutex_lock (&self->mutex);
  value = *flag;
  pthread_mutex_unlock (&self->mutex);
  return value;
}

void
vss_guard_holds_thaw (VssGuardHolds *self)
{
  set_flag (self, &self->thawing);
}

bool
vss_guard_holds_is_thawing (VssGuardHolds *self)
{
  return get_flag (self, &self->thawing);
}

void
vss_guard_holds_agent_gone (VssGuardHolds *self)
{
  set_flag (self, &self->agent_gone);
}

void
vss_guard_holds_disarm (VssGuardHolds *self)
{
  set_flag (self, &self->disarmed);
}

bool
vss_guard_holds_is_finished (VssGuardHolds *self)
{
  bool finished;

  pthread_mutex_lock (&self->mutex);
  finished = self->n_running == 0;
  pthread_mutex_unlock (&self->mutex);
  return finished;
}

bool
vss_guard_holds_is_settled (VssGuardHolds *self)
{
  bool settled = true;

  pthread_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < self->count; i++)
    {
      settled = settled && self->holds[i].settled;
    }
  pthread_mutex_unlock (&self->mutex);
  return settled;
}

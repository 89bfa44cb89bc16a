/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds SIGPIPE back on one thread. See vss-pipe-guard.h for who calls it. */
#include "host-lib/vss-pipe-guard.h"

#include <time.h>

static void
make_pipe_set (sigset_t *set)
{
  sigemptyset (set);
  sigaddset (set, SIGPIPE);
}

static gboolean
is_pending (void)
{
  sigset_t pending;

  sigemptyset (&pending);
  sigpending (&pending);
  return sigismember (&pending, SIGPIPE) == 1;
}

VssPipeGuard
vss_pipe_guard_enter (void)
{
  VssPipeGuard guard;
  sigset_t pipe_set;

  make_pipe_set (&pipe_set);
  guard.was_pending = is_pending ();
  pthread_sigmask (SIG_BLOCK, &pipe_set, &guard.before);
  return guard;
}

void
vss_pipe_guard_leave (VssPipeGuard *self)
{
  const struct timespec at_once = { 0, 0 };
  sigset_t pipe_set;

  /* One that came meanwhile was ours: a write's SIGPIPE is sent to the thread that wrote. */
  make_pipe_set (&pipe_set);
  if (!self->was_pending && is_pending ())
    sigtimedwait (&pipe_set, NULL, &at_once);
  pthread_sigmask (SIG_SETMASK, &self->before, NULL);
}

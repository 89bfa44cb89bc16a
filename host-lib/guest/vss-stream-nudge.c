/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gets libvirt's client going again when it has lost a wake-up.
 *
 * Of the threads that use one connection, one does the input and output of all, in an event loop;
 * another one queues its packet and wakes that loop. Before libvirt 10, a wake-up that comes just
 * before the loop begins to run is lost, and the packet lies there until something else wakes the
 * loop. A thread that reads a stream enters the loop after every packet, just when its receiver
 * sends the next: that is no rare moment. A further call wakes the loop again, by which time it
 * runs. So while a call takes longer than it ever should, calls that change nothing are made, each
 * on a thread of its own, since it may be stuck as well. */
#include "host-lib/guest/vss-stream-nudge.h"

#include "host-lib/vss-pipe-guard.h"

/* A packet to the daemon is handed over within microseconds. */
#define FIRST_NUDGE_US (10 * G_TIME_SPAN_MILLISECOND)
/* Nudges come at twice the interval each time, up to this. */
#define LONGEST_INTERVAL_US (1 * G_TIME_SPAN_SECOND)
/* After so many (some ten seconds) it is the daemon that doesn't answer. */
#define MAX_NUDGES 16

struct _VssStreamNudge
{
  virConnectPtr connection;
  GMutex lock; /* of the rest */
  GCond changed;
  guint busy; /* calls under way */
  guint64 calls; /* begun so far: tells one from the next */
  gboolean stopped;
  GThread *thread;
};

static gpointer
nudge_thread (gpointer data)
{
  VSS_GUARD_PIPES ();
  virConnectPtr connection = data;
  unsigned long version;

  virConnectGetLibVersion (connection, &version);
  virConnectClose (connection);
  return NULL;
}

static void
nudge (VssStreamNudge *self)
{
  virConnectRef (self->connection);
  g_thread_unref (g_thread_new ("vss-nudge", nudge_thread, self->connection));
}

/* With the lock held: nudges as long as the call that is under way does not end. */
static void
watch_call (VssStreamNudge *self)
{
  guint64 call = self->calls;
  gint64 interval_us = FIRST_NUDGE_US;
  guint nudges = 0;

  while (self->busy > 0 && self->calls == call && !self->stopped && nudges < MAX_NUDGES)
    {
      if (g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + interval_us))
        continue;
      nudge (self);
      nudges++;
      interval_us = MIN (2 * interval_us, LONGEST_INTERVAL_US);
    }
  while (self->busy > 0 && self->calls == call && !self->stopped)
    g_cond_wait (&self->changed, &self->lock);
}

static gpointer
watch_thread (gpointer data)
{
  VssStreamNudge *self = data;

  g_mutex_lock (&self->lock);
  while (!self->stopped)
    {
      if (self->busy > 0)
        watch_call (self);
      else
        g_cond_wait (&self->changed, &self->lock);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

void
vss_stream_nudge_begin (VssStreamNudge *self)
{
  g_mutex_lock (&self->lock);
  self->busy++;
  self->calls++;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
vss_stream_nudge_end (VssStreamNudge *self)
{
  g_mutex_lock (&self->lock);
  self->busy--;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

VssStreamNudge *
vss_stream_nudge_new (virConnectPtr connection)
{
  VssStreamNudge *self = g_new0 (VssStreamNudge, 1);

  self->connection = connection;
  virConnectRef (connection);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->thread = g_thread_new ("vss-nudge-watch", watch_thread, self);
  return self;
}

void
vss_stream_nudge_free (VssStreamNudge *self)
{
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  virConnectClose (self->connection);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

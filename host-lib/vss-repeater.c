/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls a function again and again on a thread of its own. */
#include "host-lib/vss-repeater.h"

struct _VssRepeater
{
  gint64 first_us;
  VssRepeaterFunc func;
  gpointer user_data;
  GMutex lock;
  GCond stopped_changed;
  gboolean stopped;
  GThread *thread;
};

/* Called with the lock held. FALSE if the repeater was stopped meanwhile. */
static gboolean
wait (VssRepeater *self, gint64 pause_us)
{
  gint64 wake_us = g_get_monotonic_time () + pause_us;

  while (!self->stopped && g_cond_wait_until (&self->stopped_changed, &self->lock, wake_us))
    ;
  return !self->stopped;
}

static gpointer
run (gpointer data)
{
  VssRepeater *self = data;
  gint64 pause_us = self->first_us;

  g_mutex_lock (&self->lock);
  while (pause_us > 0 && wait (self, pause_us))
    {
      g_mutex_unlock (&self->lock);
      pause_us = self->func (self->user_data);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

VssRepeater *
vss_repeater_start (const char *thread_name,
                    gint64 first_us,
                    VssRepeaterFunc func,
                    gpointer user_data)
{
  VssRepeater *self = g_new0 (VssRepeater, 1);

  self->first_us = first_us;
  self->func = func;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->stopped_changed);
  self->thread = g_thread_new (thread_name, run, self);
  return self;
}

void
vss_repeater_stop (VssRepeater *self)
{
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_cond_signal (&self->stopped_changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->stopped_changed);
  g_free (self);
}

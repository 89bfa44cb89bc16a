/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's event loop: see the header. The thread does nothing but run it. */
#include "host-lib/cli/vss-event-loop.h"

#include <libvirt/libvirt.h>

struct _VssEventLoop
{
  GThread *thread;
  int timer; /* to wake the loop */
  gint stopped; /* atomic */
};

static gpointer
run (gpointer data)
{
  VssEventLoop *self = data;

  while (!g_atomic_int_get (&self->stopped) && virEventRunDefaultImpl () == 0)
    {
    }
  return NULL;
}

static void
on_timer (int timer, void *data)
{
  virEventUpdateTimeout (timer, -1);
}

VssEventLoop *
vss_event_loop_start (void)
{
  VssEventLoop *self;

  if (virEventRegisterDefaultImpl () < 0)
    {
      return NULL;
    }
  self = g_new0 (VssEventLoop, 1);
  self->timer = virEventAddTimeout (-1, on_timer, self, NULL);
  self->thread = g_thread_new ("libvirt-events", run, self);
  return self;
}

void
vss_event_loop_stop (VssEventLoop *self)
{
  g_atomic_int_set (&self->stopped, TRUE);
  virEventUpdateTimeout (self->timer, 0);
  g_thread_join (self->thread);
  virEventRemoveTimeout (self->timer);
  g_free (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See manual-clock.h. */
#include "tests/guest-agent/writers/manual-clock.h"

#define STEP_MS 100

typedef struct
{
  GSource source;
  ManualClock *clock;
  gint64 at_us;
} Timer;

static gboolean
prepare (GSource *source, int *timeout_ms)
{
  Timer *timer = (Timer *)source;

  *timeout_ms = -1;
  return timer->clock->now_us >= timer->at_us;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { .prepare = prepare, .dispatch = dispatch };

static gint64
now_us (gpointer user_data)
{
  ManualClock *self = user_data;

  return self->now_us;
}

static GSource *
timer_new (gpointer user_data, gint64 at_us)
{
  GSource *source = g_source_new (&timer_funcs, sizeof (Timer));
  Timer *timer = (Timer *)source;

  timer->clock = user_data;
  timer->at_us = at_us;
  return source;
}

void
manual_clock_init (ManualClock *self)
{
  self->clock = (VssWriterClock){ now_us, timer_new, self };
  self->now_us = 1000 * G_USEC_PER_SEC;
}

void
manual_clock_run (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
manual_clock_advance_ms (ManualClock *self, gint64 ms)
{
  while (ms > 0)
    {
      gint64 step_ms = MIN (ms, STEP_MS);

      self->now_us += step_ms * 1000;
      ms -= step_ms;
      manual_clock_run ();
    }
}

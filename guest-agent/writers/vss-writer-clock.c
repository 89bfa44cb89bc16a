/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-clock.h. */
#include "guest-agent/writers/vss-writer-clock.h"

gint64
vss_writer_clock_now_us (const VssWriterClock *self)
{
  return self->now_us (self->user_data);
}

GSource *
vss_writer_clock_call_at (const VssWriterClock *self,
                          gint64 at_us,
                          GSourceFunc callback,
                          gpointer user_data)
{
  GSource *timer = self->timer_new (self->user_data, at_us);

  g_source_set_callback (timer, callback, user_data, NULL);
  g_source_attach (timer, g_main_context_get_thread_default ());
  return timer;
}

void
vss_writer_clock_cancel (GSource **timer)
{
  if (!*timer)
    return;
  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}

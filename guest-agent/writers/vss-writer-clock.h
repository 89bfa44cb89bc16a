/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock that writers' limits are measured with: the guest's boot clock in the agent, one that
 * stands still in tests. Plain data, given to the registry and outliving it. Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 (*now_us) (gpointer user_data);
  /* A source, not attached yet, that is ready from @at_us on. */
  GSource *(*timer_new) (gpointer user_data, gint64 at_us);
  gpointer user_data;
} VssWriterClock;

gint64 vss_writer_clock_now_us (const VssWriterClock *self);

/* Attaches a timer to the thread's main context; ended by vss_writer_clock_cancel(). */
GSource *vss_writer_clock_call_at (const VssWriterClock *self,
                                   gint64 at_us,
                                   GSourceFunc callback,
                                   gpointer user_data);
/* Does nothing for NULL; clears @timer. */
void vss_writer_clock_cancel (GSource **timer);

G_END_DECLS

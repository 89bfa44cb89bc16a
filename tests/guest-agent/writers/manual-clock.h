/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock for writers' limits that moves when the test says so. */
#pragma once

#include "guest-agent/writers/vss-writer-clock.h"

G_BEGIN_DECLS

typedef struct
{
  VssWriterClock clock;
  gint64 now_us;
} ManualClock;

void manual_clock_init (ManualClock *self);

/* Runs what is ready in the main loop, without waiting. */
void manual_clock_run (void);

/* Moves the clock, in steps of at most 100 ms, and runs what became ready at each. */
void manual_clock_advance_ms (ManualClock *self, gint64 ms);

G_END_DECLS

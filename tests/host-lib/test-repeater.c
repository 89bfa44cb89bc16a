/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The repeater calls as often as it is told, and never after it was stopped. */
#include "host-lib/vss-repeater.h"

typedef struct
{
  GMutex lock;
  GCond changed;
  guint calls;
  guint last; /* which call asks for no more; 0: none */
} Counter;

static gint64
count (gpointer user_data)
{
  Counter *counter = user_data;
  gboolean ends;

  g_mutex_lock (&counter->lock);
  counter->calls++;
  ends = counter->calls == counter->last;
  g_cond_signal (&counter->changed);
  g_mutex_unlock (&counter->lock);
  return ends ? 0 : 1;
}

static void
wait_calls (Counter *counter, guint calls)
{
  g_mutex_lock (&counter->lock);
  while (counter->calls < calls)
    g_cond_wait (&counter->changed, &counter->lock);
  g_mutex_unlock (&counter->lock);
}

static void
test_repeats (void)
{
  Counter counter = { .calls = 0 };
  VssRepeater *repeater = vss_repeater_start ("test", 1, count, &counter);
  guint calls;

  wait_calls (&counter, 5);
  vss_repeater_stop (repeater);
  calls = counter.calls;
  g_assert_cmpuint (calls, >=, 5);
}

static void
test_ends_by_itself (void)
{
  Counter counter = { .last = 3 };
  VssRepeater *repeater = vss_repeater_start ("test", 1, count, &counter);

  wait_calls (&counter, 3);
  vss_repeater_stop (repeater);
  g_assert_cmpuint (counter.calls, ==, 3);
}

static void
test_never (void)
{
  Counter counter = { .calls = 0 };
  VssRepeater *repeater = vss_repeater_start ("test", 0, count, &counter);

  vss_repeater_stop (repeater);
  g_assert_cmpuint (counter.calls, ==, 0);
}

/* A pause that is long doesn't hold up the end. */
static void
test_stops_at_once (void)
{
  Counter counter = { .calls = 0 };
  VssRepeater *repeater
      = vss_repeater_start ("test", 3600 * (gint64) G_USEC_PER_SEC, count, &counter);

  vss_repeater_stop (repeater);
  g_assert_cmpuint (counter.calls, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/repeater/repeats", test_repeats);
  g_test_add_func ("/repeater/ends-by-itself", test_ends_by_itself);
  g_test_add_func ("/repeater/never", test_never);
  g_test_add_func ("/repeater/stops-at-once", test_stops_at_once);
  return g_test_run ();
}

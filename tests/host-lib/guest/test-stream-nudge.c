/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nudge comes while a call hangs, and only then. libvirt's test driver stands for a daemon; the
 * nudges are counted by standing in front of the call that they make. */
#include "host-lib/guest/vss-stream-nudge.h"

static gint nudges; /* atomic; for the function below, which has no other way to be given it */

/* In place of libvirt's. */
int
virConnectGetLibVersion (virConnectPtr connection, unsigned long *version)
{
  *version = 0;
  g_atomic_int_inc (&nudges);
  return 0;
}

static void
wait_for_nudges (gint count)
{
  while (g_atomic_int_get (&nudges) < count)
    g_usleep (1000);
}

/* A call that hangs is nudged again and again, one after it anew. */
static void
test_hanging_calls (void)
{
  virConnectPtr connection = virConnectOpen ("test:///default");
  VssStreamNudge *nudge = vss_stream_nudge_new (connection);

  g_atomic_int_set (&nudges, 0);
  vss_stream_nudge_begin (nudge);
  wait_for_nudges (3);
  vss_stream_nudge_end (nudge);
  g_atomic_int_set (&nudges, 0);
  vss_stream_nudge_begin (nudge);
  wait_for_nudges (1);
  /* A second call beside it does not keep the first one from being nudged. */
  vss_stream_nudge_begin (nudge);
  vss_stream_nudge_end (nudge);
  g_atomic_int_set (&nudges, 0);
  wait_for_nudges (1);
  vss_stream_nudge_end (nudge);
  vss_stream_nudge_free (nudge);
  virConnectClose (connection);
}

/* Freed in the middle of a call, or without any. */
static void
test_ends (void)
{
  virConnectPtr connection = virConnectOpen ("test:///default");
  VssStreamNudge *nudge = vss_stream_nudge_new (connection);

  vss_stream_nudge_free (nudge);
  nudge = vss_stream_nudge_new (connection);
  vss_stream_nudge_begin (nudge);
  vss_stream_nudge_free (nudge);
  virConnectClose (connection);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (virInitialize (), ==, 0);
  g_test_add_func ("/stream-nudge/hanging-calls", test_hanging_calls);
  g_test_add_func ("/stream-nudge/ends", test_ends);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A write into a closed pipe ends neither the process nor later ones' signals. */
#include <errno.h>
#include <unistd.h>

#include "host-lib/vss-pipe-guard.h"

static void
write_into_closed_pipe (void)
{
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  close (fds[0]);
  g_assert_cmpint (write (fds[1], "x", 1), ==, -1);
  g_assert_cmpint (errno, ==, EPIPE);
  close (fds[1]);
}

static void
test_survives (void)
{
  {
    VSS_GUARD_PIPES ();
    write_into_closed_pipe ();
    {
      VssPipeGuard inner = vss_pipe_guard_enter ();

      write_into_closed_pipe ();
      vss_pipe_guard_leave (&inner);
    }
  }
  {
    VSS_GUARD_PIPES ();
    write_into_closed_pipe ();
  }
}

/* What was set before is set again: outside, the signal still ends a process. */
static void
test_only_inside (void)
{
  if (g_test_subprocess ())
    {
      {
        VSS_GUARD_PIPES ();
        write_into_closed_pipe ();
      }
      signal (SIGPIPE, SIG_DFL);
      write_into_closed_pipe ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pipe-guard/survives", test_survives);
  g_test_add_func ("/pipe-guard/only-inside", test_only_inside);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one blocked thread proves, and what it costs to leave it. */
#include <unistd.h>

#include "fake-kernel.h"
#include "guest-agent/freeze/vss-sentinel.h"

typedef struct
{
  FakeKernel *kernel;
  VssSentinel *sentinel;
  int fd;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->kernel = fake_kernel_new ();
  fixture->fd = vss_kernel_open_mount (VSS_KERNEL (fixture->kernel), "/one", 22);
  fixture->sentinel = vss_sentinel_new (VSS_KERNEL (fixture->kernel), fixture->fd, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  fake_kernel_thaw_foreign (fixture->kernel, "/one");
  vss_sentinel_release (fixture->sentinel);
  vss_kernel_close (VSS_KERNEL (fixture->kernel), fixture->fd);
  g_object_unref (fixture->kernel);
}

static void
test_blocks_while_frozen (Fixture      *fixture,
                          gconstpointer data)
{
  fake_kernel_freeze_foreign (fixture->kernel, "/one");
  g_assert_true (vss_sentinel_start (fixture->sentinel));
  g_assert_true (vss_sentinel_is_blocked (fixture->sentinel));
  fake_kernel_thaw_foreign (fixture->kernel, "/one");
  g_assert_false (vss_sentinel_is_blocked (fixture->sentinel));
}

static void
test_sees_a_thaw_that_is_over (Fixture      *fixture,
                               gconstpointer data)
{
  fake_kernel_freeze_foreign (fixture->kernel, "/one");
  g_assert_true (vss_sentinel_start (fixture->sentinel));
  fake_kernel_thaw_foreign (fixture->kernel, "/one");
  fake_kernel_freeze_foreign (fixture->kernel, "/one");
  g_assert_false (vss_sentinel_is_blocked (fixture->sentinel));
}

static void
test_does_not_block_unless_frozen (Fixture      *fixture,
                                   gconstpointer data)
{
  g_assert_false (vss_sentinel_start (fixture->sentinel));
  fake_kernel_freeze_foreign (fixture->kernel, "/one");
  g_assert_false (vss_sentinel_is_blocked (fixture->sentinel));
}

static void
test_release_does_not_wait (Fixture      *fixture,
                            gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  VssSentinel *blocked;

  fake_kernel_freeze_foreign (fixture->kernel, "/one");
  /* Neither does making one on what somebody else has frozen. */
  blocked = vss_sentinel_new (VSS_KERNEL (fixture->kernel), fixture->fd, &error);
  g_assert_no_error (error);
  vss_sentinel_release (blocked);
  g_assert_true (vss_sentinel_start (fixture->sentinel));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/sentinel/blocks-while-frozen", Fixture, NULL, set_up, test_blocks_while_frozen,
              tear_down);
  g_test_add ("/sentinel/sees-a-thaw-that-is-over", Fixture, NULL, set_up,
              test_sees_a_thaw_that_is_over, tear_down);
  g_test_add ("/sentinel/does-not-block-unless-frozen", Fixture, NULL, set_up,
              test_does_not_block_unless_frozen, tear_down);
  g_test_add ("/sentinel/release-does-not-wait", Fixture, NULL, set_up, test_release_does_not_wait,
              tear_down);
  return g_test_run ();
}

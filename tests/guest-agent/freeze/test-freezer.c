/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the freezer answers when all goes well, and when somebody else meddles. */
#include <errno.h>
#include <unistd.h>

#include "freezer-rig.h"

/* For the guard, whose clock is the real one: longer than a freeze takes under valgrind. */
#define SHORT_LEASE_MS 1500

static void
test_holds (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);
  g_autoptr (VssWirePrepareForSnapshotResult) prepared = NULL;
  g_autoptr (VssWireFreezeResult) frozen = NULL;
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autoptr (VssWireThawResult) again = NULL;
  g_autofree char *planned = NULL;
  g_autofree char *held = NULL;
  g_autofree char *proven = NULL;
  g_autofree char *repeated = NULL;
  VssWireErrorClass error_class;

  rig_prepare (rig, RIG_SET, "/one /two /esp /ro /run /one");
  prepared = rig_wait_prepare (rig, &error_class);
  planned = rig_describe (prepared->volumes);
  g_assert_cmpstr (planned, ==,
                   "/one=held /two=held /esp=flushed /ro=read-only /run=not-held");
  g_assert_cmpuint (prepared->drain_us->len, ==, 1);
  g_assert_false (fake_kernel_is_frozen (kernel, "/one"));
  g_assert_false (vss_freezer_is_frozen (rig_get_freezer (rig)));

  rig_freeze (rig, 0);
  frozen = rig_wait_freeze (rig, &error_class);
  held = rig_describe (frozen->volumes);
  g_assert_cmpstr (held, ==, planned);
  g_assert_cmpint (frozen->lease_end_ms, ==, frozen->boot_time_ms + 10000);
  g_assert_true (fake_kernel_is_frozen (kernel, "/one"));
  g_assert_true (fake_kernel_is_frozen (kernel, "/two"));
  g_assert_cmpint (fake_kernel_get_rcu (kernel), ==, 1);
  g_assert_false (fake_kernel_allows_core_dumps (kernel));
  g_assert_true (g_file_test (rig_get_record (rig), G_FILE_TEST_EXISTS));
  g_assert_true (vss_freezer_is_frozen (rig_get_freezer (rig)));

  fake_kernel_advance_ms (kernel, 300);
  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, planned);
  g_assert_cmpint (thawed->generation, ==, prepared->generation);
  g_assert_cmpint (thawed->held_us, ==, 300000);
  g_assert_false (thawed->lease_expired);
  rig_assert_clean (rig);

  rig_thaw (rig);
  again = rig_wait_thaw (rig, &error_class);
  repeated = rig_describe (again->volumes);
  g_assert_cmpstr (repeated, ==, proven);
  g_assert_true (vss_freezer_post_snapshot (rig_get_freezer (rig), RIG_SET, NULL));
  g_assert_cmpint (rig_get_state (rig), ==, VSS_WIRE_FREEZE_STATE_THAWED);
  g_assert_null (rig_get_unasked (rig));
  g_assert_cmpuint (fake_kernel_count_open (kernel), ==, 0);
}

typedef struct
{
  const char *name;
  void (*meddle) (FakeKernel *kernel);
  const char *expected;
} Gap;

static void
thaw_one (FakeKernel *kernel)
{
  fake_kernel_thaw_foreign (kernel, "/one");
}

static void
thaw_and_freeze_one (FakeKernel *kernel)
{
  fake_kernel_thaw_foreign (kernel, "/one");
  fake_kernel_freeze_foreign (kernel, "/one");
}

static void
write_to_esp (FakeKernel *kernel)
{
  fake_kernel_write (kernel, "/esp");
}

static const Gap gaps[] = {
  { "thaw", thaw_one, "/one=not-held /two=held /esp=flushed" },
  { "thaw-and-freeze", thaw_and_freeze_one, "/one=not-held /two=held /esp=flushed" },
  { "write", write_to_esp, "/one=held /two=held /esp=not-held" },
};

static void
test_gap (gconstpointer data)
{
  const Gap *gap = data;
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autofree char *proven = NULL;
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one /two /esp");
  rig_expect_frozen (rig, 0);
  gap->meddle (rig_get_kernel (rig));
  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, gap->expected);
  rig_assert_clean (rig);
}

static void
test_foreign_freeze_is_left_alone (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);
  g_autoptr (VssWireFreezeResult) frozen = NULL;
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autofree char *held = NULL;
  g_autofree char *record = NULL;
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one /two");
  fake_kernel_freeze_foreign (kernel, "/one");
  rig_freeze (rig, 0);
  frozen = rig_wait_freeze (rig, &error_class);
  held = rig_describe (frozen->volumes);
  g_assert_cmpstr (held, ==, "/one=not-held /two=held");
  g_assert_true (g_file_get_contents (rig_get_record (rig), &record, NULL, NULL));
  g_assert_null (strstr (record, "hold 8:16"));
  g_assert_nonnull (strstr (record, "hold 8:32 /two\n"));

  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  g_assert_true (fake_kernel_is_frozen (kernel, "/one"));
  g_assert_cmpuint (fake_kernel_count (kernel, "/one", FAKE_THAW), ==, 0);
  fake_kernel_thaw_foreign (kernel, "/one");
  rig_assert_clean (rig);
}

static void
test_guard_leaves_foreign_freeze_alone (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);

  rig_expect_prepared (rig, "/one /two");
  fake_kernel_freeze_foreign (kernel, "/one");
  /* The agent's clock stands still, the guard's doesn't. */
  rig_expect_frozen (rig, SHORT_LEASE_MS);
  rig_run_until_state (rig, VSS_WIRE_FREEZE_STATE_HELD);
  g_assert_true (fake_kernel_is_frozen (kernel, "/one"));
  g_assert_cmpuint (fake_kernel_count (kernel, "/one", FAKE_THAW), ==, 0);
  fake_kernel_thaw_foreign (kernel, "/one");
  rig_assert_clean (rig);
}

static void
test_guard_ends_the_lease (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autofree char *proven = NULL;
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one /two");
  /* The agent's clock stands still, the guard's doesn't. */
  rig_expect_frozen (rig, SHORT_LEASE_MS);
  rig_run_until_state (rig, VSS_WIRE_FREEZE_STATE_HELD);
  g_assert_cmpstr (rig_get_unasked (rig), ==, "the lease ran out");
  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, "/one=not-held /two=not-held");
  g_assert_true (thawed->lease_expired);
  rig_assert_clean (rig);
}

static void
test_agent_ends_the_lease (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autofree char *proven = NULL;
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one /two");
  rig_expect_frozen (rig, 50000);
  fake_kernel_advance_ms (rig_get_kernel (rig), 50000);
  rig_run_until_state (rig, VSS_WIRE_FREEZE_STATE_HELD);
  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, "/one=not-held /two=not-held");
  g_assert_true (thawed->lease_expired);
  rig_assert_clean (rig);
}

static void
test_renews (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  VssFreezer *freezer = rig_get_freezer (rig);
  FakeKernel *kernel = rig_get_kernel (rig);
  g_autoptr (VssWireFreezeResult) frozen = NULL;
  g_autoptr (VssWireLeaseResult) lease = NULL;
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *proven = NULL;
  VssWireErrorClass error_class;
  VssWireRenewLeaseArguments arguments = { .lease_ms = 100000 };

  rig_expect_prepared (rig, "/one");
  rig_freeze (rig, 20000);
  frozen = rig_wait_freeze (rig, &error_class);
  fake_kernel_advance_ms (kernel, 15000);
  arguments.generation = frozen->generation + 1;
  g_assert_null (vss_freezer_renew_lease (freezer, &arguments, &error));
  g_assert_error (error, VSS_FREEZER_ERROR, (int) VSS_WIRE_ERROR_CLASS_STALE_GENERATION);
  arguments.generation = frozen->generation;
  lease = vss_freezer_renew_lease (freezer, &arguments, NULL);
  /* Never beyond the maximum from the first FIFREEZE on. */
  g_assert_cmpint (lease->lease_end_ms, ==, frozen->boot_time_ms + 60000);
  fake_kernel_advance_ms (kernel, 30000);
  while (g_main_context_iteration (NULL, FALSE))
    {
    }
  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, "/one=held");
  g_clear_error (&error);
  g_assert_null (vss_freezer_renew_lease (freezer, &arguments, &error));
  g_assert_error (error, VSS_FREEZER_ERROR, (int) VSS_WIRE_ERROR_CLASS_HOLD_LOST);
}

static void
test_refuses_stale_and_late_freezes (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);
  gint64 now_ms = vss_kernel_boot_time_us (VSS_KERNEL (kernel)) / 1000;
  g_autoptr (VssWirePrepareForSnapshotResult) prepared = NULL;
  VssWireErrorClass error_class;

  rig_prepare (rig, RIG_SET, "/one");
  prepared = rig_wait_prepare (rig, &error_class);
  rig_freeze_with (rig, prepared->generation - 1, now_ms + 1000, 0);
  g_assert_null (rig_wait_freeze (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_STALE_GENERATION);
  rig_freeze_with (rig, prepared->generation, now_ms, 0);
  g_assert_null (rig_wait_freeze (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_DEADLINE_PASSED);
  /* It was good for one freeze. */
  rig_freeze_with (rig, prepared->generation, now_ms + 1000, 0);
  g_assert_null (rig_wait_freeze (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_BAD_STATE);
  g_assert_cmpuint (fake_kernel_count (kernel, "/one", FAKE_FREEZE), ==, 0);
  rig_assert_clean (rig);
}

static void
test_thaw_before_freeze_spends_the_generation (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autofree char *proven = NULL;
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one");
  rig_thaw (rig);
  thawed = rig_wait_thaw (rig, &error_class);
  proven = rig_describe (thawed->volumes);
  g_assert_cmpstr (proven, ==, "/one=not-held");
  rig_freeze (rig, 0);
  g_assert_null (rig_wait_freeze (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_BAD_STATE);
  g_assert_cmpuint (fake_kernel_count (rig_get_kernel (rig), "/one", FAKE_FREEZE), ==, 0);
}

static void
test_one_set_at_a_time (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  VssFreezer *freezer = rig_get_freezer (rig);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) aborted = NULL;
  g_autoptr (VssWirePrepareForSnapshotResult) prepared = NULL;
  VssWireErrorClass error_class;

  rig_expect_prepared (rig, "/one");
  rig_prepare (rig, RIG_OTHER_SET, "/two");
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_BUSY);
  g_assert_false (vss_freezer_post_snapshot (freezer, RIG_OTHER_SET, &error));
  g_assert_error (error, VSS_FREEZER_ERROR, (int) VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND);
  g_clear_error (&error);
  rig_expect_frozen (rig, 0);
  g_assert_false (vss_freezer_post_snapshot (freezer, RIG_SET, &error));
  g_assert_error (error, VSS_FREEZER_ERROR, (int) VSS_WIRE_ERROR_CLASS_BAD_STATE);
  rig_prepare (rig, RIG_SET, "/one");
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_BAD_STATE);
  rig_abort (rig);
  aborted = rig_wait_thaw (rig, &error_class);
  g_assert_nonnull (aborted);
  g_assert_cmpint (rig_get_state (rig), ==, VSS_WIRE_FREEZE_STATE_THAWED);
  rig_assert_clean (rig);
  /* What still comes for a set that was given up does nothing. */
  rig_freeze (rig, 0);
  g_assert_null (rig_wait_freeze (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_STALE_GENERATION);
  rig_assert_clean (rig);
  rig_prepare (rig, RIG_OTHER_SET, "/two");
  prepared = rig_wait_prepare (rig, &error_class);
  g_assert_nonnull (prepared);
}

static void
test_refuses_to_freeze_its_own_record (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  VssWireErrorClass error_class;

  rig_prepare (rig, RIG_SET, "/one /");
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_NOT_FREEZABLE);
  rig_prepare (rig, RIG_SET, "/one /nowhere");
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND);
  rig_prepare (rig, RIG_SET, "");
  g_assert_null (rig_wait_prepare (rig, &error_class));
  g_assert_cmpint (error_class, ==, VSS_WIRE_ERROR_CLASS_BAD_ARGUMENTS);
  g_assert_cmpint (rig_get_state (rig), ==, VSS_WIRE_FREEZE_STATE_THAWED);
}

static void
test_recovers (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);
  g_autofree char *found = NULL;
  g_autofree char *nothing = NULL;
  g_autoptr (GError) error = NULL;
  /* A process of that number may live, but not one that started then. */
  const char *record = "vss-freeze-record 1\nagent 1 1\nset " RIG_SET "\ngeneration 7\n"
                       "lease-end-ms 1\nrcu-expedited 0\nhold 8:16 /one\nend\n";

  nothing = vss_freezer_recover (rig_get_freezer (rig), &error);
  g_assert_no_error (error);
  g_assert_null (nothing);
  fake_kernel_freeze_foreign (kernel, "/one");
  fake_kernel_freeze_foreign (kernel, "/two");
  fake_kernel_set_rcu (kernel, 1);
  g_assert_true (g_file_set_contents (rig_get_record (rig), record, -1, NULL));
  found = vss_freezer_recover (rig_get_freezer (rig), &error);
  g_assert_no_error (error);
  g_assert_nonnull (found);
  g_assert_false (fake_kernel_is_frozen (kernel, "/one"));
  g_assert_true (fake_kernel_is_frozen (kernel, "/two"));
  fake_kernel_thaw_foreign (kernel, "/two");
  rig_assert_clean (rig);
}

static void
test_unfinished_record_means_nothing (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);
  FakeKernel *kernel = rig_get_kernel (rig);
  g_autoptr (GError) error = NULL;

  fake_kernel_freeze_foreign (kernel, "/one");
  g_assert_true (g_file_set_contents (rig_get_record (rig),
                                      "vss-freeze-record 1\nagent 1 1\nhold 8:16 /one\n", -1,
                                      NULL));
  g_assert_null (vss_freezer_recover (rig_get_freezer (rig), &error));
  g_assert_no_error (error);
  g_assert_true (fake_kernel_is_frozen (kernel, "/one"));
  g_assert_false (g_file_test (rig_get_record (rig), G_FILE_TEST_EXISTS));
}

static void
test_dropped_while_frozen (void)
{
  g_autoptr (Rig) rig = rig_new (RIG_GUARD_ALIVE);

  rig_expect_prepared (rig, "/one /two");
  rig_expect_frozen (rig, 0);
  g_object_run_dispose (G_OBJECT (rig_get_freezer (rig)));
  g_assert_false (fake_kernel_is_frozen (rig_get_kernel (rig), "/one"));
  g_assert_false (fake_kernel_is_frozen (rig_get_kernel (rig), "/two"));
  g_assert_cmpint (fake_kernel_get_rcu (rig_get_kernel (rig)), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/freezer/holds", test_holds);
  for (guint i = 0; i < G_N_ELEMENTS (gaps); i++)
    {
      g_autofree char *name = g_strdup_printf ("/freezer/sees-gap/%s", gaps[i].name);

      g_test_add_data_func (name, &gaps[i], test_gap);
    }
  g_test_add_func ("/freezer/foreign-freeze-is-left-alone", test_foreign_freeze_is_left_alone);
  g_test_add_func ("/freezer/guard-leaves-foreign-freeze-alone",
                   test_guard_leaves_foreign_freeze_alone);
  g_test_add_func ("/freezer/guard-ends-the-lease", test_guard_ends_the_lease);
  g_test_add_func ("/freezer/agent-ends-the-lease", test_agent_ends_the_lease);
  g_test_add_func ("/freezer/renews", test_renews);
  g_test_add_func ("/freezer/refuses-stale-and-late-freezes", test_refuses_stale_and_late_freezes);
  g_test_add_func ("/freezer/thaw-before-freeze-spends-the-generation",
                   test_thaw_before_freeze_spends_the_generation);
  g_test_add_func ("/freezer/one-set-at-a-time", test_one_set_at_a_time);
  g_test_add_func ("/freezer/refuses-to-freeze-its-own-record",
                   test_refuses_to_freeze_its_own_record);
  g_test_add_func ("/freezer/recovers", test_recovers);
  g_test_add_func ("/freezer/unfinished-record-means-nothing",
                   test_unfinished_record_means_nothing);
  g_test_add_func ("/freezer/dropped-while-frozen", test_dropped_while_frozen);
  return g_test_run ();
}

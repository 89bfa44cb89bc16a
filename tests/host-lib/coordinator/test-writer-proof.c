/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path of a set with writers: each of them failing at each step, under each policy. The level
 * is what was proven, nobody is left waiting, and between freeze and commit nothing happens. */
#include "host-lib/coordinator/vss-snapshot-run.h"
#include "host-lib/providers/memory/vss-memory-provider.h"
#include "host-lib/vss-set-writer.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/host-lib/fake/fake-guest.h"

typedef struct
{
  VssMemoryProvider *provider;
  FakeGuest *guest;
  FakeWriters *writers;
  VssSnapshotSet *set;
  VssRunOptions options;
  GPtrArray *instances; /* element-type utf8, ends with NULL */
  GString *steps;
  GError *error;
} Fixture;

static void
on_provider_step (const char *step, VssSnapshotSet *set, gpointer data)
{
  g_string_append_printf (((Fixture *)data)->steps, " %s", step);
}

static void
on_guest_step (const char *step, gpointer data)
{
  g_string_append_printf (((Fixture *)data)->steps, " guest-%s", step);
}

static void
add_volume (VssSnapshotSet *set)
{
  VssSetVolume *volume = vss_set_volume_new ();

  volume->snapshot_id = g_uuid_string_random ();
  volume->name = g_strdup ("/a");
  volume->mount_point = g_strdup ("/a");
  g_ptr_array_add (set->volumes, volume);
}

static void
set_up (Fixture *fixture, VssPolicy policy)
{
  *fixture = (Fixture){ 0 };
  fixture->provider = vss_memory_provider_new ();
  fixture->guest = fake_guest_new ();
  fixture->writers = fake_guest_get_writers (fixture->guest);
  vss_memory_provider_add_disk (fixture->provider, "vda")->serial = g_strdup ("A");
  fake_guest_add_volume (fixture->guest, "/a", "A");
  fixture->set = vss_snapshot_set_new ();
  fixture->set->id = g_uuid_string_random ();
  fixture->set->domain_uuid = g_strdup (VSS_ID_NULL);
  fixture->set->policy = policy;
  fixture->set->lease_ms = 10000;
  add_volume (fixture->set);
  fixture->instances = g_ptr_array_new_with_free_func (g_free);
  fixture->steps = g_string_new (NULL);
  vss_memory_provider_set_hook (fixture->provider, on_provider_step, fixture);
  fake_guest_set_hook (fixture->guest, on_guest_step, fixture);
  g_assert_true (vss_guest_open (VSS_GUEST (fixture->guest), "test", FALSE, NULL, NULL));
}

static void
tear_down (Fixture *fixture)
{
  g_assert_false (fake_guest_is_frozen (fixture->guest));
  g_object_unref (fixture->provider);
  g_object_unref (fixture->guest);
  vss_snapshot_set_free (fixture->set);
  g_ptr_array_unref (fixture->instances);
  g_string_free (fixture->steps, TRUE);
  g_clear_error (&fixture->error);
}

/* A writer of the guest that is selected. */
static VssSetWriter *
add_writer (Fixture *fixture, guint number, const char *name)
{
  VssWireWriterMetadata *metadata = fake_writers_add (fixture->writers, number, name);
  VssSetWriter *writer = vss_set_writer_new ();

  writer->instance_id = g_strdup (metadata->instance_id);
  writer->writer_id = g_strdup (metadata->writer_id);
  writer->name = g_strdup (name);
  writer->state = VSS_WS_STABLE;
  writer->selected = TRUE;
  g_ptr_array_add (fixture->set->writers, writer);
  g_ptr_array_add (fixture->instances, g_strdup (metadata->instance_id));
  return writer;
}

static void
set_options (Fixture *fixture)
{
  g_ptr_array_add (fixture->instances, NULL);
  fixture->options = (VssRunOptions){
    .provider = VSS_PROVIDER (fixture->provider),
    .guest = VSS_GUEST (fixture->guest),
    .writers = (const char *const *)fixture->instances->pdata,
    .requester = "test",
  };
}

static gboolean
run (Fixture *fixture)
{
  set_options (fixture);
  return vss_snapshot_run (&fixture->options, fixture->set, NULL, &fixture->error);
}

static void
assert_events (Fixture *fixture, const char *expected)
{
  g_autofree char *events = fake_writers_get_events (fixture->writers);

  g_assert_cmpstr (events, ==, expected);
}

static const VssSetWriter *
writer_at (Fixture *fixture, guint index)
{
  return g_ptr_array_index (fixture->set->writers, index);
}

/* -- all well -- */

static void
test_all_take_part (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REQUIRE_APPLICATION);
  add_writer (&fixture, 1, "one");
  add_writer (&fixture, 2, "two");
  g_assert_true (run (&fixture));
  g_assert_no_error (fixture.error);
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_APPLICATION);
  g_assert_null (fixture.set->weakness);
  g_assert_true (writer_at (&fixture, 0)->took_part);
  g_assert_cmpint (writer_at (&fixture, 1)->state, ==, VSS_WS_WAITING_FOR_BACKUP_COMPLETE);
  g_assert_cmpint (writer_at (&fixture, 1)->freeze_us, ==, 1200);
  g_assert_cmpint (writer_at (&fixture, 1)->thaw_us, ==, 3400);
  /* In the window there is the commit and nothing else. */
  g_assert_nonnull (strstr (fixture.steps->str, " pre-commit guest-freeze commit guest-thaw "
                                                "guest-writer-status guest-post-snapshot "
                                                "post-commit"));
  assert_events (&fixture, "one:prepare-for-snapshot two:prepare-for-snapshot one:freeze "
                           "two:freeze one:thaw two:thaw one:post-snapshot two:post-snapshot");
  tear_down (&fixture);
}

/* What can be expected before anybody is asked for anything. */
static void
test_preview (void)
{
  Fixture fixture;
  gboolean selected[] = { TRUE, FALSE };

  for (guint i = 0; i < G_N_ELEMENTS (selected); i++)
    {
      set_up (&fixture, VSS_POLICY_REPORT);
      add_writer (&fixture, 1, "one")->selected = selected[i];
      set_options (&fixture);
      g_assert_true (
          vss_snapshot_run_preview (&fixture.options, fixture.set, NULL, &fixture.error));
      g_assert_cmpint (fixture.set->consistency, ==,
                       selected[i] ? VSS_CONSISTENCY_APPLICATION : VSS_CONSISTENCY_FILESYSTEM);
      assert_events (&fixture, "");
      tear_down (&fixture);
    }
}

/* A guest without writers misses nothing that the policy could ask for. */
static void
test_no_writers (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REQUIRE_APPLICATION);
  g_assert_true (run (&fixture));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  g_assert_null (strstr (fixture.steps->str, "guest-writer-status"));
  tear_down (&fixture);
}

/* -- one fails -- */

typedef struct
{
  VssPolicy policy;
  VssWireWriterEvent event;
  gint code; /* 0: the set is made */
  VssConsistency consistency;
  const char *events; /* of the failing one, "one" */
} FailureRow;

#define MADE 0
#define EVENT(name) VSS_WIRE_WRITER_EVENT_##name
#define TO_FREEZE "one:prepare-for-snapshot one:freeze"

static const FailureRow failures[] = {
  { VSS_POLICY_REPORT, EVENT (PREPARE_FOR_SNAPSHOT), MADE, VSS_CONSISTENCY_FILESYSTEM,
    "one:prepare-for-snapshot" },
  { VSS_POLICY_REPORT, EVENT (FREEZE), MADE, VSS_CONSISTENCY_FILESYSTEM, TO_FREEZE " one:thaw" },
  { VSS_POLICY_REPORT, EVENT (THAW), MADE, VSS_CONSISTENCY_FILESYSTEM, TO_FREEZE " one:thaw" },
  { VSS_POLICY_REPORT, EVENT (POST_SNAPSHOT), MADE, VSS_CONSISTENCY_APPLICATION,
    TO_FREEZE " one:thaw one:post-snapshot" },
  { VSS_POLICY_REQUIRE_FILESYSTEM, EVENT (FREEZE), MADE, VSS_CONSISTENCY_FILESYSTEM,
    TO_FREEZE " one:thaw" },
  { VSS_POLICY_REQUIRE_APPLICATION, EVENT (PREPARE_FOR_SNAPSHOT), VSS_E_PROVIDER_VETO,
    VSS_CONSISTENCY_FILESYSTEM, "one:prepare-for-snapshot one:abort" },
  { VSS_POLICY_REQUIRE_APPLICATION, EVENT (FREEZE), VSS_E_PROVIDER_VETO, VSS_CONSISTENCY_FILESYSTEM,
    TO_FREEZE " one:abort" },
  { VSS_POLICY_REQUIRE_APPLICATION, EVENT (THAW), VSS_E_PROVIDER_VETO, VSS_CONSISTENCY_FILESYSTEM,
    TO_FREEZE " one:thaw one:abort" },
  { VSS_POLICY_REQUIRE_APPLICATION, EVENT (POST_SNAPSHOT), MADE, VSS_CONSISTENCY_APPLICATION,
    TO_FREEZE " one:thaw one:post-snapshot" },
};

/* "one:x one:y" of the events of all. */
static char *
events_of_one (Fixture *fixture)
{
  g_autofree char *events = fake_writers_get_events (fixture->writers);
  g_auto (GStrv) words = g_strsplit (events, " ", -1);
  GString *mine = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_has_prefix (words[i], "one:"))
        g_string_append_printf (mine, "%s%s", mine->len > 0 ? " " : "", words[i]);
    }
  return g_string_free (mine, FALSE);
}

static void
assert_failed (Fixture *fixture, gint code)
{
  g_assert_error (fixture->error, VSS_ERROR, code);
  g_assert_nonnull (strstr (fixture->error->message, "writer 'one' failed"));
  g_assert_nonnull (strstr (fixture->error->message, "VSS_E_WRITERERROR_RETRYABLE"));
  g_assert_nonnull (strstr (fixture->error->message, "disk is full"));
  g_assert_cmpuint (vss_memory_provider_count_sets (fixture->provider), ==, 0);
  g_assert_nonnull (strstr (fixture->steps->str, "guest-abort"));
}

static void
test_one_fails (gconstpointer data)
{
  const FailureRow *row = data;
  Fixture fixture;
  g_autofree char *events = NULL;
  gboolean made;

  set_up (&fixture, row->policy);
  add_writer (&fixture, 1, "one");
  add_writer (&fixture, 2, "two");
  fake_writers_fail (fixture.writers, "one", row->event, VSS_WIRE_WRITER_FAILURE_RETRYABLE,
                     "disk is full");
  made = run (&fixture);
  g_assert_cmpint (made, ==, row->code == MADE);
  if (!made)
    assert_failed (&fixture, row->code);
  else
    {
      g_assert_cmpint (fixture.set->consistency, ==, row->consistency);
      g_assert_cmpint (fixture.set->weakness == NULL, ==,
                       row->consistency == VSS_CONSISTENCY_APPLICATION);
      g_assert_true (fixture.set->weakness == NULL ||
                     strstr (fixture.set->weakness, "writer 'one' failed") != NULL);
      g_assert_true (writer_at (&fixture, 1)->took_part);
    }
  /* Known also of a set that was not made. */
  g_assert_cmpint (writer_at (&fixture, 0)->failure, ==, VSS_E_WRITERERROR_RETRYABLE);
  g_assert_cmpstr (writer_at (&fixture, 0)->message, ==, "disk is full");
  if (!made && row->event != EVENT (THAW))
    g_assert_null (strstr (fixture.steps->str, " commit"));
  events = events_of_one (&fixture);
  g_assert_cmpstr (events, ==, row->events);
  tear_down (&fixture);
}

/* Who isn't asked can't spoil it. */
static void
test_unselected_fails (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REQUIRE_APPLICATION);
  add_writer (&fixture, 1, "one");
  add_writer (&fixture, 2, "two")->selected = FALSE;
  g_ptr_array_remove_index (fixture.instances, 1);
  fake_writers_fail (fixture.writers, "two", EVENT (FREEZE), VSS_WIRE_WRITER_FAILURE_RETRYABLE, "");
  g_assert_true (run (&fixture));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_APPLICATION);
  g_assert_false (writer_at (&fixture, 1)->took_part);
  tear_down (&fixture);
}

/* -- the level takes both -- */

static void
test_hold_is_lost (void)
{
  static const VssPolicy policies[] = { VSS_POLICY_REPORT, VSS_POLICY_REQUIRE_APPLICATION };

  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      Fixture fixture;
      gboolean made;

      set_up (&fixture, policies[i]);
      add_writer (&fixture, 1, "one");
      fake_guest_lose_at_thaw (fixture.guest, "/a");
      made = run (&fixture);
      g_assert_cmpint (made, ==, policies[i] == VSS_POLICY_REPORT);
      g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_CRASH);
      if (!made)
        g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
      tear_down (&fixture);
    }
}

static void
test_status_is_lost (void)
{
  static const VssPolicy policies[] = { VSS_POLICY_REPORT, VSS_POLICY_REQUIRE_APPLICATION };

  for (guint i = 0; i < G_N_ELEMENTS (policies); i++)
    {
      Fixture fixture;
      gboolean made;

      set_up (&fixture, policies[i]);
      add_writer (&fixture, 1, "one");
      fake_guest_fail (fixture.guest, "writer-status", VSS_E_WRITER_INFRASTRUCTURE);
      made = run (&fixture);
      g_assert_cmpint (made, ==, policies[i] == VSS_POLICY_REPORT);
      g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
      g_assert_false (writer_at (&fixture, 0)->took_part);
      if (!made)
        g_assert_error (fixture.error, VSS_ERROR, VSS_E_PROVIDER_VETO);
      tear_down (&fixture);
    }
}

/* Who has not failed yet has not come through either. */
static void
test_still_busy (void)
{
  static const VssWireWriterEvent events[] = { EVENT (FREEZE), EVENT (THAW) };

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      Fixture fixture;

      set_up (&fixture, VSS_POLICY_REPORT);
      add_writer (&fixture, 1, "one");
      fake_writers_fail (fixture.writers, "one", events[i], VSS_WIRE_WRITER_FAILURE_NONE, NULL);
      g_assert_true (run (&fixture));
      g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
      g_assert_nonnull (strstr (fixture.set->weakness, "did not come through the freeze"));
      g_assert_false (writer_at (&fixture, 0)->took_part);
      tear_down (&fixture);
    }
}

/* -- transaction managers -- */

typedef struct
{
  VssWireWriterEvent event;
  VssWireWriterFailure failure;
  gint code; /* 0: the set is made */
} ManagerRow;

static const ManagerRow managers[] = {
  { EVENT (FREEZE), VSS_WIRE_WRITER_FAILURE_TIMEOUT, VSS_E_TRANSACTION_FREEZE_TIMEOUT },
  { EVENT (FREEZE), VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING, VSS_E_TRANSACTION_FREEZE_TIMEOUT },
  { EVENT (THAW), VSS_WIRE_WRITER_FAILURE_TIMEOUT, VSS_E_TRANSACTION_THAW_TIMEOUT },
  { EVENT (FREEZE), VSS_WIRE_WRITER_FAILURE_NONRETRYABLE, MADE },
};

static void
test_transaction_manager (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (managers); i++)
    {
      Fixture fixture;
      gboolean made;

      set_up (&fixture, VSS_POLICY_REPORT);
      add_writer (&fixture, 1, "one")->transaction_manager = TRUE;
      fake_writers_fail (fixture.writers, "one", managers[i].event, managers[i].failure, "slow");
      made = run (&fixture);
      g_assert_cmpint (made, ==, managers[i].code == MADE);
      if (!made)
        g_assert_error (fixture.error, VSS_ERROR, managers[i].code);
      g_assert_cmpuint (vss_memory_provider_count_sets (fixture.provider), ==, made ? 1 : 0);
      tear_down (&fixture);
    }
}

/* -- ends -- */

/* After PostSnapshot an abort reaches nobody any more. */
static void
test_record_fails (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  add_writer (&fixture, 1, "one");
  vss_memory_provider_fail (fixture.provider, "post-commit", VSS_E_UNEXPECTED_PROVIDER_ERROR,
                            "no record");
  g_assert_false (run (&fixture));
  assert_events (&fixture, TO_FREEZE " one:thaw one:post-snapshot one:backup-shutdown");
  tear_down (&fixture);
}

/* Without a file system to freeze nobody comes to rest, and nobody is said to have. */
static void
test_nothing_frozen (void)
{
  Fixture fixture;
  VssSetVolume *volume;

  set_up (&fixture, VSS_POLICY_REPORT);
  vss_memory_provider_add_disk (fixture.provider, "vdb");
  volume = g_ptr_array_index (fixture.set->volumes, 0);
  g_clear_pointer (&volume->mount_point, g_free);
  g_free (volume->name);
  volume->name = g_strdup ("vdb");
  add_writer (&fixture, 1, "one");
  g_assert_true (run (&fixture));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_cmpuint (vss_set_writers_count_selected (fixture.set->writers), ==, 0);
  assert_events (&fixture, "");
  tear_down (&fixture);
}

/* A requester that died while it copied left its set, and writers that wait for it. */
static void
test_dead_requester (void)
{
  Fixture fixture;
  g_autoptr (VssSnapshotSet) left = vss_snapshot_set_new ();

  set_up (&fixture, VSS_POLICY_REPORT);
  left->id = g_uuid_string_random ();
  left->state = VSS_SET_PREPARING;
  vss_memory_provider_add_set (fixture.provider, left);
  g_assert_true (run (&fixture));
  g_assert_nonnull (strstr (fixture.steps->str, " recover guest-backup-shutdown list-disks"));
  g_assert_cmpuint (fake_guest_count (fixture.guest, "backup-shutdown"), ==, 1);
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/writer-proof/all-take-part", test_all_take_part);
  g_test_add_func ("/writer-proof/no-writers", test_no_writers);
  g_test_add_func ("/writer-proof/preview", test_preview);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autofree char *path = g_strdup_printf ("/writer-proof/one-fails/%s/%s",
                                               vss_policy_to_string (failures[i].policy),
                                               vss_wire_writer_event_to_string (failures[i].event));

      g_test_add_data_func (path, &failures[i], test_one_fails);
    }
  g_test_add_func ("/writer-proof/unselected-fails", test_unselected_fails);
  g_test_add_func ("/writer-proof/hold-is-lost", test_hold_is_lost);
  g_test_add_func ("/writer-proof/status-is-lost", test_status_is_lost);
  g_test_add_func ("/writer-proof/still-busy", test_still_busy);
  g_test_add_func ("/writer-proof/transaction-manager", test_transaction_manager);
  g_test_add_func ("/writer-proof/record-fails", test_record_fails);
  g_test_add_func ("/writer-proof/nothing-frozen", test_nothing_frozen);
  g_test_add_func ("/writer-proof/dead-requester", test_dead_requester);
  return g_test_run ();
}

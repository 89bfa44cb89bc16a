/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path of a set, with something going wrong at every step in every way: afterwards the guest
 * is thawed, the host is as it was, and the level is what was proven. */
#include "host-lib/coordinator/vss-snapshot-run.h"
#include "host-lib/providers/memory/vss-memory-provider.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/host-lib/fake/fake-guest.h"

typedef struct
{
  VssMemoryProvider *provider;
  FakeGuest *guest;
  VssSnapshotSet *set;
  VssRunOptions options;
  GCancellable *cancellable;
  GString *phases;
  GString *steps; /* of guest and provider, in their order */
  const char *cancel_at; /* nullable */
  GError *error;
} Fixture;

static void
on_step (Fixture *fixture, const char *step)
{
  g_string_append_printf (fixture->steps, " %s", step);
  if (g_strcmp0 (fixture->cancel_at, step) == 0)
    g_cancellable_cancel (fixture->cancellable);
}

static void
on_provider_step (const char *step, VssSnapshotSet *set, gpointer data)
{
  on_step (data, step);
}

static void
on_guest_step (const char *step, gpointer data)
{
  g_autofree char *name = g_strconcat ("guest-", step, NULL);

  on_step (data, name);
}

static void
on_phase (const char *phase, const char *object, gpointer data)
{
  Fixture *fixture = data;

  g_assert_cmpstr (object, ==, fixture->set->id);
  g_string_append_printf (fixture->phases, " %s", phase);
}

static void
add_volume (VssSnapshotSet *set, const char *name, const char *mount_point)
{
  VssSetVolume *volume = vss_set_volume_new ();

  volume->snapshot_id = g_uuid_string_random ();
  volume->name = g_strdup (name);
  volume->mount_point = g_strdup (mount_point);
  g_ptr_array_add (set->volumes, volume);
}

static void
set_up (Fixture *fixture, VssPolicy policy)
{
  *fixture = (Fixture){ 0 };
  fixture->provider = vss_memory_provider_new ();
  fixture->guest = fake_guest_new ();
  vss_memory_provider_add_disk (fixture->provider, "vda")->serial = g_strdup ("A");
  vss_memory_provider_add_disk (fixture->provider, "vdb")->serial = g_strdup ("B");
  fake_guest_add_volume (fixture->guest, "/a", "A");
  fake_guest_add_volume (fixture->guest, "/b", "B");
  fixture->set = vss_snapshot_set_new ();
  fixture->set->id = g_uuid_string_random ();
  fixture->set->policy = policy;
  fixture->set->lease_ms = 10000;
  add_volume (fixture->set, "/a", "/a");
  add_volume (fixture->set, "vdb", NULL);
  fixture->cancellable = g_cancellable_new ();
  fixture->phases = g_string_new (NULL);
  fixture->steps = g_string_new (NULL);
  vss_memory_provider_set_hook (fixture->provider, on_provider_step, fixture);
  fake_guest_set_hook (fixture->guest, on_guest_step, fixture);
  fixture->options = (VssRunOptions){
    .provider = VSS_PROVIDER (fixture->provider),
    .guest = VSS_GUEST (fixture->guest),
    .requester = "test",
    .phase = on_phase,
    .phase_data = fixture,
  };
  g_assert_true (vss_guest_open (VSS_GUEST (fixture->guest), "test", FALSE, NULL, NULL));
}

static void
tear_down (Fixture *fixture)
{
  g_object_unref (fixture->provider);
  g_object_unref (fixture->guest);
  g_object_unref (fixture->cancellable);
  vss_snapshot_set_free (fixture->set);
  g_string_free (fixture->phases, TRUE);
  g_string_free (fixture->steps, TRUE);
  g_clear_error (&fixture->error);
}

static gboolean
run (Fixture *fixture)
{
  return vss_snapshot_run (&fixture->options, fixture->set, fixture->cancellable,
                           &fixture->error);
}

static gboolean
comes_before (Fixture *fixture, const char *first, const char *second)
{
  const char *a = strstr (fixture->steps->str, first);
  const char *b = strstr (fixture->steps->str, second);

  return a != NULL && b != NULL && a < b;
}

/* What holds after every run. */
static void
check_nothing_left (Fixture *fixture)
{
  g_assert_false (fake_guest_is_frozen (fixture->guest));
  g_assert_cmpuint (vss_memory_provider_count_sets (fixture->provider), ==, 0);
  g_assert_cmpuint (fake_guest_count (fixture->guest, "abort"), <=, 1);
  g_assert_cmpuint (fake_guest_count (fixture->guest, "post-snapshot"), <=, 1);
  /* Who was told to prepare is told that it is over, once. */
  if (fake_guest_count (fixture->guest, "prepare") == 1)
    g_assert_cmpuint (fake_guest_count (fixture->guest, "abort")
                          + fake_guest_count (fixture->guest, "post-snapshot"),
                      ==, 1);
  /* The guest comes first. */
  if (strstr (fixture->steps->str, "guest-abort") != NULL
      && strstr (fixture->steps->str, "rollback") != NULL)
    g_assert_true (comes_before (fixture, "guest-abort", "rollback"));
}

static void
test_good (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REQUIRE_APPLICATION);
  g_assert_true (run (&fixture));
  g_assert_no_error (fixture.error);
  g_assert_cmpstr (fixture.phases->str, ==,
                   " recover preflight overlays drain pre-commit freeze commit thaw finish");
  g_assert_cmpstr (fixture.steps->str, ==,
                   " guest-open recover list-disks guest-volumes preflight guest-freeze-status prepare"
                   " guest-prepare"
                   " pre-commit guest-freeze commit guest-thaw guest-post-snapshot post-commit");
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  g_assert_null (fixture.set->weakness);
  g_assert_cmpint (fixture.set->state, ==, VSS_SET_CREATED);
  g_assert_cmpuint (fixture.set->holds->len, ==, 2);
  g_assert_cmpuint (fixture.set->disks->len, ==, 2);
  g_assert_cmpint (fixture.set->frozen_us, ==, 4711);
  g_assert_cmpint (fixture.set->created_us, >, 0);
  g_assert_false (fake_guest_is_frozen (fixture.guest));
  g_assert_cmpuint (vss_memory_provider_count_sets (fixture.provider), ==, 1);
  tear_down (&fixture);
}

static void
test_persistent_is_released (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  fixture.set->context = VSS_CTX_APP_ROLLBACK;
  g_assert_true (run (&fixture));
  g_assert_nonnull (strstr (fixture.steps->str, "post-commit release"));
  tear_down (&fixture);
}

static void
test_no_freeze (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_CRASH);
  g_assert_true (run (&fixture));
  g_assert_cmpstr (fixture.phases->str, ==,
                   " recover preflight overlays pre-commit commit finish");
  g_assert_null (strstr (fixture.steps->str, "guest-prepare"));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_cmpstr (fixture.set->weakness, ==, "no freeze was asked for");
  tear_down (&fixture);
}

/* A file system on two disks, of which one was named, takes the other one, too. */
static void
test_closure (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  fake_guest_add_volume (fixture.guest, "/wide", "B,C");
  vss_memory_provider_add_disk (fixture.provider, "vdc")->serial = g_strdup ("C");
  g_assert_true (run (&fixture));
  g_assert_cmpuint (fixture.set->disks->len, ==, 3);
  g_assert_cmpuint (fixture.set->holds->len, ==, 3);
  tear_down (&fixture);
}

static void
test_nothing_to_freeze (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  vss_memory_provider_add_disk (fixture.provider, "vdc")->serial = g_strdup ("C");
  g_ptr_array_set_size (fixture.set->volumes, 0);
  add_volume (fixture.set, "vdc", NULL);
  g_assert_true (run (&fixture));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_cmpuint (fake_guest_count (fixture.guest, "freeze"), ==, 0);
  tear_down (&fixture);
}

/* -- the matrix -- */

typedef struct
{
  const char *step; /* with "guest-" if it is the guest's */
  gboolean survives; /* the set is made nevertheless */
} Row;

static const Row rows[] = {
  { "recover", FALSE },       { "list-disks", FALSE },    { "guest-volumes", FALSE },
  { "preflight", FALSE },     { "prepare", FALSE },       { "guest-prepare", FALSE },
  { "pre-commit", FALSE },    { "guest-freeze", FALSE },  { "commit", FALSE },
  { "guest-thaw", FALSE },    { "post-commit", FALSE },   { "guest-post-snapshot", TRUE },
};

static gboolean
is_guests (const char *step)
{
  return g_str_has_prefix (step, "guest-");
}

static void
test_error_at_each_step (gconstpointer data)
{
  const Row *row = data;
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  if (is_guests (row->step))
    fake_guest_fail (fixture.guest, row->step + strlen ("guest-"), VSS_E_FLUSH_WRITES_TIMEOUT);
  else
    vss_memory_provider_fail (fixture.provider, row->step, VSS_E_PROVIDER_VETO, "told to fail");
  if (row->survives)
    {
      g_assert_true (run (&fixture));
      g_assert_false (fake_guest_is_frozen (fixture.guest));
      g_assert_false (fake_guest_is_open (fixture.guest)); /* hung up on, which frees it */
      g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
    }
  else
    {
      g_assert_false (run (&fixture));
      g_assert_true (fixture.error->domain == VSS_ERROR);
      check_nothing_left (&fixture);
      g_assert_cmpint (fixture.error->code, ==,
                       g_str_equal (row->step, "guest-thaw") ? VSS_E_HOLD_WRITES_TIMEOUT
                       : is_guests (row->step)               ? VSS_E_FLUSH_WRITES_TIMEOUT
                                                             : VSS_E_PROVIDER_VETO);
    }
  tear_down (&fixture);
}

/* The guest is gone from a step on: nothing answers any more, also not the abort. */
static void
test_death_at_each_step (gconstpointer data)
{
  const Row *row = data;
  Fixture fixture;
  gboolean made;

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  fake_guest_die_at (fixture.guest, row->step + strlen ("guest-"), VSS_E_HOLD_WRITES_TIMEOUT);
  made = run (&fixture);
  g_assert_true (made == row->survives);
  /* What can't be told is hung up on. */
  g_assert_false (fake_guest_is_frozen (fixture.guest));
  g_assert_cmpuint (vss_memory_provider_count_sets (fixture.provider), ==, made ? 1 : 0);
  tear_down (&fixture);
}

static void
test_cancel_at_each_step (gconstpointer data)
{
  const Row *row = data;
  Fixture fixture;
  gboolean made;

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  fixture.cancel_at = row->step;
  made = run (&fixture);
  /* Once the commit was tried, it is too late. */
  if (strstr (fixture.steps->str, "commit guest-thaw") != NULL)
    {
      g_assert_true (made);
      g_assert_false (fake_guest_is_frozen (fixture.guest));
      tear_down (&fixture);
      return;
    }
  g_assert_false (made);
  g_assert_error (fixture.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  check_nothing_left (&fixture);
  tear_down (&fixture);
}

static gpointer
run_thread (gpointer data)
{
  return GINT_TO_POINTER (run (data));
}

/* A step that never ends is ended by cancelling; what it did is undone. */
static void
test_hang_at_each_step (gconstpointer data)
{
  const Row *row = data;
  Fixture fixture;
  GThread *thread;

  set_up (&fixture, VSS_POLICY_REPORT);
  fake_guest_hang_at (fixture.guest, row->step + strlen ("guest-"));
  thread = g_thread_new ("run", run_thread, &fixture);
  while (fake_guest_count (fixture.guest, row->step + strlen ("guest-")) == 0)
    g_thread_yield ();
  g_cancellable_cancel (fixture.cancellable);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_error (fixture.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  check_nothing_left (&fixture);
  tear_down (&fixture);
}

/* -- proof and policy -- */

typedef enum
{
  LOSE_AT_FREEZE,
  LOSE_AT_THAW,
  HIDE_AT_THAW,
  EXPIRE,
  OTHER_GENERATION,
  NO_THAW,
  N_LOSSES,
} Loss;

static void
lose (Fixture *fixture, Loss loss)
{
  switch (loss)
    {
    case LOSE_AT_FREEZE:
      fake_guest_lose_at_freeze (fixture->guest, "/b");
      fake_guest_lose_at_thaw (fixture->guest, "/b");
      break;
    case LOSE_AT_THAW:
      fake_guest_lose_at_thaw (fixture->guest, "/b");
      break;
    case HIDE_AT_THAW:
      fake_guest_hide_at_thaw (fixture->guest, "/b");
      break;
    case EXPIRE:
      fake_guest_expire_lease (fixture->guest);
      break;
    case OTHER_GENERATION:
      fake_guest_answer_generation (fixture->guest, 41, 42);
      break;
    case NO_THAW:
    case N_LOSSES:
      fake_guest_fail (fixture->guest, "thaw", VSS_E_HOLD_WRITES_TIMEOUT);
      break;
    }
}

static void
test_a_lost_hold_is_told (void)
{
  for (Loss loss = 0; loss < N_LOSSES; loss++)
    {
      Fixture fixture;

      set_up (&fixture, VSS_POLICY_REPORT);
      lose (&fixture, loss);
      g_assert_true (run (&fixture));
      g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_CRASH);
      g_assert_nonnull (fixture.set->weakness);
      g_assert_false (fake_guest_is_frozen (fixture.guest));
      g_assert_cmpuint (vss_memory_provider_count_sets (fixture.provider), ==, 1);
      tear_down (&fixture);
    }
}

static void
test_a_lost_hold_is_refused (void)
{
  for (Loss loss = 0; loss < N_LOSSES; loss++)
    {
      Fixture fixture;

      set_up (&fixture,
              loss % 2 ? VSS_POLICY_REQUIRE_FILESYSTEM : VSS_POLICY_REQUIRE_APPLICATION);
      lose (&fixture, loss);
      g_assert_false (run (&fixture));
      g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
      check_nothing_left (&fixture);
      /* What can't be good any more isn't even begun. */
      g_assert_true ((strstr (fixture.steps->str, " commit") == NULL)
                     == (loss == LOSE_AT_FREEZE));
      tear_down (&fixture);
    }
}

static void
test_a_stale_freeze_is_an_error (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  fake_guest_answer_generation (fixture.guest, 40, 41);
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
  check_nothing_left (&fixture);
  tear_down (&fixture);
}

static void
test_a_guest_that_stays_frozen (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  fake_guest_fail (fixture.guest, "thaw", VSS_E_REBOOT_REQUIRED);
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_REBOOT_REQUIRED);
  tear_down (&fixture);

  /* It outweighs what had failed before. */
  set_up (&fixture, VSS_POLICY_REPORT);
  vss_memory_provider_fail (fixture.provider, "commit", VSS_E_PROVIDER_VETO, "a job is active");
  fake_guest_fail (fixture.guest, "abort", VSS_E_REBOOT_REQUIRED);
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_REBOOT_REQUIRED);
  g_assert_nonnull (strstr (fixture.error->message, "a job is active"));
  tear_down (&fixture);
}

static void
test_a_failed_rollback_is_told (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  vss_memory_provider_fail (fixture.provider, "commit", VSS_E_PROVIDER_VETO, "a job is active");
  vss_memory_provider_fail (fixture.provider, "rollback", VSS_E_UNEXPECTED_PROVIDER_ERROR,
                            "no libvirt");
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_PROVIDER_VETO);
  g_assert_nonnull (strstr (fixture.error->message, "no libvirt"));
  g_assert_false (fake_guest_is_frozen (fixture.guest));
  tear_down (&fixture);
}

/* -- the lease -- */

static void
test_short_lease_is_renewed (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  fake_guest_set_lease_left (fixture.guest, 20);
  g_assert_true (run (&fixture));
  g_assert_cmpuint (fake_guest_count (fixture.guest, "renew"), ==, 1);
  tear_down (&fixture);
}

static void
test_too_short_a_lease_is_refused (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  fixture.set->lease_ms = 20;
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
  check_nothing_left (&fixture);
  tear_down (&fixture);
}

static void
test_lease_within_the_guests_limit (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  fixture.set->lease_ms = 1000000;
  g_assert_true (run (&fixture));
  g_assert_cmpuint (fake_guest_get_lease_ms (fixture.guest), ==, 60000);
  g_assert_cmpint (fixture.set->lease_ms, ==, 60000);
  tear_down (&fixture);
}

/* Holds the commit up until the lease was renewed twice. */
static void
on_slow_step (const char *step, VssSnapshotSet *set, gpointer data)
{
  Fixture *fixture = data;

  if (g_str_equal (step, "commit"))
    while (fake_guest_count (fixture->guest, "renew") < 2)
      g_usleep (1000);
}

static void
test_lease_is_kept_while_the_commit_is_slow (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  fixture.set->lease_ms = 300;
  vss_memory_provider_set_hook (fixture.provider, on_slow_step, &fixture);
  g_assert_true (run (&fixture));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  g_assert_cmpint (fixture.set->commit_us, >, 0);
  tear_down (&fixture);
}

/* -- without a guest, and without touching anything -- */

static void
test_without_agent (void)
{
  Fixture fixture;

  set_up (&fixture, VSS_POLICY_REPORT);
  fixture.options.guest = NULL;
  fixture.options.no_guest = "the agent is not running";
  g_ptr_array_set_size (fixture.set->volumes, 0);
  add_volume (fixture.set, "vda", NULL);
  g_assert_true (run (&fixture));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_cmpstr (fixture.set->weakness, ==, "the agent is not running");
  tear_down (&fixture);

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  fixture.options.guest = NULL;
  fixture.options.no_guest = "the agent is not running";
  g_ptr_array_set_size (fixture.set->volumes, 0);
  add_volume (fixture.set, "vda", NULL);
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
  check_nothing_left (&fixture);
  tear_down (&fixture);
}

static void
test_preview (void)
{
  Fixture fixture;
  VssWireVolume *volume;

  set_up (&fixture, VSS_POLICY_REPORT);
  g_assert_true (vss_snapshot_run_preview (&fixture.options, fixture.set, NULL, &fixture.error));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  g_assert_cmpstr (fixture.steps->str, ==, " guest-open list-disks guest-volumes preflight guest-freeze-status");
  tear_down (&fixture);

  set_up (&fixture, VSS_POLICY_REPORT);
  volume = fake_guest_add_volume (fixture.guest, "/odd", "A");
  volume->freezability = VSS_WIRE_FREEZABILITY_UNSUPPORTED;
  volume->reason = g_strdup ("is a FUSE");
  g_assert_true (vss_snapshot_run_preview (&fixture.options, fixture.set, NULL, &fixture.error));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_nonnull (strstr (fixture.set->weakness, "/odd"));
  g_assert_cmpuint (fixture.set->findings->len, ==, 1);
  tear_down (&fixture);
}

static const VssFinding *
finding (Fixture *fixture, guint index)
{
  g_assert_cmpuint (fixture->set->findings->len, >, index);
  return g_ptr_array_index (fixture->set->findings, index);
}

/* All that is wrong is told at once, and the first of it decides. */
static void
test_findings (void)
{
  Fixture fixture;
  VssWireVolume *volume;
  VssDomainDisk *disk;

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  add_volume (fixture.set, "vdx", NULL);
  disk = vss_memory_provider_add_disk (fixture.provider, "vdc");
  disk->supported = FALSE;
  disk->unsupported_code = VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER;
  disk->unsupported_reason = g_strdup ("disk vdc is a network disk");
  add_volume (fixture.set, "vdc", NULL);
  g_assert_true (vss_snapshot_run_preview (&fixture.options, fixture.set, NULL, &fixture.error));
  g_assert_cmpint (fixture.set->consistency, ==, VSS_CONSISTENCY_NONE);
  g_assert_cmpuint (fixture.set->findings->len, ==, 2);
  g_assert_cmpint (finding (&fixture, 0)->code, ==, VSS_E_OBJECT_NOT_FOUND);
  g_assert_cmpstr (finding (&fixture, 0)->object, ==, "vdx");
  g_assert_cmpint (finding (&fixture, 1)->code, ==, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER);
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_assert_nonnull (strstr (fixture.error->message, "vdx"));
  g_assert_nonnull (strstr (fixture.error->message, "vdc is a network disk"));
  check_nothing_left (&fixture);
  tear_down (&fixture);

  set_up (&fixture, VSS_POLICY_REQUIRE_FILESYSTEM);
  for (guint i = 0; i < 2; i++)
    {
      volume = fake_guest_add_volume (fixture.guest, i == 0 ? "/odd" : "/even", "A");
      volume->freezability = VSS_WIRE_FREEZABILITY_UNSUPPORTED;
      volume->reason = g_strdup ("is a FUSE");
    }
  g_assert_false (run (&fixture));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
  g_assert_nonnull (strstr (fixture.error->message, "/odd"));
  g_assert_nonnull (strstr (fixture.error->message, "/even"));
  check_nothing_left (&fixture);
  tear_down (&fixture);
}

static gboolean
is_any (const char *step)
{
  return TRUE;
}

/* The other steps have limits of their own, in the guest or in the provider. */
static gboolean
may_hang (const char *step)
{
  static const char *const steps[] = { "guest-volumes", "guest-prepare", "guest-freeze", NULL };

  return g_strv_contains (steps, step);
}

static void
add_matrix (const char *name, GTestDataFunc test, gboolean (*applies) (const char *step))
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/snapshot-run/%s/%s", name, rows[i].step);

      if (applies (rows[i].step))
        g_test_add_data_func (path, &rows[i], test);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/snapshot-run/good", test_good);
  g_test_add_func ("/snapshot-run/persistent-is-released", test_persistent_is_released);
  g_test_add_func ("/snapshot-run/no-freeze", test_no_freeze);
  g_test_add_func ("/snapshot-run/closure", test_closure);
  g_test_add_func ("/snapshot-run/nothing-to-freeze", test_nothing_to_freeze);
  add_matrix ("error", test_error_at_each_step, is_any);
  add_matrix ("death", test_death_at_each_step, is_guests);
  add_matrix ("cancel", test_cancel_at_each_step, is_any);
  add_matrix ("hang", test_hang_at_each_step, may_hang);
  g_test_add_func ("/snapshot-run/a-lost-hold-is-told", test_a_lost_hold_is_told);
  g_test_add_func ("/snapshot-run/a-lost-hold-is-refused", test_a_lost_hold_is_refused);
  g_test_add_func ("/snapshot-run/a-stale-freeze-is-an-error", test_a_stale_freeze_is_an_error);
  g_test_add_func ("/snapshot-run/a-guest-that-stays-frozen", test_a_guest_that_stays_frozen);
  g_test_add_func ("/snapshot-run/a-failed-rollback-is-told", test_a_failed_rollback_is_told);
  g_test_add_func ("/snapshot-run/short-lease-is-renewed", test_short_lease_is_renewed);
  g_test_add_func ("/snapshot-run/too-short-a-lease-is-refused",
                   test_too_short_a_lease_is_refused);
  g_test_add_func ("/snapshot-run/lease-within-the-guests-limit",
                   test_lease_within_the_guests_limit);
  g_test_add_func ("/snapshot-run/lease-is-kept-while-the-commit-is-slow",
                   test_lease_is_kept_while_the_commit_is_slow);
  g_test_add_func ("/snapshot-run/without-agent", test_without_agent);
  g_test_add_func ("/snapshot-run/preview", test_preview);
  g_test_add_func ("/snapshot-run/findings", test_findings);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requester's main object over a guest and a provider that are only in memory: the sequences
 * of real requesters, what each call refuses, and what is left after every end. */
#include "host-lib/providers/memory/vss-memory-provider.h"
#include "host-lib/requester/vss-backup-components-private.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/host-lib/fake/fake-guest.h"

typedef struct
{
  VssMemoryProvider *provider;
  FakeGuest *guest;
  VssBackupComponents *components;
  char *set_id;
  char *snapshot_id;
  GError *error;
} Fixture;

static VssBackupComponents *
make_components (Fixture *fixture)
{
  return vss_backup_components_new (VSS_PROVIDER (fixture->provider), VSS_GUEST (fixture->guest),
                                    "vm", VSS_ID_NULL, "host");
}

static void
set_up (Fixture *fixture)
{
  *fixture = (Fixture){ 0 };
  fixture->provider = vss_memory_provider_new ();
  fixture->guest = fake_guest_new ();
  vss_memory_provider_add_disk (fixture->provider, "vda")->serial = g_strdup ("A");
  vss_memory_provider_add_disk (fixture->provider, "vdb")->serial = g_strdup ("B");
  fake_guest_add_volume (fixture->guest, "/a", "A");
  fake_guest_add_volume (fixture->guest, "/b", "B");
  fixture->components = make_components (fixture);
}

static void
tear_down (Fixture *fixture)
{
  if (fixture->components != NULL)
    {
      vss_backup_components_close (fixture->components, NULL);
      g_object_unref (fixture->components);
    }
  g_assert_false (fake_guest_is_frozen (fixture->guest));
  g_object_unref (fixture->provider);
  g_object_unref (fixture->guest);
  g_free (fixture->set_id);
  g_free (fixture->snapshot_id);
  g_clear_error (&fixture->error);
}

#define good(fixture, call)                                                                       \
  G_STMT_START                                                                                    \
  {                                                                                               \
    gboolean done = (call);                                                                       \
    g_assert_no_error ((fixture)->error);                                                         \
    g_assert_true (done);                                                                         \
  }                                                                                               \
  G_STMT_END

#define refused(fixture, call, expected)                                                          \
  G_STMT_START                                                                                    \
  {                                                                                               \
    g_assert_false (call);                                                                        \
    g_assert_error ((fixture)->error, VSS_ERROR, expected);                                       \
    g_clear_error (&(fixture)->error);                                                            \
  }                                                                                               \
  G_STMT_END

static gboolean
finish (VssAsync *async, GError **error)
{
  gboolean finished = async != NULL && vss_async_finish (async, error);

  g_clear_object (&async);
  return finished;
}

static void
start_set (Fixture *fixture, gint context)
{
  VssBackupComponents *components = fixture->components;

  good (fixture,
        vss_backup_components_initialize_for_backup (components, NULL, &fixture->error));
  if (context != VSS_CTX_BACKUP)
    good (fixture, vss_backup_components_set_context (components, context, &fixture->error));
  good (fixture, vss_backup_components_set_backup_state (components, TRUE, FALSE, VSS_BT_FULL,
                                                         FALSE, &fixture->error));
  good (fixture, finish (vss_backup_components_gather_writer_metadata (components,
                                                                       &fixture->error),
                         &fixture->error));
  good (fixture, vss_backup_components_start_snapshot_set (components, &fixture->set_id,
                                                           &fixture->error));
}

static void
add (Fixture *fixture, const char *name)
{
  g_clear_pointer (&fixture->snapshot_id, g_free);
  good (fixture,
        vss_backup_components_add_to_snapshot_set (fixture->components, name, NULL,
                                                   &fixture->snapshot_id, &fixture->error));
}

static gboolean
do_set (Fixture *fixture)
{
  return finish (vss_backup_components_do_snapshot_set (fixture->components, &fixture->error),
                 &fixture->error);
}

static void
make_set (Fixture *fixture, gint context)
{
  start_set (fixture, context);
  add (fixture, "/a");
  good (fixture, do_set (fixture));
}

static guint
count_sets (Fixture *fixture)
{
  return vss_memory_provider_count_sets (fixture->provider);
}

/* -- whole sequences -- */

static void
test_backup (void)
{
  Fixture fixture;
  VssSnapshotProp *prop;
  g_autoptr (VssSnapshotSet) set = NULL;
  g_autofree char *xml = NULL;
  guint writers = 1;

  set_up (&fixture);
  start_set (&fixture, VSS_CTX_BACKUP);
  good (&fixture, vss_backup_components_get_writer_metadata_count (fixture.components, &writers,
                                                                   &fixture.error));
  g_assert_cmpuint (writers, ==, 0);
  add (&fixture, "/a");
  good (&fixture, finish (vss_backup_components_prepare_for_backup (fixture.components,
                                                                    &fixture.error),
                          &fixture.error));
  good (&fixture, do_set (&fixture));
  g_assert_false (fake_guest_is_open (fixture.guest)); /* others may have it */
  prop = vss_backup_components_get_snapshot_properties (fixture.components, fixture.snapshot_id,
                                                        &fixture.error);
  g_assert_no_error (fixture.error);
  g_assert_cmpstr (prop->snapshot_device_object, ==, "/memory/vda.qcow2");
  g_assert_cmpstr (prop->original_volume_name, ==, "/a");
  g_assert_cmpstr (prop->snapshot_set_id, ==, fixture.set_id);
  g_assert_cmpint (prop->status, ==, VSS_SS_CREATED);
  vss_snapshot_prop_free (prop);
  set = vss_backup_components_get_snapshot_set (fixture.components, fixture.set_id,
                                                &fixture.error);
  g_assert_no_error (fixture.error);
  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  good (&fixture, finish (vss_backup_components_backup_complete (fixture.components,
                                                                 &fixture.error),
                          &fixture.error));
  good (&fixture,
        vss_backup_components_save_as_xml (fixture.components, &xml, &fixture.error));
  g_assert_nonnull (strstr (xml, fixture.set_id));
  /* It goes with the object. */
  g_assert_cmpuint (count_sets (&fixture), ==, 1);
  good (&fixture, vss_backup_components_close (fixture.components, &fixture.error));
  g_assert_cmpuint (count_sets (&fixture), ==, 0);
  good (&fixture, vss_backup_components_close (fixture.components, &fixture.error));
  tear_down (&fixture);
}

static void
test_persistent (void)
{
  Fixture fixture;
  g_autofree char *calls = NULL;

  set_up (&fixture);
  make_set (&fixture, VSS_CTX_APP_ROLLBACK);
  good (&fixture, vss_backup_components_close (fixture.components, &fixture.error));
  g_assert_cmpuint (count_sets (&fixture), ==, 1);
  calls = vss_memory_provider_get_calls (fixture.provider);
  g_assert_nonnull (strstr (calls, "release"));
  g_assert_null (strstr (calls, "delete"));
  tear_down (&fixture);
}

static void
test_no_writers (void)
{
  Fixture fixture;

  set_up (&fixture);
  good (&fixture,
        vss_backup_components_initialize_for_backup (fixture.components, NULL, &fixture.error));
  good (&fixture, vss_backup_components_set_context (fixture.components,
                                                     VSS_CTX_FILE_SHARE_BACKUP, &fixture.error));
  good (&fixture, vss_backup_components_start_snapshot_set (fixture.components, &fixture.set_id,
                                                            &fixture.error));
  add (&fixture, "vda");
  refused (&fixture,
           vss_backup_components_prepare_for_backup (fixture.components, &fixture.error) != NULL,
           VSS_E_BAD_STATE);
  good (&fixture, do_set (&fixture));
  refused (&fixture,
           vss_backup_components_backup_complete (fixture.components, &fixture.error) != NULL,
           VSS_E_BAD_STATE);
  tear_down (&fixture);
}

/* A set without a volume is none, and no error. */
static void
test_no_volumes (void)
{
  Fixture fixture;

  set_up (&fixture);
  start_set (&fixture, VSS_CTX_BACKUP);
  good (&fixture, do_set (&fixture));
  g_assert_cmpuint (count_sets (&fixture), ==, 0);
  tear_down (&fixture);
}

/* -- without an agent -- */

static void
test_no_agent (void)
{
  Fixture fixture;
  g_autoptr (VssSnapshotSet) set = NULL;
  char *id = NULL;

  set_up (&fixture);
  fake_guest_die_at (fixture.guest, "open", VSS_E_WRITER_INFRASTRUCTURE);
  good (&fixture,
        vss_backup_components_initialize_for_backup (fixture.components, NULL, &fixture.error));
  refused (&fixture,
           finish (vss_backup_components_gather_writer_metadata (fixture.components,
                                                                 &fixture.error),
                   &fixture.error),
           VSS_E_WRITER_INFRASTRUCTURE);
  good (&fixture, vss_backup_components_set_context (fixture.components, VSS_CTX_NAS_ROLLBACK,
                                                     &fixture.error));
  good (&fixture, vss_backup_components_start_snapshot_set (fixture.components, &fixture.set_id,
                                                            &fixture.error));
  refused (&fixture,
           vss_backup_components_add_to_snapshot_set (fixture.components, "/a", NULL, &id,
                                                      &fixture.error),
           VSS_E_OBJECT_NOT_FOUND);
  add (&fixture, "vda");
  good (&fixture, do_set (&fixture));
  set = vss_backup_components_get_snapshot_set (fixture.components, fixture.set_id,
                                                &fixture.error);
  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_nonnull (set->weakness);
  tear_down (&fixture);
}

/* Who wants no freeze is not made to have an agent. */
static void
test_crash_policy_asks_nobody (void)
{
  Fixture fixture;
  g_autofree char *calls = NULL;

  set_up (&fixture);
  good (&fixture, vss_backup_components_set_policy (fixture.components, VSS_POLICY_CRASH,
                                                    &fixture.error));
  start_set (&fixture, VSS_CTX_BACKUP);
  add (&fixture, "vda");
  good (&fixture, do_set (&fixture));
  calls = fake_guest_get_calls (fixture.guest);
  g_assert_cmpstr (calls, ==, "");
  tear_down (&fixture);

  /* Unless a volume is named that only the guest knows. */
  set_up (&fixture);
  good (&fixture, vss_backup_components_set_policy (fixture.components, VSS_POLICY_CRASH,
                                                    &fixture.error));
  start_set (&fixture, VSS_CTX_BACKUP);
  add (&fixture, "vda");
  add (&fixture, "/b");
  good (&fixture, do_set (&fixture));
  g_assert_cmpuint (fake_guest_count (fixture.guest, "freeze"), ==, 0);
  tear_down (&fixture);
}

/* -- AddToSnapshotSet and IsVolumeSupported -- */

static void
refuse_volume (Fixture *fixture, const char *name, const char *provider, gint code)
{
  char *id = NULL;

  refused (fixture,
           vss_backup_components_add_to_snapshot_set (fixture->components, name, provider, &id,
                                                      &fixture->error),
           code);
  g_assert_null (id);
}

static void
test_volumes_refused (void)
{
  Fixture fixture;
  VssDomainDisk *disk;
  VssWireVolume *volume;

  set_up (&fixture);
  disk = vss_memory_provider_add_disk (fixture.provider, "sr0");
  disk->supported = FALSE;
  disk->unsupported_code = VSS_E_VOLUME_NOT_SUPPORTED;
  disk->unsupported_reason = g_strdup ("it is a CD-ROM");
  disk->serial = g_strdup ("CD");
  disk = vss_memory_provider_add_disk (fixture.provider, "vdn");
  disk->supported = FALSE;
  disk->unsupported_code = VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER;
  disk->unsupported_reason = g_strdup ("it is on the network");
  disk = vss_memory_provider_add_disk (fixture.provider, "vdf");
  disk->sets = 64;
  fake_guest_add_volume (fixture.guest, "/media", "CD");
  fake_guest_add_volume (fixture.guest, "/nowhere", "X");
  volume = fake_guest_add_volume (fixture.guest, "/loop", "A");
  g_free (volume->device);
  volume->device = g_strdup ("/dev/loop0");
  start_set (&fixture, VSS_CTX_BACKUP);

  refuse_volume (&fixture, NULL, NULL, VSS_E_INVALIDARG);
  refuse_volume (&fixture, "", NULL, VSS_E_INVALIDARG);
  refuse_volume (&fixture, "uuid:", NULL, VSS_E_INVALIDARG);
  refuse_volume (&fixture, "\xff", NULL, VSS_E_INVALIDARG);
  refuse_volume (&fixture, "vda", "no uuid", VSS_E_INVALIDARG);
  refuse_volume (&fixture, "vda", "11111111-2222-3333-4444-555555555555",
                 VSS_E_PROVIDER_NOT_REGISTERED);
  refuse_volume (&fixture, "vdz", NULL, VSS_E_OBJECT_NOT_FOUND);
  refuse_volume (&fixture, "/z", NULL, VSS_E_OBJECT_NOT_FOUND);
  refuse_volume (&fixture, "uuid:1234", NULL, VSS_E_OBJECT_NOT_FOUND);
  refuse_volume (&fixture, "sr0", NULL, VSS_E_VOLUME_NOT_SUPPORTED);
  refuse_volume (&fixture, "sr0", VSS_MEMORY_PROVIDER_ID, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER);
  refuse_volume (&fixture, "/media", NULL, VSS_E_VOLUME_NOT_SUPPORTED);
  refuse_volume (&fixture, "/nowhere", NULL, VSS_E_VOLUME_NOT_SUPPORTED);
  refuse_volume (&fixture, "vdn", NULL, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER);
  refuse_volume (&fixture, "vdf", NULL, VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED);
  refuse_volume (&fixture, "/loop", NULL, VSS_E_NESTED_VOLUME_LIMIT);
  add (&fixture, "/a");
  refuse_volume (&fixture, "/a/", NULL, VSS_E_OBJECT_ALREADY_EXISTS);
  add (&fixture, "vda"); /* the disk under it is a volume of its own */
  refuse_volume (&fixture, "vda", VSS_ID_NULL, VSS_E_OBJECT_ALREADY_EXISTS);
  tear_down (&fixture);
}

static void
test_too_many_volumes (void)
{
  Fixture fixture;

  set_up (&fixture);
  for (guint i = 0; i <= VSS_MAX_VOLUMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("vd%u", i);

      vss_memory_provider_add_disk (fixture.provider, name);
    }
  start_set (&fixture, VSS_CTX_BACKUP);
  for (guint i = 0; i < VSS_MAX_VOLUMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("vd%u", i);

      add (&fixture, name);
    }
  refuse_volume (&fixture, "vd64", NULL, VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED);
  tear_down (&fixture);
}

static gboolean
is_supported (Fixture *fixture, const char *provider, const char *name)
{
  gboolean supported = FALSE;

  good (fixture, vss_backup_components_is_volume_supported (fixture->components, provider, name,
                                                            &supported, &fixture->error));
  return supported;
}

static void
test_is_volume_supported (void)
{
  Fixture fixture;
  VssDomainDisk *disk;
  gboolean supported = TRUE;

  set_up (&fixture);
  disk = vss_memory_provider_add_disk (fixture.provider, "sr0");
  disk->supported = FALSE;
  disk->unsupported_code = VSS_E_VOLUME_NOT_SUPPORTED;
  disk->unsupported_reason = g_strdup ("it is a CD-ROM");
  vss_memory_provider_add_disk (fixture.provider, "vdf")->sets = 64;
  good (&fixture,
        vss_backup_components_initialize_for_backup (fixture.components, NULL, &fixture.error));
  g_assert_true (is_supported (&fixture, NULL, "/a"));
  g_assert_true (is_supported (&fixture, VSS_MEMORY_PROVIDER_ID, "vda"));
  g_assert_true (is_supported (&fixture, NULL, "vdf")); /* full for now, but fit */
  g_assert_false (is_supported (&fixture, NULL, "sr0"));
  g_assert_false (
      is_supported (&fixture, "11111111-2222-3333-4444-555555555555", "vda"));
  refused (&fixture,
           vss_backup_components_is_volume_supported (fixture.components, NULL, "/z", &supported,
                                                      &fixture.error),
           VSS_E_OBJECT_NOT_FOUND);
  refused (&fixture,
           vss_backup_components_is_volume_supported (fixture.components, NULL, "/a", NULL,
                                                      &fixture.error),
           VSS_E_INVALIDARG);
  g_assert_false (fake_guest_is_open (fixture.guest)); /* it was only asked */
  tear_down (&fixture);
}

/* -- the lock -- */

static void
add_foreign_set (Fixture *fixture, VssSetState state, gboolean alive)
{
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();

  set->id = g_uuid_string_random ();
  set->state = state;
  vss_set_owner_fill (&set->owner, "nightly backup", alive ? G_USEC_PER_SEC * 60 : 0);
  vss_memory_provider_add_set (fixture->provider, set);
}

static void
start_refused (Fixture *fixture, gint code, const char *text)
{
  char *id = NULL;

  good (fixture,
        vss_backup_components_initialize_for_backup (fixture->components, NULL, &fixture->error));
  g_assert_false (
      vss_backup_components_start_snapshot_set (fixture->components, &id, &fixture->error));
  g_assert_error (fixture->error, VSS_ERROR, code);
  g_assert_nonnull (strstr (fixture->error->message, text));
  g_assert_null (id);
}

static void
test_set_in_progress (void)
{
  Fixture fixture;
  char *id = NULL;

  /* By its record, */
  set_up (&fixture);
  add_foreign_set (&fixture, VSS_SET_PREPARING, TRUE);
  start_refused (&fixture, VSS_E_SNAPSHOT_SET_IN_PROGRESS, "nightly backup");
  tear_down (&fixture);

  /* by the guest's channel, where the record tells who it is, */
  set_up (&fixture);
  add_foreign_set (&fixture, VSS_SET_COMMITTING, TRUE);
  fake_guest_die_at (fixture.guest, "open", VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  start_refused (&fixture, VSS_E_SNAPSHOT_SET_IN_PROGRESS, "nightly backup");
  tear_down (&fixture);

  /* and where it doesn't. */
  set_up (&fixture);
  fake_guest_die_at (fixture.guest, "open", VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  start_refused (&fixture, VSS_E_SNAPSHOT_SET_IN_PROGRESS, "open failed");
  tear_down (&fixture);

  /* What nobody is at is no obstacle. */
  set_up (&fixture);
  add_foreign_set (&fixture, VSS_SET_PREPARING, FALSE);
  good (&fixture,
        vss_backup_components_initialize_for_backup (fixture.components, NULL, &fixture.error));
  good (&fixture,
        vss_backup_components_start_snapshot_set (fixture.components, &id, &fixture.error));
  g_free (id);
  tear_down (&fixture);
}

/* -- ends -- */

static void
test_abort (void)
{
  Fixture fixture;

  set_up (&fixture);
  refused (&fixture, vss_backup_components_abort_backup (fixture.components, &fixture.error),
           VSS_E_BAD_STATE);
  start_set (&fixture, VSS_CTX_BACKUP);
  add (&fixture, "/a");
  good (&fixture, vss_backup_components_abort_backup (fixture.components, &fixture.error));
  g_assert_false (fake_guest_is_open (fixture.guest));
  good (&fixture, vss_backup_components_abort_backup (fixture.components, &fixture.error));
  refused (&fixture,
           vss_backup_components_do_snapshot_set (fixture.components, &fixture.error) != NULL,
           VSS_E_BAD_STATE);
  tear_down (&fixture);
}

static void
test_failed_set (void)
{
  Fixture fixture;

  set_up (&fixture);
  start_set (&fixture, VSS_CTX_BACKUP);
  add (&fixture, "/a");
  vss_memory_provider_fail (fixture.provider, "commit", VSS_E_PROVIDER_VETO, "a job is active");
  refused (&fixture, do_set (&fixture), VSS_E_PROVIDER_VETO);
  g_assert_cmpuint (count_sets (&fixture), ==, 0);
  g_assert_false (fake_guest_is_open (fixture.guest));
  refused (&fixture,
           vss_backup_components_backup_complete (fixture.components, &fixture.error) != NULL,
           VSS_E_BAD_STATE);
  good (&fixture, vss_backup_components_abort_backup (fixture.components, &fixture.error));
  good (&fixture, vss_backup_components_close (fixture.components, &fixture.error));
  tear_down (&fixture);
}

/* While an operation runs nothing else does, and closing ends it. */
static void
test_close_while_making (void)
{
  Fixture fixture;
  g_autoptr (VssAsync) async = NULL;
  VssSuccess status;
  char *id = NULL;

  set_up (&fixture);
  start_set (&fixture, VSS_CTX_BACKUP);
  add (&fixture, "/a");
  fake_guest_hang_at (fixture.guest, "freeze");
  async = vss_backup_components_do_snapshot_set (fixture.components, &fixture.error);
  while (fake_guest_count (fixture.guest, "freeze") == 0)
    g_thread_yield ();
  refused (&fixture,
           vss_backup_components_get_snapshot_properties (fixture.components,
                                                          fixture.snapshot_id, &fixture.error)
               != NULL,
           VSS_E_OBJECT_NOT_FOUND);
  refused (&fixture,
           vss_backup_components_add_to_snapshot_set (fixture.components, "/b", NULL, &id,
                                                      &fixture.error),
           VSS_E_BAD_STATE);
  refused (&fixture,
           vss_backup_components_do_snapshot_set (fixture.components, &fixture.error) != NULL,
           VSS_E_BAD_STATE);
  good (&fixture, vss_backup_components_close (fixture.components, &fixture.error));
  good (&fixture, vss_async_query_status (async, &status, &fixture.error));
  g_assert_cmpint (status, ==, VSS_S_ASYNC_CANCELLED);
  g_assert_false (fake_guest_is_frozen (fixture.guest));
  g_assert_cmpuint (count_sets (&fixture), ==, 0);
  tear_down (&fixture);
}

/* Dropping the object only hangs up; the set waits for whoever recovers. */
static void
test_drop (void)
{
  Fixture fixture;

  set_up (&fixture);
  start_set (&fixture, VSS_CTX_BACKUP);
  g_assert_true (fake_guest_is_open (fixture.guest));
  g_clear_object (&fixture.components);
  while (fake_guest_is_open (fixture.guest)) /* on a thread of its own */
    g_thread_yield ();
  tear_down (&fixture);
}

static void
test_close_fails (void)
{
  Fixture fixture;

  set_up (&fixture);
  make_set (&fixture, VSS_CTX_BACKUP);
  vss_memory_provider_fail (fixture.provider, "delete", VSS_E_PROVIDER_VETO, "a job is active");
  refused (&fixture, vss_backup_components_close (fixture.components, &fixture.error),
           VSS_E_PROVIDER_VETO);
  tear_down (&fixture);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      vss_backup_components_close_finish (VSS_BACKUP_COMPONENTS (source), result, &error));
  g_main_loop_quit (data);
}

static void
test_close_async (void)
{
  Fixture fixture;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  set_up (&fixture);
  make_set (&fixture, VSS_CTX_BACKUP);
  vss_backup_components_close_async (fixture.components, NULL, on_closed, loop);
  g_main_loop_run (loop);
  g_assert_cmpuint (count_sets (&fixture), ==, 0);
  tear_down (&fixture);
}

/* -- queries and deletes -- */

static VssBackupComponents *
other_requester (Fixture *fixture, gint context)
{
  VssBackupComponents *other = make_components (fixture);

  good (fixture, vss_backup_components_initialize_for_backup (other, NULL, &fixture->error));
  if (context != VSS_CTX_BACKUP)
    good (fixture, vss_backup_components_set_context (other, context, &fixture->error));
  return other;
}

static guint
count_snapshots (Fixture *fixture, gint context)
{
  g_autoptr (VssBackupComponents) other = other_requester (fixture, context);
  g_autoptr (VssEnumObject) objects = NULL;
  g_autoptr (GPtrArray) all = NULL;

  objects = vss_backup_components_query (other, VSS_ID_NULL, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT,
                                         &fixture->error);
  g_assert_no_error (fixture->error);
  all = vss_enum_object_next (objects, G_MAXUINT, NULL);
  return all->len;
}

static void
test_contexts_see_their_own (void)
{
  Fixture fixture;

  set_up (&fixture);
  make_set (&fixture, VSS_CTX_APP_ROLLBACK);
  g_assert_cmpuint (count_snapshots (&fixture, VSS_CTX_APP_ROLLBACK), ==, 1);
  g_assert_cmpuint (count_snapshots (&fixture, VSS_CTX_ALL), ==, 1);
  g_assert_cmpuint (count_snapshots (&fixture, VSS_CTX_BACKUP), ==, 0);
  g_assert_cmpuint (count_snapshots (&fixture, VSS_CTX_NAS_ROLLBACK), ==, 0);
  tear_down (&fixture);
}

static void
test_query_arguments (void)
{
  Fixture fixture;
  g_autoptr (VssEnumObject) providers = NULL;
  g_autoptr (GPtrArray) all = NULL;
  VssBackupComponents *components;

  set_up (&fixture);
  components = fixture.components;
  refused (&fixture,
           vss_backup_components_query (components, NULL, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT,
                                        &fixture.error)
               != NULL,
           VSS_E_BAD_STATE);
  good (&fixture,
        vss_backup_components_initialize_for_backup (components, NULL, &fixture.error));
  refused (&fixture,
           vss_backup_components_query (components, "11111111-2222-3333-4444-555555555555",
                                        VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &fixture.error)
               != NULL,
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_query (components, NULL, VSS_OBJECT_SNAPSHOT,
                                        VSS_OBJECT_SNAPSHOT, &fixture.error)
               != NULL,
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_query (components, NULL, VSS_OBJECT_NONE,
                                        VSS_OBJECT_SNAPSHOT_SET, &fixture.error)
               != NULL,
           VSS_E_INVALIDARG);
  providers = vss_backup_components_query (components, NULL, VSS_OBJECT_NONE, VSS_OBJECT_PROVIDER,
                                           &fixture.error);
  all = vss_enum_object_next (providers, 10, NULL);
  g_assert_cmpuint (all->len, ==, 1);
  tear_down (&fixture);
}

static void
test_delete (void)
{
  Fixture fixture;
  g_autoptr (VssBackupComponents) other = NULL;
  g_autofree char *left = NULL;
  gint deleted = -1;

  set_up (&fixture);
  start_set (&fixture, VSS_CTX_APP_ROLLBACK);
  add (&fixture, "/a");
  add (&fixture, "/b");
  good (&fixture, do_set (&fixture));
  other = other_requester (&fixture, VSS_CTX_ALL);
  refused (&fixture,
           vss_backup_components_delete_snapshots (other, fixture.set_id, VSS_OBJECT_PROVIDER,
                                                   TRUE, &deleted, &left, &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_delete_snapshots (other, "x", VSS_OBJECT_SNAPSHOT_SET, TRUE,
                                                   &deleted, &left, &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_delete_snapshots (other, VSS_ID_NULL, VSS_OBJECT_SNAPSHOT_SET,
                                                   TRUE, &deleted, &left, &fixture.error),
           VSS_E_OBJECT_NOT_FOUND);
  g_assert_null (left);
  /* Half a set can't be deleted. */
  refused (&fixture,
           vss_backup_components_delete_snapshots (other, fixture.snapshot_id,
                                                   VSS_OBJECT_SNAPSHOT, TRUE, &deleted, &left,
                                                   &fixture.error),
           VSS_E_PROVIDER_VETO);
  vss_memory_provider_fail (fixture.provider, "delete", VSS_E_PROVIDER_VETO, "exported");
  refused (&fixture,
           vss_backup_components_delete_snapshots (other, fixture.set_id, VSS_OBJECT_SNAPSHOT_SET,
                                                   TRUE, &deleted, &left, &fixture.error),
           VSS_E_PROVIDER_VETO);
  g_assert_cmpint (deleted, ==, 0);
  g_assert_true (g_uuid_string_is_valid (left) && !g_str_equal (left, VSS_ID_NULL));
  g_clear_pointer (&left, g_free);
  good (&fixture,
        vss_backup_components_delete_snapshots (other, fixture.set_id, VSS_OBJECT_SNAPSHOT_SET,
                                                FALSE, &deleted, &left, &fixture.error));
  g_assert_cmpint (deleted, ==, 2);
  g_assert_cmpstr (left, ==, VSS_ID_NULL);
  g_assert_cmpuint (count_sets (&fixture), ==, 0);
  tear_down (&fixture);
}

/* Requesters delete their own set in the session that made it. */
static void
test_delete_own (void)
{
  Fixture fixture;
  g_autofree char *calls = NULL;

  set_up (&fixture);
  make_set (&fixture, VSS_CTX_BACKUP);
  good (&fixture, finish (vss_backup_components_delete_snapshot_set (
                              fixture.components, fixture.set_id, &fixture.error),
                          &fixture.error));
  good (&fixture, vss_backup_components_close (fixture.components, &fixture.error));
  calls = vss_memory_provider_get_calls (fixture.provider);
  g_assert_cmpint (g_regex_match_simple ("delete.*delete", calls, 0, 0), ==, FALSE);
  tear_down (&fixture);
}

static void
test_dry_run (void)
{
  Fixture fixture;
  g_autoptr (VssSnapshotSet) set = NULL;

  set_up (&fixture);
  start_set (&fixture, VSS_CTX_BACKUP);
  add (&fixture, "/a");
  set = vss_backup_components_dry_run (fixture.components, &fixture.error);
  g_assert_no_error (fixture.error);
  g_assert_cmpuint (set->disks->len, ==, 1);
  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  g_assert_cmpuint (fake_guest_count (fixture.guest, "prepare"), ==, 0);
  good (&fixture, do_set (&fixture));
  tear_down (&fixture);
}

/* -- arguments come before order -- */

static void
test_arguments_first (void)
{
  Fixture fixture;
  VssBackupComponents *c;
  GError **error;

  set_up (&fixture);
  c = fixture.components;
  error = &fixture.error;
  refused (&fixture, vss_backup_components_start_snapshot_set (c, NULL, error), VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_save_as_xml (c, NULL, error), VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_get_writer_metadata_count (c, NULL, error),
           VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_add_to_snapshot_set (c, "vda", NULL, NULL, error),
           VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_get_snapshot_properties (c, "x", error) != NULL,
           VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_get_snapshot_set (c, NULL, error) != NULL,
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_set_backup_state (c, TRUE, TRUE, (VssBackupType) 7, FALSE,
                                                   error),
           VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_set_context (c, 0x40, error),
           VSS_E_UNSUPPORTED_CONTEXT);
  refused (&fixture, vss_backup_components_set_policy (c, (VssPolicy) 9, error),
           VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_set_lease (c, 0, error), VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_set_requester_name (c, "", error), VSS_E_INVALIDARG);
  refused (&fixture, vss_backup_components_initialize_for_backup (c, "<no/>", error),
           VSS_E_INVALID_XML_DOCUMENT);
  good (&fixture, vss_backup_components_set_lease (c, 5000, error));
  good (&fixture, vss_backup_components_set_requester_name (c, "me", error));
  tear_down (&fixture);
}

static void
on_phase (VssBackupComponents *components,
          const char *phase,
          const char *object,
          guint64 done,
          guint64 total,
          gpointer data)
{
  g_string_append_printf (data, "%s ", phase);
}

/* Before each phase, on the operation's thread. */
static void
test_phases (void)
{
  Fixture fixture;
  g_autoptr (GString) phases = g_string_new (NULL);

  set_up (&fixture);
  vss_backup_components_set_phase_func (fixture.components, on_phase, phases, NULL);
  make_set (&fixture, VSS_CTX_BACKUP);
  good (&fixture, vss_backup_components_close (fixture.components, &fixture.error));
  g_assert_cmpstr (phases->str, ==,
                   "recover preflight overlays drain pre-commit freeze commit thaw finish merge "
                   "merge ");
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backup-components/backup", test_backup);
  g_test_add_func ("/backup-components/persistent", test_persistent);
  g_test_add_func ("/backup-components/no-writers", test_no_writers);
  g_test_add_func ("/backup-components/no-volumes", test_no_volumes);
  g_test_add_func ("/backup-components/no-agent", test_no_agent);
  g_test_add_func ("/backup-components/crash-policy-asks-nobody", test_crash_policy_asks_nobody);
  g_test_add_func ("/backup-components/volumes-refused", test_volumes_refused);
  g_test_add_func ("/backup-components/too-many-volumes", test_too_many_volumes);
  g_test_add_func ("/backup-components/is-volume-supported", test_is_volume_supported);
  g_test_add_func ("/backup-components/set-in-progress", test_set_in_progress);
  g_test_add_func ("/backup-components/abort", test_abort);
  g_test_add_func ("/backup-components/failed-set", test_failed_set);
  g_test_add_func ("/backup-components/close-while-making", test_close_while_making);
  g_test_add_func ("/backup-components/drop", test_drop);
  g_test_add_func ("/backup-components/close-fails", test_close_fails);
  g_test_add_func ("/backup-components/close-async", test_close_async);
  g_test_add_func ("/backup-components/contexts-see-their-own", test_contexts_see_their_own);
  g_test_add_func ("/backup-components/query-arguments", test_query_arguments);
  g_test_add_func ("/backup-components/delete", test_delete);
  g_test_add_func ("/backup-components/delete-own", test_delete_own);
  g_test_add_func ("/backup-components/dry-run", test_dry_run);
  g_test_add_func ("/backup-components/arguments-first", test_arguments_first);
  g_test_add_func ("/backup-components/phases", test_phases);
  return g_test_run ();
}

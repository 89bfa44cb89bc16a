/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writers as a requester meets them: who they are, which of their components are chosen, what they
 * are told and when, and what became of them, over a guest that is only in memory. */
#include "host-lib/providers/memory/vss-memory-provider.h"
#include "host-lib/requester/vss-backup-components-private.h"
#include "tests/host-lib/fake/fake-guest.h"

typedef struct
{
  VssMemoryProvider *provider;
  FakeGuest *guest;
  FakeWriters *writers;
  VssBackupComponents *backup;
  char *classes[4]; /* ids of writers 1 to 3 */
  char *instances[4];
  GError *error;
} Fixture;

static void
set_up (Fixture *fixture)
{
  *fixture = (Fixture){ 0 };
  fixture->provider = vss_memory_provider_new ();
  fixture->guest = fake_guest_new ();
  vss_memory_provider_add_disk (fixture->provider, "vda")->serial = g_strdup ("A");
  fake_guest_add_volume (fixture->guest, "/a", "A");
  fixture->writers = fake_guest_get_writers (fixture->guest);
  for (guint i = 1; i < G_N_ELEMENTS (fixture->classes); i++)
    {
      fixture->classes[i] = fake_writers_id (1, i);
      fixture->instances[i] = fake_writers_id (2, i);
    }
  fixture->backup = vss_backup_components_new (
      VSS_PROVIDER (fixture->provider), VSS_GUEST (fixture->guest), "vm", VSS_ID_NULL, "host");
}

static void
let_go (Fixture *fixture)
{
  vss_backup_components_close (fixture->backup, NULL);
  g_clear_object (&fixture->backup);
}

static void
tear_down (Fixture *fixture)
{
  if (fixture->backup != NULL)
    let_go (fixture);
  g_assert_false (fake_guest_is_frozen (fixture->guest));
  g_assert_false (fake_guest_is_open (fixture->guest));
  g_object_unref (fixture->provider);
  g_object_unref (fixture->guest);
  for (guint i = 1; i < G_N_ELEMENTS (fixture->classes); i++)
    {
      g_free (fixture->classes[i]);
      g_free (fixture->instances[i]);
    }
  g_clear_error (&fixture->error);
}

/* Three writers: the first has three components, the others one. */
static void
add_writers (Fixture *fixture)
{
  fake_writers_add (fixture->writers, 1, "one");
  fake_writers_add_component (fixture->writers, "a");
  fake_writers_add_component (fixture->writers, "b");
  fake_writers_add_component (fixture->writers, "c")->logical_path = g_strdup ("in/here");
  fake_writers_add (fixture->writers, 2, "two");
  fake_writers_add_component (fixture->writers, "a");
  fake_writers_add (fixture->writers, 3, "three");
  fake_writers_add_component (fixture->writers, "a");
}

#define good(fixture, call)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gboolean done = (call);                                                                        \
    g_assert_no_error ((fixture)->error);                                                          \
    g_assert_true (done);                                                                          \
  }                                                                                                \
  G_STMT_END

#define refused(fixture, call, expected)                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_false (call);                                                                         \
    g_assert_error ((fixture)->error, VSS_ERROR, expected);                                        \
    g_clear_error (&(fixture)->error);                                                             \
  }                                                                                                \
  G_STMT_END

static gboolean
finish (VssAsync *async, GError **error)
{
  gboolean finished = async != NULL && vss_async_finish (async, error);

  g_clear_object (&async);
  return finished;
}

static void
begin (Fixture *fixture, gboolean select_components, VssBackupType type)
{
  good (fixture,
        vss_backup_components_initialize_for_backup (fixture->backup, NULL, &fixture->error));
  good (fixture, vss_backup_components_set_backup_state (fixture->backup, select_components, FALSE,
                                                         type, TRUE, &fixture->error));
}

static gboolean
gather (Fixture *fixture)
{
  return finish (vss_backup_components_gather_writer_metadata (fixture->backup, &fixture->error),
                 &fixture->error);
}

static void
start_set (Fixture *fixture)
{
  g_autofree char *set = NULL;
  g_autofree char *snapshot = NULL;

  good (fixture, vss_backup_components_start_snapshot_set (fixture->backup, &set, &fixture->error));
  good (fixture, vss_backup_components_add_to_snapshot_set (fixture->backup, "/a", NULL, &snapshot,
                                                            &fixture->error));
}

static gboolean
prepare (Fixture *fixture)
{
  return finish (vss_backup_components_prepare_for_backup (fixture->backup, &fixture->error),
                 &fixture->error);
}

static gboolean
do_set (Fixture *fixture)
{
  return finish (vss_backup_components_do_snapshot_set (fixture->backup, &fixture->error),
                 &fixture->error);
}

static gboolean
complete (Fixture *fixture)
{
  return finish (vss_backup_components_backup_complete (fixture->backup, &fixture->error),
                 &fixture->error);
}

static gboolean
add (Fixture *fixture, guint writer, const char *path, const char *name)
{
  return vss_backup_components_add_component (fixture->backup, fixture->instances[writer],
                                              fixture->classes[writer], VSS_CT_DATABASE, path, name,
                                              &fixture->error);
}

static void
gather_status (Fixture *fixture)
{
  good (fixture,
        finish (vss_backup_components_gather_writer_status (fixture->backup, &fixture->error),
                &fixture->error));
}

static void
assert_events (Fixture *fixture, const char *expected)
{
  g_autofree char *events = fake_writers_get_events (fixture->writers);

  g_assert_cmpstr (events, ==, expected);
}

static void
assert_selection (Fixture *fixture, const char *expected)
{
  g_autofree char *selection = fake_writers_get_selection (fixture->writers);

  g_assert_cmpstr (selection, ==, expected);
}

static const VssSnapshotSet *
set_of (Fixture *fixture)
{
  return fixture->backup->set;
}

/* The state of writer @number, as GetWriterStatusEx has it. */
static void
assert_status (Fixture *fixture, guint number, VssWriterState state, gint failure)
{
  g_autofree char *instance = NULL;
  g_autofree char *writer = NULL;
  g_autofree char *name = NULL;
  VssWriterState found_state;
  gint found_failure;

  good (fixture, vss_backup_components_get_writer_status_ex (
                     fixture->backup, number - 1, &instance, &writer, &name, &found_state,
                     &found_failure, NULL, NULL, &fixture->error));
  g_assert_cmpstr (instance, ==, fixture->instances[number]);
  g_assert_cmpstr (writer, ==, fixture->classes[number]);
  g_assert_nonnull (name);
  g_assert_cmpstr (vss_writer_state_to_string (found_state), ==,
                   vss_writer_state_to_string (state));
  g_assert_cmpstr (vss_error_to_name (found_failure), ==, vss_error_to_name (failure));
}

/* -- whole backups -- */

static void
test_backup (void)
{
  Fixture fixture;
  guint count = 0;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  fake_writers_add (fixture.writers, 2, "two");
  begin (&fixture, FALSE, VSS_BT_UNDEFINED);
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  good (&fixture, prepare (&fixture));
  /* Who doesn't say what kind of backup it is leaves the applications' own chains alone. */
  assert_selection (&fixture, "copy partial");
  gather_status (&fixture);
  assert_status (&fixture, 1, VSS_WS_STABLE, VSS_S_OK);
  good (&fixture, do_set (&fixture));
  g_assert_cmpint (set_of (&fixture)->consistency, ==, VSS_CONSISTENCY_APPLICATION);
  g_assert_null (set_of (&fixture)->weakness);
  g_assert_false (fake_guest_is_open (fixture.guest));
  gather_status (&fixture);
  good (&fixture,
        vss_backup_components_get_writer_status_count (fixture.backup, &count, &fixture.error));
  g_assert_cmpuint (count, ==, 2);
  assert_status (&fixture, 2, VSS_WS_WAITING_FOR_BACKUP_COMPLETE, VSS_S_OK);
  good (&fixture, complete (&fixture));
  g_assert_false (fake_guest_is_open (fixture.guest));
  gather_status (&fixture);
  assert_status (&fixture, 1, VSS_WS_STABLE, VSS_S_OK);
  let_go (&fixture);
  assert_events (&fixture, "one:prepare-for-backup two:prepare-for-backup "
                           "one:prepare-for-snapshot two:prepare-for-snapshot "
                           "one:freeze two:freeze one:thaw two:thaw "
                           "one:post-snapshot two:post-snapshot "
                           "one:backup-complete two:backup-complete "
                           "one:backup-shutdown two:backup-shutdown");
  tear_down (&fixture);
}

/* Only writers of which a component is chosen hear of it. */
static void
test_components (void)
{
  Fixture fixture;

  set_up (&fixture);
  add_writers (&fixture);
  begin (&fixture, TRUE, VSS_BT_FULL);
  good (&fixture, gather (&fixture));
  good (&fixture, add (&fixture, 1, NULL, "b"));
  start_set (&fixture);
  /* Later than VSS's page has it, as requesters in use do. */
  good (&fixture, add (&fixture, 1, "in/here", "c"));
  good (&fixture, add (&fixture, 3, "/", "a"));
  good (&fixture, prepare (&fixture));
  assert_selection (&fixture, "full select partial one/b one/c three/a");
  refused (&fixture, add (&fixture, 1, NULL, "a"), VSS_E_BAD_STATE);
  good (&fixture, do_set (&fixture));
  g_assert_cmpint (set_of (&fixture)->consistency, ==, VSS_CONSISTENCY_APPLICATION);
  good (&fixture, vss_backup_components_set_backup_succeeded (fixture.backup, fixture.instances[1],
                                                              fixture.classes[1], VSS_CT_DATABASE,
                                                              NULL, "b", TRUE, &fixture.error));
  good (&fixture, vss_backup_components_set_backup_succeeded (fixture.backup, fixture.instances[3],
                                                              fixture.classes[3], VSS_CT_DATABASE,
                                                              NULL, "a", FALSE, &fixture.error));
  refused (&fixture,
           vss_backup_components_set_backup_succeeded (fixture.backup, fixture.instances[2],
                                                       fixture.classes[2], VSS_CT_DATABASE, NULL,
                                                       "a", TRUE, &fixture.error),
           VSS_E_OBJECT_NOT_FOUND);
  good (&fixture, complete (&fixture));
  assert_selection (&fixture, "one/b=ok one/c three/a=failed");
  gather_status (&fixture);
  assert_status (&fixture, 2, VSS_WS_STABLE, VSS_S_OK);
  let_go (&fixture);
  assert_events (&fixture,
                 "one:prepare-for-backup three:prepare-for-backup one:prepare-for-snapshot "
                 "three:prepare-for-snapshot one:freeze three:freeze one:thaw three:thaw "
                 "one:post-snapshot three:post-snapshot one:backup-complete "
                 "three:backup-complete one:backup-shutdown three:backup-shutdown");
  tear_down (&fixture);
}

/* As some requesters do it: the writers still come to rest. */
static void
test_without_prepare (void)
{
  Fixture fixture;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, gather (&fixture));
  good (&fixture, vss_backup_components_free_writer_metadata (fixture.backup, &fixture.error));
  start_set (&fixture);
  good (&fixture, do_set (&fixture));
  g_assert_cmpint (set_of (&fixture)->consistency, ==, VSS_CONSISTENCY_APPLICATION);
  refused (&fixture, complete (&fixture), VSS_E_BAD_STATE);
  let_go (&fixture);
  assert_events (&fixture, "one:prepare-for-snapshot one:freeze one:thaw one:post-snapshot "
                           "one:backup-shutdown");
  tear_down (&fixture);
}

/* Contexts and policies without writers leave them alone. */
static void
test_nobody_asked (void)
{
  static const struct
  {
    gint context;
    VssPolicy policy;
  } rows[] = {
    { VSS_CTX_FILE_SHARE_BACKUP, VSS_POLICY_REPORT },
    { VSS_CTX_BACKUP, VSS_POLICY_CRASH },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture;

      set_up (&fixture);
      fake_writers_add (fixture.writers, 1, "one");
      begin (&fixture, FALSE, VSS_BT_COPY);
      good (&fixture,
            vss_backup_components_set_context (fixture.backup, rows[i].context, &fixture.error));
      good (&fixture,
            vss_backup_components_set_policy (fixture.backup, rows[i].policy, &fixture.error));
      good (&fixture, gather (&fixture));
      start_set (&fixture);
      good (&fixture, do_set (&fixture));
      g_assert_cmpint (set_of (&fixture)->consistency, <=, VSS_CONSISTENCY_FILESYSTEM);
      let_go (&fixture);
      assert_events (&fixture, "");
      tear_down (&fixture);
    }
}

static void
test_aborted (void)
{
  Fixture fixture;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  good (&fixture, prepare (&fixture));
  good (&fixture, vss_backup_components_abort_backup (fixture.backup, &fixture.error));
  assert_events (&fixture, "one:prepare-for-backup one:abort");
  tear_down (&fixture);
}

static void
test_prepare_lost (void)
{
  Fixture fixture;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  fake_guest_fail (fixture.guest, "prepare-for-backup", VSS_E_WRITER_INFRASTRUCTURE);
  refused (&fixture, prepare (&fixture), VSS_E_UNEXPECTED);
  assert_events (&fixture, "one:prepare-for-backup one:abort");
  /* It can be tried again. */
  good (&fixture, prepare (&fixture));
  good (&fixture, do_set (&fixture));
  tear_down (&fixture);
}

/* -- the channel after the set -- */

static void
test_complete_lost (void)
{
  Fixture fixture;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  good (&fixture, prepare (&fixture));
  good (&fixture, do_set (&fixture));
  /* Gone, */
  fake_guest_fail (fixture.guest, "open", VSS_E_WRITER_INFRASTRUCTURE);
  refused (&fixture, complete (&fixture), VSS_E_UNEXPECTED_WRITER_ERROR);
  /* restarted and without memory, */
  fake_guest_fail (fixture.guest, "backup-complete", VSS_E_OBJECT_NOT_FOUND);
  refused (&fixture, complete (&fixture), VSS_E_UNEXPECTED_WRITER_ERROR);
  g_assert_false (fake_guest_is_open (fixture.guest));
  /* busy with another requester for a moment. */
  fake_guest_fail (fixture.guest, "open", VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  good (&fixture, complete (&fixture));
  refused (&fixture, complete (&fixture), VSS_E_BAD_STATE);
  tear_down (&fixture);
}

/* Whoever doesn't want to wait for another requester needn't. */
static void
test_complete_cancelled (void)
{
  Fixture fixture;
  g_autoptr (VssAsync) async = NULL;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  good (&fixture, prepare (&fixture));
  good (&fixture, do_set (&fixture));
  fake_guest_die_at (fixture.guest, "open", VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  async = vss_backup_components_backup_complete (fixture.backup, &fixture.error);
  while (fake_guest_count (fixture.guest, "open") < 3)
    g_usleep (1000);
  good (&fixture, vss_async_cancel (async, NULL, &fixture.error));
  g_assert_false (vss_async_finish (async, &fixture.error));
  g_assert_error (fixture.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&fixture.error);
  fixture.backup->writers_wait = FALSE; /* releasing it would wait for them, too */
  tear_down (&fixture);
}

/* An object that is dropped tells them as well, on a thread of its own. */
static void
test_dropped (void)
{
  Fixture fixture;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture,
        vss_backup_components_set_context (fixture.backup, VSS_CTX_APP_ROLLBACK, &fixture.error));
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  good (&fixture, do_set (&fixture));
  g_clear_object (&fixture.backup);
  while (fake_guest_count (fixture.guest, "backup-shutdown") == 0 ||
         fake_guest_is_open (fixture.guest))
    g_usleep (1000);
  tear_down (&fixture);
}

/* -- metadata -- */

static void
assert_files (VssWMFiledesc *files, const char *path, const char *spec)
{
  g_assert_nonnull (files);
  g_assert_cmpstr (vss_wm_filedesc_get_path (files), ==, path);
  g_assert_cmpstr (vss_wm_filedesc_get_filespec (files), ==, spec);
  g_assert_false (vss_wm_filedesc_get_recursive (files));
  g_assert_null (vss_wm_filedesc_get_alternate_location (files));
  g_assert_cmphex (vss_wm_filedesc_get_backup_type_mask (files), ==, 0xF0F);
  g_object_unref (files);
}

static void
fill (VssWireWriterMetadata *metadata)
{
  VssWireWriterFileSet *files = vss_wire_writer_file_set_new ();

  metadata->instance_name = g_strdup ("main");
  metadata->level = VSS_WIRE_WRITER_LEVEL_FRONT_END;
  metadata->has_major_version = TRUE;
  metadata->major_version = 15;
  metadata->has_backup_schema = TRUE;
  metadata->backup_schema = VSS_BS_COPY | VSS_BS_LOG;
  metadata->has_restore_method = TRUE;
  metadata->restore_method = VSS_WIRE_RESTORE_METHOD_STOP_START;
  metadata->restore_service = g_strdup ("db\n.service");
  metadata->has_restore_events = TRUE;
  metadata->restore_events = VSS_WIRE_WRITER_RESTORE_ALWAYS;
  files->path = g_strdup ("/srv/tmp");
  files->filespec = g_strdup ("*");
  files->recursive = TRUE;
  files->alternate_path = g_strdup ("/srv/new");
  files->has_backup_type_mask = TRUE;
  files->backup_type_mask = VSS_FSBT_LOG_BACKUP_REQUIRED;
  metadata->alternate_locations =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_writer_file_set_free);
  g_ptr_array_add (metadata->alternate_locations, files);
}

static void
check_identity (VssExamineWriterMetadata *metadata, const char *instance_id)
{
  g_autofree char *instance = NULL;
  g_autofree char *writer = NULL;
  g_autofree char *name = NULL;
  g_autofree char *instance_name = NULL;
  VssUsageType usage;
  VssSourceType source;
  guint major;
  guint minor;

  g_assert_true (vss_examine_writer_metadata_get_identity_ex (
      metadata, &instance, &writer, &name, &instance_name, &usage, &source, NULL));
  g_assert_cmpstr (instance, ==, instance_id);
  g_assert_cmpstr (name, ==, "on?e");
  g_assert_cmpstr (instance_name, ==, "main");
  g_assert_cmpint (usage, ==, VSS_UT_USERDATA);
  g_assert_cmpint (source, ==, VSS_ST_TRANSACTEDDB);
  g_assert_cmpint (vss_examine_writer_metadata_get_level (metadata), ==, VSS_APP_FRONT_END);
  g_assert_true (vss_examine_writer_metadata_get_version (metadata, &major, &minor, NULL));
  g_assert_cmpuint (major, ==, 15);
  g_assert_cmpuint (minor, ==, 0);
}

static void
check_restore (VssExamineWriterMetadata *metadata)
{
  g_autoptr (VssWMFiledesc) mapping = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *service = NULL;
  g_autofree char *procedure = NULL;
  VssRestoreMethod method;
  VssWriterRestore restore;
  VssBackupSchema schema;
  gboolean reboot;
  guint mappings;
  guint excluded;

  g_assert_true (vss_examine_writer_metadata_get_restore_method (
      metadata, &method, &service, &procedure, &restore, &reboot, &mappings, NULL));
  g_assert_cmpint (method, ==, VSS_RME_STOP_RESTORE_START);
  g_assert_cmpstr (service, ==, "db?.service");
  g_assert_null (procedure);
  g_assert_cmpint (restore, ==, VSS_WRE_ALWAYS);
  g_assert_false (reboot);
  g_assert_cmpuint (mappings, ==, 1);
  mapping = vss_examine_writer_metadata_get_alternate_location_mapping (metadata, 0, NULL);
  g_assert_cmpstr (vss_wm_filedesc_get_alternate_location (mapping), ==, "/srv/new");
  g_assert_true (vss_wm_filedesc_get_recursive (mapping));
  g_assert_cmphex (vss_wm_filedesc_get_backup_type_mask (mapping), ==, 0x8);
  g_assert_true (vss_examine_writer_metadata_get_backup_schema (metadata, &schema, NULL));
  g_assert_cmphex ((guint)schema, ==, 0x18);
  g_assert_true (
      vss_examine_writer_metadata_get_exclude_from_snapshot_count (metadata, &excluded, NULL));
  g_assert_cmpuint (excluded, ==, 0);
  g_assert_null (vss_examine_writer_metadata_get_exclude_from_snapshot_file (metadata, 0, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (vss_examine_writer_metadata_get_backup_schema (metadata, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_INVALIDARG);
}

static void
check_components (VssExamineWriterMetadata *metadata)
{
  g_autoptr (VssWMComponent) component = NULL;
  g_autoptr (VssComponentInfo) info = NULL;
  g_autoptr (GError) error = NULL;
  guint includes;
  guint excludes;
  guint components;

  g_assert_true (vss_examine_writer_metadata_get_file_counts (metadata, &includes, &excludes,
                                                              &components, NULL));
  g_assert_cmpuint (includes, ==, 0);
  g_assert_cmpuint (excludes, ==, 0);
  /* More than one answer of the guest has room for. */
  g_assert_cmpuint (components, ==, 3);
  component = vss_examine_writer_metadata_get_component (metadata, 2, NULL);
  info = vss_wm_component_get_component_info (component, NULL);
  g_assert_cmpint (info->type, ==, VSS_CT_DATABASE);
  g_assert_cmpstr (info->component_name, ==, "c");
  g_assert_true (info->selectable);
  g_assert_false (info->notify_on_backup_complete);
  g_assert_cmpuint (info->file_count, ==, 0);
  g_assert_cmpuint (info->databases, ==, 1);
  g_assert_cmpuint (info->log_files, ==, 1);
  assert_files (vss_wm_component_get_database_file (component, 0, NULL), "/srv", "*.db");
  assert_files (vss_wm_component_get_database_log_file (component, 0, NULL), "/srv", "*.log");
  g_assert_null (vss_wm_component_get_file (component, 0, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (vss_wm_component_get_dependency (component, 0, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (vss_examine_writer_metadata_get_component (metadata, 3, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
}

static void
test_metadata (void)
{
  Fixture fixture;
  g_autoptr (VssExamineWriterMetadata) metadata = NULL;
  g_autofree char *instance = NULL;
  guint count = 0;

  set_up (&fixture);
  fill (fake_writers_add (fixture.writers, 1, "on\033e"));
  fake_writers_add_component (fixture.writers, "a");
  fake_writers_add_component (fixture.writers, "b");
  fake_writers_add_component (fixture.writers, "c");
  begin (&fixture, FALSE, VSS_BT_COPY);
  refused (&fixture,
           vss_backup_components_get_writer_metadata (fixture.backup, 0, NULL, &fixture.error) !=
               NULL,
           VSS_E_BAD_STATE);
  good (&fixture, gather (&fixture));
  good (&fixture,
        vss_backup_components_get_writer_metadata_count (fixture.backup, &count, &fixture.error));
  g_assert_cmpuint (count, ==, 1);
  refused (&fixture,
           vss_backup_components_get_writer_metadata (fixture.backup, 1, NULL, &fixture.error) !=
               NULL,
           VSS_E_OBJECT_NOT_FOUND);
  metadata =
      vss_backup_components_get_writer_metadata (fixture.backup, 0, &instance, &fixture.error);
  g_assert_cmpstr (instance, ==, fixture.instances[1]);
  good (&fixture, vss_backup_components_free_writer_metadata (fixture.backup, &fixture.error));
  let_go (&fixture);
  /* It lives on. */
  check_identity (metadata, fixture.instances[1]);
  check_restore (metadata);
  check_components (metadata);
  tear_down (&fixture);
}

static void
test_dependency (void)
{
  Fixture fixture;
  g_autoptr (VssExamineWriterMetadata) metadata = NULL;
  g_autoptr (VssWMComponent) component = NULL;
  g_autoptr (VssWMDependency) dependency = NULL;
  VssWireWriterDependency *wire = vss_wire_writer_dependency_new ();
  VssWireWriterComponent *declared;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  declared = fake_writers_add_component (fixture.writers, "a");
  wire->writer_id = g_strdup (fixture.classes[2]);
  wire->component_name = g_strdup ("other");
  declared->dependencies =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_writer_dependency_free);
  g_ptr_array_add (declared->dependencies, wire);
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, gather (&fixture));
  metadata = vss_backup_components_get_writer_metadata (fixture.backup, 0, NULL, NULL);
  component = vss_examine_writer_metadata_get_component (metadata, 0, NULL);
  dependency = vss_wm_component_get_dependency (component, 0, NULL);
  g_assert_cmpstr (vss_wm_dependency_get_writer_id (dependency), ==, fixture.classes[2]);
  g_assert_null (vss_wm_dependency_get_logical_path (dependency));
  g_assert_cmpstr (vss_wm_dependency_get_component_name (dependency), ==, "other");
  tear_down (&fixture);
}

/* A guest that talks nonsense of its writers has fewer of them. */
static void
test_absent (void)
{
  Fixture fixture;
  g_autoptr (GPtrArray) absent = NULL;
  VssWireWriterMetadata *metadata;
  guint count = 0;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  fake_writers_add (fixture.writers, 1, "twin");
  metadata = fake_writers_add (fixture.writers, 2, "nameless\nid");
  g_free (metadata->writer_id);
  metadata->writer_id = g_strdup ("../../etc");
  metadata = fake_writers_add (fixture.writers, 3, "endless");
  metadata->component_count = G_MAXUINT32;
  fake_writers_add_absent (fixture.writers, "bro\033ken", "its program \033[2J can't be run");
  begin (&fixture, FALSE, VSS_BT_COPY);
  refused (&fixture,
           vss_backup_components_get_absent_writers (fixture.backup, &fixture.error) != NULL,
           VSS_E_BAD_STATE);
  good (&fixture, gather (&fixture));
  good (&fixture,
        vss_backup_components_get_writer_metadata_count (fixture.backup, &count, &fixture.error));
  g_assert_cmpuint (count, ==, 1);
  absent = vss_backup_components_get_absent_writers (fixture.backup, &fixture.error);
  g_assert_cmpuint (absent->len, ==, 4);
  for (guint i = 0; i < absent->len; i++)
    {
      const VssAbsentWriter *writer = g_ptr_array_index (absent, i);

      g_assert_null (strpbrk (writer->name, "\033\n"));
      g_assert_null (strpbrk (writer->reason, "\033\n"));
      g_assert_cmpstr (writer->reason, !=, "");
    }
  tear_down (&fixture);
}

static void
test_gather_fails (void)
{
  static const char *const steps[] = { "open", "gather-metadata", "components" };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      Fixture fixture;

      set_up (&fixture);
      add_writers (&fixture);
      begin (&fixture, FALSE, VSS_BT_COPY);
      fake_guest_fail (fixture.guest, steps[i], VSS_E_WRITER_INFRASTRUCTURE);
      refused (&fixture, gather (&fixture), VSS_E_WRITER_INFRASTRUCTURE);
      /* Again after a failure, and nobody is there twice. */
      good (&fixture, gather (&fixture));
      g_assert_cmpuint (fixture.backup->writers->len, ==, 3);
      tear_down (&fixture);
    }
}

/* -- filters -- */

typedef gboolean (*FilterFunc) (VssBackupComponents *self, const char *const *ids, GError **error);

static const FilterFunc filters[] = {
  vss_backup_components_enable_writer_classes,
  vss_backup_components_disable_writer_classes,
  vss_backup_components_disable_writer_instances,
};

static void
test_filters (void)
{
  static const char *const expected[] = { "two", "one three", "one three" };

  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      Fixture fixture;
      g_autoptr (GString) names = g_string_new (NULL);
      const char *ids[] = { NULL, NULL };
      const char *nonsense[] = { "two", NULL };

      set_up (&fixture);
      add_writers (&fixture);
      ids[0] = i < 2 ? fixture.classes[2] : fixture.instances[2];
      refused (&fixture, filters[i](fixture.backup, ids, &fixture.error), VSS_E_BAD_STATE);
      begin (&fixture, FALSE, VSS_BT_COPY);
      refused (&fixture, filters[i](fixture.backup, nonsense, &fixture.error), VSS_E_INVALIDARG);
      refused (&fixture, filters[i](fixture.backup, NULL, &fixture.error), VSS_E_INVALIDARG);
      good (&fixture, filters[i](fixture.backup, ids, &fixture.error));
      good (&fixture, gather (&fixture));
      for (guint j = 0; j < fixture.backup->writers->len; j++)
        g_string_append_printf (
            names, "%s%s", j > 0 ? " " : "",
            ((VssSetWriter *)g_ptr_array_index (fixture.backup->writers, j))->name);
      g_assert_cmpstr (names->str, ==, expected[i]);
      tear_down (&fixture);
    }
}

/* No error, and no effect. */
static void
test_filters_too_late (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      Fixture fixture;
      const char *ids[] = { NULL, NULL };

      set_up (&fixture);
      fake_writers_add (fixture.writers, 1, "one");
      ids[0] = i == 0 ? fixture.classes[2] : i == 1 ? fixture.classes[1] : fixture.instances[1];
      begin (&fixture, FALSE, VSS_BT_COPY);
      good (&fixture, gather (&fixture));
      good (&fixture, filters[i](fixture.backup, ids, &fixture.error));
      start_set (&fixture);
      good (&fixture, do_set (&fixture));
      g_assert_cmpint (set_of (&fixture)->consistency, ==, VSS_CONSISTENCY_APPLICATION);
      tear_down (&fixture);
    }
}

/* -- what is refused -- */

static void
test_add_component_refused (void)
{
  Fixture fixture;
  VssBackupComponents *backup;

  set_up (&fixture);
  add_writers (&fixture);
  backup = fixture.backup;
  begin (&fixture, TRUE, VSS_BT_FULL);
  refused (&fixture, add (&fixture, 1, NULL, "a"), VSS_E_BAD_STATE);
  good (&fixture, gather (&fixture));
  good (&fixture, add (&fixture, 1, NULL, "a"));
  refused (&fixture, add (&fixture, 1, "", "a"), VSS_E_OBJECT_ALREADY_EXISTS);
  refused (&fixture, add (&fixture, 1, NULL, "c"), VSS_E_INVALIDARG);
  refused (&fixture, add (&fixture, 1, NULL, ""), VSS_E_INVALIDARG);
  refused (&fixture, add (&fixture, 1, NULL, NULL), VSS_E_INVALIDARG);
  refused (&fixture, add (&fixture, 1, "\xff", "a"), VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_add_component (backup, fixture.instances[1], fixture.classes[2],
                                                VSS_CT_DATABASE, NULL, "a", &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_add_component (backup, VSS_ID_NULL, fixture.classes[1],
                                                VSS_CT_DATABASE, NULL, "a", &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_add_component (backup, "one", fixture.classes[1], VSS_CT_DATABASE,
                                                NULL, "a", &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_add_component (backup, fixture.instances[1], fixture.classes[1],
                                                VSS_CT_FILEGROUP, NULL, "a", &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_add_component (backup, fixture.instances[1], fixture.classes[1],
                                                VSS_CT_UNDEFINED, NULL, "a", &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_set_backup_succeeded (backup, fixture.instances[1],
                                                       fixture.classes[1], VSS_CT_DATABASE, NULL,
                                                       "a", TRUE, &fixture.error),
           VSS_E_BAD_STATE);
  tear_down (&fixture);
}

static void
test_status_refused (void)
{
  Fixture fixture;
  guint count = 0;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  refused (&fixture, vss_backup_components_free_writer_status (fixture.backup, &fixture.error),
           VSS_E_BAD_STATE);
  begin (&fixture, FALSE, VSS_BT_COPY);
  refused (&fixture,
           finish (vss_backup_components_gather_writer_status (fixture.backup, &fixture.error),
                   &fixture.error),
           VSS_E_BAD_STATE);
  good (&fixture, gather (&fixture));
  refused (&fixture,
           vss_backup_components_get_writer_status_count (fixture.backup, &count, &fixture.error),
           VSS_E_BAD_STATE);
  gather_status (&fixture);
  assert_status (&fixture, 1, VSS_WS_STABLE, VSS_S_OK);
  refused (&fixture,
           vss_backup_components_get_writer_status_count (fixture.backup, NULL, &fixture.error),
           VSS_E_INVALIDARG);
  refused (&fixture,
           vss_backup_components_get_writer_status (fixture.backup, 1, NULL, NULL, NULL, NULL, NULL,
                                                    &fixture.error),
           VSS_E_OBJECT_NOT_FOUND);
  good (&fixture, vss_backup_components_free_writer_status (fixture.backup, &fixture.error));
  refused (&fixture,
           vss_backup_components_get_writer_status (fixture.backup, 0, NULL, NULL, NULL, NULL, NULL,
                                                    &fixture.error),
           VSS_E_BAD_STATE);
  good (&fixture, vss_backup_components_free_writer_status (fixture.backup, &fixture.error));
  start_set (&fixture);
  good (&fixture, prepare (&fixture));
  fake_guest_fail (fixture.guest, "writer-status", VSS_E_WRITER_INFRASTRUCTURE);
  refused (&fixture,
           finish (vss_backup_components_gather_writer_status (fixture.backup, &fixture.error),
                   &fixture.error),
           VSS_E_WRITER_INFRASTRUCTURE);
  tear_down (&fixture);
}

/* -- failures -- */

static void
test_failed_writer_is_told (void)
{
  Fixture fixture;
  g_autofree char *message = NULL;
  gint64 code = 0;
  gint failure = 0;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  fake_writers_fail (fixture.writers, "one", VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP,
                     VSS_WIRE_WRITER_FAILURE_PARTIAL_FAILURE, "no \033[31mspace");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  /* No error of its own. */
  good (&fixture, prepare (&fixture));
  gather_status (&fixture);
  assert_status (&fixture, 1, VSS_WS_FAILED_AT_PREPARE_BACKUP, VSS_E_WRITERERROR_PARTIAL_FAILURE);
  good (&fixture,
        vss_backup_components_get_writer_status_ex (fixture.backup, 0, NULL, NULL, NULL, NULL, NULL,
                                                    &code, &message, &fixture.error));
  g_assert_cmpint (code, ==, 17);
  g_assert_cmpstr (message, ==, "no ?[31mspace");
  /* The old function doesn't know of it. */
  good (&fixture, vss_backup_components_get_writer_status (fixture.backup, 0, NULL, NULL, NULL,
                                                           NULL, &failure, &fixture.error));
  g_assert_cmpint (failure, ==, VSS_E_WRITERERROR_NONRETRYABLE);
  /* Nor is it one of the set. */
  good (&fixture, do_set (&fixture));
  g_assert_cmpint (set_of (&fixture)->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  tear_down (&fixture);
}

static void
test_failed_set_is_told (void)
{
  Fixture fixture;

  set_up (&fixture);
  fake_writers_add (fixture.writers, 1, "one");
  fake_writers_fail (fixture.writers, "one", VSS_WIRE_WRITER_EVENT_FREEZE,
                     VSS_WIRE_WRITER_FAILURE_RETRYABLE, "busy");
  begin (&fixture, FALSE, VSS_BT_COPY);
  good (&fixture, vss_backup_components_set_policy (fixture.backup, VSS_POLICY_REQUIRE_APPLICATION,
                                                    &fixture.error));
  good (&fixture, gather (&fixture));
  start_set (&fixture);
  good (&fixture, prepare (&fixture));
  refused (&fixture, do_set (&fixture), VSS_E_PROVIDER_VETO);
  g_assert_cmpuint (vss_memory_provider_count_sets (fixture.provider), ==, 0);
  gather_status (&fixture);
  assert_status (&fixture, 1, VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_RETRYABLE);
  refused (&fixture, complete (&fixture), VSS_E_BAD_STATE);
  let_go (&fixture);
  assert_events (&fixture, "one:prepare-for-backup one:prepare-for-snapshot one:freeze one:abort");
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/writers/backup", test_backup);
  g_test_add_func ("/writers/components", test_components);
  g_test_add_func ("/writers/without-prepare", test_without_prepare);
  g_test_add_func ("/writers/nobody-asked", test_nobody_asked);
  g_test_add_func ("/writers/aborted", test_aborted);
  g_test_add_func ("/writers/prepare-lost", test_prepare_lost);
  g_test_add_func ("/writers/complete-lost", test_complete_lost);
  g_test_add_func ("/writers/complete-cancelled", test_complete_cancelled);
  g_test_add_func ("/writers/dropped", test_dropped);
  g_test_add_func ("/writers/metadata", test_metadata);
  g_test_add_func ("/writers/dependency", test_dependency);
  g_test_add_func ("/writers/absent", test_absent);
  g_test_add_func ("/writers/gather-fails", test_gather_fails);
  g_test_add_func ("/writers/filters", test_filters);
  g_test_add_func ("/writers/filters-too-late", test_filters_too_late);
  g_test_add_func ("/writers/add-component-refused", test_add_component_refused);
  g_test_add_func ("/writers/status-refused", test_status_refused);
  g_test_add_func ("/writers/failed-writer-is-told", test_failed_writer_is_told);
  g_test_add_func ("/writers/failed-set-is-told", test_failed_set_is_told);
  return g_test_run ();
}

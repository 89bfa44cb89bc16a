/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writers and file systems together, over the wire: who is told what when, what is answered, and
 * what a lost host leaves behind. */
#include <glib/gstdio.h>

#include "tests/guest-agent/channel/memory-channel.h"
#include "tests/guest-agent/writers/fake-writer.h"

#define FREEZE "{\"generation\": 1, \"deadline-ms\": 9999999, \"timeout-ms\": 1000}"
#define PREPARE                                                                                    \
  "{\"snapshot-set-id\": \"set-1\", \"mount-points\": [\"/\"], \"timeout-ms\": 1000}"
#define OF_SET_1 "{\"snapshot-set-id\": \"set-1\"}"
#define OF_SET_1_IN_TIME "{\"snapshot-set-id\": \"set-1\", \"timeout-ms\": 1000}"
#define COMPLETE                                                                                   \
  "{\"snapshot-set-id\": \"set-1\", \"components\": [], \"timeout-ms\": 1000}"

typedef struct
{
  AgentRig *rig;
  ManualClock clock; /* of the writers' own limits */
  Channel a;
  Channel b;
  GString *log; /* of events, and of freezing and thawing */
  FakeWriter *writer;
  FakeWriter *other;
} Fixture;

static void
on_notify_frozen (VssFreezer *freezer, gboolean frozen, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_string_append (fixture->log, frozen ? "FIFREEZE " : "FITHAW ");
  fixture->writer->is_forbidden = frozen;
  fixture->other->is_forbidden = frozen;
}

static FakeWriter *
add (Fixture *fixture, const char *name, VssWireWriterLevel level)
{
  FakeWriter *writer = fake_writer_new (name, level, &fixture->clock, fixture->log);

  g_assert_true (vss_writer_registry_add (fixture->rig->registry, VSS_WRITER (writer), NULL));
  return writer;
}

static JsonObject *
call (Channel *channel, const char *command, const char *arguments)
{
  return rig_host_execute (channel->host, command, arguments, NULL);
}

static void
execute (Channel *channel, const char *command, const char *arguments, const char *expected_class)
{
  g_autoptr (JsonObject) reply =
      rig_host_execute (channel->host, command, arguments, expected_class);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  manual_clock_init (&fixture->clock);
  fixture->rig = agent_rig_new ();
  fixture->log = g_string_new (NULL);
  g_signal_connect (fixture->rig->services.freezer, "notify-frozen",
                    G_CALLBACK (on_notify_frozen), fixture);
  channel_init (&fixture->a, fixture->rig, "channel a");
  channel_init (&fixture->b, fixture->rig, "channel b");
  rig_host_open (fixture->a.host, "host-a");
  rig_host_open (fixture->b.host, "host-b");
  fixture->writer = add (fixture, "writer", VSS_WIRE_WRITER_LEVEL_BACK_END);
  fixture->other = add (fixture, "other", VSS_WIRE_WRITER_LEVEL_FRONT_END);
  execute (&fixture->a, "vss-gather-writer-metadata", "{\"timeout-ms\": 1000}", NULL);
}

static void
check_releases (FakeWriter *writer)
{
  g_assert_false (writer->is_owed);
  g_assert_cmpuint (fake_writer_count_releases (writer), <=, 1);
  if (writer->told[VSS_WIRE_WRITER_EVENT_FREEZE])
    g_assert_cmpuint (fake_writer_count_releases (writer), ==, 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  channel_clear (&fixture->a);
  channel_clear (&fixture->b);
  check_releases (fixture->writer);
  check_releases (fixture->other);
  g_signal_handlers_disconnect_by_data (fixture->rig->services.freezer, fixture);
  agent_rig_free (fixture->rig);
  g_assert_finalize_object (fixture->writer);
  g_assert_finalize_object (fixture->other);
  g_string_free (fixture->log, TRUE);
}

/* -- steps -- */

static void
prepare_for_backup (Fixture *fixture)
{
  g_autofree char *arguments = g_strdup_printf (
      "{\"snapshot-set-id\": \"set-1\", \"writers\": [\"%s\", \"%s\"], \"backup-type\": \"copy\","
      " \"select-components\": true, \"bootable-system-state\": false,"
      " \"partial-file-support\": false, \"components\": [{\"instance-id\": \"%s\","
      " \"type\": \"database\", \"name\": \"main\"}], \"timeout-ms\": 5000}",
      fixture->writer->instance_id, fixture->other->instance_id, fixture->writer->instance_id);

  execute (&fixture->a, "vss-prepare-for-backup", arguments, NULL);
}

static void
freeze (Fixture *fixture)
{
  prepare_for_backup (fixture);
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, NULL);
  g_string_truncate (fixture->log, 0);
  execute (&fixture->a, "vss-freeze", FREEZE, NULL);
}

static const char *
member_of (JsonObject *reply, guint index, const char *member)
{
  JsonArray *writers = json_object_get_array_member (reply, "writers");

  return json_object_get_string_member (json_array_get_object_element (writers, index), member);
}

static guint
count (FakeWriter *writer, VssWireWriterEvent event)
{
  return writer->told[event];
}

static void
assert_free (Fixture *fixture)
{
  agent_rig_run ();
  g_assert_null (vss_hold_get_holder (fixture->rig->services.hold));
  g_assert_false (g_file_test (fixture->rig->record, G_FILE_TEST_EXISTS));
}

/* -- the path -- */

static void
test_feature (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) hello =
      call (&fixture->a, "vss-hello", "{\"protocol-version\": 1, \"host-version\": \"0\"}");
  JsonArray *features = json_object_get_array_member (hello, "features");

  g_assert_cmpstr (json_array_get_string_element (features, 0), ==, "writers");
}

static void
test_whole_path (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) posted = NULL;
  g_autoptr (JsonObject) completed = NULL;

  freeze (fixture);
  g_assert_cmpstr (fixture->log->str, ==,
                   "freeze:other answer:other freeze:writer answer:writer FIFREEZE ");
  g_assert_cmpuint (fixture->writer->n_given_components, ==, 1);
  g_assert_cmpuint (fixture->other->n_given_components, ==, 0);
  g_string_truncate (fixture->log, 0);
  execute (&fixture->a, "vss-thaw", NULL, NULL);
  g_assert_cmpstr (fixture->log->str, ==, "FITHAW "); /* the answer didn't wait */
  agent_rig_run ();
  g_assert_cmpstr (fixture->log->str, ==,
                   "FITHAW thaw:writer answer:writer thaw:other answer:other ");
  posted = call (&fixture->a, "vss-post-snapshot", OF_SET_1);
  g_assert_cmpstr (member_of (posted, 0, "state"), ==, "waiting-for-backup-complete");
  assert_free (fixture);

  channel_clear (&fixture->a);
  channel_init (&fixture->a, fixture->rig, "channel a");
  completed = call (&fixture->b, "vss-backup-complete", COMPLETE);
  g_assert_cmpstr (member_of (completed, 1, "state"), ==, "stable");
  execute (&fixture->b, "vss-backup-shutdown", OF_SET_1_IN_TIME, NULL);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
  execute (&fixture->b, "vss-gather-writer-status", OF_SET_1_IN_TIME, "object-not-found");
  execute (&fixture->b, "vss-backup-shutdown", OF_SET_1_IN_TIME, NULL);
}

/* PrepareForBackup is optional; the hold begins with the first command. */
static void
test_without_prepare_for_backup (Fixture *fixture, gconstpointer data)
{
  g_autofree char *arguments = g_strdup_printf (
      "{\"snapshot-set-id\": \"set-1\", \"mount-points\": [\"/\"], \"timeout-ms\": 1000,"
      " \"writers\": [\"%s\"]}",
      fixture->writer->instance_id);
  g_autoptr (JsonObject) prepared = call (&fixture->a, "vss-prepare-for-snapshot", arguments);

  g_assert_cmpstr (member_of (prepared, 0, "state"), ==, "waiting-for-freeze");
  execute (&fixture->a, "vss-freeze", FREEZE, NULL);
  execute (&fixture->a, "vss-thaw", NULL, NULL);
  g_assert_cmpuint (count (fixture->other, VSS_WIRE_WRITER_EVENT_FREEZE), ==, 0);
  g_assert_cmpuint (fixture->writer->n_given_components, ==, G_MAXUINT);
  execute (&fixture->a, "vss-post-snapshot", OF_SET_1, NULL);
}

static void
test_hold_from_prepare_for_backup (Fixture *fixture, gconstpointer data)
{
  prepare_for_backup (fixture);
  execute (&fixture->b, "vss-prepare-for-snapshot", PREPARE, "busy");
  execute (&fixture->a, "vss-abort", OF_SET_1, NULL);
  assert_free (fixture);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
}

/* A writer that has gone since it was asked who it is doesn't keep the others from taking part. */
static void
test_writer_that_has_gone (Fixture *fixture, gconstpointer data)
{
  g_autofree char *arguments = g_strdup_printf (
      "{\"snapshot-set-id\": \"set-1\", \"mount-points\": [\"/\"], \"timeout-ms\": 1000,"
      " \"writers\": [\"nobody\", \"%s\"]}",
      fixture->writer->instance_id);
  g_autoptr (JsonObject) prepared = call (&fixture->a, "vss-prepare-for-snapshot", arguments);
  JsonArray *writers = json_object_get_array_member (prepared, "writers");

  g_assert_cmpuint (json_array_get_length (writers), ==, 1);
  g_assert_cmpstr (member_of (prepared, 0, "instance-id"), ==, fixture->writer->instance_id);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT), ==, 1);
  execute (&fixture->a, "vss-abort", OF_SET_1, NULL);
  assert_free (fixture);
}

/* -- failures of the other side -- */

static void
test_file_systems_cannot_be_prepared (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) statuses = NULL;

  prepare_for_backup (fixture);
  fake_freezer_fail_prepare (fixture->rig->services.freezer);
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, "object-not-found");
  assert_free (fixture);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  statuses = call (&fixture->a, "vss-gather-writer-status", OF_SET_1_IN_TIME);
  g_assert_cmpstr (member_of (statuses, 0, "state"), ==, "stable");
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, "bad-state");
  execute (&fixture->a, "vss-backup-shutdown", OF_SET_1_IN_TIME, NULL);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
}

/* A freeze that the freezer won't carry out reaches no writer. */
static void
test_stale_freeze (Fixture *fixture, gconstpointer data)
{
  prepare_for_backup (fixture);
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, NULL);
  execute (&fixture->a, "vss-freeze",
           "{\"generation\": 7, \"deadline-ms\": 9999999, \"timeout-ms\": 1000}",
           "stale-generation");
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_FREEZE), ==, 0);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 0);
  execute (&fixture->a, "vss-freeze", FREEZE, NULL);
  execute (&fixture->a, "vss-freeze", FREEZE, "stale-generation");
  g_assert_cmpint (fake_freezer_get_state (fixture->rig->services.freezer), ==,
                   VSS_WIRE_FREEZE_STATE_FROZEN);
  execute (&fixture->a, "vss-thaw", NULL, NULL);
  agent_rig_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_THAW), ==, 1);
}

static void
test_one_writer_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) frozen = NULL;

  fixture->other->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_RETRYABLE;
  prepare_for_backup (fixture);
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, NULL);
  g_string_truncate (fixture->log, 0);
  frozen = call (&fixture->a, "vss-freeze", FREEZE);
  g_assert_cmpstr (fixture->log->str, ==,
                   "freeze:other answer:other abort:other freeze:writer answer:other "
                   "answer:writer FIFREEZE ");
  g_assert_cmpstr (member_of (frozen, 0, "state"), ==, "waiting-for-thaw");
  g_assert_cmpstr (member_of (frozen, 1, "state"), ==, "failed-at-freeze");
  g_assert_cmpstr (member_of (frozen, 1, "failure"), ==, "retryable");
  g_assert_true (json_object_has_member (frozen, "writers-us"));
  execute (&fixture->a, "vss-thaw", NULL, NULL);
  execute (&fixture->a, "vss-post-snapshot", OF_SET_1, NULL);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_THAW), ==, 1);
  g_assert_cmpuint (count (fixture->other, VSS_WIRE_WRITER_EVENT_THAW), ==, 0);
  g_assert_nonnull (strstr (fixture->log->str, "post-snapshot:writer"));
  g_assert_null (strstr (fixture->log->str, "post-snapshot:other"));
}

/* -- thaws that nobody asked for, and lost hosts -- */

static void
test_lease_runs_out (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  fake_freezer_expire (fixture->rig->services.freezer);
  agent_rig_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  execute (&fixture->a, "vss-thaw", NULL, NULL);
  agent_rig_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_THAW), ==, 0);
}

static void
test_host_hangs_up_while_frozen (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  g_string_truncate (fixture->log, 0);
  vss_connection_hang_up (fixture->a.connection, "the host has gone");
  assert_free (fixture);
  g_assert_true (g_str_has_prefix (fixture->log->str, "FITHAW abort:writer"));
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
}

/* Between the writers' Freeze and the first FIFREEZE. */
static void
test_host_hangs_up_between (Fixture *fixture, gconstpointer data)
{
  prepare_for_backup (fixture);
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, NULL);
  fixture->writer->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_LATE;
  rig_host_send (fixture->a.host, "vss-freeze", FREEZE);
  agent_rig_run ();
  g_assert_cmpuint (count (fixture->other, VSS_WIRE_WRITER_EVENT_FREEZE), ==, 1);
  vss_connection_hang_up (fixture->a.connection, "the host has gone");
  agent_rig_run ();
  g_assert_cmpuint (count (fixture->other, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 0);
  fake_writer_answer (fixture->writer);
  assert_free (fixture);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "freeze"), ==, 0);
}

/* A thaw that comes while the writers are still being frozen. */
static void
test_thaw_overtakes_freeze (Fixture *fixture, gconstpointer data)
{
  g_autofree char *error_class = NULL;
  const char *freezing;

  prepare_for_backup (fixture);
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, NULL);
  fixture->writer->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_LATE;
  freezing = rig_host_send (fixture->a.host, "vss-freeze", FREEZE);
  agent_rig_run ();
  execute (&fixture->b, "vss-thaw", NULL, NULL);
  g_assert_null (rig_host_wait (fixture->a.host, freezing, &error_class));
  g_assert_cmpstr (error_class, ==, "hold-lost");
  fake_writer_answer (fixture->writer);
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "freeze"), ==, 0);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
}

static void
test_abort_while_frozen (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  execute (&fixture->b, "vss-abort", NULL, NULL);
  assert_free (fixture);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
}

static void
test_post_without_freeze (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) posted = NULL;

  prepare_for_backup (fixture);
  execute (&fixture->a, "vss-prepare-for-snapshot", PREPARE, NULL);
  posted = call (&fixture->a, "vss-post-snapshot", OF_SET_1);
  g_assert_cmpstr (member_of (posted, 0, "state"), ==, "stable");
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT), ==, 0);
  assert_free (fixture);
  execute (&fixture->a, "vss-backup-complete", COMPLETE, "bad-state");
}

static void
test_too_early (Fixture *fixture, gconstpointer data)
{
  execute (&fixture->a, "vss-backup-complete", COMPLETE, "object-not-found");
  prepare_for_backup (fixture);
  execute (&fixture->a, "vss-backup-complete", COMPLETE, "bad-state");
  execute (&fixture->a, "vss-backup-shutdown", OF_SET_1_IN_TIME, "bad-state");
}

/* -- questions -- */

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) writers = NULL;
  g_autoptr (JsonObject) components = NULL;
  g_autofree char *arguments =
      g_strdup_printf ("{\"instance-id\": \"%s\", \"first\": 0}", fixture->writer->instance_id);

  prepare_for_backup (fixture);
  writers = call (&fixture->b, "vss-query-writers", NULL);
  g_assert_cmpstr (member_of (writers, 0, "snapshot-set-id"), ==, "set-1");
  g_assert_cmpstr (member_of (writers, 0, "level"), ==, "back-end");
  g_assert_cmpstr (member_of (writers, 0, "location"), ==, "/etc/writers/writer file.writer");
  components = call (&fixture->b, "vss-query-writer-components", arguments);
  g_assert_true (json_object_has_member (components, "components"));
  execute (&fixture->b, "vss-query-writer-components",
           "{\"instance-id\": \"nobody\", \"first\": 0}", "object-not-found");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/writers-commands/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("feature", test_feature);
  ADD ("whole-path", test_whole_path);
  ADD ("without-prepare-for-backup", test_without_prepare_for_backup);
  ADD ("hold-from-prepare-for-backup", test_hold_from_prepare_for_backup);
  ADD ("writer-that-has-gone", test_writer_that_has_gone);
  ADD ("file-systems-cannot-be-prepared", test_file_systems_cannot_be_prepared);
  ADD ("stale-freeze", test_stale_freeze);
  ADD ("one-writer-fails", test_one_writer_fails);
  ADD ("lease-runs-out", test_lease_runs_out);
  ADD ("host-hangs-up-while-frozen", test_host_hangs_up_while_frozen);
  ADD ("host-hangs-up-between", test_host_hangs_up_between);
  ADD ("thaw-overtakes-freeze", test_thaw_overtakes_freeze);
  ADD ("abort-while-frozen", test_abort_while_frozen);
  ADD ("post-without-freeze", test_post_without_freeze);
  ADD ("too-early", test_too_early);
  ADD ("list", test_list);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is left of an operation: after a killed agent, a lost requester, a requester that never
 * comes back; and whoever waits for it. */
#include "guest-agent/writers/vss-writer-operations.h"

#include <glib/gstdio.h>

#include "guest-agent/writers/vss-writer-gather.h"
#include "tests/guest-agent/writers/fake-writer.h"

#define SET_1 "aaaaaaaa-0000-0000-0000-000000000001"
#define SET_2 "aaaaaaaa-0000-0000-0000-000000000002"
#define DAY_MS (24 * 3600 * 1000)

typedef struct
{
  ManualClock clock;
  GString *log;
  char *folder;
  char *record;
  VssWriterRegistry *registry;
  VssWriterOperations *operations;
  FakeWriter *writer;
  FakeWriter *daemon;
  gboolean is_done;
  GError *error;
  VssWireWriterStatusResult *statuses;
} Fixture;

/* An agent starts. */
static void
start (Fixture *fixture)
{
  VssWriterOperationsConfig config = { .record_path = fixture->record,
                                       .rest_limit_ms = 60000,
                                       .operation_limit_s = 86400 };

  fixture->registry = vss_writer_registry_new (&fixture->clock.clock);
  fixture->operations = vss_writer_operations_new (fixture->registry, &config);
}

static void
add_writers (Fixture *fixture)
{
  g_assert_true (
      vss_writer_registry_add (fixture->registry, VSS_WRITER (fixture->writer), NULL));
  g_assert_true (
      vss_writer_registry_add (fixture->registry, VSS_WRITER (fixture->daemon), NULL));
}

/* An agent is killed: nothing is sent any more. */
static void
kill_agent (Fixture *fixture)
{
  g_assert_finalize_object (fixture->operations);
  g_assert_finalize_object (fixture->registry);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  manual_clock_init (&fixture->clock);
  fixture->log = g_string_new (NULL);
  fixture->folder = g_dir_make_tmp ("writers-XXXXXX", NULL);
  fixture->record = g_build_filename (fixture->folder, "record", NULL);
  fixture->writer =
      fake_writer_new ("writer", VSS_WIRE_WRITER_LEVEL_BACK_END, &fixture->clock, fixture->log);
  fixture->daemon =
      fake_writer_new ("daemon", VSS_WIRE_WRITER_LEVEL_SYSTEM, &fixture->clock, fixture->log);
  fixture->daemon->kind = VSS_WIRE_WRITER_KIND_DAEMON;
  start (fixture);
  add_writers (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  manual_clock_run ();
  kill_agent (fixture);
  g_assert_finalize_object (fixture->writer);
  g_assert_finalize_object (fixture->daemon);
  g_clear_error (&fixture->error);
  g_clear_pointer (&fixture->statuses, vss_wire_writer_status_result_free);
  (void)g_unlink (fixture->record);
  g_rmdir (fixture->folder);
  g_free (fixture->record);
  g_free (fixture->folder);
  g_string_free (fixture->log, TRUE);
}

/* -- steps -- */

static void
on_gathered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssWireGatherWriterMetadataResult) gathered =
      vss_writer_gather_finish (VSS_WRITER_REGISTRY (source), result);
}

static VssWriterOperation *
begin (Fixture *fixture, const char *set_id)
{
  g_autoptr (GError) error = NULL;
  VssWriterOperation *operation;

  vss_writer_gather_async (fixture->registry, 1000, on_gathered, NULL);
  manual_clock_run ();
  operation = vss_writer_operations_begin (fixture->operations, set_id, fixture, &error);
  g_assert_no_error (error);
  vss_writer_operation_set_writers (operation, vss_writer_registry_get_slots (fixture->registry));
  return operation;
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->is_done =
      vss_writer_operation_tell_finish (VSS_WRITER_OPERATION (source), result, NULL);
}

static void
tell (Fixture *fixture, VssWriterOperation *operation, VssWireWriterEvent event)
{
  fixture->is_done = FALSE;
  vss_writer_operation_tell_async (operation, event, G_MAXUINT, on_told, fixture);
  manual_clock_run ();
  g_assert_true (fixture->is_done);
}

static VssWriterOperation *
freeze (Fixture *fixture, const char *set_id)
{
  VssWriterOperation *operation = begin (fixture, set_id);

  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP);
  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_FREEZE);
  return operation;
}

/* A whole snapshot; the operation waits for its requester. */
static VssWriterOperation *
post (Fixture *fixture, const char *set_id)
{
  VssWriterOperation *operation = freeze (fixture, set_id);

  vss_writer_operation_set_at_rest (operation);
  vss_writer_operation_thaw (operation);
  manual_clock_run ();
  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT);
  return operation;
}

static guint
count (FakeWriter *writer, VssWireWriterEvent event)
{
  return writer->told[event];
}

/* -- a killed agent -- */

static void
test_killed_agent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  freeze (fixture, SET_1);
  kill_agent (fixture);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 0);
  start (fixture);
  found = vss_writer_operations_recover (fixture->operations, &error);
  g_assert_no_error (error);
  g_assert_nonnull (found);
  g_assert_nonnull (strstr (found, "2 writers"));
  add_writers (fixture);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->daemon, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpstr (fixture->writer->set_id, ==, SET_1);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
}

/* What the second agent has sent is not sent by the third. */
static void
test_killed_twice (Fixture *fixture, gconstpointer data)
{
  freeze (fixture, SET_1);
  kill_agent (fixture);
  start (fixture);
  g_free (vss_writer_operations_recover (fixture->operations, NULL));
  g_assert_true (
      vss_writer_registry_add (fixture->registry, VSS_WRITER (fixture->writer), NULL));
  manual_clock_run ();
  kill_agent (fixture);
  start (fixture);
  g_free (vss_writer_operations_recover (fixture->operations, NULL));
  add_writers (fixture);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->daemon, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
}

static void
test_killed_after_thaw (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation = freeze (fixture, SET_1);

  vss_writer_operation_set_at_rest (operation);
  vss_writer_operation_thaw (operation);
  manual_clock_run ();
  kill_agent (fixture);
  start (fixture);
  g_assert_null (vss_writer_operations_recover (fixture->operations, NULL));
  add_writers (fixture);
  manual_clock_run ();
  g_assert_cmpuint (fake_writer_count_releases (fixture->writer), ==, 1);
}

/* The next set works, and its record names both. */
static void
test_set_beside_what_was_left (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation;

  freeze (fixture, SET_1);
  kill_agent (fixture);
  start (fixture);
  g_free (vss_writer_operations_recover (fixture->operations, NULL));
  g_assert_true (
      vss_writer_registry_add (fixture->registry, VSS_WRITER (fixture->writer), NULL));
  manual_clock_run ();
  operation = freeze (fixture, SET_2);
  vss_writer_operation_set_at_rest (operation);
  vss_writer_operation_thaw (operation);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_THAW), ==, 1);
  g_assert_true (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  g_assert_true (
      vss_writer_registry_add (fixture->registry, VSS_WRITER (fixture->daemon), NULL));
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->daemon, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
}

static void
test_strange_record (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (fixture->record, "something else\n", -1, NULL));
  g_assert_null (vss_writer_operations_recover (fixture->operations, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
}

/* -- requesters -- */

static void
test_lost_before_post (Fixture *fixture, gconstpointer data)
{
  freeze (fixture, SET_1);
  vss_writer_operations_lose (fixture->operations, fixture->log);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 0);
  vss_writer_operations_lose (fixture->operations, fixture);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
  g_assert_null (vss_writer_operations_get_current (fixture->operations));
}

static void
test_survives_after_post (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation = post (fixture, SET_1);

  vss_writer_operations_lose (fixture->operations, fixture);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 0);
  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE);
  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE), ==, 1);
}

static void
test_forgotten_by_its_requester (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation = post (fixture, SET_1);

  manual_clock_advance_ms (&fixture->clock, DAY_MS - 10000);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 0);
  manual_clock_advance_ms (&fixture->clock, 20000);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
  g_assert_cmpint (vss_writer_operation_get_phase (operation), ==, VSS_WRITER_PHASE_ENDED);
}

/* The oldest that only waits is ended. */
static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 17; i++)
    {
      g_autofree char *set_id = g_strdup_printf ("set-%u", i);

      g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 0);
      post (fixture, set_id);
    }
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
  g_assert_cmpint (
      vss_writer_operation_get_phase (vss_writer_operations_find (fixture->operations, "set-0")),
      ==, VSS_WRITER_PHASE_ENDED);
}

static void
test_new_set_starts_stable (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VssWireWriterStatusResult) before = NULL;
  g_autoptr (VssWireWriterStatusResult) after = NULL;

  fixture->writer->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_RETRYABLE;
  freeze (fixture, SET_1);
  vss_writer_operations_abort (fixture->operations, SET_1);
  manual_clock_run ();
  before = vss_writer_registry_get_status (fixture->registry);
  g_assert_cmpint (((VssWireWriterStatus *)g_ptr_array_index (before->writers, 0))->state, ==,
                   VSS_WIRE_WRITER_STATE_FAILED_AT_FREEZE);
  begin (fixture, SET_2);
  after = vss_writer_registry_get_status (fixture->registry);
  g_assert_cmpint (((VssWireWriterStatus *)g_ptr_array_index (after->writers, 0))->state, ==,
                   VSS_WIRE_WRITER_STATE_STABLE);
}

/* Another set begins while one is prepared: that one is given up. While frozen it can't be. */
static void
test_make_room (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation = begin (fixture, SET_1);
  g_autoptr (GError) error = NULL;

  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  operation = begin (fixture, SET_2);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_null (vss_writer_operations_begin (fixture->operations, SET_2, fixture, &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE);
  g_clear_error (&error);
  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  tell (fixture, operation, VSS_WIRE_WRITER_EVENT_FREEZE);
  g_assert_null (vss_writer_operations_begin (fixture->operations, "another", fixture, &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE);
  vss_writer_operations_abort (fixture->operations, NULL);
}

/* -- frozen file systems -- */

/* Not a word while frozen, whatever happens; then Thaw if it was asked for. */
static void
test_thaw_after_file_systems (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation = freeze (fixture, SET_1);

  vss_writer_operations_set_frozen (fixture->operations, TRUE, NULL);
  vss_writer_operation_set_at_rest (operation);
  g_string_truncate (fixture->log, 0);
  vss_writer_gather_async (fixture->registry, 5000, on_gathered, NULL);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_IDENTIFY), ==, 1);
  vss_writer_operations_set_frozen (fixture->operations, FALSE, NULL);
  g_assert_cmpstr (fixture->log->str, ==, "");
  manual_clock_run ();
  g_assert_cmpstr (fixture->log->str, ==,
                   "thaw:daemon answer:daemon thaw:writer answer:writer ");
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_IDENTIFY), ==, 2);
}

static void
test_abort_after_unasked_thaw (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation = freeze (fixture, SET_1);

  vss_writer_operations_set_frozen (fixture->operations, TRUE, NULL);
  vss_writer_operation_set_at_rest (operation);
  vss_writer_operations_set_frozen (fixture->operations, FALSE, "the lease ran out");
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_THAW), ==, 0);
}

static void
test_lost_while_frozen (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation = freeze (fixture, SET_1);

  vss_writer_operations_set_frozen (fixture->operations, TRUE, NULL);
  vss_writer_operation_set_at_rest (operation);
  vss_writer_operations_lose (fixture->operations, fixture);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 0);
  vss_writer_operations_set_frozen (fixture->operations, FALSE, NULL);
  manual_clock_run ();
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN), ==, 1);
}

/* -- waiting -- */

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->is_done = TRUE;
  g_clear_error (&fixture->error);
  g_clear_pointer (&fixture->statuses, vss_wire_writer_status_result_free);
  fixture->statuses = vss_writer_operations_wait_finish (VSS_WRITER_OPERATIONS (source), result,
                                                         &fixture->error);
}

static void
wait_for (Fixture *fixture, const char *set_id, guint timeout_ms)
{
  fixture->is_done = FALSE;
  vss_writer_operations_wait_async (fixture->operations, set_id, timeout_ms, on_waited, fixture);
  manual_clock_run ();
}

static void
test_wait (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation;

  wait_for (fixture, SET_1, 1000);
  g_assert_true (fixture->is_done);
  g_assert_error (fixture->error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_UNKNOWN);
  wait_for (fixture, NULL, 1000);
  g_assert_true (fixture->is_done);
  g_assert_cmpuint (fixture->statuses->writers->len, ==, 2);

  fixture->writer->conduct[VSS_WIRE_WRITER_EVENT_THAW] = FAKE_CONDUCT_LATE;
  operation = freeze (fixture, SET_1);
  vss_writer_operation_set_at_rest (operation);
  vss_writer_operation_thaw (operation);
  wait_for (fixture, SET_1, 3000);
  g_assert_false (fixture->is_done);
  manual_clock_advance_ms (&fixture->clock, 3000);
  g_assert_true (fixture->is_done);
  wait_for (fixture, SET_1, 3000);
  g_assert_false (fixture->is_done);
  fake_writer_answer (fixture->writer);
  g_assert_true (fixture->is_done);
  g_assert_cmpint (
      ((VssWireWriterStatus *)g_ptr_array_index (fixture->statuses->writers, 0))->state, ==,
      VSS_WIRE_WRITER_STATE_WAITING_FOR_POST_SNAPSHOT);
}

/* PostSnapshot waits for Thaw. */
static void
test_post_waits_for_thaw (Fixture *fixture, gconstpointer data)
{
  VssWriterOperation *operation;

  fixture->writer->conduct[VSS_WIRE_WRITER_EVENT_THAW] = FAKE_CONDUCT_LATE;
  operation = freeze (fixture, SET_1);
  vss_writer_operation_set_at_rest (operation);
  vss_writer_operation_thaw (operation);
  fixture->is_done = FALSE;
  vss_writer_operation_tell_async (operation, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT, G_MAXUINT,
                                   on_told, fixture);
  manual_clock_run ();
  g_assert_false (fixture->is_done);
  g_assert_cmpuint (count (fixture->daemon, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT), ==, 0);
  fake_writer_answer (fixture->writer);
  g_assert_true (fixture->is_done);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT), ==, 1);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  freeze (fixture, SET_1);
  fixture->is_done = FALSE;
  vss_writer_operations_stop_async (fixture->operations, on_waited, fixture);
  manual_clock_run ();
  g_assert_true (fixture->is_done);
  g_assert_cmpuint (count (fixture->writer, VSS_WIRE_WRITER_EVENT_ABORT), ==, 1);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/writer-operations/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("killed-agent", test_killed_agent);
  ADD ("killed-twice", test_killed_twice);
  ADD ("killed-after-thaw", test_killed_after_thaw);
  ADD ("set-beside-what-was-left", test_set_beside_what_was_left);
  ADD ("strange-record", test_strange_record);
  ADD ("lost-before-post", test_lost_before_post);
  ADD ("survives-after-post", test_survives_after_post);
  ADD ("forgotten-by-its-requester", test_forgotten_by_its_requester);
  ADD ("bounded", test_bounded);
  ADD ("new-set-starts-stable", test_new_set_starts_stable);
  ADD ("make-room", test_make_room);
  ADD ("thaw-after-file-systems", test_thaw_after_file_systems);
  ADD ("abort-after-unasked-thaw", test_abort_after_unasked_thaw);
  ADD ("lost-while-frozen", test_lost_while_frozen);
  ADD ("wait", test_wait);
  ADD ("post-waits-for-thaw", test_post_waits_for_thaw);
  ADD ("stop", test_stop);
  return g_test_run ();
}

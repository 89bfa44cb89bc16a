/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One operation, event by event: every way in which a writer can fail at each of them, the order of
 * levels, the limits, giving up at every point; and in the end each writer that was sent Freeze was
 * sent one Thaw or Abort. */
#include "guest-agent/writers/vss-writer-operations.h"

#include <glib/gstdio.h>

#include "guest-agent/writers/vss-writer-gather.h"
#include "tests/guest-agent/writers/fake-writer.h"

#define SET "aaaaaaaa-0000-0000-0000-000000000001"
#define MAX_WRITERS 6

typedef struct
{
  ManualClock clock;
  GString *log;
  char *folder;
  char *record;
  VssWriterRegistry *registry;
  VssWriterOperations *operations;
  VssWriterOperation *operation;
  FakeWriter *writers[MAX_WRITERS];
  guint n_writers;
  gboolean is_done;
  GError *error;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  VssWriterOperationsConfig config = { .rest_limit_ms = 60000, .operation_limit_s = 86400 };

  manual_clock_init (&fixture->clock);
  fixture->log = g_string_new (NULL);
  fixture->folder = g_dir_make_tmp ("writers-XXXXXX", NULL);
  fixture->record = g_build_filename (fixture->folder, "record", NULL);
  config.record_path = fixture->record;
  fixture->registry = vss_writer_registry_new (&fixture->clock.clock);
  fixture->operations = vss_writer_operations_new (fixture->registry, &config);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  manual_clock_advance_ms (&fixture->clock, 200000);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < fixture->n_writers; i++)
    {
      FakeWriter *writer = fixture->writers[i];

      g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_ABORT], <=, 1);
      if (writer->told[VSS_WIRE_WRITER_EVENT_FREEZE])
        g_assert_cmpuint (fake_writer_count_releases (writer), ==, 1);
      if (writer->told[VSS_WIRE_WRITER_EVENT_THAW])
        g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 0);
    }
  g_assert_finalize_object (fixture->operations);
  g_assert_finalize_object (fixture->registry);
  for (guint i = 0; i < fixture->n_writers; i++)
    g_assert_finalize_object (fixture->writers[i]);
  g_clear_error (&fixture->error);
  g_string_free (fixture->log, TRUE);
  g_rmdir (fixture->folder);
  g_free (fixture->record);
  g_free (fixture->folder);
}

/* -- steps -- */

static FakeWriter *
add (Fixture *fixture, const char *name, VssWireWriterLevel level)
{
  FakeWriter *writer = fake_writer_new (name, level, &fixture->clock, fixture->log);

  g_assert_true (vss_writer_registry_add (fixture->registry, VSS_WRITER (writer), NULL));
  fixture->writers[fixture->n_writers++] = writer;
  return writer;
}

static void
on_gathered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (VssWireGatherWriterMetadataResult) gathered =
      vss_writer_gather_finish (VSS_WRITER_REGISTRY (source), result);

  fixture->is_done = TRUE;
}

static void
gather (Fixture *fixture)
{
  fixture->is_done = FALSE;
  vss_writer_gather_async (fixture->registry, 10000, on_gathered, fixture);
  manual_clock_run ();
  g_assert_true (fixture->is_done);
}

/* Begins with all writers. */
static void
begin (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  gather (fixture);
  fixture->operation = vss_writer_operations_begin (fixture->operations, SET, fixture, &error);
  g_assert_no_error (error);
  vss_writer_operation_set_writers (fixture->operation,
                                    vss_writer_registry_get_slots (fixture->registry));
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->is_done = TRUE;
  vss_writer_operation_tell_finish (VSS_WRITER_OPERATION (source), result, &fixture->error);
}

static void
start_telling (Fixture *fixture, VssWireWriterEvent event, guint limit_ms)
{
  fixture->is_done = FALSE;
  g_clear_error (&fixture->error);
  vss_writer_operation_tell_async (fixture->operation, event, limit_ms, on_told, fixture);
  manual_clock_run ();
}

/* Waits as long as it takes. */
static void
tell (Fixture *fixture, VssWireWriterEvent event)
{
  start_telling (fixture, event, G_MAXUINT);
  for (guint i = 0; i < 1000 && !fixture->is_done; i++)
    manual_clock_advance_ms (&fixture->clock, 100);
  g_assert_true (fixture->is_done);
  g_assert_no_error (fixture->error);
}

static void
thaw (Fixture *fixture)
{
  vss_writer_operation_set_at_rest (fixture->operation);
  vss_writer_operation_thaw (fixture->operation);
  manual_clock_run ();
}

/* Up to Freeze, it included. */
static void
freeze (Fixture *fixture)
{
  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  tell (fixture, VSS_WIRE_WRITER_EVENT_FREEZE);
}

static VssWireWriterStatus *
status_of (Fixture *fixture, FakeWriter *writer)
{
  g_autoptr (GPtrArray) statuses = vss_writer_operation_get_statuses (fixture->operation);

  for (guint i = 0; i < statuses->len; i++)
    {
      VssWireWriterStatus *status = g_ptr_array_index (statuses, i);

      if (g_str_equal (status->instance_id, writer->instance_id))
        return vss_writer_status_copy (status);
    }
  return NULL;
}

static void
assert_status (Fixture *fixture,
               FakeWriter *writer,
               VssWireWriterState state,
               VssWireWriterFailure failure)
{
  g_autoptr (VssWireWriterStatus) status = status_of (fixture, writer);

  g_assert_cmpstr (vss_wire_writer_state_to_string (status->state), ==,
                   vss_wire_writer_state_to_string (state));
  g_assert_cmpstr (vss_wire_writer_failure_to_string (status->failure), ==,
                   vss_wire_writer_failure_to_string (failure));
  if (failure != VSS_WIRE_WRITER_FAILURE_NONE)
    g_assert_nonnull (status->message);
}

#define ASSERT_STATUS(fixture, writer, state, failure)                                             \
  assert_status (fixture, writer, VSS_WIRE_WRITER_STATE_##state, VSS_WIRE_WRITER_FAILURE_##failure)

/* -- the whole path -- */

static void
test_success (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);

  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP);
  ASSERT_STATUS (fixture, writer, STABLE, NONE);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  ASSERT_STATUS (fixture, writer, WAITING_FOR_FREEZE, NONE);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  tell (fixture, VSS_WIRE_WRITER_EVENT_FREEZE);
  ASSERT_STATUS (fixture, writer, WAITING_FOR_THAW, NONE);
  g_assert_true (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  thaw (fixture);
  ASSERT_STATUS (fixture, writer, WAITING_FOR_POST_SNAPSHOT, NONE);
  g_assert_false (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  tell (fixture, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT);
  ASSERT_STATUS (fixture, writer, WAITING_FOR_BACKUP_COMPLETE, NONE);
  tell (fixture, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE);
  ASSERT_STATUS (fixture, writer, STABLE, NONE);
  tell (fixture, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN);
  ASSERT_STATUS (fixture, writer, STABLE, NONE);
  g_assert_cmpstr (writer->set_id, ==, SET);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 0);
}

/* -- every event and every way to fail at it -- */

typedef struct
{
  VssWireWriterEvent event;
  VssWireWriterState failed;
  gboolean is_aborted; /* by itself */
} Step;

static const Step steps[] = {
  { VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP, VSS_WIRE_WRITER_STATE_FAILED_AT_PREPARE_BACKUP,
    FALSE },
  { VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT, VSS_WIRE_WRITER_STATE_FAILED_AT_PREPARE_SNAPSHOT,
    FALSE },
  { VSS_WIRE_WRITER_EVENT_FREEZE, VSS_WIRE_WRITER_STATE_FAILED_AT_FREEZE, TRUE },
  { VSS_WIRE_WRITER_EVENT_THAW, VSS_WIRE_WRITER_STATE_FAILED_AT_THAW, FALSE },
  { VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT, VSS_WIRE_WRITER_STATE_FAILED_AT_POST_SNAPSHOT, FALSE },
  { VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE, VSS_WIRE_WRITER_STATE_FAILED_AT_BACKUP_COMPLETE, FALSE },
  { VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN, VSS_WIRE_WRITER_STATE_FAILED_AT_BACKUP_SHUTDOWN, FALSE },
};

static const VssWireWriterFailure failures[FAKE_N_CONDUCTS] = {
  [FAKE_CONDUCT_OK] = VSS_WIRE_WRITER_FAILURE_NONE,
  [FAKE_CONDUCT_RETRYABLE] = VSS_WIRE_WRITER_FAILURE_RETRYABLE,
  [FAKE_CONDUCT_DIES] = VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING,
  [FAKE_CONDUCT_HANGS] = VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING,
  [FAKE_CONDUCT_LATE] = VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING,
};

/* With the step's event misbehaved at, and answered too late if that was its way. */
static void
walk (Fixture *fixture, FakeWriter *bad, const Step *step)
{
  begin (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (steps[i].event == VSS_WIRE_WRITER_EVENT_THAW)
        {
          thaw (fixture);
          if (step->event == VSS_WIRE_WRITER_EVENT_THAW)
            manual_clock_advance_ms (&fixture->clock, 11000);
        }
      else
        tell (fixture, steps[i].event);
      if (&steps[i] == step && bad->late)
        fake_writer_answer (bad);
    }
}

static void
check_walk (Fixture *fixture, const Step *step, FakeConduct conduct)
{
  FakeWriter *good = add (fixture, "good", VSS_WIRE_WRITER_LEVEL_BACK_END);
  FakeWriter *bad = add (fixture, "bad", VSS_WIRE_WRITER_LEVEL_BACK_END);

  bad->conduct[step->event] = conduct;
  walk (fixture, bad, step);
  manual_clock_advance_ms (&fixture->clock, 20000);
  ASSERT_STATUS (fixture, good, STABLE, NONE);
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    g_assert_cmpuint (good->told[steps[i].event], ==, 1);
  g_assert_cmpuint (bad->told[step->event], ==, 1);
  g_assert_cmpuint (bad->told[VSS_WIRE_WRITER_EVENT_ABORT], ==,
                    step->is_aborted && conduct != FAKE_CONDUCT_OK);
  assert_status (fixture, bad,
                 conduct == FAKE_CONDUCT_OK ? VSS_WIRE_WRITER_STATE_STABLE : step->failed,
                 failures[conduct]);
  if (conduct != FAKE_CONDUCT_OK &&
      step->event < VSS_WIRE_WRITER_EVENT_FREEZE)
    g_assert_cmpuint (bad->told[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 0);
  g_assert_cmpuint (bad->told[VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN], ==, 1);
}

static void
test_every_failure (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    for (guint conduct = 0; conduct < FAKE_N_CONDUCTS; conduct++)
      {
        Fixture fixture = { 0 };

        g_test_message ("%s, %u", vss_wire_writer_event_to_string (steps[i].event), conduct);
        set_up (&fixture, NULL);
        check_walk (&fixture, &steps[i], conduct);
        tear_down (&fixture, NULL);
      }
}

/* What a writer says is what is told of it. */
static void
test_own_words (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);
  g_autoptr (VssWireWriterStatus) status = NULL;

  writer->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_RETRYABLE;
  writer->conduct[VSS_WIRE_WRITER_EVENT_ABORT] = FAKE_CONDUCT_DIES;
  freeze (fixture);
  status = status_of (fixture, writer);
  g_assert_cmpint (status->failure, ==, VSS_WIRE_WRITER_FAILURE_RETRYABLE);
  g_assert_cmpstr (status->message, ==, "try again");
  g_assert_true (status->has_application_code);
  g_assert_cmpint (status->application_code, ==, 75);
  g_assert_cmpint (status->last_event, ==, VSS_WIRE_WRITER_EVENT_ABORT);
}

/* -- levels -- */

static void
test_levels (Fixture *fixture, gconstpointer data)
{
  FakeWriter *manager = add (fixture, "manager", VSS_WIRE_WRITER_LEVEL_FRONT_END);

  add (fixture, "system", VSS_WIRE_WRITER_LEVEL_SYSTEM);
  add (fixture, "back", VSS_WIRE_WRITER_LEVEL_BACK_END);
  add (fixture, "front", VSS_WIRE_WRITER_LEVEL_FRONT_END);
  manager->is_transaction_manager = TRUE;
  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  g_string_truncate (fixture->log, 0);
  tell (fixture, VSS_WIRE_WRITER_EVENT_FREEZE);
  g_assert_cmpstr (fixture->log->str, ==,
                   "freeze:front answer:front freeze:back answer:back freeze:system answer:system "
                   "freeze:manager answer:manager ");
  g_string_truncate (fixture->log, 0);
  thaw (fixture);
  g_assert_cmpstr (fixture->log->str, ==,
                   "thaw:manager answer:manager thaw:system answer:system thaw:back answer:back "
                   "thaw:front answer:front ");
}

static void
test_abort_from_the_last (Fixture *fixture, gconstpointer data)
{
  add (fixture, "front", VSS_WIRE_WRITER_LEVEL_FRONT_END);
  add (fixture, "back", VSS_WIRE_WRITER_LEVEL_BACK_END);
  freeze (fixture);
  g_string_truncate (fixture->log, 0);
  vss_writer_operation_give_up (fixture->operation, TRUE);
  manual_clock_run ();
  g_assert_cmpstr (fixture->log->str, ==,
                   "abort:back answer:back abort:front answer:front "
                   "backup-shutdown:front backup-shutdown:back answer:front answer:back ");
}

static void
test_parallel_in_a_level (Fixture *fixture, gconstpointer data)
{
  FakeWriter *one = add (fixture, "one", VSS_WIRE_WRITER_LEVEL_BACK_END);
  FakeWriter *two = add (fixture, "two", VSS_WIRE_WRITER_LEVEL_BACK_END);
  FakeWriter *later = add (fixture, "later", VSS_WIRE_WRITER_LEVEL_SYSTEM);

  one->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_LATE;
  two->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_LATE;
  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  start_telling (fixture, VSS_WIRE_WRITER_EVENT_FREEZE, G_MAXUINT);
  g_assert_nonnull (one->late);
  g_assert_nonnull (two->late);
  fake_writer_answer (two);
  g_assert_cmpuint (later->told[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 0);
  fake_writer_answer (one);
  g_assert_cmpuint (later->told[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 1);
  g_assert_true (fixture->is_done);
  thaw (fixture);
}

/* -- limits -- */

static void
test_command_caps (Fixture *fixture, gconstpointer data)
{
  FakeWriter *front = add (fixture, "front", VSS_WIRE_WRITER_LEVEL_FRONT_END);
  FakeWriter *back = add (fixture, "back", VSS_WIRE_WRITER_LEVEL_BACK_END);
  FakeWriter *system = add (fixture, "system", VSS_WIRE_WRITER_LEVEL_SYSTEM);

  front->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_HANGS;
  front->limit_ms[VSS_WIRE_WRITER_EVENT_FREEZE] = 2000;
  back->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_HANGS;
  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  g_assert_cmpuint (
      vss_writer_operation_get_longest_ms (fixture->operation, VSS_WIRE_WRITER_EVENT_FREEZE), ==,
      22000);
  start_telling (fixture, VSS_WIRE_WRITER_EVENT_FREEZE, 5000);
  manual_clock_advance_ms (&fixture->clock, 5000);
  g_assert_true (fixture->is_done);
  g_assert_cmpuint (front->given_ms[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 2000);
  g_assert_cmpuint (back->given_ms[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 3000);
  g_assert_cmpuint (system->told[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 0);
  ASSERT_STATUS (fixture, system, FAILED_AT_FREEZE, NOT_RESPONDING);
  vss_writer_operation_give_up (fixture->operation, TRUE);
}

/* At rest for too long: sent Abort by itself, and the others go on. */
static void
test_rest_limit (Fixture *fixture, gconstpointer data)
{
  FakeWriter *patient = add (fixture, "patient", VSS_WIRE_WRITER_LEVEL_BACK_END);
  FakeWriter *hasty = add (fixture, "hasty", VSS_WIRE_WRITER_LEVEL_BACK_END);
  g_autoptr (VssWireWriterStatus) status = NULL;

  hasty->rest_limit_ms = 3000;
  freeze (fixture);
  vss_writer_operation_set_at_rest (fixture->operation);
  manual_clock_advance_ms (&fixture->clock, 2900);
  g_assert_cmpuint (hasty->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 0);
  manual_clock_advance_ms (&fixture->clock, 100);
  g_assert_cmpuint (hasty->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 1);
  ASSERT_STATUS (fixture, hasty, FAILED_AT_THAW, TIMEOUT);
  status = status_of (fixture, hasty);
  g_assert_true (status->has_held_us);
  g_assert_cmpint (status->held_us, ==, 3000 * 1000);
  ASSERT_STATUS (fixture, patient, WAITING_FOR_THAW, NONE);
  vss_writer_operation_thaw (fixture->operation);
  manual_clock_run ();
  ASSERT_STATUS (fixture, patient, WAITING_FOR_POST_SNAPSHOT, NONE);
  g_assert_cmpuint (hasty->told[VSS_WIRE_WRITER_EVENT_THAW], ==, 0);
}

/* The default is VSS's own. */
static void
test_rest_limit_default (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);

  freeze (fixture);
  manual_clock_advance_ms (&fixture->clock, 59900);
  ASSERT_STATUS (fixture, writer, WAITING_FOR_THAW, NONE);
  manual_clock_advance_ms (&fixture->clock, 100);
  ASSERT_STATUS (fixture, writer, FAILED_AT_THAW, TIMEOUT);
}

/* While file systems are frozen it is marked, and told once they are not. */
static void
test_rest_limit_while_frozen (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "hasty", VSS_WIRE_WRITER_LEVEL_BACK_END);

  writer->rest_limit_ms = 3000;
  freeze (fixture);
  vss_writer_operations_set_frozen (fixture->operations, TRUE, NULL);
  vss_writer_operation_set_at_rest (fixture->operation);
  g_string_truncate (fixture->log, 0);
  manual_clock_advance_ms (&fixture->clock, 5000);
  ASSERT_STATUS (fixture, writer, FAILED_AT_THAW, TIMEOUT);
  g_assert_cmpstr (fixture->log->str, ==, "");
  g_assert_true (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  vss_writer_operations_set_frozen (fixture->operations, FALSE, NULL);
  g_assert_cmpstr (fixture->log->str, ==, "");
  manual_clock_run ();
  g_assert_cmpstr (fixture->log->str, ==, "abort:hasty answer:hasty ");
  ASSERT_STATUS (fixture, writer, FAILED_AT_THAW, TIMEOUT);
}

static void
test_lost_at_rest (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);

  freeze (fixture);
  g_signal_emit_by_name (writer, "lost", "it was killed");
  manual_clock_run ();
  ASSERT_STATUS (fixture, writer, FAILED_AT_THAW, NOT_RESPONDING);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 1);
}

static void
test_lost_before_rest (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);

  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  g_signal_emit_by_name (writer, "lost", "it was restarted");
  tell (fixture, VSS_WIRE_WRITER_EVENT_FREEZE);
  ASSERT_STATUS (fixture, writer, WAITING_FOR_THAW, NONE);
  thaw (fixture);
}

/* It has gone, and still gets what it is owed. */
static void
test_removed_at_rest (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);

  freeze (fixture);
  vss_writer_registry_remove (fixture->registry, VSS_WRITER (writer), "its key file is gone");
  g_assert_null (vss_writer_registry_find (fixture->registry, writer->instance_id));
  thaw (fixture);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_THAW], ==, 1);
}

/* -- still busy -- */

/* Freeze is never answered: Abort is sent once it can be, and the others don't wait. */
static void
test_abort_waits_for_busy (Fixture *fixture, gconstpointer data)
{
  FakeWriter *stuck = add (fixture, "stuck", VSS_WIRE_WRITER_LEVEL_BACK_END);
  FakeWriter *good = add (fixture, "good", VSS_WIRE_WRITER_LEVEL_FRONT_END);

  stuck->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_LATE;
  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  start_telling (fixture, VSS_WIRE_WRITER_EVENT_FREEZE, G_MAXUINT);
  vss_writer_operation_give_up (fixture->operation, FALSE);
  manual_clock_run ();
  g_assert_true (fixture->is_done);
  g_assert_error (fixture->error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_ABORTED);
  g_assert_cmpuint (good->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 1);
  g_assert_cmpuint (stuck->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 0);
  g_assert_false (vss_writer_operation_is_idle (fixture->operation));
  g_assert_true (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  fake_writer_answer (stuck);
  g_assert_cmpuint (stuck->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 1);
  g_assert_true (vss_writer_operation_is_idle (fixture->operation));
  ASSERT_STATUS (fixture, stuck, STABLE, NONE);
}

/* It answers Freeze when everything else is over: the Abort that it is owed has waited. */
static void
test_stuck_to_the_end (Fixture *fixture, gconstpointer data)
{
  FakeWriter *stuck = add (fixture, "stuck", VSS_WIRE_WRITER_LEVEL_BACK_END);

  add (fixture, "good", VSS_WIRE_WRITER_LEVEL_BACK_END);
  stuck->conduct[VSS_WIRE_WRITER_EVENT_FREEZE] = FAKE_CONDUCT_LATE;
  freeze (fixture);
  ASSERT_STATUS (fixture, stuck, FAILED_AT_FREEZE, NOT_RESPONDING);
  thaw (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT);
  tell (fixture, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE);
  tell (fixture, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN);
  g_assert_true (g_file_test (fixture->record, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (stuck->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 0);
  fake_writer_answer (stuck);
  g_assert_cmpuint (stuck->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 1);
}

/* -- giving up -- */

/* At each step: who was told anything hears of it, once. */
static void
test_give_up_anywhere (void)
{
  const VssWireWriterEvent path[] = { VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP,
                                      VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT,
                                      VSS_WIRE_WRITER_EVENT_FREEZE };

  for (gsize reached = 0; reached <= G_N_ELEMENTS (path); reached++)
    {
      Fixture fixture = { 0 };
      FakeWriter *writer;

      set_up (&fixture, NULL);
      writer = add (&fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);
      begin (&fixture);
      for (gsize i = 0; i < reached; i++)
        tell (&fixture, path[i]);
      vss_writer_operation_give_up (fixture.operation, TRUE);
      vss_writer_operation_give_up (fixture.operation, TRUE);
      manual_clock_run ();
      g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, reached > 0);
      g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN], ==, reached > 0);
      ASSERT_STATUS (&fixture, writer, STABLE, NONE);
      g_assert_cmpint (vss_writer_operation_get_phase (fixture.operation), ==,
                       VSS_WRITER_PHASE_ENDED);
      tear_down (&fixture, NULL);
    }
}

static void
test_no_abort_after_thaw (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);

  freeze (fixture);
  thaw (fixture);
  vss_writer_operation_give_up (fixture->operation, TRUE);
  manual_clock_run ();
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_ABORT], ==, 0);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN], ==, 1);
}

static void
test_excluded (Fixture *fixture, gconstpointer data)
{
  FakeWriter *in = add (fixture, "in", VSS_WIRE_WRITER_LEVEL_BACK_END);
  FakeWriter *out = add (fixture, "out", VSS_WIRE_WRITER_LEVEL_BACK_END);
  g_autoptr (GPtrArray) slots = g_ptr_array_new ();

  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP);
  g_ptr_array_add (slots, vss_writer_registry_find (fixture->registry, in->instance_id));
  vss_writer_operation_set_writers (fixture->operation, slots);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  tell (fixture, VSS_WIRE_WRITER_EVENT_FREEZE);
  thaw (fixture);
  vss_writer_operation_give_up (fixture->operation, TRUE);
  manual_clock_run ();
  g_assert_cmpuint (out->told[VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT], ==, 0);
  g_assert_cmpuint (out->told[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 0);
  g_assert_cmpuint (out->told[VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN], ==, 1);
  g_assert_cmpuint (in->told[VSS_WIRE_WRITER_EVENT_THAW], ==, 1);
}

static void
test_never_identified (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "mute", VSS_WIRE_WRITER_LEVEL_BACK_END);

  writer->conduct[VSS_WIRE_WRITER_EVENT_IDENTIFY] = FAKE_CONDUCT_DIES;
  freeze (fixture);
  ASSERT_STATUS (fixture, writer, FAILED_AT_IDENTIFY, NOT_RESPONDING);
  thaw (fixture);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP], ==, 0);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 0);
}

static void
test_wrong_order (Fixture *fixture, gconstpointer data)
{
  add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);
  begin (fixture);
  start_telling (fixture, VSS_WIRE_WRITER_EVENT_FREEZE, 1000);
  g_assert_error (fixture->error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE);
  start_telling (fixture, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE, 1000);
  g_assert_error (fixture->error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE);
  start_telling (fixture, VSS_WIRE_WRITER_EVENT_ABORT, 1000);
  g_assert_error (fixture->error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE);
}

/* Without its record nobody is frozen. */
static void
test_no_record (Fixture *fixture, gconstpointer data)
{
  FakeWriter *writer = add (fixture, "db", VSS_WIRE_WRITER_LEVEL_BACK_END);

  begin (fixture);
  tell (fixture, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  start_telling (fixture, VSS_WIRE_WRITER_EVENT_FREEZE, 1000);
  g_assert_error (fixture->error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_cmpuint (writer->told[VSS_WIRE_WRITER_EVENT_FREEZE], ==, 0);
  g_assert_cmpint (g_mkdir (fixture->folder, 0700), ==, 0);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/writer-operation/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("success", test_success);
  g_test_add_func ("/writer-operation/every-failure", test_every_failure);
  ADD ("own-words", test_own_words);
  ADD ("levels", test_levels);
  ADD ("abort-from-the-last", test_abort_from_the_last);
  ADD ("parallel-in-a-level", test_parallel_in_a_level);
  ADD ("command-caps", test_command_caps);
  ADD ("rest-limit", test_rest_limit);
  ADD ("rest-limit-default", test_rest_limit_default);
  ADD ("rest-limit-while-frozen", test_rest_limit_while_frozen);
  ADD ("lost-at-rest", test_lost_at_rest);
  ADD ("lost-before-rest", test_lost_before_rest);
  ADD ("removed-at-rest", test_removed_at_rest);
  ADD ("abort-waits-for-busy", test_abort_waits_for_busy);
  ADD ("stuck-to-the-end", test_stuck_to_the_end);
  g_test_add_func ("/writer-operation/give-up-anywhere", test_give_up_anywhere);
  ADD ("no-abort-after-thaw", test_no_abort_after_thaw);
  ADD ("excluded", test_excluded);
  ADD ("never-identified", test_never_identified);
  ADD ("wrong-order", test_wrong_order);
  ADD ("no-record", test_no_record);
  return g_test_run ();
}

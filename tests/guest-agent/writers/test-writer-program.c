/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's program is started for each event, its answer counts, and whatever it does instead
 * of answering ends in time, with the reason, and leaves nothing behind. */
#include "tests/guest-agent/writers/program-rig.h"

#include <string.h>

#define ENOUGH_MS 20000
#define SHORT_MS 300

static VssWireWriterFailure
send_ok (ProgramRig *rig, VssWireWriterEvent event)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterEventResult) result = program_rig_send (rig, event, ENOUGH_MS, &error);

  g_assert_no_error (error);
  return result->failure;
}

static void
expect_error (ProgramRig *rig,
              VssWireWriterEvent event,
              guint timeout_ms,
              VssWriterError code,
              const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterEventResult) result = program_rig_send (rig, event, timeout_ms, &error);

  g_assert_null (result);
  g_assert_error (error, VSS_WRITER_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, words));
}

/* -- answers -- */

static void
test_is_told (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *told = NULL;
  g_autofree char *event = NULL;

  program_rig_install (rig, "cat > $folder/told; echo $1 > $folder/event", NULL);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT), ==,
                   VSS_WIRE_WRITER_FAILURE_NONE);
  told = program_rig_read (rig, "told");
  event = program_rig_read (rig, "event");
  g_assert_cmpstr (event, ==, "prepare-for-snapshot");
  g_assert_nonnull (strstr (told, "\"event\":\"prepare-for-snapshot\""));
  g_assert_nonnull (strstr (told, "\"snapshot-set-id\":\"0d6cd6e8-9c2c-4d34-a6a8-0d9a55e1a1f1\""));
  g_assert_null (strchr (told, '\n'));
}

typedef struct
{
  const char *script;
  VssWireWriterFailure failure;
  const char *message;
} Answer;

static const Answer answers[] = {
  { "exit 0", VSS_WIRE_WRITER_FAILURE_NONE, NULL },
  { "exit 3", VSS_WIRE_WRITER_FAILURE_NONE, NULL },
  { "exit 1", VSS_WIRE_WRITER_FAILURE_NONRETRYABLE, "exit status 1" },
  { "exit 2", VSS_WIRE_WRITER_FAILURE_NONRETRYABLE, "exit status 2" },
  { "echo the disk is full >&2; exit 75", VSS_WIRE_WRITER_FAILURE_RETRYABLE, "the disk is full" },
  { "echo '{\"failure\":\"none\"}'", VSS_WIRE_WRITER_FAILURE_NONE, NULL },
  { "printf '{\"failure\":\"out-of-resources\",\"message\":\"no room\"}'",
    VSS_WIRE_WRITER_FAILURE_OUT_OF_RESOURCES, "no room" },
  { "echo '{\"failure\":\"none\"}'; exit 75", VSS_WIRE_WRITER_FAILURE_RETRYABLE, "exit status 75" },
  { "echo '{\"failure\":\"retryable\",\"message\":\"\\u001b[31m\"}'; exit 1",
    VSS_WIRE_WRITER_FAILURE_RETRYABLE, "?[31m" },
  { "printf 'a\\nb\\033[2J\\377' >&2; exit 1", VSS_WIRE_WRITER_FAILURE_NONRETRYABLE, "a b?[2J?" },
};

static void
test_answers (ProgramRig *rig, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VssWireWriterEventResult) result = NULL;

      program_rig_install (rig, answers[i].script, NULL);
      result = program_rig_send (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS, &error);
      g_assert_no_error (error);
      g_assert_cmpint (result->failure, ==, answers[i].failure);
      g_assert_cmpstr (result->message, ==, answers[i].message);
    }
}

static const char *const malformed[] = {
  "echo hello",
  "echo '{}'",
  "echo '[]'",
  "echo '{\"failure\":7}'",
  "echo '{\"failure\":\"tired\"}'",
  "echo '{\"failure\":\"none\",\"failure\":\"none\"}'",
  "echo '{\"failure\":\"none\"} x'",
  "printf '{\"failure\":\"none\"}\\000'",
  "printf '\\377\\377\\n'",
  "i=0; while [ $i -lt 500 ]; do printf '{\"a\":['; i=$((i+1)); done",
  "echo '{\"failure\":\"none\"}'; echo '{\"failure\":\"none\"}'",
};

static void
test_malformed (ProgramRig *rig, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      program_rig_install (rig, malformed[i], NULL);
      expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS, VSS_WRITER_ERROR_MALFORMED,
                    "answer");
    }
}

/* -- what it does instead -- */

static void
test_hangs (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *pid = NULL;

  program_rig_install (rig, "echo $$ > $folder/pid; [ $1 = abort ] || exec sleep 1000", NULL);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, SHORT_MS, VSS_WRITER_ERROR_TIMEOUT,
                "no answer within 300 ms");
  pid = program_rig_read (rig, "pid");
  /* what comes next waits until it is gone */
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_ABORT), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_false (program_rig_is_running (pid));
}

static void
test_hangs_on (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *pid = NULL;
  gint64 start = g_get_monotonic_time ();

  program_rig_install (rig,
                       "echo $$ > $folder/pid; [ $1 = abort ] && exit; trap '' TERM; "
                       "while :; do sleep 1; done",
                       NULL);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, SHORT_MS, VSS_WRITER_ERROR_TIMEOUT, "freeze");
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
  pid = program_rig_read (rig, "pid");
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_ABORT), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_false (program_rig_is_running (pid));
}

static void
test_dies (ProgramRig *rig, gconstpointer data)
{
  program_rig_install (rig, "echo half way >&2; kill -TERM $$", NULL);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS, VSS_WRITER_ERROR_GONE, "signal 15");
  expect_error (rig, VSS_WIRE_WRITER_EVENT_ABORT, ENOUGH_MS, VSS_WRITER_ERROR_GONE, "half way");
}

static void
test_cannot_start (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *path = NULL;

  program_rig_install (rig, "exit 0", NULL);
  path = program_rig_write (rig, "program", "#!/no/such/shell\n", 0700);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS, VSS_WRITER_ERROR_GONE, path);
}

static void
test_replaced (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *path = NULL;

  program_rig_install (rig, "exit 0", NULL);
  path = program_rig_write (rig, "program", "#!/bin/sh\n", 0777);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS, VSS_WRITER_ERROR_GONE,
                "can be written by everybody");
}

/* A hundred megabytes, in one line, in many, and on standard error. */
static void
test_floods (ProgramRig *rig, gconstpointer data)
{
  program_rig_install (rig, "head -c 100000000 /dev/zero | tr '\\0' x", NULL);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS, VSS_WRITER_ERROR_MALFORMED,
                "without an end");
  program_rig_install (rig, "exec yes '{\"failure\":\"none\"}'", NULL);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS, VSS_WRITER_ERROR_MALFORMED,
                "more than one line");
  program_rig_install (rig, "head -c 100000000 /dev/zero | tr '\\0' y >&2; exit 75", NULL);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==,
                   VSS_WIRE_WRITER_FAILURE_RETRYABLE);
}

static void
test_never_reads (ProgramRig *rig, gconstpointer data)
{
  program_rig_install (rig, "exec <&-; echo '{\"failure\":\"none\"}'", NULL);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
}

/* What it has started doesn't keep us waiting, and doesn't stay. */
static void
test_leaves_child (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *pid = NULL;
  gint64 start = g_get_monotonic_time ();

  program_rig_install (rig, "sleep 1000 & echo $! > $folder/pid; echo '{\"failure\":\"none\"}'",
                       NULL);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  pid = program_rig_read (rig, "pid");
  while (program_rig_is_running (pid)) /* killed; whoever is its parent now has to see it */
    g_usleep (1000);
}

/* Descriptors of the agent are no business of a writer, nor is its environment. */
static void
test_inherits_nothing (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *seen = NULL;
  g_autofree char *environment = NULL;

  program_rig_install (rig, "env > $folder/env; exec ls /proc/self/fd > $folder/fds", NULL);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  seen = program_rig_read (rig, "fds");
  g_assert_cmpstr (seen, ==, "0\n1\n2\n3"); /* 3 is ls's own, of the folder */
  environment = program_rig_read (rig, "env");
  g_assert_null (strstr (environment, "NOTIFY_SOCKET"));
}

/* -- from Freeze to Thaw -- */

#define STAYS                                                                                      \
  "case $1 in freeze) read line; echo $$ > $folder/held; echo '{\"failure\":\"none\"}'; "          \
  "read line; echo \"$line\" > $folder/told; rm $folder/held; echo '{\"failure\":\"none\"}';; "    \
  "*) echo $1 >> $folder/started;; esac"

static void
test_stays (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *told = NULL;

  program_rig_install (rig, STAYS, "stays=true\n");
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_true (program_rig_exists (rig, "held"));
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_THAW), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  told = program_rig_read (rig, "told");
  g_assert_nonnull (strstr (told, "\"event\":\"thaw\""));
  g_assert_false (program_rig_exists (rig, "held"));
  g_assert_false (program_rig_exists (rig, "started"));
  g_assert_null (rig->lost);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT), ==,
                   VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_true (program_rig_exists (rig, "started"));
}

static void
test_identifies_while_it_stays (ProgramRig *rig, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterIdentifyResult) identity = NULL;

  program_rig_install (rig, STAYS, "stays=true\n");
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  identity = program_rig_identify (rig, ENOUGH_MS, &error);
  g_assert_no_error (error);
  g_assert_true (program_rig_exists (rig, "held"));
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_ABORT), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_false (program_rig_exists (rig, "held"));
}

/* It is told so, and its Abort is a start of its own. */
static void
test_dies_while_it_stays (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *started = NULL;

  program_rig_install (rig,
                       "case $1 in freeze) read line; echo '{\"failure\":\"none\"}'; sleep 0.2; "
                       "kill -KILL $$;; *) echo $1 >> $folder/started;; esac",
                       "stays=true\n");
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  while (!rig->lost)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (rig->lost, "signal 9"));
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_ABORT), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  started = program_rig_read (rig, "started");
  g_assert_cmpstr (started, ==, "abort");
}

/* One that doesn't say that it stays has ended when it has answered, and isn't lost. */
static void
test_does_not_stay (ProgramRig *rig, gconstpointer data)
{
  program_rig_install (rig, "cat >/dev/null; echo $1 >> $folder/started", NULL);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_THAW), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  g_assert_null (rig->lost);
}

static void
test_hangs_at_thaw (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *pid = NULL;

  program_rig_install (rig,
                       "echo $$ > $folder/pid; read line; echo '{\"failure\":\"none\"}'; "
                       "sleep 1000",
                       "stays=true\n");
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  expect_error (rig, VSS_WIRE_WRITER_EVENT_THAW, SHORT_MS, VSS_WRITER_ERROR_TIMEOUT, "thaw");
  pid = program_rig_read (rig, "pid");
  while (program_rig_is_running (pid))
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (rig->lost);
}

/* Its input ends when the agent does. */
static void
test_agent_ends (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *pid = NULL;

  program_rig_install (rig, STAYS, "stays=true\n");
  g_assert_cmpint (send_ok (rig, VSS_WIRE_WRITER_EVENT_FREEZE), ==, VSS_WIRE_WRITER_FAILURE_NONE);
  pid = program_rig_read (rig, "held");
  vss_writer_program_close (rig->program);
  while (program_rig_is_running (pid))
    g_usleep (1000);
}

typedef struct
{
  gboolean is_over;
  GError *error;
} Sent;

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Sent *sent = user_data;
  g_autoptr (VssWireWriterEventResult) answer =
      vss_writer_send_finish (VSS_WRITER (source), result, &sent->error);

  sent->is_over = TRUE;
}

static void
start_sending (ProgramRig *rig, VssWireWriterEvent event, guint timeout_ms, Sent *sent)
{
  VssWireWriterEventArguments arguments = { .event = event, .timeout_ms = timeout_ms };

  arguments.snapshot_set_id = (char *)"0d6cd6e8-9c2c-4d34-a6a8-0d9a55e1a1f1";
  vss_writer_send_async (VSS_WRITER (rig->program), &arguments, on_sent, sent);
}

/* While file systems are frozen nobody is signalled and nothing is started. The abort that waits
 * for that, longer than its limit, is carried out all the same. */
static void
test_frozen (ProgramRig *rig, gconstpointer data)
{
  g_autofree char *pid = NULL;
  Sent freeze = { 0 };
  Sent abort = { 0 };
  gint64 start;

  program_rig_install (rig,
                       "[ $1 = abort ] && touch $folder/aborted && exit 0\n"
                       "echo $$ > $folder/new && mv $folder/new $folder/pid; exec sleep 1000",
                       NULL);
  start_sending (rig, VSS_WIRE_WRITER_EVENT_FREEZE, ENOUGH_MS / 10, &freeze);
  program_rig_await_file (rig, "pid", TRUE);
  pid = program_rig_read (rig, "pid");
  rig->frozen = TRUE;
  while (!freeze.is_over)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (freeze.error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_TIMEOUT);
  g_clear_error (&freeze.error);
  start_sending (rig, VSS_WIRE_WRITER_EVENT_ABORT, ENOUGH_MS / 10, &abort);
  start = g_get_monotonic_time ();
  while (g_get_monotonic_time () - start < (ENOUGH_MS / 10 + SHORT_MS) * 1000)
    g_main_context_iteration (NULL, TRUE); /* the timer that asks whether all is thawed */
  g_assert_true (program_rig_is_running (pid));
  g_assert_false (program_rig_exists (rig, "aborted"));
  g_assert_false (abort.is_over);
  rig->frozen = FALSE;
  while (!abort.is_over)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (abort.error);
  g_assert_true (program_rig_exists (rig, "aborted"));
  g_assert_false (program_rig_is_running (pid));
}

/* Nor is anything started that comes when they are frozen already. */
static void
test_not_started_frozen (ProgramRig *rig, gconstpointer data)
{
  program_rig_install (rig, "touch $folder/told", NULL);
  rig->frozen = TRUE;
  expect_error (rig, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE, SHORT_MS, VSS_WRITER_ERROR_TIMEOUT,
                "backup-complete");
  rig->frozen = FALSE;
  g_assert_false (program_rig_exists (rig, "told"));
}

/* -- who it is -- */

static void
test_identity (ProgramRig *rig, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterIdentifyResult) identity = NULL;

  program_rig_install (rig,
                       "echo '{\"name\":\"Test\",\"components\":[{\"type\":\"database\","
                       "\"name\":\"main\"}]}'",
                       "usage=user-data\nlevel=back-end\n");
  g_assert_cmpstr (vss_writer_get_name (VSS_WRITER (rig->program)), ==, "Test");
  identity = program_rig_identify (rig, ENOUGH_MS, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (identity->writer_id, ==, "9d5e2ab5-5b5f-4a3e-8a57-1c9f6a0f2c11");
  g_assert_cmpint (identity->usage, ==, VSS_WIRE_USAGE_TYPE_USER_DATA);
  g_assert_true (identity->has_level);
  g_assert_cmpint (identity->level, ==, VSS_WIRE_WRITER_LEVEL_BACK_END);
  g_assert_true (identity->has_source);
  g_assert_cmpuint (identity->components->len, ==, 1);
}

static const char *const identities[][2] = {
  { "echo '{\"name\":\"Other\"}'", "disagree about its name" },
  { "echo '{\"level\":\"top\"}'", "level" },
  { "echo '{\"instance-name\":\"a\\u001b[31m\"}'", "control characters" },
  { "echo '{\"components\":[{\"type\":\"database\",\"name\":\"m\"},"
    "{\"type\":\"database\",\"name\":\"m\"}]}'",
    "twice" },
  { "echo no database here >&2; exit 1", "no database here" },
};

static void
test_wrong_identity (ProgramRig *rig, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (identities); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VssWireWriterIdentifyResult) identity = NULL;

      program_rig_install (rig, identities[i][0], NULL);
      identity = program_rig_identify (rig, ENOUGH_MS, &error);
      g_assert_null (identity);
      g_assert_true (error->domain == VSS_WRITER_ERROR);
      g_assert_nonnull (strstr (error->message, identities[i][1]));
    }
}

static void
test_file_says_all (ProgramRig *rig, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterIdentifyResult) identity = NULL;

  program_rig_install (rig, "exit 3", "[Component data]\ntype=file-group\nfiles=/srv|*\n");
  identity = program_rig_identify (rig, ENOUGH_MS, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (identity->components->len, ==, 1);
}

static void
test_limits (ProgramRig *rig, gconstpointer data)
{
  program_rig_install (rig, "exit 3", "[Limits]\nfreeze-ms=1234\n");
  g_assert_cmpuint (
      vss_writer_get_timeout_ms (VSS_WRITER (rig->program), VSS_WIRE_WRITER_EVENT_FREEZE), ==,
      1234);
  g_assert_cmpuint (
      vss_writer_get_timeout_ms (VSS_WRITER (rig->program), VSS_WIRE_WRITER_EVENT_THAW), ==,
      1000 + VSS_WIRE_WRITER_EVENT_THAW);
}

typedef struct
{
  const char *name;
  void (*function) (ProgramRig *rig, gconstpointer data);
} Case;

static const Case cases[] = {
  { "is-told", test_is_told },
  { "answers", test_answers },
  { "malformed", test_malformed },
  { "hangs", test_hangs },
  { "hangs-on", test_hangs_on },
  { "dies", test_dies },
  { "cannot-start", test_cannot_start },
  { "replaced", test_replaced },
  { "floods", test_floods },
  { "never-reads", test_never_reads },
  { "leaves-child", test_leaves_child },
  { "inherits-nothing", test_inherits_nothing },
  { "stays", test_stays },
  { "identifies-while-it-stays", test_identifies_while_it_stays },
  { "dies-while-it-stays", test_dies_while_it_stays },
  { "does-not-stay", test_does_not_stay },
  { "hangs-at-thaw", test_hangs_at_thaw },
  { "agent-ends", test_agent_ends },
  { "frozen", test_frozen },
  { "not-started-frozen", test_not_started_frozen },
  { "identity", test_identity },
  { "wrong-identity", test_wrong_identity },
  { "file-says-all", test_file_says_all },
  { "limits", test_limits },
};

int
main (int argc, char **argv)
{
  g_setenv ("NOTIFY_SOCKET", "/nowhere", TRUE); /* before there is any other thread */
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/writer-program/%s", cases[i].name);

      g_test_add (path, ProgramRig, NULL, program_rig_set_up, cases[i].function,
                  program_rig_tear_down);
    }
  return g_test_run ();
}

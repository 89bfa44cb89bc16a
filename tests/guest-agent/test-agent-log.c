/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log: nothing is written while held back, nothing is lost, nothing grows without bound. */
#include "guest-agent/vss-agent-log.h"

#include <unistd.h>

#include "guest-agent/vss-log-output.h"

typedef struct
{
  VssAgentLog *log;
  GPtrArray *written; /* of char * */
  gint64 now_ms;
  gboolean last_written_late;
  gint64 last_time_ms;
} Fixture;

static void
sink (const VssLogRecord *record, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->written, g_strdup (record->message));
  fixture->last_written_late = record->written_late;
  fixture->last_time_ms = record->boot_time_ms;
}

static gint64
test_clock (gpointer user_data)
{
  Fixture *fixture = user_data;

  return fixture->now_ms;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->written = g_ptr_array_new_with_free_func (g_free);
  fixture->log = vss_agent_log_new (sink, test_clock, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  vss_agent_log_free (fixture->log);
  g_ptr_array_unref (fixture->written);
}

static void
test_held_back (Fixture *fixture, gconstpointer data)
{
  fixture->now_ms = 100;
  vss_agent_log (fixture->log, VSS_LOG_PREPARED, "before");
  g_assert_cmpuint (fixture->written->len, ==, 1);
  g_assert_false (fixture->last_written_late);

  vss_agent_log_hold_back (fixture->log, TRUE);
  fixture->now_ms = 200;
  vss_agent_log (fixture->log, VSS_LOG_FROZEN, "one");
  vss_agent_log (fixture->log, VSS_LOG_FROZEN, "two");
  g_assert_cmpuint (fixture->written->len, ==, 1);

  fixture->now_ms = 300;
  vss_agent_log_hold_back (fixture->log, FALSE);
  g_assert_cmpuint (fixture->written->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (fixture->written, 1), ==, "one");
  g_assert_cmpstr (g_ptr_array_index (fixture->written, 2), ==, "two");
  g_assert_true (fixture->last_written_late);
  g_assert_cmpint (fixture->last_time_ms, ==, 200); /* when it was said */

  vss_agent_log_hold_back (fixture->log, FALSE);
  g_assert_cmpuint (fixture->written->len, ==, 3);
}

static void
test_ring_is_bounded (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) records = NULL;
  const VssLogRecord *first;

  vss_agent_log_hold_back (fixture->log, TRUE);
  for (int i = 0; i < VSS_LOG_RING_LINES + 10; i++)
    vss_agent_log (fixture->log, VSS_LOG_FROZEN, "line %d", i);
  records = vss_agent_log_dup_records (fixture->log);
  g_assert_cmpuint (records->len, ==, VSS_LOG_RING_LINES);
  first = g_ptr_array_index (records, 0);
  g_assert_cmpstr (first->message, ==, "line 10");

  vss_agent_log_hold_back (fixture->log, FALSE);
  g_assert_cmpuint (fixture->written->len, ==, VSS_LOG_RING_LINES + 1);
  g_assert_cmpstr (g_ptr_array_index (fixture->written, VSS_LOG_RING_LINES), ==,
                   "10 log lines were lost while frozen");
}

static void
test_text_is_harmless (Fixture *fixture, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (5000, 'x');
  g_autofree char *wide_text = NULL;
  GString *wide = g_string_new (NULL);

  vss_agent_log (fixture->log, VSS_LOG_FAILED, "a\nMESSAGE_ID=b\x1b[2J\xff");
  g_assert_cmpstr (g_ptr_array_index (fixture->written, 0), ==, "a MESSAGE_ID=b [2J\xef\xbf\xbd");

  vss_agent_log (fixture->log, VSS_LOG_FAILED, "%s", long_text);
  g_assert_cmpuint (strlen (g_ptr_array_index (fixture->written, 1)), ==,
                    VSS_LOG_MAX_MESSAGE_BYTES);

  for (int i = 0; i < 1000; i++)
    g_string_append (wide, "\xe2\x82\xac");
  wide_text = g_string_free (wide, FALSE);
  vss_agent_log (fixture->log, VSS_LOG_FAILED, "%s", wide_text);
  g_assert_true (g_utf8_validate (g_ptr_array_index (fixture->written, 2), -1, NULL));
  g_assert_cmpuint (strlen (g_ptr_array_index (fixture->written, 2)), <=,
                    VSS_LOG_MAX_MESSAGE_BYTES);
}

static void
test_level (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) records = NULL;

  vss_agent_log (fixture->log, VSS_LOG_HOST_CONNECTED, "debug");
  vss_agent_log_set_level (fixture->log, 4);
  vss_agent_log (fixture->log, VSS_LOG_STARTED, "info");
  vss_agent_log (fixture->log, VSS_LOG_FAILED, "warning");
  records = vss_agent_log_dup_records (fixture->log);
  g_assert_cmpuint (fixture->written->len, ==, 1);
  g_assert_cmpuint (records->len, ==, 1);
}

static void
test_message_ids_differ (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int event = 0; event < VSS_LOG_LIBRARY; event++)
    {
      const char *id = vss_log_event_get_message_id (event);

      g_assert_nonnull (id);
      g_assert_cmpuint (strlen (id), ==, 32);
      g_assert_true (g_hash_table_add (seen, (gpointer)id));
    }
}

static void
test_formats (void)
{
  VssLogRecord record = {
    .event = VSS_LOG_FROZEN,
    .level = 5,
    .boot_time_ms = 42,
    .real_time_us = 1700000000123456,
    .message = (char *)"froze",
    .written_late = TRUE,
  };
  g_autofree char *journal = vss_log_output_format_journal (&record);
  g_autofree char *line = vss_log_output_format_line (&record);
  g_autofree char *id =
      g_strdup_printf ("\nMESSAGE_ID=%s\n", vss_log_event_get_message_id (VSS_LOG_FROZEN));

  g_assert_cmpstr (line, ==, "2023-11-14T22:13:20.123456Z vss-agent: froze\n");
  g_assert_nonnull (strstr (journal, "\nPRIORITY=5\n"));
  g_assert_nonnull (strstr (journal, "\nVSS_BOOT_TIME_MS=42\n"));
  g_assert_nonnull (strstr (journal, "\nMESSAGE=[2023-11-14T22:13:20.123456Z] froze\n"));
  g_assert_nonnull (strstr (journal, id));
}

/* A pipe that nobody reads costs lines, not time. */
static void
test_output_to_full_pipe (void)
{
  VssLogRecord record = { .event = VSS_LOG_STARTED, .level = 6, .message = (char *)"hello" };
  g_autoptr (VssLogOutput) output = NULL;
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  output = vss_log_output_new (fds[1]);
  for (int i = 0; i < 10000; i++) /* would wait for ever */
    vss_log_output_write (output, &record);
  close (fds[0]);
  close (fds[1]);
}

/* Standard error may be a pipe that nobody reads any more. */
static void
test_output_to_pipe (void)
{
  VssLogRecord record = { .event = VSS_LOG_STARTED, .level = 6, .message = (char *)"hello" };
  g_autoptr (VssLogOutput) output = NULL;
  char text[200] = "";
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  output = vss_log_output_new (fds[1]);
  vss_log_output_write (output, &record);
  g_assert_cmpint (read (fds[0], text, sizeof text - 1), >, 0);
  g_assert_true (g_str_has_suffix (text, "vss-agent: hello\n"));
  close (fds[0]);
  close (fds[1]);
  vss_log_output_write (output, &record); /* EBADF: given up, not repeated */
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/agent-log/held-back", test_held_back);
  ADD ("/agent-log/ring-is-bounded", test_ring_is_bounded);
  ADD ("/agent-log/text-is-harmless", test_text_is_harmless);
  ADD ("/agent-log/level", test_level);
  g_test_add_func ("/agent-log/message-ids-differ", test_message_ids_differ);
  g_test_add_func ("/agent-log/formats", test_formats);
  g_test_add_func ("/agent-log/output-to-full-pipe", test_output_to_full_pipe);
  g_test_add_func ("/agent-log/output-to-pipe", test_output_to_pipe);
  return g_test_run ();
}

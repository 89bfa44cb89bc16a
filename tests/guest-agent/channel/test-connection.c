/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections and commands: who has the guest, what a lost host leaves behind, and what silence
 * does. Two hosts talk to one agent, byte for byte as over real channels. */
#include "tests/guest-agent/channel/memory-channel.h"

#define SET_1 "{\"snapshot-set-id\": \"set-1\", \"mount-points\": [\"/\"], \"timeout-ms\": 1000}"
#define FREEZE "{\"generation\": 1, \"deadline-ms\": 9999999, \"timeout-ms\": 1000}"

typedef struct
{
  AgentRig *rig;
  Channel a;
  Channel b;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->rig = agent_rig_new ();
  channel_init (&fixture->a, fixture->rig, "channel a");
  channel_init (&fixture->b, fixture->rig, "channel b");
  rig_host_open (fixture->a.host, "host-a");
  rig_host_open (fixture->b.host, "host-b");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  channel_clear (&fixture->a);
  channel_clear (&fixture->b);
  agent_rig_free (fixture->rig);
}

static void
execute (Channel *channel, const char *command, const char *arguments, const char *expected_class)
{
  g_autoptr (JsonObject) reply =
      rig_host_execute (channel->host, command, arguments, expected_class);
}

static void
freeze (Fixture *fixture)
{
  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, NULL);
  execute (&fixture->a, "vss-freeze", FREEZE, NULL);
  g_assert_cmpint (fake_freezer_get_state (fixture->rig->services.freezer), ==,
                   VSS_WIRE_FREEZE_STATE_FROZEN);
}

static void
assert_undone (Fixture *fixture)
{
  agent_rig_run ();
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "abort"), ==, 1);
  g_assert_cmpint (fake_freezer_get_state (fixture->rig->services.freezer), ==,
                   VSS_WIRE_FREEZE_STATE_THAWED);
  g_assert_null (vss_hold_get_holder (fixture->rig->services.hold));
}

/* -- the commands -- */

static void
test_whole_path (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) thaw = NULL;

  freeze (fixture);
  execute (&fixture->a, "vss-renew-lease", "{\"generation\": 1, \"lease-ms\": 1000}", NULL);
  execute (&fixture->a, "vss-renew-lease", "{\"generation\": 2, \"lease-ms\": 1000}",
           "stale-generation");
  execute (&fixture->a, "vss-post-snapshot", "{\"snapshot-set-id\": \"set-1\"}", "bad-state");
  thaw = rig_host_execute (fixture->a.host, "vss-thaw", "{\"generation\": 1}", NULL);
  g_assert_cmpint (json_object_get_int_member (thaw, "generation"), ==, 1);
  execute (&fixture->a, "vss-post-snapshot", "{\"snapshot-set-id\": \"set-1\"}", NULL);
  g_assert_null (vss_hold_get_holder (fixture->rig->services.hold));

  /* The guest is free for the next. */
  execute (&fixture->b, "vss-prepare-for-snapshot", SET_1, NULL);
  execute (&fixture->b, "vss-abort", NULL, NULL);
  g_assert_null (vss_hold_get_holder (fixture->rig->services.hold));
}

static void
test_hello (Fixture *fixture, gconstpointer data)
{
  Channel other;
  g_autoptr (JsonObject) hello = NULL;
  JsonObject *limits;

  channel_init (&other, fixture->rig, "channel c");
  vss_session_synchronise (other.host->session, 0, 1000);
  rig_host_open (other.host, "host-c");
  hello = rig_host_execute (other.host, "vss-hello",
                            "{\"protocol-version\": 7, \"host-version\": \"9\"}", NULL);
  g_assert_cmpint (json_object_get_int_member (hello, "protocol-version"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (hello, "boot-time-ms"), ==, 1000000);
  limits = json_object_get_object_member (hello, "limits");
  g_assert_cmpint (json_object_get_int_member (limits, "max-lease-ms"), ==, 60000);
  execute (&other, "vss-hello", "{\"protocol-version\": 0, \"host-version\": \"0\"}",
           "bad-arguments");
  channel_clear (&other);
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  execute (&fixture->a, "vss-nonsense", NULL, "command-not-found");
  execute (&fixture->a, "vss-freeze", NULL, "bad-arguments");
  execute (&fixture->a, "vss-ping", "{\"extra\": 1}", "bad-arguments");
  fake_freezer_fail_prepare (fixture->rig->services.freezer);
  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, "object-not-found");
  g_assert_null (vss_hold_get_holder (fixture->rig->services.hold)); /* free again */
}

static void
test_status_tells_log (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) status = NULL;
  g_autoptr (JsonObject) schema = NULL;
  JsonArray *log;

  status = rig_host_execute (fixture->a.host, "vss-query-status", NULL, NULL);
  log = json_object_get_array_member (status, "log");
  g_assert_cmpuint (json_array_get_length (log), ==, 2); /* two sessions */
  g_assert_nonnull (strstr (
      json_object_get_string_member (json_array_get_object_element (log, 1), "message"), "host-b"));
  g_assert_true (json_object_get_boolean_member (status, "guard-alive"));

  schema = rig_host_execute (fixture->a.host, "vss-query-schema", NULL, NULL);
  g_assert_true (
      json_object_has_member (json_object_get_object_member (schema, "schema"), "commands"));
}

/* -- who has the guest -- */

static void
test_second_host_is_refused (Fixture *fixture, gconstpointer data)
{
  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, NULL);
  execute (&fixture->b, "vss-prepare-for-snapshot", SET_1, "busy");
  execute (&fixture->b, "vss-freeze", FREEZE, "busy");
  execute (&fixture->b, "vss-renew-lease", "{\"generation\": 1, \"lease-ms\": 1000}", "busy");
  execute (&fixture->b, "vss-post-snapshot", "{\"snapshot-set-id\": \"set-1\"}", "busy");
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "prepare"), ==, 1);
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "freeze"), ==, 0);
  /* It is told who and since when, and so is the log. */
  g_assert_nonnull (strstr (fixture->rig->log->str, "a snapshot set of host-a on channel a has "
                                                    "been under way in this guest for 0.0 s"));
  execute (&fixture->b, "vss-freeze-status", NULL, NULL);
  execute (&fixture->b, "vss-query-status", NULL, NULL);
  execute (&fixture->b, "vss-query-volumes", NULL, NULL);
  execute (&fixture->b, "vss-ping", NULL, NULL);
}

static void
test_anybody_thaws (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  execute (&fixture->b, "vss-thaw", NULL, NULL);
  g_assert_cmpint (fake_freezer_get_state (fixture->rig->services.freezer), ==,
                   VSS_WIRE_FREEZE_STATE_HELD);
  execute (&fixture->b, "vss-abort", NULL, NULL);
  g_assert_null (vss_hold_get_holder (fixture->rig->services.hold));
}

static void
test_thaw_while_freezing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *freeze_id = NULL;
  g_autofree char *error_class = NULL;

  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, NULL);
  fake_freezer_pause (fixture->rig->services.freezer);
  freeze_id = g_strdup (rig_host_send (fixture->a.host, "vss-freeze", FREEZE));
  execute (&fixture->a, "vss-thaw", NULL, NULL);
  g_assert_null (rig_host_wait (fixture->a.host, freeze_id, &error_class));
  g_assert_cmpstr (error_class, ==, "hold-lost");
}

/* -- lost hosts -- */

static void
test_hang_up_thaws (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  vss_connection_hang_up (fixture->a.connection, "the host has gone");
  assert_undone (fixture);
}

static void
test_hang_up_while_preparing (Fixture *fixture, gconstpointer data)
{
  fake_freezer_pause (fixture->rig->services.freezer);
  rig_host_send (fixture->a.host, "vss-prepare-for-snapshot", SET_1);
  vss_connection_hang_up (fixture->a.connection, "the host has gone");
  assert_undone (fixture);
}

static void
test_other_hang_up_changes_nothing (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  vss_connection_hang_up (fixture->b.connection, "the other host has gone");
  agent_rig_run ();
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "abort"), ==, 0);
}

static void
test_new_session_thaws (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  rig_host_open (fixture->a.host, "host-a again");
  assert_undone (fixture);
  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, NULL);
}

/* The byte 0xFF is enough: who sends it has no session. */
static void
test_new_synchronisation_thaws (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  rig_host_synchronise (fixture->a.host);
  assert_undone (fixture);
}

static void
test_refused_while_undoing (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  vss_connection_hang_up (fixture->a.connection, "the host has gone");
  /* The freezer's answer is only in the main loop's queue yet. */
  vss_connection_receive (fixture->b.connection, (const guint8 *)"", 0);
  rig_host_send (fixture->b.host, "vss-prepare-for-snapshot", SET_1);
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "prepare"), ==, 1);
  g_assert_nonnull (strstr (fixture->rig->log->str, "still being undone"));
  assert_undone (fixture);
}

/* The host hangs up between its command and the first FIFREEZE. */
static void
test_freeze_after_hang_up_is_refused (Fixture *fixture, gconstpointer data)
{
  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, NULL);
  fake_freezer_pause (fixture->rig->services.freezer);
  rig_host_send (fixture->a.host, "vss-freeze", FREEZE);
  fixture->a.is_hung_up = TRUE;
  fake_freezer_resume (fixture->rig->services.freezer);
  agent_rig_run ();
  g_assert_cmpint (fake_freezer_get_state (fixture->rig->services.freezer), ==,
                   VSS_WIRE_FREEZE_STATE_PREPARED);
}

/* A command that waited in the port until after its host had closed it. */
static void
test_prepare_of_gone_host_is_refused (Fixture *fixture, gconstpointer data)
{
  fixture->a.is_hung_up = TRUE;
  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, "hold-lost");
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "prepare"), ==, 0);
  g_assert_null (vss_hold_get_holder (fixture->rig->services.hold));
}

static void
test_lease_end_is_told (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  fake_freezer_expire (fixture->rig->services.freezer);
  agent_rig_run ();
  g_assert_nonnull (vss_hold_get_holder (fixture->rig->services.hold)); /* until it asks */
}

/* -- silence -- */

static void
wait_for_abort (Fixture *fixture)
{
  while (fake_freezer_count (fixture->rig->services.freezer, "abort") == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_silence_undoes (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  fixture->rig->now_ms += fixture->rig->config->session_idle_ms;
  /* Something else makes the agent look at its clock again. */
  vss_connection_hold_changed (fixture->a.connection);
  wait_for_abort (fixture);
  assert_undone (fixture);
  g_assert_nonnull (strstr (fixture->rig->log->str, "silent for too long"));
  /* It may begin again. */
  execute (&fixture->a, "vss-freeze-status", NULL, NULL);
  execute (&fixture->a, "vss-prepare-for-snapshot", SET_1, NULL);
}

static void
test_ping_is_not_silence (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  fixture->rig->now_ms += fixture->rig->config->session_idle_ms - 1;
  execute (&fixture->a, "vss-ping", NULL, NULL);
  fixture->rig->now_ms += fixture->rig->config->session_idle_ms - 1;
  vss_connection_hold_changed (fixture->a.connection);
  agent_rig_run ();
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "abort"), ==, 0);
}

/* Without a set under way nothing is armed: an idle session costs no wake-up. */
static void
test_silence_of_idle_session (Fixture *fixture, gconstpointer data)
{
  GPollFD fds[8];
  int timeout_ms = 0;
  int priority = 0;

  agent_rig_run ();
  g_assert_true (g_main_context_acquire (NULL));
  g_main_context_prepare (g_main_context_default (), &priority);
  g_main_context_query (g_main_context_default (), priority, &timeout_ms, fds, G_N_ELEMENTS (fds));
  g_main_context_release (NULL);
  g_assert_cmpint (timeout_ms, ==, -1);
}

/* -- bytes -- */

static void
test_full_channel (Fixture *fixture, gconstpointer data)
{
  g_autofree char *error_class = NULL;
  g_autoptr (JsonObject) reply = NULL;
  const char *id;

  fixture->a.is_full = TRUE;
  id = rig_host_send (fixture->a.host, "vss-ping", NULL);
  agent_rig_run ();
  g_assert_cmpuint (fixture->a.host->replies->len, ==, 0);
  fixture->a.is_full = FALSE;
  vss_connection_writable (fixture->a.connection);
  reply = rig_host_wait (fixture->a.host, id, &error_class);
  g_assert_nonnull (reply);
}

static void
test_host_that_does_not_read (Fixture *fixture, gconstpointer data)
{
  freeze (fixture);
  fixture->a.is_full = TRUE;
  for (int i = 100; i < 10000 && !fixture->a.is_dropped; i++)
    {
      g_autofree char *line = g_strdup_printf (
          "{\"execute\": \"vss-query-schema\", \"id\": \"%s:%d\"}\n", fixture->a.host->name, i);

      channel_send (&fixture->a, (const guint8 *)line, strlen (line));
    }
  g_assert_true (fixture->a.is_dropped);
  assert_undone (fixture);
}

static void
test_garbage_is_bounded (Fixture *fixture, gconstpointer data)
{
  static const char garbage[] = "{\"execute\": \n";
  guint lines = 0;

  for (int i = 0; i < 60; i++)
    vss_connection_receive (fixture->a.connection, (const guint8 *)garbage, sizeof garbage - 1);
  for (const char *at = fixture->rig->log->str; (at = strstr (at, "dropped what came")); at++)
    lines++;
  g_assert_cmpuint (lines, ==, 8);
  execute (&fixture->a, "vss-ping", NULL, NULL); /* the session goes on */
}

#define ADD(name, function)                                                                        \
  g_test_add ("/connection/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("whole-path", test_whole_path);
  ADD ("hello", test_hello);
  ADD ("errors", test_errors);
  ADD ("status-tells-log", test_status_tells_log);
  ADD ("second-host-is-refused", test_second_host_is_refused);
  ADD ("anybody-thaws", test_anybody_thaws);
  ADD ("thaw-while-freezing", test_thaw_while_freezing);
  ADD ("hang-up-thaws", test_hang_up_thaws);
  ADD ("hang-up-while-preparing", test_hang_up_while_preparing);
  ADD ("other-hang-up-changes-nothing", test_other_hang_up_changes_nothing);
  ADD ("new-session-thaws", test_new_session_thaws);
  ADD ("new-synchronisation-thaws", test_new_synchronisation_thaws);
  ADD ("refused-while-undoing", test_refused_while_undoing);
  ADD ("freeze-after-hang-up-is-refused", test_freeze_after_hang_up_is_refused);
  ADD ("prepare-of-gone-host-is-refused", test_prepare_of_gone_host_is_refused);
  ADD ("lease-end-is-told", test_lease_end_is_told);
  ADD ("silence-undoes", test_silence_undoes);
  ADD ("ping-is-not-silence", test_ping_is_not_silence);
  ADD ("silence-of-idle-session", test_silence_of_idle_session);
  ADD ("full-channel", test_full_channel);
  ADD ("host-that-does-not-read", test_host_that_does_not_read);
  ADD ("garbage-is-bounded", test_garbage_is_bounded);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's end of a session against a host that is written here line by line. */
#include <string.h>

#include "protocol/vss-session-limits.h"
#include "tests/protocol/session-ends.h"

#define GARBAGE VSS_SESSION_EVENT_GARBAGE
#define FAILED VSS_SESSION_EVENT_FAILED
#define SYNC "@{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":8}}\n"
#define SYNC_REPLY "@{\"return\":{\"id\":8}}\n"

static void
expect_synced (VssSession *guest)
{
  vss_session_event_free (end_expect (guest, VSS_SESSION_EVENT_SYNCED));
}

static void
test_sync (void)
{
  g_autoptr (VssSession) guest = vss_session_new (VSS_SESSION_ROLE_GUEST, "def");

  end_feed (guest, 5, "{\"execute\":\"vss-fre" SYNC);
  end_expect_output (guest, SYNC_REPLY);
  expect_synced (guest);
  end_expect_nothing (guest);
  g_assert_cmpint (vss_session_last_heard (guest), ==, 5);
  g_assert_cmpint (vss_session_next_deadline (guest), ==, -1);
}

/* The session ends; its answers and events reach nobody any more. */
static void
test_sync_ends_session (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();

  end_feed (guest, 1, "{\"execute\":\"vss-freeze\",\"id\":\"s:1\"}\n");
  end_expect_command (guest, "vss-freeze", "s:1");
  vss_session_emit (guest, "E", NULL, 1);
  end_feed (guest, 2, SYNC);
  expect_synced (guest);
  vss_session_reply (guest, "s:1", end_node ("{}"));
  vss_session_reply_error (guest, "s:1", "generic-error", "x", end_node ("{}"));
  vss_session_emit (guest, "E", end_node ("{}"), 2);
  end_expect_output (guest, SYNC_REPLY);
  end_feed (guest, 3, "{\"execute\":\"vss-freeze\",\"id\":\"s:2\"}\n");
  end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_expect_nothing (guest);
  end_expect_output (guest, "");
}

static void
test_hello (void)
{
  g_autoptr (VssSession) guest = vss_session_new (VSS_SESSION_ROLE_GUEST, "def");
  g_autofree char *first = vss_session_make_name (guest);
  g_autofree char *second = vss_session_make_name (guest);

  g_assert_cmpstr (first, !=, second);
  g_assert_true (g_str_has_prefix (first, "def-"));
  end_feed (guest, 0,
            SYNC "{\"execute\":\"vss-hello\",\"arguments\":{\"protocol-version\":1},"
                 "\"id\":\"hello-abc-1\"}\n"
                 "{\"execute\":\"vss-ping\",\"id\":\"def-2:1\"}\n");
  expect_synced (guest);
  end_expect_command (guest, "vss-hello", "hello-abc-1");
  vss_session_begin (guest, second);
  vss_session_reply (guest, "hello-abc-1", end_node ("{\"session\":\"def-2\"}"));
  end_expect_command (guest, "vss-ping", "def-2:1");
  end_expect_output (guest, SYNC_REPLY "{\"return\":{\"session\":\"def-2\"},"
                                       "\"id\":\"hello-abc-1\"}\n");
}

static void
test_hello_again (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();

  end_feed (guest, 0,
            "{\"execute\":\"vss-freeze\",\"id\":\"s:1\"}\n"
            "{\"execute\":\"vss-hello\",\"id\":\"x\"}\n"
            "{\"execute\":\"vss-hello\",\"id\":\"x\"}\n");
  end_expect_command (guest, "vss-freeze", "s:1");
  end_expect_command (guest, "vss-hello", "x");
  end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  vss_session_begin (guest, "t");
  vss_session_reply (guest, "s:1", NULL); /* of the former session */
  vss_session_reply (guest, "x", NULL);
  end_expect_output (guest, "{\"return\":{},\"id\":\"x\"}\n");
  end_feed (guest, 1, "{\"execute\":\"a\",\"id\":\"s:2\"}\n{\"execute\":\"a\",\"id\":\"t:1\"}\n");
  end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_expect_command (guest, "a", "t:1");
}

/* No command is carried out twice, out of order, or of another session. */
static void
test_ids (void)
{
  static const struct
  {
    const char *id;
    gboolean taken;
  } ids[] = {
    { "s:1", TRUE },
    { "s:1", FALSE },
    { "s:3", TRUE },
    { "s:2", FALSE },
    { "s:0", FALSE },
    { "s:-5", FALSE },
    { "s:+5", FALSE },
    { "s: 5", FALSE },
    { "s:5 ", FALSE },
    { "s:0x5", FALSE },
    { "s:", FALSE },
    { "s", FALSE },
    { "", FALSE },
    { "5", FALSE },
    { ":5", FALSE },
    { "ss:5", FALSE },
    { "S:5", FALSE },
    { "old:5", FALSE },
    { "s:5:5", FALSE },
    { "s:9223372036854775808", FALSE },
    { "s:18446744073709551617", FALSE },
    { "s:10", TRUE },
    { "s:9", FALSE },
    { "s:9223372036854775807", TRUE },
    { "s:9223372036854775807", FALSE },
  };
  g_autoptr (VssSession) guest = end_new_guest ();

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *line =
          g_strdup_printf ("{\"execute\":\"vss-freeze\",\"id\":\"%s\"}\n", ids[i].id);

      end_feed (guest, i + 1, line);
      if (ids[i].taken)
        end_expect_command (guest, "vss-freeze", ids[i].id);
      else
        end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
      end_expect_nothing (guest);
    }
  end_expect_output (guest, "");
}

static void
test_garbage (void)
{
  static const struct
  {
    const char *line;
    int code;
  } lines[] = {
    { "nonsense", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":1,\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"a\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"a\",\"id\":1}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"a\",\"arguments\":[],\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"a\",\"arguments\":null,\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"a\",\"id\":\"s:1\",\"dry-run\":true}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"a\",\"id\":\"s:1\",\"id\":\"s:2\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"vss-hello\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"guest-sync-delimited\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":\"8\"}}",
      VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":8.0}}",
      VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"return\":{},\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_STATE },
    { "{\"event\":\"E\",\"session\":\"s\"}", VSS_PROTOCOL_ERROR_STATE },
  };
  g_autoptr (VssSession) guest = end_new_guest ();

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *line = g_strconcat (lines[i].line, "\n", NULL);

      end_feed (guest, 1, line);
      end_expect_error (guest, GARBAGE, lines[i].code);
      end_expect_nothing (guest);
    }
  g_assert_cmpint (vss_session_last_heard (guest), ==, 0);
  end_feed (guest, 2, "{\"execute\":\"a\",\"id\":\"s:1\"}\n");
  end_expect_command (guest, "a", "s:1");
}

static void
test_id_length (void)
{
  g_autoptr (VssSession) guest = vss_session_new (VSS_SESSION_ROLE_GUEST, "def");
  g_autofree char *id = g_strnfill (VSS_SESSION_MAX_ID_BYTES, 'x');
  g_autofree char *longest = g_strdup_printf ("{\"execute\":\"vss-hello\",\"id\":\"%s\"}\n", id);
  g_autofree char *longer = g_strdup_printf ("{\"execute\":\"vss-hello\",\"id\":\"%sx\"}\n", id);

  end_feed (guest, 0, longest);
  end_expect_command (guest, "vss-hello", id);
  end_feed (guest, 0, longer);
  end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_MALFORMED);
}

/* -- answers -- */

static void
test_replies (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();

  end_feed (guest, 0,
            "{\"execute\":\"a\",\"arguments\":{\"x\":1},\"id\":\"s:1\"}\n"
            "{\"execute\":\"b\",\"id\":\"s:2\"}\n{\"execute\":\"c\",\"id\":\"s:3\"}\n");
  end_expect_command (guest, "a", "s:1");
  end_expect_command (guest, "b", "s:2");
  end_expect_command (guest, "c", "s:3");
  vss_session_reply (guest, "s:3", NULL);
  vss_session_reply_error (guest, "s:1", "busy", "set x is under way", end_node ("{\"by\":\"y\"}"));
  vss_session_reply (guest, "s:2", end_node ("{\"n\":2}"));
  vss_session_reply (guest, "s:2", end_node ("{\"n\":3}"));
  vss_session_reply (guest, "s:4", NULL);
  end_expect_output (guest, "{\"return\":{},\"id\":\"s:3\"}\n"
                            "{\"error\":{\"class\":\"busy\",\"desc\":\"set x is under way\","
                            "\"data\":{\"by\":\"y\"}},\"id\":\"s:1\"}\n"
                            "{\"return\":{\"n\":2},\"id\":\"s:2\"}\n");
}

/* Every control character in an answer, such as in the name of a mount point, is escaped. */
static void
test_control_characters (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();
  g_autoptr (JsonNode) value = json_node_init_string (json_node_alloc (), "/a\x01\x1f\x7f");

  end_feed (guest, 0, "{\"execute\":\"a\",\"id\":\"s:1\"}\n");
  end_expect_command (guest, "a", "s:1");
  vss_session_reply (guest, "s:1", g_steal_pointer (&value));
  end_expect_output (guest, "{\"return\":\"/a\\u0001\\u001f\\u007f\",\"id\":\"s:1\"}\n");
}

/* An answer that the host could not read becomes an error, not a silence. */
static void
test_unsendable_replies (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();
  g_autofree char *large = g_strnfill (VSS_SESSION_MAX_MESSAGE_BYTES, 'x');
  g_autofree char *first = NULL, *second = NULL, *third = NULL;

  end_feed (guest, 0,
            "{\"execute\":\"a\",\"id\":\"s:1\"}\n{\"execute\":\"a\",\"id\":\"s:2\"}\n"
            "{\"execute\":\"a\",\"id\":\"s:3\"}\n");
  end_expect_command (guest, "a", "s:1");
  end_expect_command (guest, "a", "s:2");
  end_expect_command (guest, "a", "s:3");
  vss_session_reply (guest, "s:1", json_node_init_string (json_node_alloc (), large));
  first = end_output (guest);
  g_assert_true (g_str_has_prefix (first, "{\"error\":{\"class\":\"generic-error\""));
  g_assert_true (g_str_has_suffix (first, "\"id\":\"s:1\"}\n"));
  vss_session_reply (guest, "s:2", json_node_init_string (json_node_alloc (), "/mnt/\xE9"));
  second = end_output (guest);
  g_assert_true (g_str_has_prefix (second, "{\"error\":{\"class\":\"generic-error\""));
  vss_session_reply_error (guest, "s:3", "not-freezable", "/mnt/\xE9 is no place", NULL);
  third = end_output (guest);
  g_assert_cmpstr (third, ==,
                   "{\"error\":{\"class\":\"not-freezable\","
                   "\"desc\":\"/mnt/? is no place\"},\"id\":\"s:3\"}\n");
}

static void
test_events (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();

  vss_session_emit (guest, "VSS_THAWED", end_node ("{\"generation\":3}"), 1234567);
  end_expect_output (guest, "{\"event\":\"VSS_THAWED\",\"data\":{\"generation\":3},"
                            "\"session\":\"s\",\"timestamp\":{\"seconds\":1234,"
                            "\"microseconds\":567000}}\n");
  vss_session_hang_up (guest);
  vss_session_emit (guest, "VSS_THAWED", end_node ("{}"), 0);
  end_expect_output (guest, "");
}

/* -- a host that doesn't behave -- */

/* Sends a command and answers it with about @bytes bytes. */
static void
answer_with (VssSession *guest, int number, gsize bytes)
{
  g_autofree char *line = g_strdup_printf ("{\"execute\":\"a\",\"id\":\"s:%d\"}\n", number);
  g_autofree char *id = g_strdup_printf ("s:%d", number);
  g_autofree char *text = g_strnfill (bytes, 'x');

  end_feed (guest, 0, line);
  end_expect_command (guest, "a", id);
  vss_session_reply (guest, id, json_node_init_string (json_node_alloc (), text));
}

static void
test_host_does_not_read (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();
  g_autofree char *output = NULL;

  answer_with (guest, 1, 1000000);
  for (int i = 0; i < 10000; i++)
    vss_session_emit (guest, "VSS_TICK", NULL, 0); /* more than there is room for */
  answer_with (guest, 2, 1000000);                 /* takes the room of the events */
  end_expect_nothing (guest);
  output = end_output (guest);
  g_assert_null (strstr (output, "VSS_TICK"));
  g_assert_cmpuint (strlen (output), <, VSS_SESSION_MAX_QUEUED_BYTES);

  answer_with (guest, 3, 1000000);
  answer_with (guest, 4, 1000000);
  end_expect_nothing (guest);
  answer_with (guest, 5, 1000000);
  end_expect_error (guest, FAILED, VSS_PROTOCOL_ERROR_FLOOD);
  end_expect_output (guest, "");
  end_feed (guest, 1, "{\"execute\":\"a\",\"id\":\"s:6\"}\n");
  end_expect_nothing (guest);

  /* The next host finds a guest that works. */
  end_feed (guest, 2, SYNC);
  expect_synced (guest);
  end_expect_output (guest, SYNC_REPLY);
  vss_session_begin (guest, "t");
  end_feed (guest, 3, "{\"execute\":\"a\",\"id\":\"t:1\"}\n");
  end_expect_command (guest, "a", "t:1");
}

static void
test_command_flood (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();

  for (int i = 1; i <= VSS_SESSION_MAX_ACCEPTED + 1; i++)
    {
      g_autofree char *line = g_strdup_printf ("{\"execute\":\"a\",\"id\":\"s:%d\"}\n", i);

      end_feed (guest, 0, line);
      if (i <= VSS_SESSION_MAX_ACCEPTED)
        vss_session_event_free (end_expect (guest, VSS_SESSION_EVENT_COMMAND));
    }
  end_expect_error (guest, FAILED, VSS_PROTOCOL_ERROR_FLOOD);
}

static void
test_garbage_flood (void)
{
  g_autoptr (VssSession) guest = vss_session_new (VSS_SESSION_ROLE_GUEST, "def");

  /* Without a session: reported so often, then dropped in silence. */
  for (int i = 0; i < 2 * VSS_SESSION_MAX_GARBAGE; i++)
    end_feed (guest, 0, "{\"execute\":\"vss-freeze\",\"id\":\"old:1\"}\n");
  for (int i = 0; i < VSS_SESSION_MAX_GARBAGE; i++)
    end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_expect_nothing (guest);

  end_feed (guest, 0, SYNC);
  expect_synced (guest);
  vss_session_begin (guest, "s");
  for (int i = 0; i <= VSS_SESSION_MAX_GARBAGE; i++)
    end_feed (guest, 0, "nonsense\n");
  for (int i = 0; i < VSS_SESSION_MAX_GARBAGE; i++)
    end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_MALFORMED);
  end_expect_error (guest, FAILED, VSS_PROTOCOL_ERROR_FLOOD);
}

static void
test_hang_up (void)
{
  g_autoptr (VssSession) guest = end_new_guest ();

  end_feed (guest, 0, "{\"execute\":\"a\",\"id\":\"s:1\"}\n");
  end_expect_command (guest, "a", "s:1");
  end_feed (guest, 0, "{\"execute\":\"vss-fre");
  vss_session_emit (guest, "E", NULL, 0);
  vss_session_hang_up (guest);
  vss_session_reply (guest, "s:1", NULL);
  end_expect_output (guest, "");
  end_expect_nothing (guest);

  /* What the old host sent before it went comes now. */
  end_feed (guest, 1, "eze\",\"id\":\"s:2\"}\n{\"execute\":\"vss-freeze\",\"id\":\"s:3\"}\n");
  end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_MALFORMED);
  end_expect_error (guest, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_expect_nothing (guest);
  end_feed (guest, 2, SYNC);
  expect_synced (guest);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-guest/sync", test_sync);
  g_test_add_func ("/session-guest/sync-ends-session", test_sync_ends_session);
  g_test_add_func ("/session-guest/control-characters", test_control_characters);
  g_test_add_func ("/session-guest/hello", test_hello);
  g_test_add_func ("/session-guest/hello-again", test_hello_again);
  g_test_add_func ("/session-guest/ids", test_ids);
  g_test_add_func ("/session-guest/garbage", test_garbage);
  g_test_add_func ("/session-guest/id-length", test_id_length);
  g_test_add_func ("/session-guest/replies", test_replies);
  g_test_add_func ("/session-guest/unsendable-replies", test_unsendable_replies);
  g_test_add_func ("/session-guest/events", test_events);
  g_test_add_func ("/session-guest/host-does-not-read", test_host_does_not_read);
  g_test_add_func ("/session-guest/command-flood", test_command_flood);
  g_test_add_func ("/session-guest/garbage-flood", test_garbage_flood);
  g_test_add_func ("/session-guest/hang-up", test_hang_up);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's end of a session against a guest that is written here line by line. */
#include <string.h>

#include "protocol/vss-session-limits.h"
#include "tests/protocol/session-ends.h"

#define GARBAGE VSS_SESSION_EVENT_GARBAGE
#define FAILED VSS_SESSION_EVENT_FAILED

static const char *
execute (VssSession *host, const char *command, gint64 now_ms, gint64 timeout_ms)
{
  g_autoptr (GError) error = NULL;
  const char *id = vss_session_execute (host, command, NULL, now_ms, timeout_ms, &error);

  g_assert_no_error (error);
  g_assert_nonnull (id);
  return id;
}

static void
expect_refused (VssSession *host, const char *command, JsonNode *arguments, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vss_session_execute (host, command, arguments, 0, 1000, &error));
  g_assert_error (error, VSS_PROTOCOL_ERROR, code);
}

/* -- resynchronisation -- */

/* The number in a request, as text. */
static char *
number_of (const char *request)
{
  static const char beginning[] = "@{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":";
  const char *number = request + strlen (beginning);

  g_assert_true (g_str_has_prefix (request, beginning));
  g_assert_true (g_str_has_suffix (request, "}}\n"));
  return g_strndup (number, strcspn (number, "}"));
}

static void
test_sync (void)
{
  g_autoptr (VssSession) host = vss_session_new (VSS_SESSION_ROLE_HOST, "abc");
  g_autofree char *request = NULL, *number = NULL, *bare = NULL, *reply = NULL;

  vss_session_synchronise (host, 0, 5000);
  request = end_output (host);
  number = number_of (request);
  bare = g_strdup_printf ("{\"return\":{\"id\":%s}}\n", number);
  reply = g_strdup_printf ("@%s", bare);

  /* What an earlier host left behind, and an answer that no 0xFF announces. */
  end_feed (host, 1, "rn\":{},\"id\":\"old:7\"}\n{\"return\":{},\"id\":\"old:8\"}\nnonsense\n");
  end_feed (host, 2, bare);
  end_feed (host, 3, "@{\"return\":{\"id\":12345}}\n");
  end_feed (host, 4, bare);
  end_feed (host, 4, "@[[[[\n@\n@nonsense\n@{\"return\":{\"id\":\"12345\"}}\n");
  end_expect_nothing (host);
  g_assert_cmpint (vss_session_last_heard (host), ==, -1);

  end_feed (host, 5, "half a li");
  end_feed (host, 6, reply);
  vss_session_event_free (end_expect (host, VSS_SESSION_EVENT_SYNCED));
  end_expect_nothing (host);
  g_assert_cmpint (vss_session_last_heard (host), ==, 6);
  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
}

static void
test_sync_repeats (void)
{
  g_autoptr (VssSession) host = vss_session_new (VSS_SESSION_ROLE_HOST, "abc");
  g_autofree char *first = NULL, *second = NULL, *number = NULL, *replies = NULL;

  vss_session_synchronise (host, 0, 5000);
  g_assert_cmpint (vss_session_next_deadline (host), ==, VSS_SESSION_SYNC_REPEAT_MS);
  vss_session_advance (host, 1000); /* nothing was sent yet: one request is enough */
  first = end_output (host);
  g_assert_cmpuint (strlen (first), <, 100);
  vss_session_advance (host, 1999);
  end_expect_output (host, "");
  g_assert_cmpint (vss_session_next_deadline (host), ==, 2000);
  vss_session_advance (host, 2000);
  second = end_output (host);
  g_assert_cmpstr (first, ==, second);

  /* A guest that was busy answers both; a third answer is nobody's. */
  number = number_of (first);
  replies =
      g_strdup_printf ("@{\"return\":{\"id\":%s}}\n@{\"return\":{\"id\":%s}}\n", number, number);
  end_feed (host, 2500, replies);
  vss_session_event_free (end_expect (host, VSS_SESSION_EVENT_SYNCED));
  end_expect_nothing (host);
  end_feed (host, 2600, replies);
  end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
}

static void
test_sync_timeout (void)
{
  g_autoptr (VssSession) host = vss_session_new (VSS_SESSION_ROLE_HOST, "abc");

  vss_session_synchronise (host, 100, 500);
  g_assert_cmpint (vss_session_next_deadline (host), ==, 600);
  vss_session_advance (host, 599);
  end_expect_nothing (host);
  vss_session_advance (host, 600);
  end_expect_error (host, FAILED, VSS_PROTOCOL_ERROR_TIMEOUT);
  end_expect_nothing (host);
  end_expect_output (host, "");
  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
  expect_refused (host, "vss-hello", NULL, VSS_PROTOCOL_ERROR_CLOSED);
}

/* Each resynchronisation has a number of its own, also after a failure, also of another host. */
static void
test_sync_numbers_differ (void)
{
  g_autoptr (VssSession) host = vss_session_new (VSS_SESSION_ROLE_HOST, "abc");
  g_autoptr (VssSession) other = vss_session_new (VSS_SESSION_ROLE_HOST, "abd");
  g_autofree char *first = NULL, *second = NULL, *third = NULL;

  vss_session_synchronise (host, 0, 500);
  first = end_output (host);
  vss_session_synchronise (host, 0, 500);
  second = end_output (host);
  vss_session_synchronise (other, 0, 500);
  third = end_output (other);
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpstr (first, !=, third);
  g_assert_cmpstr (second, !=, third);
}

static void
test_resync_ends_commands (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  execute (host, "vss-freeze", 0, 1000);
  vss_session_synchronise (host, 10, 1000);
  end_expect_failed_reply (host, "s:1", VSS_PROTOCOL_ERROR_CLOSED);
  end_expect_nothing (host);
  expect_refused (host, "vss-thaw", NULL, VSS_PROTOCOL_ERROR_STATE);
}

/* -- commands -- */

static void
test_hello_first (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  vss_session_hang_up (host);
  expect_refused (host, "vss-hello", NULL, VSS_PROTOCOL_ERROR_CLOSED);
  vss_session_synchronise (host, 0, 1000);
  expect_refused (host, "vss-hello", NULL, VSS_PROTOCOL_ERROR_STATE);
}

static void
test_hello (void)
{
  g_autoptr (VssSession) host = vss_session_new (VSS_SESSION_ROLE_HOST, "abc");
  g_autofree char *request = NULL, *reply = NULL, *hello = NULL, *id = NULL;

  vss_session_synchronise (host, 0, 1000);
  request = end_output (host);
  reply = g_strdup_printf ("@{\"return\":%s", strstr (request, "{\"id\""));
  end_feed (host, 0, reply);
  vss_session_event_free (end_expect (host, VSS_SESSION_EVENT_SYNCED));

  expect_refused (host, "vss-query-volumes", NULL, VSS_PROTOCOL_ERROR_STATE);
  id = g_strdup (vss_session_execute (host, "vss-hello", end_node ("{\"protocol-version\":1}"), 0,
                                      1000, NULL));
  g_assert_true (g_str_has_prefix (id, "hello-abc-"));
  g_free (request);
  request = end_output (host);
  hello = g_strdup_printf ("{\"execute\":\"vss-hello\",\"arguments\":{\"protocol-version\":1},"
                           "\"id\":\"%s\"}\n",
                           id);
  g_assert_cmpstr (request, ==, hello);

  /* The answer and the session's first event come in one piece; the event is not lost. */
  g_free (reply);
  reply = g_strdup_printf ("{\"return\":{\"session\":\"g-1\"},\"id\":\"%s\"}\n"
                           "{\"event\":\"VSS_THAWED\",\"session\":\"g-1\"}\n",
                           id);
  end_feed (host, 5, reply);
  end_expect_reply (host, id, "{\"session\":\"g-1\"}");
  vss_session_begin (host, "g-1");
  vss_session_event_free (end_expect (host, VSS_SESSION_EVENT_EVENT));
  g_assert_cmpstr (execute (host, "vss-query-volumes", 5, 10), ==, "g-1:1");
  end_expect_output (host, "{\"execute\":\"vss-query-volumes\",\"id\":\"g-1:1\"}\n");
}

static void
test_several_in_flight (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  g_assert_cmpstr (execute (host, "a", 0, 1000), ==, "s:1");
  g_assert_cmpstr (execute (host, "b", 0, 1000), ==, "s:2");
  g_assert_cmpstr (execute (host, "c", 0, 1000), ==, "s:3");
  end_expect_output (host, "{\"execute\":\"a\",\"id\":\"s:1\"}\n"
                           "{\"execute\":\"b\",\"id\":\"s:2\"}\n"
                           "{\"execute\":\"c\",\"id\":\"s:3\"}\n");
  end_feed (host, 1, "{\"return\":{\"n\":3},\"id\":\"s:3\"}\n{\"id\":\"s:1\",\"return\":{}}\n");
  end_expect_reply (host, "s:3", "{\"n\":3}");
  end_expect_reply (host, "s:1", "{}");
  end_feed (host, 2, "{\"return\":{},\"id\":\"s:3\"}\n{\"return\":{},\"id\":\"s:4\"}\n");
  end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_feed (host, 3, "{\"return\":{},\"id\":\"s:2\"}\n");
  end_expect_reply (host, "s:2", "{}");
  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
}

static void
test_in_flight_limit (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  for (int i = 0; i < VSS_SESSION_MAX_IN_FLIGHT; i++)
    execute (host, "a", 0, 1000);
  expect_refused (host, "a", NULL, VSS_PROTOCOL_ERROR_STATE);
  end_feed (host, 1, "{\"return\":{},\"id\":\"s:1\"}\n");
  end_expect_reply (host, "s:1", "{}");
  execute (host, "a", 0, 1000);
}

static void
test_timeout (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  execute (host, "slow", 100, 1000);
  execute (host, "fast", 100, 500);
  g_free (end_output (host));
  g_assert_cmpint (vss_session_next_deadline (host), ==, 600);
  vss_session_advance (host, 599);
  end_expect_nothing (host);
  vss_session_advance (host, 600);
  end_expect_failed_reply (host, "s:2", VSS_PROTOCOL_ERROR_TIMEOUT);
  g_assert_cmpint (vss_session_next_deadline (host), ==, 1100);

  /* Its answer is late: no event, once. */
  end_feed (host, 700, "{\"return\":{},\"id\":\"s:2\"}\n");
  end_expect_nothing (host);
  end_feed (host, 700, "{\"return\":{},\"id\":\"s:2\"}\n");
  end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_feed (host, 800, "{\"return\":{},\"id\":\"s:1\"}\n");
  end_expect_reply (host, "s:1", "{}");
  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
}

/* A command that was given up is not sent any more, unless part of it was. */
static void
test_timeout_unsent (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  GBytes *bytes;

  execute (host, "begun", 0, 100);
  execute (host, "unsent", 0, 100);
  execute (host, "lasting", 0, 1000);
  bytes = vss_session_peek_output (host);
  vss_session_sent (host, 5);
  g_bytes_unref (bytes);
  vss_session_advance (host, 100);
  end_expect_failed_reply (host, "s:1", VSS_PROTOCOL_ERROR_TIMEOUT);
  end_expect_failed_reply (host, "s:2", VSS_PROTOCOL_ERROR_TIMEOUT);
  end_expect_output (host, "cute\":\"begun\",\"id\":\"s:1\"}\n"
                           "{\"execute\":\"lasting\",\"id\":\"s:3\"}\n");
}

/* What is being sent while the output is dropped doesn't count against what comes next. */
static void
test_output_dropped_while_sending (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  g_autofree char *output = NULL;
  GBytes *bytes;

  execute (host, "being-sent", 0, 100);
  bytes = vss_session_peek_output (host);
  vss_session_synchronise (host, 0, 1000);
  vss_session_sent (host, g_bytes_get_size (bytes));
  g_bytes_unref (bytes);
  output = end_output (host);
  g_assert_true (g_str_has_prefix (output, "@{\"execute\":\"guest-sync-delimited\""));
}

static void
test_remote_error (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  g_autoptr (VssSessionEvent) event = NULL;
  g_autofree char *data = NULL;

  execute (host, "vss-freeze", 0, 1000);
  end_feed (host, 1,
            "{\"error\":{\"class\":\"stale-generation\",\"desc\":\"\\u001b[31mno\\nway\","
            "\"data\":{\"generation\":4}},\"id\":\"s:1\"}\n");
  event = end_expect (host, VSS_SESSION_EVENT_REPLY);
  g_assert_cmpstr (event->id, ==, "s:1");
  g_assert_error (event->error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_REMOTE);
  g_assert_cmpstr (vss_protocol_error_get_class (event->error), ==, "stale-generation");
  g_assert_cmpstr (event->error->message, ==, "?[31mno?way");
  data = end_text (event->node);
  g_assert_cmpstr (data, ==, "{\"generation\":4}");
}

static void
test_unsendable (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  g_autofree char *text = g_strnfill (VSS_SESSION_MAX_MESSAGE_BYTES, 'x');
  JsonNode *large = json_node_init_string (json_node_alloc (), text);
  JsonNode *latin = json_node_init_string (json_node_alloc (), "\xE9");

  expect_refused (host, "a", large, VSS_PROTOCOL_ERROR_TOO_LARGE);
  expect_refused (host, "a", latin, VSS_PROTOCOL_ERROR_MALFORMED);
  end_expect_output (host, "");
  end_expect_nothing (host);
  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
}

static void
test_hang_up (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  execute (host, "a", 0, 1000);
  execute (host, "b", 0, 1000);
  end_feed (host, 1, "{\"return\":{},\"id\":\"s:1");
  vss_session_hang_up (host);
  end_expect_failed_reply (host, "s:1", VSS_PROTOCOL_ERROR_CLOSED);
  end_expect_failed_reply (host, "s:2", VSS_PROTOCOL_ERROR_CLOSED);
  end_expect_nothing (host);
  end_expect_output (host, "");
  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
  expect_refused (host, "a", NULL, VSS_PROTOCOL_ERROR_CLOSED);

  vss_session_synchronise (host, 0, 1000);
  vss_session_hang_up (host);
  end_expect_error (host, FAILED, VSS_PROTOCOL_ERROR_CLOSED);
}

/* -- the session's name -- */

static void
test_bad_names (void)
{
  static const char *const names[] = {
    "", "a:b", "a b", "a\n", "\x1B[2J", "a\"b", "a/b", "\xC3\xA9"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (VssSession) host = end_new_host ();

      vss_session_begin (host, names[i]);
      end_expect_error (host, FAILED, VSS_PROTOCOL_ERROR_MALFORMED);
      expect_refused (host, "a", NULL, VSS_PROTOCOL_ERROR_CLOSED);
    }
}

static void
test_long_names (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  g_autofree char *longest = g_strnfill (VSS_SESSION_MAX_NAME_BYTES, 'x');
  g_autofree char *longer = g_strnfill (VSS_SESSION_MAX_NAME_BYTES + 1, 'x');

  vss_session_begin (host, longest);
  g_assert_cmpuint (strlen (execute (host, "a", 0, 1000)), <=, VSS_SESSION_MAX_ID_BYTES);
  vss_session_begin (host, longer);
  g_clear_pointer (&longest, g_free);
  longest = g_strnfill (VSS_SESSION_MAX_NAME_BYTES, 'x');
  longest = g_realloc (longest, VSS_SESSION_MAX_NAME_BYTES + 3);
  strcat (longest, ":1");
  end_expect_failed_reply (host, longest, VSS_PROTOCOL_ERROR_CLOSED);
  end_expect_error (host, FAILED, VSS_PROTOCOL_ERROR_MALFORMED);
}

/* -- events and garbage -- */

static void
test_events (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  VssSessionEvent *event;
  g_autofree char *data = NULL;

  end_feed (host, 9,
            "{\"event\":\"VSS_THAWED\",\"data\":{\"generation\":3,\"reason\":\"x\"},"
            "\"session\":\"s\",\"timestamp\":{\"seconds\":1,\"microseconds\":2}}\n");
  event = end_expect (host, VSS_SESSION_EVENT_EVENT);
  data = end_text (event->node);
  g_assert_cmpstr (event->name, ==, "VSS_THAWED");
  g_assert_cmpstr (data, ==, "{\"generation\":3,\"reason\":\"x\"}");
  vss_session_event_free (event);
  g_assert_cmpint (vss_session_last_heard (host), ==, 9);

  end_feed (host, 10, "{\"event\":\"VSS_THAWED\",\"session\":\"old\"}\n");
  end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_STATE);
  end_feed (host, 11, "{\"event\":\"VSS_THAWED\"}\n");
  end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_MALFORMED);
  g_assert_cmpint (vss_session_last_heard (host), ==, 9);
}

static void
feed_events (VssSession *host, gint64 now_ms, int count)
{
  for (int i = 0; i < count; i++)
    end_feed (host, now_ms, "{\"event\":\"E\",\"session\":\"s\"}\n");
}

static void
test_event_flood (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  for (gint64 second = 0; second < 5; second++)
    {
      feed_events (host, second * 1000, VSS_SESSION_MAX_EVENTS_PER_SECOND);
      for (int i = 0; i < VSS_SESSION_MAX_EVENTS_PER_SECOND; i++)
        vss_session_event_free (end_expect (host, VSS_SESSION_EVENT_EVENT));
      end_expect_nothing (host);
    }
  execute (host, "a", 4999, 1000);
  feed_events (host, 4999, 2);
  end_expect_failed_reply (host, "s:1", VSS_PROTOCOL_ERROR_CLOSED);
  end_expect_error (host, FAILED, VSS_PROTOCOL_ERROR_FLOOD);
  end_expect_nothing (host);
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
    { "[]", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"\":1}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"return\":{},\"error\":{},\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"return\":{},\"id\":1}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"return\":{}}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"return\":null,\"id\":null}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"error\":\"x\",\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"error\":{\"class\":\"x\"},\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"error\":{\"class\":1,\"desc\":\"x\"},\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"error\":{\"class\":\"x\",\"desc\":\"x\"}}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"error\":{\"class\":\"x\",\"desc\":\"x\",\"data\":[]},\"id\":\"s:1\"}",
      VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"event\":\"E\",\"data\":1,\"session\":\"s\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"event\":null,\"session\":\"s\"}", VSS_PROTOCOL_ERROR_MALFORMED },
    { "{\"execute\":\"vss-hello\",\"id\":\"x\"}", VSS_PROTOCOL_ERROR_STATE },
    { "{\"execute\":\"vss-freeze\",\"id\":\"s:1\"}", VSS_PROTOCOL_ERROR_STATE },
    { "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":1}}", VSS_PROTOCOL_ERROR_STATE },
    { "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
      VSS_PROTOCOL_ERROR_TOO_LARGE },
  };
  g_autoptr (VssSession) host = end_new_host ();

  execute (host, "a", 0, 1000);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *line = g_strconcat (lines[i].line, "\n", NULL);

      end_feed (host, 1, line);
      end_expect_error (host, GARBAGE, lines[i].code);
      end_expect_nothing (host);
    }
  end_feed (host, 2, "{\"return\":{},\"id\":\"s:1\",\"hint\":1}\n");
  end_expect_reply (host, "s:1", "{}");
}

/* Text of the guest's in messages can't steer a terminal. */
static void
test_garbage_is_sanitised (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  g_autoptr (VssSessionEvent) event = NULL;

  end_feed (host, 1, "{\"return\":{},\"id\":\"\\u001b[2J\\nroot: all is well\"}\n");
  event = end_expect (host, GARBAGE);
  g_assert_nonnull (strstr (event->error->message, "?[2J?root"));
}

static void
test_garbage_flood (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  execute (host, "a", 0, 1000);
  for (int i = 0; i <= VSS_SESSION_MAX_GARBAGE; i++)
    end_feed (host, 1, "nonsense\n");
  for (int i = 0; i < VSS_SESSION_MAX_GARBAGE; i++)
    end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_MALFORMED);
  end_expect_failed_reply (host, "s:1", VSS_PROTOCOL_ERROR_CLOSED);
  end_expect_error (host, FAILED, VSS_PROTOCOL_ERROR_FLOOD);

  /* From here on the guest talks to nobody. */
  for (int i = 0; i < 1000; i++)
    end_feed (host, 1, "nonsense\n");
  end_expect_nothing (host);
}

/* A line without end takes neither memory nor more than one report. */
static void
test_overlong_line (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  g_autofree char *piece = g_strnfill (64 * 1024, 'x');

  execute (host, "a", 0, 1000);
  for (int i = 0; i < 64; i++)
    end_feed (host, 1, piece);
  end_feed (host, 2, "\n{\"return\":{},\"id\":\"s:1\"}\n");
  end_expect_error (host, GARBAGE, VSS_PROTOCOL_ERROR_TOO_LARGE);
  end_expect_reply (host, "s:1", "{}");
  end_expect_nothing (host);
}

/* -- keep-alive -- */

static void
test_keep_alive (void)
{
  g_autoptr (VssSession) host = end_new_host ();

  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
  vss_session_set_keep_alive (host, 1000, 0);
  g_assert_cmpint (vss_session_next_deadline (host), ==, 1000);
  execute (host, "a", 600, 10000);
  g_free (end_output (host));
  g_assert_cmpint (vss_session_next_deadline (host), ==, 1600);
  vss_session_advance (host, 1600);
  end_expect_output (host, "{\"execute\":\"vss-ping\",\"id\":\"s:2\"}\n");
  end_feed (host, 1700, "{\"return\":{\"boot-time-ms\":5},\"id\":\"s:2\"}\n");
  end_expect_nothing (host);
  g_assert_cmpint (vss_session_last_heard (host), ==, 1700);

  /* Pings go on without answers, which is nobody's concern, and stop when told to. */
  for (gint64 now_ms = 2600; now_ms <= 20600; now_ms += 1000)
    {
      g_autofree char *ping = NULL;

      vss_session_advance (host, now_ms);
      ping = end_output (host);
      g_assert_nonnull (strstr (ping, "vss-ping"));
    }
  end_expect_failed_reply (host, "s:1", VSS_PROTOCOL_ERROR_TIMEOUT);
  end_expect_nothing (host);
  vss_session_set_keep_alive (host, 0, 20600);
  vss_session_advance (host, 30000);
  end_expect_output (host, "");
  end_expect_nothing (host);
  g_assert_cmpint (vss_session_next_deadline (host), ==, -1);
}

/* A channel that takes nothing is not filled with pings. */
static void
test_keep_alive_blocked (void)
{
  g_autoptr (VssSession) host = end_new_host ();
  g_autofree char *output = NULL;

  vss_session_set_keep_alive (host, 1000, 0);
  for (gint64 now_ms = 1000; now_ms <= 10000; now_ms += 1000)
    vss_session_advance (host, now_ms);
  output = end_output (host);
  g_assert_true (g_str_has_prefix (output, "{\"execute\":\"vss-ping\""));
  g_assert_true (strchr (output, '\n') == output + strlen (output) - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-host/sync", test_sync);
  g_test_add_func ("/session-host/sync-repeats", test_sync_repeats);
  g_test_add_func ("/session-host/sync-timeout", test_sync_timeout);
  g_test_add_func ("/session-host/sync-numbers-differ", test_sync_numbers_differ);
  g_test_add_func ("/session-host/resync-ends-commands", test_resync_ends_commands);
  g_test_add_func ("/session-host/hello-first", test_hello_first);
  g_test_add_func ("/session-host/hello", test_hello);
  g_test_add_func ("/session-host/several-in-flight", test_several_in_flight);
  g_test_add_func ("/session-host/in-flight-limit", test_in_flight_limit);
  g_test_add_func ("/session-host/timeout", test_timeout);
  g_test_add_func ("/session-host/timeout-unsent", test_timeout_unsent);
  g_test_add_func ("/session-host/output-dropped-while-sending", test_output_dropped_while_sending);
  g_test_add_func ("/session-host/remote-error", test_remote_error);
  g_test_add_func ("/session-host/unsendable", test_unsendable);
  g_test_add_func ("/session-host/hang-up", test_hang_up);
  g_test_add_func ("/session-host/bad-names", test_bad_names);
  g_test_add_func ("/session-host/long-names", test_long_names);
  g_test_add_func ("/session-host/events", test_events);
  g_test_add_func ("/session-host/event-flood", test_event_flood);
  g_test_add_func ("/session-host/garbage", test_garbage);
  g_test_add_func ("/session-host/garbage-is-sanitised", test_garbage_is_sanitised);
  g_test_add_func ("/session-host/garbage-flood", test_garbage_flood);
  g_test_add_func ("/session-host/overlong-line", test_overlong_line);
  g_test_add_func ("/session-host/keep-alive", test_keep_alive);
  g_test_add_func ("/session-host/keep-alive-blocked", test_keep_alive_blocked);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays each recorded dialogue twice: against a host, whose guest is the record, and against a
 * guest, whose host is the record. What the end under test sends and reports is what the record
 * says; and every message is one of the schema. */
#include <string.h>

#include "tests/protocol/session-ends.h"
#include "tests/protocol/transcript.h"
#include "tests/protocol/wire-check.h"

typedef struct
{
  VssSessionRole role; /* under test */
  VssSession *session;
  gint64 now_ms;
  const char *entry; /* for messages */
} Play;

/* -- what the end under test reports -- */

static char *
describe (const VssSessionEvent *event)
{
  switch (event->kind)
    {
    case VSS_SESSION_EVENT_SYNCED:
      return g_strdup ("synced");
    case VSS_SESSION_EVENT_COMMAND:
      return g_strdup_printf ("command %s %s", event->name, event->id);
    case VSS_SESSION_EVENT_EVENT:
      return g_strdup_printf ("event %s", event->name);
    case VSS_SESSION_EVENT_GARBAGE:
      return g_strdup ("garbage");
    case VSS_SESSION_EVENT_FAILED:
      return g_strdup ("failed");
    case VSS_SESSION_EVENT_REPLY:
      if (event->error == NULL)
        return g_strdup_printf ("reply %s", event->id);
      if (g_error_matches (event->error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT))
        return g_strdup_printf ("timeout %s", event->id);
      if (g_error_matches (event->error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED))
        return g_strdup_printf ("closed %s", event->id);
      return g_strdup_printf ("error %s %s", event->id,
                              vss_protocol_error_get_class (event->error));
    default:
      g_assert_not_reached ();
    }
}

/* A host begins the session that the answer to vss-hello names. */
static void
begin_if_named (Play *play, const VssSessionEvent *event)
{
  if (play->role == VSS_SESSION_ROLE_HOST && event->kind == VSS_SESSION_EVENT_REPLY &&
      event->error == NULL && g_str_has_prefix (event->id, "hello-"))
    vss_session_begin (play->session, json_object_get_string_member (
                                          json_node_get_object (event->node), "session"));
}

static void
check_events (Play *play, const char *expected)
{
  GString *seen = g_string_new (NULL);
  VssSessionEvent *event;

  while ((event = vss_session_next_event (play->session)) != NULL)
    {
      g_autofree char *text = describe (event);

      g_string_append_printf (seen, "%s\n", text);
      begin_if_named (play, event);
      vss_session_event_free (event);
    }
  if (strcmp (seen->str, expected) != 0)
    g_error ("seen:\n%sexpected:\n%sin: %s", seen->str, expected, play->entry);
  g_string_free (seen, TRUE);
}

/* -- what the end under test sends -- */

static GBytes *
take_output (Play *play)
{
  GByteArray *all = g_byte_array_new ();
  GBytes *bytes;

  while ((bytes = vss_session_peek_output (play->session)) != NULL)
    {
      g_byte_array_append (all, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      vss_session_sent (play->session, g_bytes_get_size (bytes));
      g_bytes_unref (bytes);
    }
  return g_byte_array_free_to_bytes (all);
}

/* The order of members doesn't matter, the byte 0xFF and the newline do. */
static gboolean
same_line (GBytes *left, GBytes *right)
{
  gsize left_length, right_length, skip;
  const guint8 *l = g_bytes_get_data (left, &left_length);
  const guint8 *r = g_bytes_get_data (right, &right_length);
  g_autoptr (JsonParser) left_parser = json_parser_new ();
  g_autoptr (JsonParser) right_parser = json_parser_new ();

  if (left_length == 0 || right_length == 0)
    return left_length == right_length;
  if ((l[0] == 0xFF) != (r[0] == 0xFF) || l[left_length - 1] != '\n')
    return FALSE;
  skip = l[0] == 0xFF ? 1 : 0;
  return json_parser_load_from_data (left_parser, (const char *)l + skip, left_length - skip,
                                     NULL) &&
         json_parser_load_from_data (right_parser, (const char *)r + skip, right_length - skip,
                                     NULL) &&
         json_node_equal (json_parser_get_root (left_parser), json_parser_get_root (right_parser));
}

static void
check_output (Play *play, GBytes *expected)
{
  g_autoptr (GBytes) output = take_output (play);

  if (!same_line (output, expected))
    g_error ("sent: %.*s\nin: %s", (int)g_bytes_get_size (output),
             (const char *)g_bytes_get_data (output, NULL), play->entry);
}

static void
check_silent (Play *play)
{
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

  check_output (play, nothing);
}

/* -- what the owner of the end under test does -- */

static JsonNode *
copy_member (JsonObject *object, const char *name)
{
  JsonNode *member = json_object_get_member (object, name);

  return member != NULL ? json_node_copy (member) : NULL;
}

static void
act_as_host (Play *play, JsonObject *entry, JsonObject *message)
{
  const char *command = json_object_get_string_member (message, "execute");
  gint64 timeout_ms = transcript_get_int (entry, "timeout-ms", 10000);
  g_autoptr (GError) error = NULL;

  if (strcmp (command, "guest-sync-delimited") == 0)
    vss_session_synchronise (play->session, play->now_ms, timeout_ms);
  else
    vss_session_execute (play->session, command, copy_member (message, "arguments"), play->now_ms,
                         timeout_ms, &error);
  g_assert_no_error (error);
}

static void
act_as_guest (Play *play, JsonObject *message)
{
  const char *id = transcript_get_text (message, "id", NULL);
  JsonObject *body;

  if (json_object_has_member (message, "event"))
    vss_session_emit (play->session, json_object_get_string_member (message, "event"),
                      copy_member (message, "data"), play->now_ms);
  else if (json_object_has_member (message, "error"))
    {
      body = json_object_get_object_member (message, "error");
      vss_session_reply_error (play->session, id, json_object_get_string_member (body, "class"),
                               json_object_get_string_member (body, "desc"),
                               copy_member (body, "data"));
    }
  else
    {
      if (g_str_has_prefix (id, "hello-"))
        {
          g_autofree char *name = vss_session_make_name (play->session);

          vss_session_begin (play->session, name);
        }
      vss_session_reply (play->session, id, copy_member (message, "return"));
    }
}

/* -- the play -- */

static void
replace_session (Play *play, const char *nonce)
{
  g_clear_pointer (&play->session, vss_session_free);
  play->session = vss_session_new (play->role, nonce);
}

static void
receive (Play *play, JsonObject *entry, GBytes *bytes)
{
  g_autofree char *expected = transcript_get_list (entry, "sees");
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  vss_session_receive (play->session, data, length, play->now_ms);
  check_events (play, expected);
}

static void
cross (Play *play, JsonObject *entry)
{
  gboolean to_guest = strcmp (transcript_get_text (entry, "dir", ""), "h2g") == 0;
  gboolean is_receiver = to_guest == (play->role == VSS_SESSION_ROLE_GUEST);
  const char *by = transcript_get_text (entry, "by", "owner");
  g_autoptr (GBytes) bytes = transcript_get_bytes (entry);

  if (is_receiver && json_object_get_boolean_member_with_default (entry, "arrives", TRUE))
    receive (play, entry, bytes);
  if (is_receiver || strcmp (by, "noise") == 0 || strcmp (by, "late") == 0)
    return;
  if (strcmp (by, "owner") == 0 && to_guest)
    act_as_host (play, entry, transcript_get_message (entry));
  else if (strcmp (by, "owner") == 0)
    act_as_guest (play, transcript_get_message (entry));
  check_events (play, "");
  check_output (play, bytes);
}

/* The guest answers a resynchronisation while it receives it: its answer is the next entry. */
static gboolean
answers_at_once (Play *play, JsonObject *next)
{
  const char *sender = play->role == VSS_SESSION_ROLE_GUEST ? "g2h" : "h2g";

  return next != NULL && strcmp (transcript_get_text (next, "by", ""), "session") == 0 &&
         strcmp (transcript_get_text (next, "dir", ""), sender) == 0;
}

static void
play_entry (Play *play, JsonObject *entry, JsonObject *next)
{
  gboolean is_host = play->role == VSS_SESSION_ROLE_HOST;
  const char *nonce = transcript_get_text (entry, is_host ? "host-nonce" : "guest-nonce", NULL);
  const char *hang_up = transcript_get_text (entry, "hang-up", "");
  g_autofree char *host_sees = transcript_get_list (entry, "host-sees");

  if (nonce != NULL)
    replace_session (play, nonce);
  if (play->session == NULL)
    return; /* a note in front of it all */
  play->now_ms = transcript_get_int (entry, "at-ms", play->now_ms);
  vss_session_advance (play->session, play->now_ms);
  check_events (play, is_host ? host_sees : "");
  if (strcmp (hang_up, is_host ? "host" : "guest") == 0)
    vss_session_hang_up (play->session);
  if (is_host && json_object_has_member (entry, "keep-alive-ms"))
    vss_session_set_keep_alive (play->session, transcript_get_int (entry, "keep-alive-ms", 0),
                                play->now_ms);
  if (json_object_has_member (entry, "dir"))
    cross (play, entry);
  if (!answers_at_once (play, next))
    check_silent (play);
}

static void
play_transcript (const char *path, VssSessionRole role)
{
  g_autoptr (GPtrArray) entries = transcript_read (path);
  Play play = { .role = role };

  for (guint i = 0; i < entries->len; i++)
    {
      JsonObject *entry = g_ptr_array_index (entries, i);
      JsonObject *next = i + 1 < entries->len ? g_ptr_array_index (entries, i + 1) : NULL;
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), entry);
      g_autofree char *text = json_to_string (node, FALSE);

      play.entry = text;
      play_entry (&play, entry, next);
    }
  g_assert_nonnull (play.session);
  vss_session_free (play.session);
}

static void
test_against_host (gconstpointer path)
{
  play_transcript (path, VSS_SESSION_ROLE_HOST);
}

static void
test_against_guest (gconstpointer path)
{
  play_transcript (path, VSS_SESSION_ROLE_GUEST);
}

static void
test_against_schema (gconstpointer path)
{
  g_autoptr (GPtrArray) entries = transcript_read (path);
  g_autoptr (GHashTable) commands = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < entries->len; i++)
    {
      JsonObject *entry = g_ptr_array_index (entries, i);
      JsonObject *message = transcript_get_message (entry);
      g_autoptr (GError) error = NULL;
      gboolean good;

      if (message == NULL || strcmp (transcript_get_text (entry, "by", ""), "noise") == 0)
        continue;
      good = wire_check (message, commands, &error);
      g_assert_no_error (error);
      g_assert_true (good);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    GTestDataFunc test;
  } ways[] = {
    { "host", test_against_host },
    { "guest", test_against_guest },
    { "schema", test_against_schema },
  };

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, >, 1);
  for (int i = 1; i < argc; i++)
    for (guint way = 0; way < G_N_ELEMENTS (ways); way++)
      {
        g_autofree char *name = g_path_get_basename (argv[i]);
        g_autofree char *path = g_strdup_printf ("/transcripts/%s/%s", name, ways[way].name);

        g_test_add_data_func (path, argv[i], ways[way].test);
      }
  return g_test_run ();
}

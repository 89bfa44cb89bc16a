/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest behind a channel, with a peer at the other end of a socket pair that does what the test
 * says: answers, lies, babbles, says nothing, hangs up. Whatever it does, each call ends. */
#include "host-lib/guest/vss-agent-guest.h"
#include "host-lib/guest/vss-socket-channel.h"
#include "protocol/vss-session.h"

#include <string.h>
#include <sys/socket.h>

typedef enum
{
  PEER_ANSWERS,
  PEER_SILENT, /* no answer */
  PEER_HANGS_UP,
  PEER_BABBLES, /* garbage, then the answer */
  PEER_TELLS, /* the answer and an event, at once */
  PEER_LIES, /* an answer of the wrong form */
  PEER_REFUSES, /* an error */
  PEER_DROWNS, /* garbage without end */
} PeerTrait;

typedef struct
{
  GSocket *socket;
  VssSession *session;
  GThread *thread;
  const char *command; /* the one that the trait is for */
  PeerTrait trait;
  const char *error_class;

  GMutex lock; /* of the rest */
  GCond changed;
  GString *commands; /* as they came */
  char *freeze_arguments; /* nullable */
} Peer;

typedef struct
{
  Peer peer;
  VssGuest *guest;
  GError *error;
} Fixture;

/* -- the peer -- */

static void
send_bytes (Peer *peer, const void *bytes, gsize length)
{
  gsize done = 0;

  while (done < length)
    {
      gssize sent = g_socket_send (peer->socket, (const char *) bytes + done, length - done, NULL,
                                   NULL);

      if (sent <= 0)
        return;
      done += (gsize) sent;
    }
}

static void
flush (Peer *peer)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  GBytes *output;

  while ((output = vss_session_peek_output (peer->session)) != NULL)
    {
      gsize length;
      const void *bytes = g_bytes_get_data (output, &length);

      g_byte_array_append (all, bytes, (guint) length);
      vss_session_sent (peer->session, length);
      g_bytes_unref (output);
    }
  send_bytes (peer, all->data, all->len);
}

static JsonNode *
node_of (const char *json)
{
  return json_from_string (json, NULL);
}

static const char *
answer_to (const char *command)
{
  static const char *const answers[][2] = {
    { "vss-ping", "{\"boot-time-ms\": 5000}" },
    { "vss-query-volumes", "{\"volumes\": []}" },
    { "vss-prepare-for-snapshot",
      "{\"generation\": 7, \"boot-time-ms\": 1, \"drain-us\": [1, 2], \"volumes\": []}" },
    { "vss-freeze", "{\"generation\": 7, \"boot-time-ms\": 1, \"lease-end-ms\": 2, "
                    "\"freeze-us\": 3, \"volumes\": []}" },
    { "vss-renew-lease", "{\"lease-end-ms\": 2, \"boot-time-ms\": 1}" },
    { "vss-thaw", "{\"generation\": 7, \"lease-expired\": false, \"held-us\": 9, "
                  "\"boot-time-ms\": 1, \"volumes\": []}" },
    { "vss-abort", "{\"generation\": 0, \"lease-expired\": false, \"held-us\": 0, "
                   "\"boot-time-ms\": 1, \"volumes\": []}" },
    { "vss-post-snapshot", "{\"writers\": []}" },
    { "vss-freeze-status", "{\"state\": \"thawed\", \"boot-time-ms\": 1, \"mount-points\": [], "
                           "\"guard-alive\": true}" },
    { "vss-query-status", "{\"agent-version\": \"1\", \"started-ms\": 0, \"boot-time-ms\": 1, "
                          "\"guard-alive\": true, \"log\": []}" },
    { "vss-gather-writer-metadata", "{\"writers\": [], \"absent\": []}" },
    { "vss-query-writer-components", "{\"components\": []}" },
    { "vss-query-writers", "{\"writers\": [], \"broken\": []}" },
    { "vss-prepare-for-backup", "{\"writers\": []}" },
    { "vss-gather-writer-status", "{\"writers\": []}" },
    { "vss-backup-complete", "{\"writers\": []}" },
    { "vss-backup-shutdown", "{\"writers\": []}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      if (g_str_equal (answers[i][0], command))
        return answers[i][1];
    }
  g_assert_not_reached ();
}

static void
answer_hello (Peer *peer, const char *id, const char *version)
{
  g_autofree char *name = vss_session_make_name (peer->session);
  g_autofree char *hello = g_strdup_printf (
      "{\"protocol-version\": %s, \"agent-version\": \"1\", \"boot-id\": \"b\", "
      "\"session\": \"%s\", \"boot-time-ms\": 1, \"features\": [\"writers\"], \"limits\": "
      "{\"max-message-bytes\": 1000, \"default-lease-ms\": 10000, \"max-lease-ms\": 60000, "
      "\"max-volumes\": 10, \"session-idle-ms\": 3000}}",
      version, name);

  vss_session_begin (peer->session, name);
  vss_session_reply (peer->session, id, node_of (hello));
}

static void
answer (Peer *peer, const char *command, const char *id)
{
  if (g_str_equal (command, "vss-hello"))
    answer_hello (peer, id, "1");
  else
    vss_session_reply (peer->session, id, node_of (answer_to (command)));
}

static void
babble (Peer *peer, guint lines)
{
  static const char garbage[]
      = "{\"return\": {}, \"id\": \"of-another:1\"}\n{\"return\n\001\002[[[[[{\"a\":1,\"a\":2}\n";

  for (guint i = 0; i < lines; i++)
    send_bytes (peer, garbage, sizeof garbage - 1);
}

static void
lie (Peer *peer, const char *command, const char *id)
{
  if (g_str_equal (command, "vss-hello"))
    answer_hello (peer, id, "99");
  else
    vss_session_reply (peer->session, id, node_of ("{\"generation\": \"seven\"}"));
}

/* FALSE: hangs up. */
static gboolean
serve (Peer *peer, const char *command, const char *id)
{
  PeerTrait trait = g_strcmp0 (command, peer->command) == 0 ? peer->trait : PEER_ANSWERS;

  switch (trait)
    {
    case PEER_SILENT:
      return TRUE;
    case PEER_HANGS_UP:
      return FALSE;
    case PEER_DROWNS:
      babble (peer, 100000);
      return TRUE;
    case PEER_LIES:
      lie (peer, command, id);
      return TRUE;
    case PEER_REFUSES:
      vss_session_reply_error (peer->session, id, peer->error_class, "not now", NULL);
      return TRUE;
    case PEER_BABBLES:
      babble (peer, 3);
      answer (peer, command, id);
      return TRUE;
    case PEER_TELLS:
      answer (peer, command, id);
      vss_session_emit (peer->session, "VSS_THAWED",
                        node_of ("{\"generation\": 1, \"reason\": \"r\"}"),
                        g_get_monotonic_time () / 1000);
      return TRUE;
    case PEER_ANSWERS:
      answer (peer, command, id);
      return TRUE;
    }
  g_assert_not_reached ();
}

static void
note (Peer *peer, VssSessionEvent *event)
{
  g_mutex_lock (&peer->lock);
  g_string_append_printf (peer->commands, "%s ", event->name);
  if (g_str_equal (event->name, "vss-freeze"))
    {
      g_free (peer->freeze_arguments);
      peer->freeze_arguments = json_to_string (event->node, FALSE);
    }
  g_cond_broadcast (&peer->changed);
  g_mutex_unlock (&peer->lock);
}

static gboolean
take_events (Peer *peer)
{
  VssSessionEvent *event;
  gboolean going_on = TRUE;

  while (going_on && (event = vss_session_next_event (peer->session)) != NULL)
    {
      if (event->kind == VSS_SESSION_EVENT_COMMAND)
        {
          note (peer, event);
          going_on = serve (peer, event->name, event->id);
        }
      vss_session_event_free (event);
    }
  flush (peer);
  return going_on;
}

static gpointer
peer_thread (gpointer data)
{
  Peer *peer = data;
  char buffer[4096];
  gssize got;

  do
    {
      got = g_socket_receive (peer->socket, buffer, sizeof buffer, NULL, NULL);
      if (got > 0)
        vss_session_receive (peer->session, (guint8 *) buffer, (gsize) got,
                             g_get_monotonic_time () / 1000);
    }
  while (got > 0 && take_events (peer));
  g_socket_close (peer->socket, NULL);
  return NULL;
}

/* -- the fixture -- */

static void
set_up (Fixture *fixture, const char *command, PeerTrait trait)
{
  g_autoptr (GSocket) host_socket = NULL;
  g_autoptr (VssSocketChannel) channel = NULL;
  int ends[2];

  *fixture = (Fixture){ 0 };
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  fixture->peer.socket = g_socket_new_from_fd (ends[0], NULL);
  fixture->peer.session
      = vss_session_new (VSS_SESSION_ROLE_GUEST, "0123456789abcdef0123456789abcdef");
  fixture->peer.commands = g_string_new (NULL);
  fixture->peer.command = command;
  fixture->peer.trait = trait;
  fixture->peer.error_class = "busy";
  g_mutex_init (&fixture->peer.lock);
  g_cond_init (&fixture->peer.changed);
  host_socket = g_socket_new_from_fd (ends[1], NULL);
  channel = vss_socket_channel_new_connected (host_socket);
  fixture->guest = VSS_GUEST (vss_agent_guest_new (VSS_CHANNEL (channel), "vm"));
  fixture->peer.thread = g_thread_new ("peer", peer_thread, &fixture->peer);
}

static void
tear_down (Fixture *fixture)
{
  vss_guest_close (fixture->guest);
  g_object_unref (fixture->guest);
  g_thread_join (fixture->peer.thread);
  g_object_unref (fixture->peer.socket);
  vss_session_free (fixture->peer.session);
  g_string_free (fixture->peer.commands, TRUE);
  g_free (fixture->peer.freeze_arguments);
  g_mutex_clear (&fixture->peer.lock);
  g_cond_clear (&fixture->peer.changed);
  g_clear_error (&fixture->error);
}

static gboolean
open_guest (Fixture *fixture)
{
  return vss_guest_open (fixture->guest, "test", FALSE, NULL, &fixture->error);
}

static void
wait_for_command (Peer *peer, const char *command)
{
  g_mutex_lock (&peer->lock);
  while (strstr (peer->commands->str, command) == NULL)
    g_cond_wait (&peer->changed, &peer->lock);
  g_mutex_unlock (&peer->lock);
}

/* -- the calls -- */

typedef struct
{
  const char *command;
  gint lost_code;
} CallRow;

static const CallRow calls[] = {
  { "vss-query-volumes", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-prepare-for-snapshot", VSS_E_FLUSH_WRITES_TIMEOUT },
  { "vss-freeze", VSS_E_FLUSH_WRITES_TIMEOUT },
  { "vss-renew-lease", VSS_E_HOLD_WRITES_TIMEOUT },
  { "vss-thaw", VSS_E_HOLD_WRITES_TIMEOUT },
  { "vss-abort", VSS_E_HOLD_WRITES_TIMEOUT },
  { "vss-post-snapshot", VSS_E_UNEXPECTED },
  { "vss-freeze-status", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-query-status", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-gather-writer-metadata", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-query-writer-components", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-query-writers", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-prepare-for-backup", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-gather-writer-status", VSS_E_WRITER_INFRASTRUCTURE },
  { "vss-backup-complete", VSS_E_UNEXPECTED },
  { "vss-backup-shutdown", VSS_E_UNEXPECTED },
};

static gboolean
free_if (gpointer result, GDestroyNotify free_result)
{
  if (result == NULL)
    return FALSE;
  free_result (result);
  return TRUE;
}

#define DONE(result, type) free_if ((result), (GDestroyNotify) vss_wire_##type##_free)

static gboolean
call_writers (VssGuest *guest, const char *command, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssWirePrepareForBackupArguments) backup
      = vss_wire_prepare_for_backup_arguments_new ();

  if (g_str_equal (command, "vss-gather-writer-metadata"))
    return DONE (vss_guest_gather_writer_metadata (guest, 1000, cancellable, error),
                 gather_writer_metadata_result);
  if (g_str_equal (command, "vss-query-writer-components"))
    return DONE (vss_guest_query_writer_components (guest, "id", 2, cancellable, error),
                 writer_components_result);
  if (g_str_equal (command, "vss-query-writers"))
    return DONE (vss_guest_query_writers (guest, error), writers_result);
  backup->snapshot_set_id = g_strdup ("id");
  if (g_str_equal (command, "vss-prepare-for-backup"))
    return DONE (vss_guest_prepare_for_backup (guest, backup, cancellable, error),
                 writer_status_result);
  if (g_str_equal (command, "vss-gather-writer-status"))
    return DONE (vss_guest_gather_writer_status (guest, "id", 1000, cancellable, error),
                 writer_status_result);
  if (g_str_equal (command, "vss-backup-complete"))
    return DONE (vss_guest_backup_complete (guest, "id", NULL, 1000, cancellable, error),
                 writer_status_result);
  return DONE (vss_guest_backup_shutdown (guest, "id", 1000, error), writer_status_result);
}

static gboolean
call (VssGuest *guest, const char *command, GCancellable *cancellable, GError **error)
{
  const char *const mounts[] = { "/a", NULL };

  if (g_str_equal (command, "vss-query-volumes"))
    return DONE (vss_guest_query_volumes (guest, cancellable, error), volumes_result);
  if (g_str_equal (command, "vss-prepare-for-snapshot"))
    return DONE (vss_guest_prepare (guest, "id", mounts, 1000, NULL, 0, cancellable, error),
                 prepare_for_snapshot_result);
  if (g_str_equal (command, "vss-freeze"))
    return DONE (vss_guest_freeze (guest, 7, 1000, 2000, 0, cancellable, error), freeze_result);
  if (g_str_equal (command, "vss-renew-lease"))
    return DONE (vss_guest_renew_lease (guest, 7, 1000, error), lease_result);
  if (g_str_equal (command, "vss-thaw"))
    return DONE (vss_guest_thaw (guest, 7, error), thaw_result);
  if (g_str_equal (command, "vss-abort"))
    return DONE (vss_guest_abort (guest, "id", error), thaw_result);
  if (g_str_equal (command, "vss-post-snapshot"))
    return DONE (vss_guest_post_snapshot (guest, "id", 0, error), writer_status_result);
  if (g_str_equal (command, "vss-freeze-status"))
    return DONE (vss_guest_freeze_status (guest, error), freeze_status_result);
  if (g_str_equal (command, "vss-query-status"))
    return DONE (vss_guest_query_status (guest, error), status_result);
  return call_writers (guest, command, cancellable, error);
}

static void
test_good (gconstpointer data)
{
  const CallRow *row = data;
  static const PeerTrait traits[] = { PEER_ANSWERS, PEER_BABBLES };

  for (guint i = 0; i < G_N_ELEMENTS (traits); i++)
    {
      Fixture fixture;

      set_up (&fixture, row->command, traits[i]);
      g_assert_true (open_guest (&fixture));
      g_assert_true (call (fixture.guest, row->command, NULL, &fixture.error));
      g_assert_no_error (fixture.error);
      g_assert_true (call (fixture.guest, row->command, NULL, &fixture.error));
      tear_down (&fixture);
    }
}

static void
test_bad (gconstpointer data)
{
  const CallRow *row = data;
  static const PeerTrait traits[] = { PEER_HANGS_UP, PEER_LIES, PEER_DROWNS };

  for (guint i = 0; i < G_N_ELEMENTS (traits); i++)
    {
      Fixture fixture;

      set_up (&fixture, row->command, traits[i]);
      g_assert_true (open_guest (&fixture));
      g_assert_false (call (fixture.guest, row->command, NULL, &fixture.error));
      g_assert_error (fixture.error, VSS_ERROR, row->lost_code);
      tear_down (&fixture);
    }
}

static void
test_refused (gconstpointer data)
{
  const CallRow *row = data;
  Fixture fixture;

  set_up (&fixture, row->command, PEER_REFUSES);
  g_assert_true (open_guest (&fixture));
  g_assert_false (call (fixture.guest, row->command, NULL, &fixture.error));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  g_assert_nonnull (strstr (fixture.error->message, "not now"));
  tear_down (&fixture);
}

typedef struct
{
  Fixture *fixture;
  const char *command;
  GCancellable *cancellable;
  gboolean result;
} Caller;

static gpointer
call_thread (gpointer data)
{
  Caller *caller = data;

  caller->result = call (caller->fixture->guest, caller->command, caller->cancellable,
                         &caller->fixture->error);
  return NULL;
}

/* A silent guest is got rid of by cancelling, */
static void
test_cancelled (gconstpointer data)
{
  const char *command = data;
  Fixture fixture;
  Caller caller = { &fixture, command, g_cancellable_new (), TRUE };
  GThread *thread;

  set_up (&fixture, command, PEER_SILENT);
  g_assert_true (open_guest (&fixture));
  thread = g_thread_new ("call", call_thread, &caller);
  wait_for_command (&fixture.peer, command);
  g_cancellable_cancel (caller.cancellable);
  g_thread_join (thread);
  g_assert_false (caller.result);
  g_assert_error (fixture.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* and the next call is none the worse. */
  g_clear_error (&fixture.error);
  g_assert_true (call (fixture.guest, "vss-abort", NULL, &fixture.error));
  g_object_unref (caller.cancellable);
  tear_down (&fixture);
}

/* by its time limit, */
static void
test_timed_out (void)
{
  Fixture fixture;

  set_up (&fixture, "vss-renew-lease", PEER_SILENT);
  g_assert_true (open_guest (&fixture));
  g_assert_false (call (fixture.guest, "vss-renew-lease", NULL, &fixture.error));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
  g_clear_error (&fixture.error);
  g_assert_true (call (fixture.guest, "vss-thaw", NULL, &fixture.error));
  tear_down (&fixture);
}

/* and by hanging up from another thread. */
static void
test_closed_meanwhile (void)
{
  Fixture fixture;
  Caller caller = { &fixture, "vss-prepare-for-snapshot", NULL, TRUE };
  GThread *thread;

  set_up (&fixture, caller.command, PEER_SILENT);
  g_assert_true (open_guest (&fixture));
  thread = g_thread_new ("call", call_thread, &caller);
  wait_for_command (&fixture.peer, caller.command);
  vss_guest_close (fixture.guest);
  g_thread_join (thread);
  g_assert_false (caller.result);
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_FLUSH_WRITES_TIMEOUT);
  tear_down (&fixture);
}

/* Thaw and abort get through while a freeze is stuck. */
static void
test_thaw_beside_a_freeze (void)
{
  Fixture fixture;
  Caller caller = { &fixture, "vss-freeze", NULL, TRUE };
  g_autoptr (GError) error = NULL;
  GThread *thread;

  set_up (&fixture, caller.command, PEER_SILENT);
  g_assert_true (open_guest (&fixture));
  thread = g_thread_new ("call", call_thread, &caller);
  wait_for_command (&fixture.peer, caller.command);
  g_assert_true (call (fixture.guest, "vss-thaw", NULL, &error));
  g_assert_true (call (fixture.guest, "vss-abort", NULL, &error));
  g_assert_no_error (error);
  vss_guest_close (fixture.guest);
  g_thread_join (thread);
  tear_down (&fixture);
}

/* -- opening -- */

static void
test_hello_fails (void)
{
  static const PeerTrait traits[] = { PEER_HANGS_UP, PEER_LIES, PEER_REFUSES, PEER_DROWNS };

  for (guint i = 0; i < G_N_ELEMENTS (traits); i++)
    {
      Fixture fixture;

      set_up (&fixture, "vss-hello", traits[i]);
      g_assert_false (open_guest (&fixture));
      g_assert_error (fixture.error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE);
      tear_down (&fixture);
    }
}

static gpointer
cancel_thread (gpointer data)
{
  Caller *caller = data;

  wait_for_command (&caller->fixture->peer, caller->command);
  g_cancellable_cancel (caller->cancellable);
  return NULL;
}

static void
collect_log (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  g_string_append_printf (user_data, "%s\n", message);
}

/* An event right behind the answer to vss-hello is one of the new session. */
static void
test_event_behind_hello (void)
{
  g_autoptr (GString) log = g_string_new (NULL);
  guint handler = g_log_set_handler ("libvss", G_LOG_LEVEL_DEBUG, collect_log, log);
  Fixture fixture;

  set_up (&fixture, "vss-hello", PEER_TELLS);
  g_assert_true (open_guest (&fixture));
  g_assert_no_error (fixture.error);
  tear_down (&fixture);
  g_log_remove_handler ("libvss", handler);
  g_assert_nonnull (strstr (log->str, "event from the agent: VSS_THAWED"));
}

static void
test_open_is_cancelled (void)
{
  Fixture fixture;
  Caller caller = { &fixture, "vss-hello", g_cancellable_new (), FALSE };
  GThread *thread;

  set_up (&fixture, "vss-hello", PEER_SILENT);
  thread = g_thread_new ("cancel", cancel_thread, &caller);
  g_assert_false (
      vss_guest_open (fixture.guest, "test", FALSE, caller.cancellable, &fixture.error));
  g_assert_error (fixture.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  g_object_unref (caller.cancellable);
  tear_down (&fixture);
}

static void
test_calls_without_a_session (void)
{
  Fixture fixture;

  set_up (&fixture, NULL, PEER_ANSWERS);
  g_assert_false (call (fixture.guest, "vss-thaw", NULL, &fixture.error));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT);
  g_clear_error (&fixture.error);
  g_assert_true (open_guest (&fixture));
  vss_guest_close (fixture.guest);
  g_assert_false (call (fixture.guest, "vss-query-volumes", NULL, &fixture.error));
  g_assert_error (fixture.error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE);
  tear_down (&fixture);
}

static void
test_nobody_at_the_socket (void)
{
  g_autoptr (VssSocketChannel) channel = vss_socket_channel_new ("/nonexistent/socket");
  g_autoptr (VssAgentGuest) guest = vss_agent_guest_new (VSS_CHANNEL (channel), "vm");
  g_autoptr (GError) error = NULL;

  g_assert_false (vss_guest_open (VSS_GUEST (guest), "test", FALSE, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_nonnull (strstr (error->message, "/nonexistent/socket"));
}

/* -- the freeze's deadline -- */

/* In the guest's clock, from its own last answer: a freeze that comes late is never begun. */
static void
test_freeze_deadline (void)
{
  Fixture fixture;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *arguments;

  set_up (&fixture, NULL, PEER_ANSWERS);
  g_assert_true (open_guest (&fixture));
  g_assert_true (call (fixture.guest, "vss-freeze", NULL, &fixture.error));
  g_assert_nonnull (strstr (fixture.peer.commands->str, "vss-ping vss-freeze"));
  node = node_of (fixture.peer.freeze_arguments);
  arguments = json_node_get_object (node);
  g_assert_cmpint (json_object_get_int_member (arguments, "deadline-ms"), ==, 5000 + 2000);
  g_assert_cmpint (json_object_get_int_member (arguments, "timeout-ms"), ==, 1000);
  g_assert_cmpint (json_object_get_int_member (arguments, "lease-ms"), ==, 2000);
  tear_down (&fixture);
}

/* While a set is under way the guest hears from us, and afterwards no more. */
static void
test_keep_alive (void)
{
  Fixture fixture;
  guint before;

  set_up (&fixture, NULL, PEER_ANSWERS);
  g_assert_true (open_guest (&fixture));
  g_assert_true (call (fixture.guest, "vss-prepare-for-snapshot", NULL, &fixture.error));
  wait_for_command (&fixture.peer, "vss-prepare-for-snapshot vss-ping");
  g_assert_true (call (fixture.guest, "vss-post-snapshot", NULL, &fixture.error));
  before = fixture.peer.commands->len;
  g_assert_true (call (fixture.guest, "vss-freeze-status", NULL, &fixture.error));
  g_assert_cmpstr (fixture.peer.commands->str + before, ==, "vss-freeze-status ");
  tear_down (&fixture);
}

static void
add_rows (const char *name, GTestDataFunc test)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *path = g_strdup_printf ("/agent-guest/%s/%s", name, calls[i].command);

      g_test_add_data_func (path, &calls[i], test);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_rows ("good", test_good);
  add_rows ("bad", test_bad);
  add_rows ("refused", test_refused);
  g_test_add_data_func ("/agent-guest/cancelled/volumes", "vss-query-volumes", test_cancelled);
  g_test_add_data_func ("/agent-guest/cancelled/prepare", "vss-prepare-for-snapshot",
                        test_cancelled);
  g_test_add_data_func ("/agent-guest/cancelled/freeze", "vss-freeze", test_cancelled);
  g_test_add_func ("/agent-guest/timed-out", test_timed_out);
  g_test_add_func ("/agent-guest/closed-meanwhile", test_closed_meanwhile);
  g_test_add_func ("/agent-guest/thaw-beside-a-freeze", test_thaw_beside_a_freeze);
  g_test_add_func ("/agent-guest/hello-fails", test_hello_fails);
  g_test_add_func ("/agent-guest/event-behind-hello", test_event_behind_hello);
  g_test_add_func ("/agent-guest/open-is-cancelled", test_open_is_cancelled);
  g_test_add_func ("/agent-guest/calls-without-a-session", test_calls_without_a_session);
  g_test_add_func ("/agent-guest/nobody-at-the-socket", test_nobody_at_the_socket);
  g_test_add_func ("/agent-guest/freeze-deadline", test_freeze_deadline);
  g_test_add_func ("/agent-guest/keep-alive", test_keep_alive);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Daemons over a real socket: whoever follows the rules is registered and told, whoever doesn't is
 * hung up on with a reason, and others go on. */
#include "guest-agent/writers/vss-writer-listener.h"
#include "guest-agent/writers/vss-writer-peer.h"
#include "tests/guest-agent/writers/program-rig.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ID "9d5e2ab5-5b5f-4a3e-8a57-1c9f6a0f2c11"
#define IDENTITY "{\"writer-id\":\"" ID "\",\"name\":\"Shop\"}"
#define PATIENCE_US (30 * G_USEC_PER_SEC)

typedef struct
{
  ProgramRig base; /* folder, clock and environment */
  VssWriterRegistry *registry;
  VssWriterListener *listener;
  char *path;
  char *refused; /* the last sentence */
} Rig;

static void
on_refused (const char *sentence, gpointer user_data)
{
  Rig *rig = user_data;

  g_free (rig->refused);
  rig->refused = g_strdup (sentence);
}

static void
set_up (Rig *rig, gconstpointer data)
{
  const char *const nobody[] = { NULL };
  g_autoptr (GError) error = NULL;

  program_rig_set_up (&rig->base, NULL);
  rig->registry = vss_writer_registry_new (&rig->base.clock);
  rig->path = g_build_filename (rig->base.folder, "writers.sock", NULL);
  rig->listener = vss_writer_listener_new (&rig->base.environment, rig->registry, rig->path, nobody,
                                           on_refused, rig, &error);
  g_assert_no_error (error);
}

static void
tear_down (Rig *rig, gconstpointer data)
{
  g_clear_pointer (&rig->listener, vss_writer_listener_free);
  g_assert_cmpuint (vss_writer_registry_count (rig->registry), ==, 0);
  g_assert_finalize_object (rig->registry);
  g_assert_false (g_file_test (rig->path, G_FILE_TEST_EXISTS));
  g_free (rig->path);
  g_free (rig->refused);
  program_rig_tear_down (&rig->base, NULL);
}

/* -- the daemon's end -- */

static int
connect_daemon (Rig *rig)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, rig->path, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static gboolean
wake (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* The next line that the agent sends; NULL once it has hung up. */
static char *
read_line (int fd)
{
  GString *line = g_string_new (NULL);
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  guint timer = g_timeout_add (2, wake, NULL);
  gboolean is_gone = FALSE;

  while (!is_gone && (line->len == 0 || line->str[line->len - 1] != '\n'))
    {
      char byte;
      gssize got = read (fd, &byte, 1);

      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      if (got == 1)
        g_string_append_c (line, byte);
      else if (got == 0 || errno != EAGAIN)
        is_gone = TRUE;
      else
        g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
  return g_string_free (line, is_gone);
}

static void
say (int fd, const char *text)
{
  while (*text)
    {
      gssize put = send (fd, text, strlen (text), MSG_NOSIGNAL);

      if (put > 0)
        text += put;
      else if (errno == EAGAIN)
        g_main_context_iteration (NULL, FALSE);
      else
        return; /* hung up on */
    }
}

/* The value of "id" in a line of the agent. */
static char *
get_id (const char *line)
{
  const char *start = strstr (line, "\"id\":\"");
  const char *end;

  g_assert_nonnull (start);
  start += strlen ("\"id\":\"");
  end = strchr (start, '"');
  return g_strndup (start, end - start);
}

/* Answers the agent's next command with @result, which is JSON. */
static void
answer (int fd, const char *command, const char *result)
{
  g_autofree char *line = read_line (fd);
  g_autofree char *id = NULL;
  g_autofree char *text = NULL;

  g_assert_nonnull (line);
  g_assert_nonnull (strstr (line, command));
  id = get_id (line);
  text = g_strdup_printf ("{\"return\":%s,\"id\":\"%s\"}\n", result, id);
  say (fd, text);
}

static void
synchronise (int fd)
{
  g_autofree char *line = read_line (fd);
  const char *number;
  g_autofree char *text = NULL;

  g_assert_nonnull (line);
  number = strstr (line, "{\"id\":");
  g_assert_nonnull (number);
  text = g_strdup_printf ("\xff{\"return\":{\"id\":%" G_GINT64_FORMAT "}}\n",
                          g_ascii_strtoll (number + strlen ("{\"id\":"), NULL, 10));
  say (fd, text);
}

static int
open_daemon (Rig *rig)
{
  int fd = connect_daemon (rig);

  synchronise (fd);
  answer (fd, "vss-hello", "{\"session\":\"s\"}");
  return fd;
}

static void
await_count (Rig *rig, guint count)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  guint timer = g_timeout_add (2, wake, NULL);

  while (vss_writer_registry_count (rig->registry) != count)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
}

static int
register_daemon (Rig *rig, const char *identity)
{
  guint count = vss_writer_registry_count (rig->registry);
  int fd = open_daemon (rig);

  answer (fd, "vss-writer-identify", identity);
  await_count (rig, count + 1);
  return fd;
}

static VssWriter *
get_writer (Rig *rig, guint i)
{
  GPtrArray *slots = vss_writer_registry_get_slots (rig->registry);

  return vss_writer_slot_get_writer (g_ptr_array_index (slots, i));
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **)user_data = g_object_ref (result);
}

static void
tell (VssWriter *writer, VssWireWriterEvent event, guint timeout_ms, GAsyncResult **result)
{
  g_autoptr (VssWireWriterEventArguments) arguments = vss_wire_writer_event_arguments_new ();

  arguments->event = event;
  arguments->snapshot_set_id = g_strdup ("0d6cd6e8-9c2c-4d34-a6a8-0d9a55e1a1f1");
  arguments->timeout_ms = timeout_ms;
  vss_writer_send_async (writer, arguments, on_done, (gpointer)result);
}

static VssWireWriterEventResult *
await_told (VssWriter *writer, GAsyncResult **result, GError **error)
{
  VssWireWriterEventResult *told;

  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  told = vss_writer_send_finish (writer, *result, error);
  g_clear_object (result);
  return told;
}

static void
expect_hung_up (Rig *rig, int fd, const char *words)
{
  g_autofree char *line = NULL;

  while ((line = read_line (fd)))
    g_clear_pointer (&line, g_free);
  close (fd);
  if (!rig->refused || !strstr (rig->refused, words))
    g_error ("\"%s\" doesn't mention %s", rig->refused, words);
  g_assert_cmpuint (vss_writer_registry_count (rig->registry), ==, 0);
}

/* -- tests -- */

static void
test_registers (Rig *rig, gconstpointer data)
{
  int fd = register_daemon (rig, IDENTITY);
  VssWriter *writer = get_writer (rig, 0);
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterEventResult) told = NULL;

  g_assert_cmpstr (vss_writer_get_name (writer), ==, "Shop");
  g_assert_cmpint (vss_writer_get_kind (writer), ==, VSS_WIRE_WRITER_KIND_DAEMON);
  tell (writer, VSS_WIRE_WRITER_EVENT_FREEZE, 20000, &result);
  answer (fd, "\"freeze\"", "{\"failure\":\"retryable\",\"message\":\"a\\u001b[2Jb\"}");
  told = await_told (writer, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (told->failure, ==, VSS_WIRE_WRITER_FAILURE_RETRYABLE);
  g_assert_cmpstr (told->message, ==, "a?[2Jb");
  close (fd);
  await_count (rig, 0);
}

static void
on_lost (VssWriter *writer, const char *reason, gpointer user_data)
{
  *(char **)user_data = g_strdup (reason);
}

static void
test_lost_at_rest (Rig *rig, gconstpointer data)
{
  int fd = register_daemon (rig, IDENTITY);
  g_autoptr (VssWriter) writer = g_object_ref (get_writer (rig, 0));
  GAsyncResult *result = NULL;
  g_autoptr (VssWireWriterEventResult) told = NULL;
  g_autofree char *lost = NULL;

  g_signal_connect (writer, "lost", G_CALLBACK (on_lost), &lost);
  tell (writer, VSS_WIRE_WRITER_EVENT_FREEZE, 20000, &result);
  answer (fd, "\"freeze\"", "{\"failure\":\"none\"}");
  told = await_told (writer, &result, NULL);
  g_assert_nonnull (told);
  g_assert_null (lost);
  close (fd);
  await_count (rig, 0);
  g_assert_nonnull (lost);
}

static void
test_hangs_up_instead (Rig *rig, gconstpointer data)
{
  int fd = register_daemon (rig, IDENTITY);
  g_autoptr (VssWriter) writer = g_object_ref (get_writer (rig, 0));
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *lost = NULL;

  g_signal_connect (writer, "lost", G_CALLBACK (on_lost), &lost);
  tell (writer, VSS_WIRE_WRITER_EVENT_FREEZE, 20000, &result);
  close (fd);
  g_assert_null (await_told (writer, &result, &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_GONE);
  g_assert_null (lost);
}

static void
test_late (Rig *rig, gconstpointer data)
{
  int fd = register_daemon (rig, IDENTITY);
  VssWriter *writer = get_writer (rig, 0);
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  g_autofree char *id = NULL;
  g_autofree char *text = NULL;
  g_autoptr (VssWireWriterEventResult) told = NULL;

  tell (writer, VSS_WIRE_WRITER_EVENT_FREEZE, 200, &result);
  g_assert_null (await_told (writer, &result, &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_TIMEOUT);
  line = read_line (fd);
  id = get_id (line);
  text = g_strdup_printf ("{\"return\":{\"failure\":\"none\"},\"id\":\"%s\"}\n", id);
  say (fd, text);
  tell (writer, VSS_WIRE_WRITER_EVENT_ABORT, 20000, &result);
  answer (fd, "\"abort\"", "{\"failure\":\"none\"}");
  told = await_told (writer, &result, NULL);
  g_assert_nonnull (told);
  close (fd);
}

static void
test_wrong_answers (Rig *rig, gconstpointer data)
{
  static const char *const wrong[] = { "{}", "{\"failure\":1}", "{\"failure\":\"tired\"}" };
  int fd = register_daemon (rig, IDENTITY);
  VssWriter *writer = get_writer (rig, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      GAsyncResult *result = NULL;
      g_autoptr (GError) error = NULL;

      tell (writer, VSS_WIRE_WRITER_EVENT_FREEZE, 20000, &result);
      answer (fd, "\"freeze\"", wrong[i]);
      g_assert_null (await_told (writer, &result, &error));
      g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_MALFORMED);
    }
  close (fd);
}

static void
test_wrong_identities (Rig *rig, gconstpointer data)
{
  static const char *const wrong[][2] = {
    { "{\"name\":\"Shop\"}", "writer-id" },
    { "{\"writer-id\":\"" ID "\"}", "name" },
    { "{\"writer-id\":\"7\",\"name\":\"Shop\"}", "no UUID" },
    { "{\"writer-id\":\"" ID "\",\"name\":\"\\u001b[2J\"}", "control characters" },
    { "{\"writer-id\":\"" ID "\",\"name\":[]}", "name" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      int fd = open_daemon (rig);

      answer (fd, "vss-writer-identify", wrong[i][0]);
      expect_hung_up (rig, fd, wrong[i][1]);
    }
}

static void
test_twice (Rig *rig, gconstpointer data)
{
  int first = register_daemon (rig, IDENTITY);
  int second = open_daemon (rig);
  g_autofree char *line = NULL;
  g_autoptr (VssWireWritersResult) result = NULL;

  answer (second, "vss-writer-identify", IDENTITY);
  line = read_line (second);
  g_assert_null (line);
  g_assert_nonnull (strstr (rig->refused, "registered with that writer-id"));
  result = vss_writer_registry_query (rig->registry);
  g_assert_cmpuint (result->writers->len, ==, 1);
  g_assert_cmpuint (result->broken->len, ==, 1);
  close (first);
  close (second);
}

static void
test_changes_its_mind (Rig *rig, gconstpointer data)
{
  int fd = register_daemon (rig, IDENTITY);
  VssWriter *writer = get_writer (rig, 0);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  vss_writer_identify_async (writer, 20000, on_done, &result);
  answer (fd, "vss-writer-identify", "{\"writer-id\":\"" ID "\",\"name\":\"Other\"}");
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (vss_writer_identify_finish (writer, result, &error));
  g_assert_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY);
  close (fd);
}

/* A line without an end, lines that nobody asked for, commands of its own. */
static void
test_floods (Rig *rig, gconstpointer data)
{
  static const char *const floods[] = { "x", "{}\n", "{\"return\":{},\"id\":\"s:99\"}\n",
                                        "{\"event\":\"X\",\"session\":\"s\"}\n", "\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (floods); i++)
    {
      int fd = open_daemon (rig);
      GString *text = g_string_new (NULL);

      while (text->len < 6 * 1024 * 1024)
        g_string_append (text, floods[i]);
      say (fd, text->str);
      g_string_free (text, TRUE);
      expect_hung_up (rig, fd, "");
      g_clear_pointer (&rig->refused, g_free);
    }
}

static void
test_too_many (Rig *rig, gconstpointer data)
{
  int fds[VSS_WRITER_LISTENER_MAX_DAEMONS + 1];
  int good;

  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = connect_daemon (rig);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  expect_hung_up (rig, fds[G_N_ELEMENTS (fds) - 1], "too many");
  for (gsize i = 0; i < G_N_ELEMENTS (fds) - 1; i++)
    close (fds[i]);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  good = register_daemon (rig, IDENTITY);
  close (good);
}

static void
test_finds_unit (Rig *rig, gconstpointer data)
{
  g_autofree char *unit = vss_writer_peer_find_unit ("0::/system.slice/shop.service\n");
  g_autofree char *none = vss_writer_peer_find_unit ("0::/user.slice/session-1.scope\n");

  g_assert_cmpstr (unit, ==, "shop.service");
  g_assert_null (none);
}

typedef struct
{
  const char *name;
  void (*function) (Rig *rig, gconstpointer data);
} Case;

static const Case cases[] = {
  { "registers", test_registers },
  { "lost-at-rest", test_lost_at_rest },
  { "hangs-up-instead", test_hangs_up_instead },
  { "late", test_late },
  { "wrong-answers", test_wrong_answers },
  { "wrong-identities", test_wrong_identities },
  { "twice", test_twice },
  { "changes-its-mind", test_changes_its_mind },
  { "floods", test_floods },
  { "too-many", test_too_many },
  { "finds-unit", test_finds_unit },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/writer-daemon/%s", cases[i].name);

      g_test_add (path, Rig, NULL, set_up, cases[i].function, tear_down);
    }
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Unix socket: who may connect, how many, and what is left when they go. */
#include "guest-agent/channel/vss-listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>

#include "tests/guest-agent/agent-rig.h"

#define SET_1 "{\"snapshot-set-id\": \"set-1\", \"mount-points\": [\"/\"], \"timeout-ms\": 1000}"
#define FREEZE "{\"generation\": 1, \"deadline-ms\": 9999999, \"timeout-ms\": 1000}"

typedef struct
{
  AgentRig *rig;
  char *folder;
  char *path;
  VssListener *listener;
} Fixture;

typedef struct
{
  int fd;
  RigHost *host;
  guint source;
} Client;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->rig = agent_rig_new ();
  fixture->folder = g_dir_make_tmp ("vss-listener-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "agent.sock", NULL);
  fixture->listener = vss_listener_new (&fixture->rig->services, fixture->path, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  vss_listener_free (fixture->listener);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  agent_rig_free (fixture->rig);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static void
client_send (gpointer user_data, const guint8 *bytes, gsize length)
{
  Client *client = user_data;

  g_assert_cmpint (send (client->fd, bytes, length, MSG_NOSIGNAL), ==, length);
}

static gboolean
on_client_input (int fd, GIOCondition condition, gpointer user_data)
{
  Client *client = user_data;
  guint8 bytes[4096];
  gssize got = read (fd, bytes, sizeof bytes);

  if (got <= 0)
    {
      client->source = 0;
      return G_SOURCE_REMOVE;
    }
  rig_host_receive (client->host, bytes, got);
  return G_SOURCE_CONTINUE;
}

static void
client_open (Client *client, Fixture *fixture, const char *requester)
{
  client->fd = connect_to (fixture->path);
  client->host = rig_host_new (client_send, client);
  client->source = g_unix_fd_add (client->fd, G_IO_IN | G_IO_HUP, on_client_input, client);
  rig_host_open (client->host, requester);
}

static void
client_close (Client *client)
{
  if (client->source)
    g_source_remove (client->source);
  close (client->fd);
  rig_host_free (client->host);
}

static void
test_mode (Fixture *fixture, gconstpointer data)
{
  GStatBuf status;

  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
}

static void
test_hang_up_thaws (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) prepared = NULL;
  g_autoptr (JsonObject) frozen = NULL;
  Client client;

  client_open (&client, fixture, "host");
  prepared = rig_host_execute (client.host, "vss-prepare-for-snapshot", SET_1, NULL);
  frozen = rig_host_execute (client.host, "vss-freeze", FREEZE, NULL);
  client_close (&client);
  while (vss_hold_get_holder (fixture->rig->services.hold))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "abort"), ==, 1);
}

/* The agent reads the command only after its host has gone. */
static void
test_late_command (Fixture *fixture, gconstpointer data)
{
  Client client;

  client_open (&client, fixture, "host");
  rig_host_send (client.host, "vss-prepare-for-snapshot", SET_1);
  client_close (&client);
  agent_rig_run ();
  g_assert_cmpuint (fake_freezer_count (fixture->rig->services.freezer, "prepare"), ==, 0);
}

/* A large answer to a reader that takes its time arrives whole. */
static void
test_large_answers (Fixture *fixture, gconstpointer data)
{
  Client client;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  client_open (&client, fixture, "host");
  for (int i = 0; i < 31; i++) /* more than a socket holds */
    g_ptr_array_add (ids, g_strdup (rig_host_send (client.host, "vss-query-schema", NULL)));
  for (guint i = 0; i < ids->len; i++)
    {
      g_autofree char *error_class = NULL;
      g_autoptr (JsonObject) reply =
          rig_host_wait (client.host, g_ptr_array_index (ids, i), &error_class);

      g_assert_nonnull (reply);
    }
  client_close (&client);
}

static void
test_many (Fixture *fixture, gconstpointer data)
{
  int fds[VSS_LISTENER_MAX_PEERS];
  int one_more;
  Client client;
  char byte;

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = connect_to (fixture->path);
  agent_rig_run ();
  one_more = connect_to (fixture->path);
  agent_rig_run ();
  g_assert_cmpint (read (one_more, &byte, 1), ==, 0); /* refused */
  close (one_more);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  agent_rig_run ();
  client_open (&client, fixture, "host"); /* there is room again */
  client_close (&client);
}

static void
test_stale_socket (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "other.sock", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autoptr (VssListener) listener = NULL;
  g_autoptr (GError) error = NULL;
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  close (fd); /* the file stays, as after kill -9 */
  listener = vss_listener_new (&fixture->rig->services, path, &error);
  g_assert_no_error (error);
  g_assert_nonnull (listener);
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) in_use = NULL;
  g_autoptr (GError) no_folder = NULL;
  g_autoptr (GError) too_long = NULL;
  g_autofree char *long_path = g_strnfill (200, 'x');

  g_assert_null (vss_listener_new (&fixture->rig->services, fixture->path, &in_use));
  g_assert_nonnull (strstr (in_use->message, "Address already in use"));
  g_assert_nonnull (strstr (in_use->message, fixture->path));
  g_assert_null (vss_listener_new (&fixture->rig->services, "/nonexistent/a.sock", &no_folder));
  g_assert_error (no_folder, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_null (vss_listener_new (&fixture->rig->services, long_path, &too_long));
  g_assert_error (too_long, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/listener/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("mode", test_mode);
  ADD ("hang-up-thaws", test_hang_up_thaws);
  ADD ("late-command", test_late_command);
  ADD ("large-answers", test_large_answers);
  ADD ("many", test_many);
  ADD ("stale-socket", test_stale_socket);
  ADD ("errors", test_errors);
  return g_test_run ();
}

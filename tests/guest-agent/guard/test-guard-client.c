/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's end of the guard's socket, with a guard that a test plays. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "guest-agent/guard/vss-guard-client.h"
#include "guest-agent/guard/vss-guard-socket.h"

#define TIMEOUT_MS 100
#define LIMIT_US (10 * G_USEC_PER_SEC)

typedef struct
{
  char *folder;
  char *path;
  int listen_fd;
  int guard; /* our end of the connection */
  VssGuardClient *client;
  GAsyncResult *armed;
  guint n_lost;
  guint64 expired;
} Fixture;

static void
lost (VssGuardClient *client,
      Fixture        *fixture)
{
  fixture->n_lost++;
}

static void
expired (VssGuardClient *client,
         guint64         generation,
         Fixture        *fixture)
{
  fixture->expired = generation;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  pid_t pid;

  fixture->folder = g_dir_make_tmp ("client-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "sock", NULL);
  fixture->listen_fd = vss_guard_socket_listen (fixture->path);
  fixture->client = vss_guard_client_new (fixture->path, TIMEOUT_MS);
  g_signal_connect (fixture->client, "lost", G_CALLBACK (lost), fixture);
  g_signal_connect (fixture->client, "expired", G_CALLBACK (expired), fixture);
  vss_guard_client_connect (fixture->client, &error);
  g_assert_no_error (error);
  fixture->guard = vss_guard_socket_accept (fixture->listen_fd, &pid);
  g_assert_cmpint (pid, ==, getpid ());
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_clear_object (&fixture->armed);
  g_object_unref (fixture->client);
  if (fixture->guard >= 0)
    {
      close (fixture->guard);
    }
  close (fixture->listen_fd);
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
arm_done (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Fixture *fixture = user_data;

  fixture->armed = g_object_ref (result);
}

static void
arm (Fixture *fixture)
{
  int fds[] = { STDIN_FILENO, STDOUT_FILENO };
  int tids[] = { 11, 12 };

  vss_guard_client_arm_async (fixture->client, 5, 12345, fds, tids, 2, arm_done, fixture);
}

static gboolean
wake_up (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
run_until (const gboolean *flag,
           const guint    *count,
           gpointer       *pointer)
{
  gint64 limit_us = g_get_monotonic_time () + LIMIT_US;
  guint timer = g_timeout_add (5, wake_up, NULL);

  while (!(flag != NULL && *flag) && !(count != NULL && *count > 0)
         && !(pointer != NULL && *pointer != NULL))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, limit_us);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
}

static VssGuardMessage
take_request (Fixture *fixture,
              guint    n_expected_fds)
{
  VssGuardMessage message;
  int fds[VSS_GUARD_MAX_HOLDS];
  guint n_fds = 0;

  g_assert_true (vss_guard_socket_receive (fixture->guard, &message, fds, &n_fds));
  g_assert_cmpuint (n_fds, ==, n_expected_fds);
  for (guint i = 0; i < n_fds; i++)
    {
      close (fds[i]);
    }
  return message;
}

static void
acknowledge (Fixture         *fixture,
             VssGuardMessage *message,
             int              status)
{
  message->type = VSS_GUARD_ACK;
  message->status = status;
  g_assert_true (vss_guard_socket_send (fixture->guard, message));
}

static void
test_arms (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  VssGuardMessage message;

  arm (fixture);
  message = take_request (fixture, 2);
  g_assert_cmpuint (message.type, ==, VSS_GUARD_ARM);
  g_assert_cmpuint (message.generation, ==, 5);
  g_assert_cmpint (message.lease_end_ms, ==, 12345);
  g_assert_cmpuint (message.count, ==, 2);
  g_assert_cmpint (message.tids[1], ==, 12);
  g_assert_null (fixture->armed);
  acknowledge (fixture, &message, 0);
  run_until (NULL, NULL, (gpointer *) &fixture->armed);
  g_assert_true (vss_guard_client_arm_finish (fixture->client, fixture->armed, &error));
  g_assert_no_error (error);
  g_assert_true (vss_guard_client_is_alive (fixture->client));
}

static void
test_refusal_is_an_error (Fixture      *fixture,
                          gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  VssGuardMessage message;

  arm (fixture);
  message = take_request (fixture, 2);
  acknowledge (fixture, &message, EBUSY);
  run_until (NULL, NULL, (gpointer *) &fixture->armed);
  g_assert_false (vss_guard_client_arm_finish (fixture->client, fixture->armed, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (fixture->n_lost, ==, 0);
}

static void
test_silence_is_loss (Fixture      *fixture,
                      gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  arm (fixture);
  run_until (NULL, &fixture->n_lost, NULL);
  run_until (NULL, NULL, (gpointer *) &fixture->armed);
  g_assert_false (vss_guard_client_arm_finish (fixture->client, fixture->armed, &error));
  g_assert_cmpuint (fixture->n_lost, ==, 1);
}

/* An answer to the first request doesn't excuse the second. */
static void
test_half_silence_is_loss (Fixture      *fixture,
                           gconstpointer data)
{
  VssGuardMessage message;

  arm (fixture);
  message = take_request (fixture, 2);
  g_assert_true (vss_guard_client_renew (fixture->client, 5, 20000));
  acknowledge (fixture, &message, 0);
  run_until (NULL, NULL, (gpointer *) &fixture->armed);
  g_assert_cmpuint (fixture->n_lost, ==, 0);
  run_until (NULL, &fixture->n_lost, NULL);
  g_assert_false (vss_guard_client_renew (fixture->client, 5, 20000));
}

static void
test_end_of_guard_is_loss (Fixture      *fixture,
                           gconstpointer data)
{
  close (fixture->guard);
  fixture->guard = -1;
  run_until (NULL, &fixture->n_lost, NULL);
  g_assert_false (vss_guard_client_disarm (fixture->client, 5));
  /* There is one again. */
  g_assert_true (vss_guard_client_is_alive (fixture->client));
  close (fixture->listen_fd);
  g_unlink (fixture->path);
  fixture->n_lost = 0;
  run_until (NULL, &fixture->n_lost, NULL);
  g_assert_false (vss_guard_client_is_alive (fixture->client));
  fixture->listen_fd = dup (STDIN_FILENO);
}

static void
test_tells_requests_apart (Fixture      *fixture,
                           gconstpointer data)
{
  VssGuardMessage drop;
  VssGuardMessage disarm;

  g_assert_true (vss_guard_client_drop (fixture->client, 6, 3));
  g_assert_true (vss_guard_client_disarm (fixture->client, 6));
  drop = take_request (fixture, 0);
  disarm = take_request (fixture, 0);
  g_assert_cmpuint (drop.type, ==, VSS_GUARD_DROP);
  g_assert_cmpuint (drop.count, ==, 3);
  g_assert_cmpuint (disarm.type, ==, VSS_GUARD_DISARM);
  g_assert_cmpuint (disarm.serial, >, drop.serial);
  acknowledge (fixture, &drop, 0);
  acknowledge (fixture, &disarm, 0);
}

static void
test_tells_of_the_lease (Fixture      *fixture,
                         gconstpointer data)
{
  VssGuardMessage message = { .type = VSS_GUARD_EXPIRED, .generation = 9 };

  g_assert_true (vss_guard_socket_send (fixture->guard, &message));
  run_until ((const gboolean *) &fixture->expired, NULL, NULL);
  g_assert_cmpuint (fixture->expired, ==, 9);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                                       \
  g_test_add ("/guard-client/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("arms", test_arms);
  ADD ("refusal-is-an-error", test_refusal_is_an_error);
  ADD ("silence-is-loss", test_silence_is_loss);
  ADD ("half-silence-is-loss", test_half_silence_is_loss);
  ADD ("end-of-guard-is-loss", test_end_of_guard_is_loss);
  ADD ("tells-requests-apart", test_tells_requests_apart);
  ADD ("tells-of-the-lease", test_tells_of_the_lease);
#undef ADD
  return g_test_run ();
}

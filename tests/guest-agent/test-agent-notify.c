/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readiness: the datagram arrives, and a missing service manager is no failure. */
#include "guest-agent/vss-agent-notify.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

static void
test_arrives (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vss-notify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "notify", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autoptr (GError) error = NULL;
  char text[100] = "";
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_true (vss_agent_notify (path, "READY=1", &error));
  g_assert_no_error (error);
  g_assert_cmpint (recv (fd, text, sizeof text - 1, MSG_DONTWAIT), ==, 7);
  g_assert_cmpstr (text, ==, "READY=1");
  close (fd);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_no_manager (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (vss_agent_notify (NULL, "READY=1", &error));
  g_assert_true (vss_agent_notify ("", "READY=1", &error));
  g_assert_no_error (error);
}

static void
test_bad_sockets (void)
{
  g_autofree char *too_long = g_strnfill (300, '/');
  const char *const paths[] = { "relative", too_long, "/nonexistent/notify" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (vss_agent_notify (paths[i], "READY=1", &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, paths[i]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent-notify/arrives", test_arrives);
  g_test_add_func ("/agent-notify/no-manager", test_no_manager);
  g_test_add_func ("/agent-notify/bad-sockets", test_bad_sockets);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drives the freezer without an agent, for the tests in virtual machines. One command a line on
 * standard input, one line of answer on standard output:
 *
 *   prepare MOUNT-POINT...      freeze TIMEOUT-MS LEASE-MS      renew LEASE-MS
 *   thaw    abort    post    status    recover */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gio/gunixinputstream.h>

#include "guest-agent/freeze/vss-freezer.h"

#define SET_ID "4a2b9ad0-37b2-4a2c-9b39-6f8e2c6f1a01"
/* Slow disks are what the tests are about. */
#define PREPARE_TIMEOUT_MS 60000
#define DEADLINE_MS 60000

typedef struct
{
  VssFreezer *freezer;
  GMainLoop *loop;
  GDataInputStream *input;
  gint64 generation;
} Tool;

static void
say (const char *format,
     ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
}

static char *
describe (GPtrArray *volumes)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireHoldResult *hold = volumes->pdata[i];

      g_string_append_printf (text, " %s=%s", hold->mount_point,
                              vss_wire_hold_state_to_string (hold->state));
      if (hold->reason != NULL)
        {
          g_string_append_printf (text, " (%s)", hold->reason);
        }
    }
  return g_string_free (text, FALSE);
}

static void
fail (const char   *command,
      const GError *error)
{
  say ("%s failed: %s: %s", command,
       error->domain == VSS_FREEZER_ERROR
         ? vss_wire_error_class_to_string ((VssWireErrorClass) error->code)
         : "other",
       error->message);
}

static void
prepared (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Tool *tool = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWirePrepareForSnapshotResult) answer =
    vss_freezer_prepare_finish (tool->freezer, result, &error);
  g_autofree char *volumes = NULL;

  if (answer == NULL)
    {
      fail ("prepare", error);
      return;
    }
  volumes = describe (answer->volumes);
  tool->generation = answer->generation;
  say ("prepared rounds=%u%s", answer->drain_us->len, volumes);
}

static void
frozen (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Tool *tool = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireFreezeResult) answer =
    vss_freezer_freeze_finish (tool->freezer, result, &error);
  g_autofree char *volumes = NULL;

  if (answer == NULL)
    {
      fail ("freeze", error);
      return;
    }
  volumes = describe (answer->volumes);
  say ("frozen us=%" G_GINT64_FORMAT "%s", answer->freeze_us, volumes);
}

static void
thawed (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Tool *tool = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) answer = vss_freezer_thaw_finish (tool->freezer, result, &error);
  g_autofree char *volumes = NULL;

  if (answer == NULL)
    {
      fail ("thaw", error);
      return;
    }
  volumes = describe (answer->volumes);
  say ("thawed expired=%d held-us=%" G_GINT64_FORMAT "%s", answer->lease_expired, answer->held_us,
       volumes);
}

static gboolean
is_alive (gpointer user_data)
{
  return TRUE;
}

static void
prepare (Tool  *tool,
         char **words)
{
  g_autoptr (VssWirePrepareForSnapshotArguments) arguments =
    vss_wire_prepare_for_snapshot_arguments_new ();

  arguments->snapshot_set_id = g_strdup (SET_ID);
  arguments->timeout_ms = PREPARE_TIMEOUT_MS;
  for (guint i = 1; words[i] != NULL; i++)
    {
      g_ptr_array_add (arguments->mount_points, g_strdup (words[i]));
    }
  vss_freezer_prepare_async (tool->freezer, arguments, "freeze-tool", prepared, tool);
}

static gint64
now_ms (Tool *tool)
{
  g_autoptr (VssWireFreezeStatusResult) status = vss_freezer_get_status (tool->freezer);

  return status->boot_time_ms;
}

static void
freeze (Tool  *tool,
        char **words)
{
  VssWireFreezeArguments arguments = {
    .generation = tool->generation,
    .deadline_ms = now_ms (tool) + DEADLINE_MS,
    .timeout_ms = (guint32) atoi (words[1]),
    .has_lease_ms = TRUE,
    .lease_ms = (guint32) atoi (words[2]),
  };

  vss_freezer_freeze_async (tool->freezer, &arguments, is_alive, frozen, tool);
}

static void
renew (Tool  *tool,
       char **words)
{
  VssWireRenewLeaseArguments arguments = {
    .generation = tool->generation, .lease_ms = (guint32) atoi (words[1])
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireLeaseResult) lease =
    vss_freezer_renew_lease (tool->freezer, &arguments, &error);

  if (lease == NULL)
    {
      fail ("renew", error);
      return;
    }
  say ("renewed left-ms=%" G_GINT64_FORMAT, lease->lease_end_ms - lease->boot_time_ms);
}

static void
status (Tool *tool)
{
  g_autoptr (VssWireFreezeStatusResult) answer = vss_freezer_get_status (tool->freezer);
  g_autofree char *names = NULL;

  g_ptr_array_add (answer->mount_points, NULL);
  names = g_strjoinv (" ", (char **) answer->mount_points->pdata);
  say ("status %s guard=%d frozen=%s", vss_wire_freeze_state_to_string (answer->state),
       answer->guard_alive, names);
}

static void
recover (Tool *tool)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = vss_freezer_recover (tool->freezer, &error);

  if (error != NULL)
    {
      fail ("recover", error);
      return;
    }
  say ("recovered %s", found != NULL ? found : "nothing");
}

static void
post (Tool *tool)
{
  g_autoptr (GError) error = NULL;

  if (!vss_freezer_post_snapshot (tool->freezer, SET_ID, &error))
    {
      fail ("post", error);
      return;
    }
  say ("finished");
}

static void
carry_out (Tool       *tool,
           const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  guint count = g_strv_length (words);
  VssWireThawArguments thaw = { 0 };
  VssWireAbortArguments abort_arguments = { 0 };

  if (g_strcmp0 (words[0], "prepare") == 0 && count > 1)
    {
      prepare (tool, words);
    }
  else if (g_strcmp0 (words[0], "freeze") == 0 && count == 3)
    {
      freeze (tool, words);
    }
  else if (g_strcmp0 (words[0], "renew") == 0 && count == 2)
    {
      renew (tool, words);
    }
  else if (g_strcmp0 (words[0], "thaw") == 0)
    {
      vss_freezer_thaw_async (tool->freezer, &thaw, thawed, tool);
    }
  else if (g_strcmp0 (words[0], "abort") == 0)
    {
      vss_freezer_abort_async (tool->freezer, &abort_arguments, thawed, tool);
    }
  else if (g_strcmp0 (words[0], "post") == 0)
    {
      post (tool);
    }
  else if (g_strcmp0 (words[0], "status") == 0)
    {
      status (tool);
    }
  else if (g_strcmp0 (words[0], "recover") == 0)
    {
      recover (tool);
    }
  else
    {
      say ("what is \"%s\"?", line);
    }
}

static void
line_read (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Tool *tool = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish (tool->input, result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (tool->loop);
      return;
    }
  carry_out (tool, line);
  g_data_input_stream_read_line_async (tool->input, G_PRIORITY_DEFAULT, NULL, line_read, tool);
}

static void
thawed_unasked (VssFreezer *freezer,
                gint64      generation,
                const char *reason,
                gpointer    user_data)
{
  say ("thawed unasked: %s", reason);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (VssKernel) kernel = vss_kernel_linux_new ();
  g_autoptr (VssGuardClient) guard = vss_guard_client_new (argc > 1 ? argv[1] : NULL, 0);
  g_autoptr (VssFreezer) freezer = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GInputStream) standard_input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (standard_input);
  VssFreezerConfig config = {
    .default_lease_ms = 10000,
    .max_lease_ms = 60000,
    .max_volumes = 64,
    .drain_rounds = 2,
    .record_path = argc > 2 ? argv[2] : "/run/vss-agent/freeze-record",
  };
  Tool tool = { NULL, loop, input, 0 };

  freezer = vss_freezer_new (&config, kernel, guard);
  tool.freezer = freezer;
  g_signal_connect (freezer, "thawed", G_CALLBACK (thawed_unasked), NULL);
  say ("ready %d", (int) getpid ());
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, line_read, &tool);
  g_main_loop_run (loop);
  return 0;
}

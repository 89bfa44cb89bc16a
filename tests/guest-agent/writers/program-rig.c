/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See program-rig.h. */
#include "tests/guest-agent/writers/program-rig.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* Long enough for a loaded machine; nothing waits for it in vain but a failing test. */
#define PATIENCE_US (30 * G_USEC_PER_SEC)

static gint64
now_us (gpointer user_data)
{
  return g_get_monotonic_time ();
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

static GSource *
timer_new (gpointer user_data, gint64 at_us)
{
  GSource *timer = g_source_new (&timer_funcs, sizeof (GSource));

  g_source_set_ready_time (timer, at_us);
  return timer;
}

static gboolean
is_frozen (gpointer user_data)
{
  ProgramRig *rig = user_data;

  return rig->frozen;
}

static guint
get_timeout_ms (gpointer user_data, VssWireWriterEvent event)
{
  return 1000 + event;
}

void
program_rig_set_up (ProgramRig *rig, gconstpointer data)
{
  signal (SIGPIPE, SIG_IGN);
  rig->folder = g_dir_make_tmp ("vss-writer-XXXXXX", NULL);
  g_assert_nonnull (rig->folder);
  rig->clock = (VssWriterClock){ .now_us = now_us, .timer_new = timer_new };
  rig->environment = (VssWriterEnvironment){
    .clock = &rig->clock,
    .launcher = vss_writer_launcher_direct (),
    .is_frozen = is_frozen,
    .get_timeout_ms = get_timeout_ms,
    .user_data = rig,
  };
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_tree (inner);
    }
  g_remove (path);
}

void
program_rig_tear_down (ProgramRig *rig, gconstpointer data)
{
  if (rig->program)
    vss_writer_program_close (rig->program);
  g_clear_object (&rig->program);
  remove_tree (rig->folder);
  g_free (rig->folder);
  g_free (rig->lost);
}

char *
program_rig_write (ProgramRig *rig, const char *name, const char *text, int mode)
{
  char *path = g_build_filename (rig->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
  return path;
}

static void
on_lost (VssWriter *writer, const char *reason, gpointer user_data)
{
  ProgramRig *rig = user_data;

  g_assert_null (rig->lost);
  rig->lost = g_strdup (reason);
}

void
program_rig_install (ProgramRig *rig, const char *script, const char *keys)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\nfolder=%s\n%s", rig->folder, script);
  g_autofree char *path = program_rig_write (rig, "program", text, 0700);
  g_autofree char *file_text = g_strdup_printf (
      "[Writer]\nname=Test\nwriter-id=9d5e2ab5-5b5f-4a3e-8a57-1c9f6a0f2c11\nexec=%s\n%s", path,
      keys ? keys : "");
  g_autofree char *file_path = program_rig_write (rig, "test.writer", file_text, 0600);
  g_autoptr (GError) error = NULL;
  VssWriterFile *file = vss_writer_file_load (file_path, &error);

  g_assert_no_error (error);
  g_clear_object (&rig->program);
  rig->program = vss_writer_program_new (&rig->environment, file);
  g_signal_connect (rig->program, "lost", G_CALLBACK (on_lost), rig);
}

gboolean
program_rig_exists (ProgramRig *rig, const char *name)
{
  g_autofree char *path = g_build_filename (rig->folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

char *
program_rig_read (ProgramRig *rig, const char *name)
{
  g_autofree char *path = g_build_filename (rig->folder, name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return g_strstrip (text);
}

static gboolean
wake (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

void
program_rig_await_file (ProgramRig *rig, const char *name, gboolean is_there)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  guint timer = g_timeout_add (5, wake, NULL);

  while (program_rig_exists (rig, name) != is_there)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  *place = g_object_ref (result);
}

VssWireWriterEventResult *
program_rig_send (ProgramRig *rig, VssWireWriterEvent event, guint timeout_ms, GError **error)
{
  g_autoptr (VssWireWriterEventArguments) arguments = vss_wire_writer_event_arguments_new ();
  g_autoptr (GAsyncResult) result = NULL;

  arguments->event = event;
  arguments->snapshot_set_id = g_strdup ("0d6cd6e8-9c2c-4d34-a6a8-0d9a55e1a1f1");
  arguments->timeout_ms = timeout_ms;
  vss_writer_send_async (VSS_WRITER (rig->program), arguments, on_done, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return vss_writer_send_finish (VSS_WRITER (rig->program), result, error);
}

VssWireWriterIdentifyResult *
program_rig_identify (ProgramRig *rig, guint timeout_ms, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  vss_writer_identify_async (VSS_WRITER (rig->program), timeout_ms, on_done, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return vss_writer_identify_finish (VSS_WRITER (rig->program), result, error);
}

/* A dead one that waits for its parent to look doesn't run. */
gboolean
program_rig_is_running (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && !strstr (text, ") Z ");
}

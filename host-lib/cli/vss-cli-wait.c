/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for an operation of the library: see the header. Runs the default main context. */
#include "host-lib/cli/vss-cli-wait.h"

typedef struct
{
  VssCli *cli;
  VssAsync *async;
  GMainLoop *loop;
} Wait;

static void
on_completed (VssAsync *async, gpointer data)
{
  Wait *wait = data;

  g_main_loop_quit (wait->loop);
}

static void
on_progress (VssAsync *async,
             const char *phase,
             const char *object,
             guint64 done,
             guint64 total,
             gpointer data)
{
  Wait *wait = data;

  vss_progress_step (wait->cli->progress, phase, object, done, total);
}

static gboolean
has_progress (VssCli *cli, gboolean for_people)
{
  return cli->progress != NULL && vss_progress_is_for_people (cli->progress) == for_people;
}

/* On the operation's own thread. */
static void
on_phase (VssBackupComponents *components,
          const char *phase,
          const char *object,
          guint64 done,
          guint64 total,
          gpointer data)
{
  vss_progress_step (data, phase, object, done, total);
}

void
vss_cli_tell_phases (VssCli *cli, VssBackupComponents *components)
{
  if (has_progress (cli, FALSE))
    {
      vss_backup_components_set_phase_func (components, on_phase, cli->progress, NULL);
    }
}

static gboolean
on_interrupt (GCancellable *cancellable, gpointer data)
{
  Wait *wait = data;
  g_autoptr (GError) error = NULL;
  VssSuccess status;

  if (!vss_async_cancel (wait->async, &status, &error))
    {
      vss_cli_warn (wait->cli, "cannot cancel: %s", error->message);
    }
  return G_SOURCE_REMOVE;
}

static GSource *
watch_interrupt (Wait *wait, gboolean wanted)
{
  GCancellable *cancellable = wanted ? vss_cli_get_cancellable (wait->cli) : NULL;
  GSource *source = NULL;

  if (cancellable != NULL)
    {
      source = g_cancellable_source_new (cancellable);
      g_source_set_callback (source, G_SOURCE_FUNC (on_interrupt), wait, NULL);
      g_source_attach (source, NULL);
    }
  return source;
}

static gboolean
is_pending (VssAsync *async)
{
  VssSuccess status = VSS_S_ASYNC_PENDING;

  return vss_async_query_status (async, &status, NULL) && status == VSS_S_ASYNC_PENDING;
}

static gboolean
run_to_end (VssCli *cli, VssAsync *async, gboolean with_interrupts, GError **error)
{
  g_autoptr (VssAsync) owned = async;
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (GSource) interrupt = NULL;
  Wait wait;

  if (async == NULL)
    {
      return FALSE;
    }
  loop = g_main_loop_new (NULL, FALSE);
  wait = (Wait){ .cli = cli, .async = async, .loop = loop };
  g_signal_connect (async, "completed", G_CALLBACK (on_completed), &wait);
  if (has_progress (cli, TRUE))
    {
      g_signal_connect (async, "progress", G_CALLBACK (on_progress), &wait);
    }
  interrupt = watch_interrupt (&wait, with_interrupts);
  if (is_pending (async))
    {
      g_main_loop_run (loop);
    }
  if (interrupt != NULL)
    {
      g_source_destroy (interrupt);
    }
  g_signal_handlers_disconnect_by_data (async, &wait);
  if (cli->progress != NULL)
    {
      vss_progress_clear_line (cli->progress);
    }
  return vss_async_finish (async, error);
}

gboolean
vss_cli_wait (VssCli *cli, VssAsync *async, GError **error)
{
  return run_to_end (cli, async, TRUE, error);
}

gboolean
vss_cli_wait_to_end (VssCli *cli, VssAsync *async, GError **error)
{
  return run_to_end (cli, async, FALSE, error);
}

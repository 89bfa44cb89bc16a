/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command of create --exec: see the header. It is a process group of its own, so that a signal
 * reaches everything that it has started, also where no terminal sends it. */
#include "host-lib/cli/vss-create-exec.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* How long an interrupted command may clean up before it is killed. */
#define END_LIMIT_S 10

typedef struct
{
  GMainLoop *loop;
  GPid pid;
  gint status;
} Command;

/* -- what it is told -- */

/* A disk's target is a plain word; what is none can't be in a variable's name. */
static char *
variable_name (const char *prefix, const char *target)
{
  g_autofree char *name = g_ascii_strup (target, -1);
  char *p;

  for (p = name; *p != '\0'; p++)
    {
      *p = g_ascii_isalnum (*p) ? *p : '_';
    }
  return g_strconcat (prefix, name, NULL);
}

static GStrv
tell_disks (GStrv environment, const VssSnapshotSet *set)
{
  g_autoptr (GString) images = g_string_new (NULL);
  guint i;

  for (i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);
      g_autofree char *image = variable_name ("VSS_IMAGE_", disk->target);
      g_autofree char *format = variable_name ("VSS_FORMAT_", disk->target);

      environment = g_environ_setenv (environment, image, disk->image, TRUE);
      environment = g_environ_setenv (environment, format, disk->image_format, TRUE);
      g_string_append_printf (images, "%s%s", i > 0 ? "\n" : "", disk->image);
    }
  return g_environ_setenv (environment, "VSS_IMAGES", images->str, TRUE);
}

static GStrv
tell_snapshots (GStrv environment, const VssSnapshotSet *set)
{
  guint i;

  for (i = 0; i < set->volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (set->volumes, i);
      g_autofree char *name = g_strdup_printf ("VSS_SNAPSHOT_ID_%u", i + 1);

      environment = g_environ_setenv (environment, name, volume->snapshot_id, TRUE);
    }
  return environment;
}

GStrv
vss_create_exec_environment (GStrv environment, const VssSnapshotSet *set, const char *document)
{
  const char *level = vss_consistency_to_string (set->consistency);

  environment = g_environ_setenv (environment, "VSS_SNAPSHOT_SET_ID", set->id, TRUE);
  environment = g_environ_setenv (environment, "VSS_DOMAIN", set->domain_name, TRUE);
  environment = g_environ_setenv (environment, "VSS_LEVEL", level, TRUE);
  environment = document != NULL
                    ? g_environ_setenv (environment, "VSS_DOCUMENT", document, TRUE)
                    : g_environ_unsetenv (environment, "VSS_DOCUMENT");
  environment = tell_disks (environment, set);
  return tell_snapshots (environment, set);
}

/* -- running it -- */

/* In the child. It must hear the signals that this program keeps for itself, and it must not
 * outlive this program, which holds the set for it. */
static void
prepare_child (gpointer data)
{
  sigset_t none;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  signal (SIGPIPE, SIG_DFL);
  setpgid (0, 0);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
start (Command *self, const char *command, GStrv environment, GError **error)
{
  const char *const argv[] = { "/bin/sh", "-c", command, NULL };
  int nothing = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  gboolean started;

  /* Standard output has the answer of create. */
  started = g_spawn_async_with_fds (NULL,
                                    (char **) argv,
                                    environment,
                                    G_SPAWN_DO_NOT_REAP_CHILD,
                                    prepare_child,
                                    NULL,
                                    &self->pid,
                                    nothing,
                                    STDERR_FILENO,
                                    STDERR_FILENO,
                                    error);
  if (nothing >= 0)
    {
      close (nothing);
    }
  return started;
}

static void
on_end (GPid pid, gint status, gpointer data)
{
  Command *self = data;

  self->status = status;
  g_main_loop_quit (self->loop);
}

static gboolean
on_end_limit (gpointer data)
{
  Command *self = data;

  kill (-self->pid, SIGKILL);
  return G_SOURCE_REMOVE;
}

static gboolean
on_interrupt (GCancellable *cancellable, gpointer data)
{
  Command *self = data;
  g_autoptr (GSource) limit = g_timeout_source_new_seconds (END_LIMIT_S);

  kill (-self->pid, SIGTERM);
  g_source_set_name (limit, "end of the command");
  g_source_set_callback (limit, on_end_limit, self, NULL);
  g_source_attach (limit, g_main_loop_get_context (self->loop));
  return G_SOURCE_REMOVE;
}

static void
add_source (Command *self, GSource *source, GSourceFunc func)
{
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, g_main_loop_get_context (self->loop));
  g_source_unref (source);
}

/* A context of its own: when it goes, whatever still waits in it goes as well. */
static void
wait_for_end (Command *self, VssCli *cli)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  GCancellable *cancellable = vss_cli_get_cancellable (cli);

  self->loop = g_main_loop_new (context, FALSE);
  add_source (self, g_child_watch_source_new (self->pid), G_SOURCE_FUNC (on_end));
  if (cancellable != NULL)
    {
      add_source (self,
                  g_cancellable_source_new (cancellable),
                  G_SOURCE_FUNC (on_interrupt));
    }
  g_main_loop_run (self->loop);
  g_main_loop_unref (self->loop);
  g_spawn_close_pid (self->pid);
}

gboolean
vss_create_exec_run (VssCli *cli, const char *command, GStrv environment, GError **error)
{
  Command self = { 0 };

  if (!start (&self, command, environment, error))
    {
      g_prefix_error (error, "cannot run the command of --exec: ");
      return FALSE;
    }
  wait_for_end (&self, cli);
  if (g_cancellable_set_error_if_cancelled (vss_cli_get_cancellable (cli), error))
    {
      return FALSE;
    }
  if (!g_spawn_check_wait_status (self.status, error))
    {
      g_prefix_error (error, "the command of --exec failed: ");
      return FALSE;
    }
  return TRUE;
}

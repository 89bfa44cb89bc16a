/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer's program as a child of the agent, for systems without systemd: a session of its own,
 * so that its process group can be ended with it. See vss-writer-launcher.h. */
#include "guest-agent/writers/vss-writer-launcher.h"

#include <errno.h>
#include <glib-unix.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/writers/vss-writer.h"

typedef struct
{
  GPid pid; /* 0: reaped */
  int pidfd;
  GSource *watch;
  VssWriterEndedFunc ended;
  gpointer user_data;
} Child;

/* -- in the child, between fork and exec -- */

#define EXIT_NO_USER 217 /* what systemd exits with */

static void
become_user (const VssWriterUser *user)
{
  if (user->uid == geteuid () && user->gid == getegid ())
    return;
  if (setgroups (user->groups->len, (const gid_t *)user->groups->data) < 0 ||
      setgid (user->gid) < 0 || setuid (user->uid) < 0)
    _exit (EXIT_NO_USER);
}

static void
set_up_child (gpointer user_data)
{
  const VssWriterUser *user = user_data;
  struct rlimit no_core = { 0, 0 };
  sigset_t none;

  setsid ();
  /* A core dump to a frozen disk never ends. */
  setrlimit (RLIMIT_CORE, &no_core);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  become_user (user);
}

/* -- the child seen from the agent -- */

static void
clear_watch (Child *self)
{
  if (self->watch)
    g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
}

/* The leader is gone; what it started and left behind goes with it. Nobody else can have got the
 * number of the group as long as the leader was not reaped. */
static void
reap (Child *self, int *status)
{
  kill (-self->pid, SIGKILL);
  while (waitpid (self->pid, status, 0) < 0 && errno == EINTR)
    ;
  self->pid = 0;
}

static gboolean
on_exit_seen (int fd, GIOCondition condition, gpointer user_data)
{
  Child *self = user_data;
  int status = 0;

  clear_watch (self);
  reap (self, &status);
  if (WIFSIGNALED (status))
    self->ended (VSS_WRITER_END_KILLED, WTERMSIG (status), NULL, self->user_data);
  else
    self->ended (VSS_WRITER_END_EXITED, WEXITSTATUS (status), NULL, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
child_free (gpointer process)
{
  Child *self = process;
  int status;

  clear_watch (self);
  if (self->pid)
    {
      kill (-self->pid, SIGKILL);
      waitpid (self->pid, &status, WNOHANG); /* else init does it when the agent is gone */
    }
  if (self->pidfd >= 0)
    close (self->pidfd);
  g_free (self);
}

static void
child_stop (gpointer process, gboolean force)
{
  Child *self = process;

  if (self->pid)
    kill (-self->pid, force ? SIGKILL : SIGTERM);
}

/* The agent's environment tells of the agent (NOTIFY_SOCKET, ...), not of the program. */
static char **
make_environment (const VssWriterUser *user)
{
  char **environment = g_new0 (char *, 1);

  environment = g_environ_setenv (
      environment, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TRUE);
  environment = g_environ_setenv (environment, "HOME", user->home, TRUE);
  environment = g_environ_setenv (environment, "USER", user->name, TRUE);
  return g_environ_setenv (environment, "LOGNAME", user->name, TRUE);
}

static gpointer
child_start (const VssWriterCommand *command,
             VssWriterEndedFunc ended,
             gpointer user_data,
             GError **error)
{
  g_auto (GStrv) environment = make_environment (command->user);
  g_autoptr (GError) local_error = NULL;
  Child *self;
  GPid pid;

  if (!g_spawn_async_with_pipes_and_fds (
          "/", command->argv, (const char *const *)environment, G_SPAWN_DO_NOT_REAP_CHILD,
          set_up_child, (gpointer)command->user, command->descriptors[0], command->descriptors[1],
          command->descriptors[2], NULL, NULL, 0, &pid, NULL, NULL, NULL, &local_error))
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_GONE,
                   "the program can't be started: %s", local_error->message);
      return NULL;
    }
  self = g_new0 (Child, 1);
  self->pid = pid;
  self->ended = ended;
  self->user_data = user_data;
  self->pidfd = (int)syscall (SYS_pidfd_open, pid, 0);
  if (self->pidfd < 0)
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_GONE,
                   "the program can't be watched: %s", g_strerror (errno));
      child_free (self);
      return NULL;
    }
  self->watch = g_unix_fd_source_new (self->pidfd, G_IO_IN);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (on_exit_seen), self, NULL);
  g_source_attach (self->watch, g_main_context_get_thread_default ());
  return self;
}

static const VssWriterLauncher direct = {
  .start = child_start,
  .stop = child_stop,
  .free = child_free,
};

const VssWriterLauncher *
vss_writer_launcher_direct (void)
{
  return &direct;
}

gboolean
vss_writer_launcher_has_systemd (void)
{
  return g_file_test ("/run/systemd/system", G_FILE_TEST_IS_DIR);
}

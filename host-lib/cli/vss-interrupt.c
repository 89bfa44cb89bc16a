/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals as a GCancellable: see the header. The listener thread owns the descriptors; the lock
 * guards the last words. */
#include "host-lib/cli/vss-interrupt.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct _VssInterrupt
{
  GCancellable *cancellable;
  GThread *thread;
  sigset_t signals;
  sigset_t old_signals;
  int signal_fd;
  int stop_fd;
  int last_exit;
  GMutex lock;
  char *last_words; /* guarded by lock */
};

/* The program may be stuck anywhere, so no stdio: its locks may be held. */
static void
say (const char *text)
{
  const char *const parts[] = { "\nvirt-vss: ", text, "\n" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      if (write (STDERR_FILENO, parts[i], strlen (parts[i])) < 0)
        {
          return;
        }
    }
}

static void
leave_at_once (VssInterrupt *self)
{
  g_mutex_lock (&self->lock);
  if (self->last_words == NULL)
    {
      _exit (1);
    }
  say (self->last_words);
  _exit (self->last_exit);
}

static void
take_signal (VssInterrupt *self)
{
  gboolean undoes;

  if (g_cancellable_is_cancelled (self->cancellable))
    {
      leave_at_once (self);
    }
  g_mutex_lock (&self->lock);
  undoes = self->last_words != NULL;
  g_mutex_unlock (&self->lock);
  say (undoes ? "interrupted: undoing; a second interrupt leaves at once"
              : "interrupted: stopping; a second interrupt leaves at once");
  g_cancellable_cancel (self->cancellable);
}

static gpointer
listen_for_signals (gpointer data)
{
  VssInterrupt *self = data;
  struct pollfd fds[] = {
    { .fd = self->signal_fd, .events = POLLIN },
    { .fd = self->stop_fd, .events = POLLIN },
  };

  while (fds[1].revents == 0)
    {
      struct signalfd_siginfo info;

      if (poll (fds, G_N_ELEMENTS (fds), -1) > 0 && fds[0].revents != 0
          && read (self->signal_fd, &info, sizeof info) == sizeof info)
        {
          take_signal (self);
        }
    }
  return NULL;
}

/* nohup(1) has it ignored, and that is to stay. */
static gboolean
is_ignored (int number)
{
  struct sigaction action;

  return sigaction (number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

VssInterrupt *
vss_interrupt_new (int last_exit)
{
  VssInterrupt *self = g_new0 (VssInterrupt, 1);

  self->cancellable = g_cancellable_new ();
  self->last_exit = last_exit;
  g_mutex_init (&self->lock);
  sigemptyset (&self->signals);
  sigaddset (&self->signals, SIGINT);
  sigaddset (&self->signals, SIGTERM);
  if (!is_ignored (SIGHUP))
    {
      sigaddset (&self->signals, SIGHUP);
    }
  self->signal_fd = signalfd (-1, &self->signals, SFD_CLOEXEC);
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  /* Without descriptors the signals keep ending the program, which every step survives. */
  if (self->signal_fd >= 0 && self->stop_fd >= 0)
    {
      pthread_sigmask (SIG_BLOCK, &self->signals, &self->old_signals);
      self->thread = g_thread_new ("interrupt", listen_for_signals, self);
    }
  return self;
}

void
vss_interrupt_free (VssInterrupt *self)
{
  if (self->thread != NULL)
    {
      guint64 one = 1;

      while (write (self->stop_fd, &one, sizeof one) < 0)
        {
        }
      g_thread_join (self->thread);
      pthread_sigmask (SIG_SETMASK, &self->old_signals, NULL);
    }
  if (self->signal_fd >= 0)
    {
      close (self->signal_fd);
    }
  if (self->stop_fd >= 0)
    {
      close (self->stop_fd);
    }
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_free (self->last_words);
  g_free (self);
}

GCancellable *
vss_interrupt_get_cancellable (VssInterrupt *self)
{
  return self->cancellable;
}

void
vss_interrupt_set_last_words (VssInterrupt *self, const char *text)
{
  g_autofree char *old = NULL;

  g_mutex_lock (&self->lock);
  old = self->last_words;
  self->last_words = g_strdup (text);
  g_mutex_unlock (&self->lock);
}

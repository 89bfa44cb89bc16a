/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vss-test-runner: runs shell commands for the test laboratory inside a guest.
 *
 *   vss-test-runner serve [--links] PORT-NAME   serve the virtio-serial port of that name
 *   vss-test-runner idle                        be process 1: reap orphans, nothing else
 *
 * Statically linked and living in the initramfs, so no frozen file system can hold it; one thread
 * and one poll() loop, every command is a process of its own, so none waits for another.
 *
 * From the host: run (command in the guest's root), lab (command in the initramfs), in (bytes for
 * standard input, none: end of file), kill (signal number), ping.
 * To the host: out, err (bytes), exit (status; 128 + signal), refused (why), pong.
 */
#include "job.h"
#include "port-links.h"
#include "port.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Commands under way at the same time. */
#define JOBS_MAX 128
/* A port without a host is always "readable": it is looked at this often instead. */
#define NO_HOST_INTERVAL_MS 50
/* The capacity of a pipe. */
#define READ_SIZE 65536

typedef struct
{
  Port *port;
  Job jobs[JOBS_MAX];
  int signals;
  int links;
} Runner;

static Job *
find_job (Runner *self, unsigned id)
{
  for (int i = 0; i < JOBS_MAX; i++)
    if (self->jobs[i].pid && self->jobs[i].id == id)
      return &self->jobs[i];
  return NULL;
}

static Job *
find_free_slot (Runner *self)
{
  for (int i = 0; i < JOBS_MAX; i++)
    if (!self->jobs[i].pid)
      return &self->jobs[i];
  return NULL;
}

static void
send_text (Runner *self, unsigned id, const char *verb, const char *text)
{
  port_send (self->port, id, verb, text, strlen (text));
}

static void
start_job (Runner *self, const PortFrame *frame, JobPlace place)
{
  Job *job = find_free_slot (self);

  if (!job)
    send_text (self, frame->id, "refused", "too many commands under way");
  else if (!job_start (job, frame->id, place, frame->payload))
    send_text (self, frame->id, "refused", strerror (errno));
}

static void
on_frame (const PortFrame *frame, void *data)
{
  Runner *self = data;
  Job *job = find_job (self, frame->id);

  if (strcmp (frame->verb, "ping") == 0)
    port_send (self->port, frame->id, "pong", frame->payload, frame->length);
  else if (strcmp (frame->verb, "run") == 0)
    start_job (self, frame, JOB_IN_GUEST);
  else if (strcmp (frame->verb, "lab") == 0)
    start_job (self, frame, JOB_IN_LAB);
  else if (strcmp (frame->verb, "in") == 0 && job)
    job_feed (job, frame->payload, frame->length);
  else if (strcmp (frame->verb, "kill") == 0 && job)
    job_signal (job, atoi (frame->payload));
}

/* Sends what the pipe holds now; returns false once its writers are gone. */
static bool
forward (Runner *self, unsigned id, const char *verb, int fd)
{
  static char bytes[READ_SIZE];

  while (self->port->out_length < PORT_BACKLOG_MAX)
    {
      ssize_t n = read (fd, bytes, sizeof bytes);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n < 0 && errno == EAGAIN;
      port_send (self->port, id, verb, bytes, (size_t) n);
    }
  return true;
}

static void
forward_or_close (Runner *self, unsigned id, const char *verb, int *fd)
{
  if (*fd >= 0 && !forward (self, id, verb, *fd))
    {
      close (*fd);
      *fd = -1;
    }
}

/* One read takes all a pipe can hold, and ends although something left behind goes on writing. */
static void
forward_last (Runner *self, unsigned id, const char *verb, int fd)
{
  static char bytes[READ_SIZE];
  ssize_t n = fd >= 0 ? read (fd, bytes, sizeof bytes) : 0;

  if (n > 0)
    port_send (self->port, id, verb, bytes, (size_t) n);
}

static void
finish_job (Runner *self, Job *job, int status)
{
  char text[16];

  forward_last (self, job->id, "out", job->output);
  forward_last (self, job->id, "err", job->error);
  snprintf (text, sizeof text, "%d",
            WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status));
  send_text (self, job->id, "exit", text);
  job_clear (job);
}

static void
reap (Runner *self)
{
  struct signalfd_siginfo info;
  int status;
  pid_t pid;

  while (read (self->signals, &info, sizeof info) > 0)
    ;
  while ((pid = waitpid (-1, &status, WNOHANG)) > 0)
    for (int i = 0; i < JOBS_MAX; i++)
      if (self->jobs[i].pid == pid)
        finish_job (self, &self->jobs[i], status);
}

static int
add (struct pollfd *polled, int count, int fd, short events)
{
  polled[count] = (struct pollfd){ .fd = fd, .events = events };
  return count + 1;
}

/* Waits until something can be done; returns whether the port may be looked at. */
static void
wait_for_work (Runner *self, bool has_host)
{
  static struct pollfd polled[3 + 3 * JOBS_MAX];
  short port_events = (short) (POLLIN | (self->port->out_length ? POLLOUT : 0));
  bool room = self->port->out_length < PORT_BACKLOG_MAX;
  int count = 0;

  count = add (polled, count, self->signals, POLLIN);
  if (self->links >= 0)
    count = add (polled, count, self->links, POLLIN);
  if (has_host)
    count = add (polled, count, self->port->fd, port_events);
  for (int i = 0; i < JOBS_MAX; i++)
    {
      Job *job = &self->jobs[i];

      if (!job->pid)
        continue;
      if (job->output >= 0 && room)
        count = add (polled, count, job->output, POLLIN);
      if (job->error >= 0 && room)
        count = add (polled, count, job->error, POLLIN);
      if (job->input >= 0 && job->pending_length > 0)
        count = add (polled, count, job->input, POLLOUT);
    }
  if (poll (polled, (nfds_t) count, has_host ? -1 : NO_HOST_INTERVAL_MS) < 0)
    return;
  if (self->links >= 0 && polled[1].revents)
    port_links_update (self->links);
}

static void
serve (Runner *self)
{
  bool has_host = true;

  for (;;)
    {
      wait_for_work (self, has_host);
      has_host = port_receive (self->port, on_frame, self);
      for (int i = 0; i < JOBS_MAX; i++)
        {
          Job *job = &self->jobs[i];

          if (!job->pid)
            continue;
          job_push_input (job);
          forward_or_close (self, job->id, "out", &job->output);
          forward_or_close (self, job->id, "err", &job->error);
        }
      reap (self);
      port_flush (self->port);
    }
}

static int
serve_port (const char *name, bool with_links)
{
  Runner *self = calloc (1, sizeof *self);
  sigset_t child;

  if (!self)
    return EXIT_FAILURE;
  for (int i = 0; i < JOBS_MAX; i++)
    job_clear (&self->jobs[i]);
  self->port = port_open (name);
  if (!self->port)
    {
      fprintf (stderr, "vss-test-runner: no virtio-serial port named %s\n", name);
      return EXIT_FAILURE;
    }
  signal (SIGPIPE, SIG_IGN);
  sigemptyset (&child);
  sigaddset (&child, SIGCHLD);
  sigprocmask (SIG_BLOCK, &child, NULL);
  self->signals = signalfd (-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
  self->links = with_links ? port_links_watch () : -1;
  serve (self);
  return EXIT_SUCCESS;
}

static void __attribute__ ((noreturn))
idle (void)
{
  sigset_t child;

  sigemptyset (&child);
  sigaddset (&child, SIGCHLD);
  sigprocmask (SIG_BLOCK, &child, NULL);
  for (;;)
    {
      while (waitpid (-1, NULL, WNOHANG) > 0)
        ;
      sigwaitinfo (&child, NULL);
    }
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "idle") == 0)
    idle ();
  if (argc == 3 && strcmp (argv[1], "serve") == 0)
    return serve_port (argv[2], false);
  if (argc == 4 && strcmp (argv[1], "serve") == 0 && strcmp (argv[2], "--links") == 0)
    return serve_port (argv[3], true);
  fprintf (stderr, "usage: vss-test-runner serve [--links] PORT-NAME | idle\n");
  return 2;
}

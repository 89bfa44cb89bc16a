/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Job: starts one shell command in a session of its own; used by main.c on its one thread. */
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Exit status of a command that could not be started, as in a shell. */
#define STATUS_NOT_STARTED 127

typedef struct
{
  int input[2];
  int output[2];
  int error[2];
} Pipes;

static void
close_pair (const int pair[2])
{
  if (pair[0] >= 0)
    close (pair[0]);
  if (pair[1] >= 0)
    close (pair[1]);
}

static bool
open_pipes (Pipes *pipes)
{
  *pipes = (Pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
  if (pipe2 (pipes->input, O_CLOEXEC) == 0 && pipe2 (pipes->output, O_CLOEXEC) == 0
      && pipe2 (pipes->error, O_CLOEXEC) == 0)
    return true;
  close_pair (pipes->input);
  close_pair (pipes->output);
  close_pair (pipes->error);
  return false;
}

/* Moves the child into the mounts of process 1, which may have changed its root to a disk. */
static bool
enter_guest (void)
{
  int fd = open ("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

  return fd >= 0 && setns (fd, CLONE_NEWNS) == 0 && chdir ("/") == 0;
}

static void
run_child (const Pipes *pipes, JobPlace place, const char *command)
{
  static const char *const environment[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LC_ALL=C.UTF-8",
    "TERM=dumb",
    NULL,
  };
  sigset_t none;

  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  signal (SIGPIPE, SIG_DFL);
  setsid ();
  dup2 (pipes->input[0], STDIN_FILENO);
  dup2 (pipes->output[1], STDOUT_FILENO);
  dup2 (pipes->error[1], STDERR_FILENO);
  if (place == JOB_IN_GUEST && !enter_guest ())
    _exit (STATUS_NOT_STARTED);
  execle ("/bin/sh", "sh", "-c", command, NULL, (char *const *) environment);
  _exit (STATUS_NOT_STARTED);
}

bool
job_start (Job *job, unsigned id, JobPlace place, const char *command)
{
  Pipes pipes;
  pid_t pid;

  if (!open_pipes (&pipes))
    return false;
  pid = fork ();
  if (pid == 0)
    run_child (&pipes, place, command);
  close (pipes.input[0]);
  close (pipes.output[1]);
  close (pipes.error[1]);
  if (pid < 0)
    {
      close (pipes.input[1]);
      close (pipes.output[0]);
      close (pipes.error[0]);
      return false;
    }
  *job = (Job){ .id = id, .pid = pid,
                .input = pipes.input[1], .output = pipes.output[0], .error = pipes.error[0] };
  fcntl (job->input, F_SETFL, O_NONBLOCK);
  fcntl (job->output, F_SETFL, O_NONBLOCK);
  fcntl (job->error, F_SETFL, O_NONBLOCK);
  return true;
}

/* Keeps bytes for the command's standard input; no bytes means end of file. */
void
job_feed (Job *job, const char *bytes, size_t length)
{
  char *grown;

  if (length == 0)
    {
      job->input_ends = true;
      job_push_input (job);
      return;
    }
  grown = realloc (job->pending, job->pending_length + length);
  if (!grown)
    return;
  memcpy (grown + job->pending_length, bytes, length);
  job->pending = grown;
  job->pending_length += length;
  job_push_input (job);
}

void
job_push_input (Job *job)
{
  while (job->input >= 0 && job->pending_length > 0)
    {
      ssize_t n = write (job->input, job->pending, job->pending_length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return;
      if (n < 0) /* the command closed its input: what is left has no reader */
        n = (ssize_t) job->pending_length;
      job->pending_length -= (size_t) n;
      memmove (job->pending, job->pending + n, job->pending_length);
    }
  if (job->input >= 0 && job->input_ends)
    {
      close (job->input);
      job->input = -1;
    }
}

/* The command and what it started and left in its session's process group. */
void
job_signal (const Job *job, int signal)
{
  kill (-job->pid, signal);
}

void
job_clear (Job *job)
{
  if (job->input >= 0)
    close (job->input);
  if (job->output >= 0)
    close (job->output);
  if (job->error >= 0)
    close (job->error);
  free (job->pending);
  *job = (Job){ .input = -1, .output = -1, .error = -1 };
}

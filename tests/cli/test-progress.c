/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people and programs are told while an operation goes on. */
#include "host-lib/cli/vss-progress.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  int ends[2];
} Pipe;

static void
pipe_setup (Pipe *self, gconstpointer data)
{
  g_assert_cmpint (pipe2 (self->ends, O_CLOEXEC), ==, 0);
}

static void
pipe_teardown (Pipe *self, gconstpointer data)
{
  close (self->ends[0]);
  if (self->ends[1] >= 0)
    {
      close (self->ends[1]);
    }
}

/* What is in the pipe now, without waiting. */
static char *
read_now (Pipe *self)
{
  char buffer[4096];
  gssize n;

  fcntl (self->ends[0], F_SETFL, O_NONBLOCK);
  n = read (self->ends[0], buffer, sizeof buffer);
  return g_strndup (buffer, n > 0 ? (gsize) n : 0);
}

static void
test_programs (Pipe *self, gconstpointer data)
{
  g_autoptr (VssProgress) progress = vss_progress_new_for_programs (self->ends[1]);
  g_autofree char *first = NULL;
  g_autofree char *rest = NULL;

  vss_progress_step (progress, "freeze", NULL, 0, 0);
  /* A program may act on the line before the step begins, so it is there at once. */
  first = read_now (self);
  g_assert_cmpstr (first, ==, "freeze - 0 0\n");
  vss_progress_step (progress, "merge", "vda", 512, 1024);
  vss_progress_step (progress, "merge", "vda", 512, 1024);
  vss_progress_step (progress, "drain", "/srv/my \033data", 0, 0);
  rest = read_now (self);
  g_assert_cmpstr (rest,
                   ==,
                   "merge vda 512 1024\n"
                   "merge vda 512 1024\n"
                   "drain /srv/my\\x20\\x1bdata 0 0\n");
}

static void
test_reader_gone (Pipe *self, gconstpointer data)
{
  g_autoptr (VssProgress) progress = vss_progress_new_for_programs (self->ends[1]);

  close (self->ends[0]);
  self->ends[0] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  vss_progress_step (progress, "freeze", NULL, 0, 0);
}

static void
test_reader_asleep (Pipe *self, gconstpointer data)
{
  g_autoptr (VssProgress) progress = vss_progress_new_for_programs (self->ends[1]);
  const char block[4096] = "";

  fcntl (self->ends[1], F_SETFL, O_NONBLOCK);
  while (write (self->ends[1], block, sizeof block) > 0)
    {
    }
  fcntl (self->ends[1], F_SETFL, 0);
  /* The guest may be frozen: nothing waits for the reader. */
  vss_progress_step (progress, "freeze", NULL, 0, 0);
}

static void
test_people (Pipe *self, gconstpointer data)
{
  VssProgress *progress = vss_progress_new_for_people (self->ends[1]);
  g_autofree char *text = NULL;

  vss_progress_step (progress, "freeze", NULL, 0, 0);
  vss_progress_step (progress, "commit", "c0f9a1e2-6f0b-4d6f-8f38-6f1f0f7b2a55", 0, 0);
  vss_progress_step (progress, "merge", "v\033da", 512, 1024);
  /* Too soon to be drawn. */
  vss_progress_step (progress, "merge", "v\033da", 513, 1024);
  /* The end is always drawn. */
  vss_progress_step (progress, "merge", "v\033da", 1024, 1024);
  vss_progress_free (progress);
  text = read_now (self);
  g_assert_cmpstr (text,
                   ==,
                   "\rfreeze\033[K"
                   "\rcommit\033[K"
                   "\rmerge v\\x1bda 50 %\033[K"
                   "\rmerge v\\x1bda 100 %\033[K"
                   "\r\033[K");
}

static void
test_people_narrow (Pipe *self, gconstpointer data)
{
  g_autoptr (VssProgress) progress = vss_progress_new_for_people (self->ends[1]);
  g_autofree char *name = g_strnfill (200, 'x');
  g_autofree char *text = NULL;

  vss_progress_step (progress, "drain", name, 0, 0);
  text = read_now (self);
  /* A pipe says no width: 80 columns, of which the last stays free. */
  g_assert_cmpuint (strlen (text), ==, strlen ("\r") + 79 + strlen ("\033[K"));
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add (path, Pipe, NULL, pipe_setup, function, pipe_teardown)
  ADD ("/progress/programs", test_programs);
  ADD ("/progress/reader-gone", test_reader_gone);
  ADD ("/progress/reader-asleep", test_reader_asleep);
  ADD ("/progress/people", test_people);
  ADD ("/progress/people-narrow", test_people_narrow);
#undef ADD
  return g_test_run ();
}

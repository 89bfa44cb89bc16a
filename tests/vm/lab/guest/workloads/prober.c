/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * prober: writes a block and syncs it, over and over, and tells the longest time that took.
 *
 *   prober --status FILE [--pause-ms N] FILE
 *
 * The status: writes done; the longest of them; when the last ended; and, while one is under way,
 * since when (a stall that lasts is seen before it ends). SIGUSR1 forgets the longest.
 * Times are microseconds of the guest's boot clock.
 */
#include "status.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 4096
/* Blocks written in turn, so that the file does not grow. */
#define BLOCKS 16

/* What a signal handler may touch is a global; it is this file's only one. */
static volatile sig_atomic_t forget;

typedef struct
{
  int64_t writes;
  int64_t longest_us;
  int64_t longest_at_us;
  int64_t last_us;
} Figures;

static void
on_signal (int signal)
{
  forget = 1;
}

static void
report (int status, const Figures *figures, int64_t since_us)
{
  status_write (status,
                "{\"writes\": %" PRId64 ", \"longest_us\": %" PRId64 ", \"longest_at_us\": %" PRId64
                ", \"last_us\": %" PRId64 ", \"writing_since_us\": %" PRId64 "}",
                figures->writes, figures->longest_us, figures->longest_at_us, figures->last_us,
                since_us);
}

static int
probe (int fd, int status, useconds_t pause_us)
{
  Figures figures = { 0 };
  char block[BLOCK];

  for (;;)
    {
      int64_t start = now_us (), took;

      if (forget)
        {
          forget = 0;
          figures.longest_us = 0;
        }
      report (status, &figures, start);
      memset (block, (int) (figures.writes & 0xff), sizeof block);
      if (pwrite (fd, block, sizeof block, BLOCK * (figures.writes % BLOCKS)) != BLOCK
          || fdatasync (fd) != 0)
        {
          perror ("prober: write");
          return EXIT_FAILURE;
        }
      figures.last_us = now_us ();
      took = figures.last_us - start;
      figures.writes++;
      if (took > figures.longest_us)
        {
          figures.longest_us = took;
          figures.longest_at_us = start;
        }
      report (status, &figures, 0);
      usleep (pause_us);
    }
}

int
main (int argc, char **argv)
{
  static const struct option options[] = {
    { "status", required_argument, NULL, 's' },
    { "pause-ms", required_argument, NULL, 'p' },
    { NULL, 0, NULL, 0 },
  };
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
  const char *status = NULL;
  useconds_t pause_us = 0;
  int option, fd;

  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1)
    {
      if (option == 's')
        status = optarg;
      else if (option == 'p')
        pause_us = (useconds_t) (1000 * strtoul (optarg, NULL, 0));
      else
        return 2;
    }
  if (optind != argc - 1)
    return 2;
  fd = open (argv[optind], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0)
    {
      perror (argv[optind]);
      return EXIT_FAILURE;
    }
  sigaction (SIGUSR1, &action, NULL);
  return probe (fd, status_open (status), pause_us);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * atomic-writer: writes n to its first file and syncs, then n to the second and syncs, and so on,
 * for ever, for n = 1, 2, 3 …
 *
 *   atomic-writer [--offset BYTES] [--status FILE] [--count N] FILE-OR-DISK...
 *
 * So at every moment the numbers in the files never rise from one file to the next and never
 * differ by more than one: A = B or A = B + 1. Images that break this are not of one moment.
 * A record is one sector, the number repeated, so that a torn record is seen, too.
 */
#include "status.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORD_SIZE 512
#define FILES_MAX 16

typedef struct
{
  int files[FILES_MAX];
  int count;
  off_t offset;
} Target;

static int
fail (const char *what)
{
  perror (what);
  return EXIT_FAILURE;
}

static int
write_number (const Target *target, int file, uint64_t number)
{
  uint64_t record[RECORD_SIZE / sizeof number];

  for (size_t i = 0; i < RECORD_SIZE / sizeof number; i++)
    record[i] = number;
  if (pwrite (target->files[file], record, RECORD_SIZE, target->offset) != RECORD_SIZE)
    return -1;
  return fdatasync (target->files[file]);
}

static int
write_for_ever (const Target *target, int status, uint64_t last)
{
  for (uint64_t number = 1; last == 0 || number <= last; number++)
    {
      for (int i = 0; i < target->count; i++)
        if (write_number (target, i, number) != 0)
          return fail ("atomic-writer: write");
      status_write (status, "{\"number\": %" PRIu64 ", \"at_us\": %" PRId64 "}", number, now_us ());
    }
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  static const struct option options[] = {
    { "offset", required_argument, NULL, 'o' },
    { "status", required_argument, NULL, 's' },
    { "count", required_argument, NULL, 'c' },
    { NULL, 0, NULL, 0 },
  };
  Target target = { .offset = 0 };
  const char *status = NULL;
  uint64_t last = 0;
  int option;

  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1)
    {
      if (option == 'o')
        target.offset = (off_t) strtoull (optarg, NULL, 0);
      else if (option == 's')
        status = optarg;
      else if (option == 'c')
        last = strtoull (optarg, NULL, 0);
      else
        return 2;
    }
  for (; optind < argc && target.count < FILES_MAX; optind++)
    {
      int fd = open (argv[optind], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

      if (fd < 0)
        return fail (argv[optind]);
      target.files[target.count++] = fd;
    }
  if (target.count == 0)
    return 2;
  return write_for_ever (&target, status_open (status), last);
}

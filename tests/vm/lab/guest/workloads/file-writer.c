/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * file-writer: makes files whose contents follow from their number, and syncs each with its folder.
 *
 *   file-writer [--status FILE] [--pause-ms N] [--count N] FOLDER   write number 1, 2, 3 …
 *   file-writer --verify N FOLDER     are 1 to N there, whole and right? one line of JSON
 *
 * The status names the last number that was synced: all up to it must be in every later image.
 */
#include "status.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Files are of 1 to 4 blocks less a bit, so that the last block is never full. */
#define BLOCK 4096
#define BLOCKS_MAX 4

typedef struct
{
  const char *folder;
  const char *status;
  uint64_t count;  /* 0: for ever */
  uint64_t verify; /* 0: write */
  useconds_t pause_us;
} Options;

static int
fail (const char *what)
{
  perror (what);
  return EXIT_FAILURE;
}

/* Fills the buffer with the contents of file `number`; returns their length. */
static size_t
make_contents (uint64_t number, unsigned char *buffer)
{
  uint64_t state = number * 0x9e3779b97f4a7c15u + 1;
  size_t length = (number % BLOCKS_MAX + 1) * BLOCK - 8 * (number % 100 + 1);

  for (size_t i = 0; i < length; i += sizeof state)
    {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      memcpy (buffer + i, &state, sizeof state);
    }
  return length;
}

static void
make_name (uint64_t number, char name[32])
{
  snprintf (name, 32, "f-%08" PRIu64, number);
}

static int
write_file (int folder, uint64_t number)
{
  unsigned char contents[BLOCKS_MAX * BLOCK];
  size_t length = make_contents (number, contents);
  char name[32];
  int fd, failed;

  make_name (number, name);
  fd = openat (folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    return -1;
  failed = write (fd, contents, length) != (ssize_t) length || fsync (fd) != 0;
  close (fd);
  return failed ? -1 : fsync (folder);
}

static bool
is_right (int folder, uint64_t number)
{
  unsigned char expected[BLOCKS_MAX * BLOCK], found[BLOCKS_MAX * BLOCK + 1];
  size_t length = make_contents (number, expected);
  char name[32];
  ssize_t n;
  int fd;

  make_name (number, name);
  fd = openat (folder, name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  n = read (fd, found, sizeof found);
  close (fd);
  return n == (ssize_t) length && memcmp (expected, found, length) == 0;
}

static int
verify (int folder, uint64_t last)
{
  uint64_t wrong = 0, first_wrong = 0;

  for (uint64_t number = 1; number <= last; number++)
    if (!is_right (folder, number))
      {
        wrong++;
        first_wrong = first_wrong ? first_wrong : number;
      }
  printf ("{\"checked\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"first_wrong\": %" PRIu64 "}\n",
          last, wrong, first_wrong);
  return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
write_files (int folder, const Options *options)
{
  int status = status_open (options->status);

  for (uint64_t number = 1; options->count == 0 || number <= options->count; number++)
    {
      if (write_file (folder, number) != 0)
        return fail ("file-writer: write");
      status_write (status, "{\"synced\": %" PRIu64 ", \"at_us\": %" PRId64 "}", number, now_us ());
      usleep (options->pause_us);
    }
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  static const struct option known[] = {
    { "status", required_argument, NULL, 's' },
    { "pause-ms", required_argument, NULL, 'p' },
    { "count", required_argument, NULL, 'c' },
    { "verify", required_argument, NULL, 'v' },
    { NULL, 0, NULL, 0 },
  };
  Options options = { .pause_us = 0 };
  int option, folder;

  while ((option = getopt_long (argc, argv, "", known, NULL)) != -1)
    {
      if (option == 's')
        options.status = optarg;
      else if (option == 'p')
        options.pause_us = (useconds_t) (1000 * strtoul (optarg, NULL, 0));
      else if (option == 'c')
        options.count = strtoull (optarg, NULL, 0);
      else if (option == 'v')
        options.verify = strtoull (optarg, NULL, 0);
      else
        return 2;
    }
  if (optind != argc - 1)
    return 2;
  folder = open (argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return fail (argv[optind]);
  return options.verify ? verify (folder, options.verify) : write_files (folder, &options);
}

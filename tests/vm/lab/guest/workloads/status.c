/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Status: see status.h. Linked into every workload, used on its one thread. */
#include "status.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A path of NULL: no status is wanted. */
int
status_open (const char *path)
{
  return path ? open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
}

void
status_write (int fd, const char *format, ...)
{
  char line[STATUS_SIZE + 1];
  va_list arguments;
  int length;

  if (fd < 0)
    return;
  va_start (arguments, format);
  length = vsnprintf (line, sizeof line, format, arguments);
  va_end (arguments);
  if (length < 0 || length >= STATUS_SIZE)
    return;
  memset (line + length, ' ', STATUS_SIZE - (size_t) length);
  line[STATUS_SIZE - 1] = '\n';
  if (pwrite (fd, line, STATUS_SIZE, 0) != STATUS_SIZE)
    perror ("status");
}

/* The guest's boot clock: the one leases are counted in. */
int64_t
now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

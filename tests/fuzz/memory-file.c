/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See memory-file.h. The path leads through /proc, so that nothing is left behind by a crash. */
#include "tests/fuzz/memory-file.h"

#include <sys/mman.h>
#include <unistd.h>

MemoryFile *
memory_file_new (const void *bytes, gsize length)
{
  MemoryFile *self = g_new0 (MemoryFile, 1);

  self->fd = memfd_create ("fuzz-input", MFD_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
  g_assert_cmpint (length > 0 ? write (self->fd, bytes, length) : 0, ==, (gssize) length);
  self->path = g_strdup_printf ("/proc/self/fd/%d", self->fd);
  return self;
}

void
memory_file_free (MemoryFile *self)
{
  close (self->fd);
  g_free (self->path);
  g_free (self);
}

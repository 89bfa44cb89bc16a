/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fuzz input as a file in memory, for readers that take a path. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int fd;
  char *path;
} MemoryFile;

MemoryFile *memory_file_new (const void *bytes, gsize length);
void memory_file_free (MemoryFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemoryFile, memory_file_free)

G_END_DECLS

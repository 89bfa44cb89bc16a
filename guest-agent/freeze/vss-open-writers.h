/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks through /proc for a process that could write to a file system that can't be frozen.
 * Called on a freezing thread before anything is frozen. */
#pragma once

#include "guest-agent/freeze/vss-mount-table.h"

G_BEGIN_DECLS

/* "mysqld (process 812)", NULL if nobody has a file of @fs open for writing or mapped shared and
 * writable. @proc: "/proc". */
char *vss_open_writers_find (const char *proc, const VssFileSystem *fs);

G_END_DECLS

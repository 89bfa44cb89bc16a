/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Status: one line of JSON in a file in memory, rewritten in place by a workload.
 *
 * The host reads it at any moment, also while the workload itself is blocked by a freeze.
 */
#pragma once

#include <stdint.h>

/* Longer than any status line; the file always has this size, filled up with blanks. */
#define STATUS_SIZE 256

int status_open (const char *path);
void status_write (int fd, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
int64_t now_us (void);

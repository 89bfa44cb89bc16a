/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thaw guard's loop: listens, keeps the lease of the agent that is armed, and thaws. Used by
 * the program's main() and, with a kernel of their own making, by its tests. One thread. */
#pragma once

#include <stdbool.h>

#include "guest-agent/guard/vss-guard-kernel.h"

typedef struct VssGuard VssGuard;

/* Listens at @socket_path, replacing a socket that a former guard has left. @stop_fd: readable
 * when the loop has to end, -1 for never. NULL and errno on failure. */
VssGuard *vss_guard_new (const char *socket_path, const VssGuardKernel *kernel, int stop_fd);
void vss_guard_free (VssGuard *self);

/* Runs until @stop_fd is readable. Sleeps while nothing happens: no time-out, no wake-up. False
 * and errno if it can't go on. */
bool vss_guard_run (VssGuard *self);

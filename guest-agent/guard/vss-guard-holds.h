/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptors that an armed agent has handed over, with a waiting thread for each. Owned by
 * the guard's loop, which calls these functions; the threads only ever call FITHAW and look at
 * the agent's threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "guest-agent/guard/vss-guard-kernel.h"
#include "guest-agent/guard/vss-guard-protocol.h"

typedef struct VssGuardHolds VssGuardHolds;

/* Takes @fds over, also on failure. @wake_fd: an eventfd written to when the last thread has
 * finished. NULL and errno on failure. */
VssGuardHolds *vss_guard_holds_new (const VssGuardKernel *kernel,
                                    pid_t agent,
                                    uint64_t generation,
                                    const int *fds,
                                    const int32_t *tids,
                                    unsigned count,
                                    int wake_fd);

/* Waits for the threads, which must have been told to finish, and closes the descriptors. */
void vss_guard_holds_free (VssGuardHolds *self);

uint64_t vss_guard_holds_get_generation (const VssGuardHolds *self);

/* Descriptor @index is not to be thawed. False if there is none. */
bool vss_guard_holds_drop (VssGuardHolds *self, unsigned index);

/* From now on thaw, and go on until nothing can freeze any more. */
void vss_guard_holds_thaw (VssGuardHolds *self);
bool vss_guard_holds_is_thawing (VssGuardHolds *self);

/* The agent's process is gone: one more pass decides. */
void vss_guard_holds_agent_gone (VssGuardHolds *self);

/* The agent says that all is thawed. */
void vss_guard_holds_disarm (VssGuardHolds *self);

/* Whether every thread has finished, so that freeing won't wait. */
bool vss_guard_holds_is_finished (VssGuardHolds *self);

/* Whether nothing was frozen at the last pass and no thread of the agent has run since. */
bool vss_guard_holds_is_settled (VssGuardHolds *self);

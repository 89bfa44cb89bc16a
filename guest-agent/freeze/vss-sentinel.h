/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proof that one file system stays frozen: a thread of its own that is blocked in unlinkat() of a
 * name that doesn't exist. It waits for the freeze to end, changes nothing and holds no lock.
 *
 * The thread is made before the freeze and told to go once FIFREEZE has returned; the file system
 * counts as held when the kernel reports that thread as asleep inside unlinkat. Started before the
 * freeze it would have to loop, and could be between two calls while somebody thaws and freezes
 * again.
 *
 * Why a gap can't be missed: a thaw wakes the waiters and gives each of them its share of the file
 * system's write lock at that moment, so a new freeze can't complete before our unlinkat is
 * through. From then on it is either still running in the kernel, where it isn't asleep (the
 * folder was read shortly before, a look-up needs no disk), or back here. So "asleep inside
 * unlinkat" means the freeze that it met at its start still lasts. That it met ours and not a later
 * one doesn't matter: either way it was blocked before the answer "frozen" was given.
 *
 * Owned by the file system's hold; every function may be called on any thread. */
#pragma once

#include "guest-agent/freeze/vss-kernel.h"

G_BEGIN_DECLS

typedef struct _VssSentinel VssSentinel;

/* Starts the thread and lets it look its name up once. @fd stays the caller's, but must stay open
 * until the sentinel is finished or abandoned for good. NULL if no thread can be had. */
VssSentinel *vss_sentinel_new (VssKernel *kernel, int fd, GError **error);

/* Sends the thread away and gives the reference up. A thread that is still blocked keeps what it
 * needs and ends when it can. */
void vss_sentinel_release (VssSentinel *self);

/* The file system is frozen: call unlinkat. TRUE once it blocks there; FALSE if it doesn't. */
gboolean vss_sentinel_start (VssSentinel *self);

/* Whether it has been blocked without a break since vss_sentinel_start(). */
gboolean vss_sentinel_is_blocked (VssSentinel *self);

G_END_DECLS

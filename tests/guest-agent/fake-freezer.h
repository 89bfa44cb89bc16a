/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A freezer that freezes nothing, linked in place of the real one: it walks through the states and
 * completes each operation in the main loop, or once the test says so. */
#pragma once

#include "guest-agent/freeze/vss-freezer.h"

G_BEGIN_DECLS

VssFreezer *fake_freezer_new (void);

/* Of an agent that made its own: the freezer over @kernel. And what that freezer will find to
 * recover: a sentence, NULL for nothing. */
VssFreezer *fake_freezer_of_kernel (VssKernel *kernel);
void fake_freezer_leave_behind (VssKernel *kernel, const char *what);

/* While paused, operations begin but don't complete; abort and thaw aren't affected. */
void fake_freezer_pause (VssFreezer *self);
void fake_freezer_resume (VssFreezer *self);

/* How often "prepare", "freeze", "thaw" or "abort" was asked for. */
guint fake_freezer_count (VssFreezer *self, const char *operation);
VssWireFreezeState fake_freezer_get_state (VssFreezer *self);

/* The next prepare fails. */
void fake_freezer_fail_prepare (VssFreezer *self);

/* The lease runs out. */
void fake_freezer_expire (VssFreezer *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel with file systems that are made up: they freeze, thaw, fail and hang as a test says.
 * Calls come from the freezer's and the guard's threads; the test's own on the main thread. */
#pragma once

#include "guest-agent/freeze/vss-kernel.h"
#include "guest-agent/guard/vss-guard-kernel.h"

G_BEGIN_DECLS

#define FAKE_TYPE_KERNEL (fake_kernel_get_type ())
G_DECLARE_FINAL_TYPE (FakeKernel, fake_kernel, FAKE, KERNEL, GObject)

/* What calls on a file system can be made to do. */
typedef enum
{
  FAKE_OPEN,
  FAKE_SYNCFS,
  FAKE_FREEZE,
  FAKE_THAW,
  FAKE_N_CALLS
} FakeCall;

/* A mount table with /one and /two (ext4), /esp (vfat), /ro (read-only ext4) and a tmpfs /run. Its
 * clock stands still. */
FakeKernel *fake_kernel_new (void);

/* @result: 0 or a negative errno, from now on. */
void fake_kernel_set_result (FakeKernel *self, const char *path, FakeCall call, int result);

/* Calls wait until fake_kernel_release() from now on. */
void fake_kernel_hang (FakeKernel *self, const char *path, FakeCall call);
void fake_kernel_release (FakeKernel *self);
/* Whether a call is waiting because of that. */
gboolean fake_kernel_is_hanging (FakeKernel *self);

/* Somebody else's doing. */
void fake_kernel_freeze_foreign (FakeKernel *self, const char *path);
void fake_kernel_thaw_foreign (FakeKernel *self, const char *path);
void fake_kernel_write (FakeKernel *self, const char *path);
void fake_kernel_set_writer (FakeKernel *self, const char *path, const char *writer);

/* unlinkat returns at once although the file system is frozen. */
void fake_kernel_let_unlink_through (FakeKernel *self, const char *path);

gboolean fake_kernel_is_frozen (FakeKernel *self, const char *path);
/* How often a call was made. */
guint fake_kernel_count (FakeKernel *self, const char *path, FakeCall call);
gboolean fake_kernel_allows_core_dumps (FakeKernel *self);
int fake_kernel_get_rcu (FakeKernel *self);
void fake_kernel_set_rcu (FakeKernel *self, int value);

/* Timers that are due become ready. */
void fake_kernel_advance_ms (FakeKernel *self, gint64 ms);

/* How many descriptors it has given and not got back. */
guint fake_kernel_count_open (FakeKernel *self);

/* For a guard that thaws the same file systems. */
VssGuardKernel fake_kernel_for_guard (FakeKernel *self);

G_END_DECLS

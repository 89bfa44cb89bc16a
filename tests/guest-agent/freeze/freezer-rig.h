/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A freezer with a made-up kernel and a real guard that thaws that kernel's file systems, for the
 * tests of the freezer. */
#pragma once

#include "fake-kernel.h"
#include "guest-agent/freeze/vss-freezer.h"

G_BEGIN_DECLS

#define RIG_SET "e5b5c3de-27b4-4a4b-9c0e-0d4a8f8a1c11"
#define RIG_OTHER_SET "0b0e9b59-3d6f-4f77-8c6a-9d3e0cf6a2d2"

typedef enum
{
  RIG_GUARD_ALIVE,
  RIG_GUARD_ABSENT,
  RIG_GUARD_SILENT, /* takes connections but never answers */
} RigGuard;

typedef struct _Rig Rig;

Rig *rig_new (RigGuard guard);
void rig_free (Rig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

FakeKernel *rig_get_kernel (Rig *self);
VssFreezer *rig_get_freezer (Rig *self);
const char *rig_get_record (Rig *self);

/* What the host's end of the session is said to be. */
void rig_hang_up (Rig *self);
void rig_kill_guard (Rig *self);

/* Starts a command; its answer is had with the rig_wait_...() of the same name. @mount_points:
 * separated by blanks. */
void rig_prepare (Rig *self, const char *set_id, const char *mount_points);
void rig_freeze (Rig *self, guint lease_ms);
void rig_freeze_with (Rig *self, gint64 generation, gint64 deadline_ms, guint lease_ms);
void rig_thaw (Rig *self);
void rig_abort (Rig *self);

/* The answer; or NULL, and the error's class in @error_class. Fails the test after some seconds. */
VssWirePrepareForSnapshotResult *rig_wait_prepare (Rig *self, VssWireErrorClass *error_class);
VssWireFreezeResult *rig_wait_freeze (Rig *self, VssWireErrorClass *error_class);
VssWireThawResult *rig_wait_thaw (Rig *self, VssWireErrorClass *error_class);
gboolean rig_is_waiting (Rig *self);

/* All of that at once, where it has to succeed. */
void rig_expect_prepared (Rig *self, const char *mount_points);
void rig_expect_frozen (Rig *self, guint lease_ms);

/* Runs the main loop until the condition holds. */
void rig_run_until (Rig *self, gboolean (*condition) (Rig *self));
void rig_run_until_hanging (Rig *self);
void rig_run_until_state (Rig *self, VssWireFreezeState state);

VssWireFreezeState rig_get_state (Rig *self);

/* "/one=held /two=not-held" */
char *rig_describe (GPtrArray *volumes);

/* Why it thawed unasked; NULL if it didn't. */
const char *rig_get_unasked (Rig *self);

/* Nothing is frozen, and everything that was set is as it was. */
void rig_assert_clean (Rig *self);

G_END_DECLS

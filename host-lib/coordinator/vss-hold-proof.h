/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest's answers prove: the level of a set. Pure functions, any thread. */
#pragma once

#include "host-lib/vss-snapshot-set.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* The first of @mount_points that @volumes (element-type VssWireHoldResult) does not show as held
 * still, in words; NULL if there is none. (transfer full) */
char *vss_hold_find_gap (GPtrArray *volumes, const char *const *mount_points);

/* Sets consistency, weakness, holds, frozen_us and lease_expired of @set. @thawed: (nullable) the
 * guest's answer to the thaw, which was asked for after the commit had returned; @no_answer: why
 * there is none. @generation: what was frozen before the commit was called. */
void vss_hold_prove (VssSnapshotSet *set,
                     const char *const *mount_points,
                     gint64 generation,
                     const VssWireThawResult *thawed,
                     const char *no_answer);

/* Notes what the guest said of each of @mount_points, as far as the record has room for it; of
 * others it wasn't asked. @volumes: (element-type VssWireHoldResult) */
void vss_hold_note (VssSnapshotSet *set, GPtrArray *volumes, const char *const *mount_points);

G_END_DECLS

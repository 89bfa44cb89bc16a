/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has the guest: at most one connection prepares and freezes at a time. A set is under way
 * from vss-prepare-for-snapshot until the freezer has nothing prepared, frozen or unfinished any
 * more. One per agent, main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VssConnection VssConnection;
typedef struct _VssHold VssHold;

VssHold *vss_hold_new (void);
void vss_hold_free (VssHold *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssHold, vss_hold_free)

/* Takes the guest for @connection, or fails with VSS_WIRE_ERROR's busy class and says who has it
 * and since when. Taking it again is fine. */
gboolean vss_hold_take (VssHold *self,
                        VssConnection *connection,
                        const char *requester,
                        gint64 now_ms,
                        GError **error);

/* Like vss_hold_take() for commands that go on with a set: it is enough that nobody else has it. */
gboolean vss_hold_allows (VssHold *self, VssConnection *connection, gint64 now_ms, GError **error);

/* The holder, NULL if none. */
VssConnection *vss_hold_get_holder (VssHold *self);

/* The holder is lost: what it had is being undone, and nobody can take the guest before
 * vss_hold_release(). */
void vss_hold_begin_undoing (VssHold *self);
gboolean vss_hold_is_undoing (VssHold *self);

void vss_hold_release (VssHold *self);

G_END_DECLS

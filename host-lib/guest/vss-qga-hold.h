/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One freeze through QEMU's guest agent, and its end: asked for, or when its time is over. That
 * agent never thaws by itself, so a thread here does, whatever everybody else is blocked in; it
 * goes on trying after the object that began the freeze is gone. Any thread. */
#pragma once

#include <gio/gio.h>

#include "host-lib/guest/vss-qga.h"

G_BEGIN_DECLS

typedef struct _VssQgaHold VssQgaHold;

/* What has become of it; plain copy. */
typedef struct
{
  gboolean thawed; /* nothing is frozen any more */
  gboolean expired; /* thawed, or about to be, because its time was over */
  int frozen; /* file systems; -1: the freeze failed, see freeze_error */
  int thawed_count;
  gint64 held_us; /* from before the freeze to after the thaw */
} VssQgaHoldState;

/* Freezes @mount_points (not empty) within @timeout_ms, for at most @lease_ms from now. NULL if
 * there was no answer (VSS_E_FLUSH_WRITES_TIMEOUT) or it was cancelled; whatever then comes to be
 * frozen is thawed. A freeze that the agent refused is a hold, with -1 frozen. Keeps a reference of
 * @qga. @name: the virtual machine's. */
VssQgaHold *vss_qga_hold_begin (VssQga *qga,
                                const char *name,
                                const char *const *mount_points,
                                guint timeout_ms,
                                guint lease_ms,
                                GCancellable *cancellable,
                                GError **error);

/* Asks for the thaw and waits for it up to @timeout_ms. VSS_E_HOLD_WRITES_TIMEOUT: not yet; it
 * goes on being tried. May be asked again, and says the same then. */
gboolean vss_qga_hold_end (VssQgaHold *self,
                           guint timeout_ms,
                           VssQgaHoldState *state,
                           GError **error);

void vss_qga_hold_get_state (VssQgaHold *self, VssQgaHoldState *state);
/* (transfer full): why the freeze failed; NULL if it didn't. */
char *vss_qga_hold_get_failure (VssQgaHold *self);

VssQgaHold *vss_qga_hold_ref (VssQgaHold *self);
/* Of the last reference outside: what is still frozen is thawed nevertheless. */
void vss_qga_hold_unref (VssQgaHold *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssQgaHold, vss_qga_hold_unref)

G_END_DECLS

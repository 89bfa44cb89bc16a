/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file system of a set: its descriptor, its sentinel and the thread that makes all its kernel
 * calls, so that a call that hangs hangs nothing else. The freezer gives one order at a time on the
 * main thread; the thread writes to the event descriptor when it has carried it out. */
#pragma once

#include "qapi/vss-wire-types.h"

#include "guest-agent/freeze/vss-event-fd.h"
#include "guest-agent/freeze/vss-freeze-plan.h"
#include "guest-agent/freeze/vss-kernel.h"

G_BEGIN_DECLS

typedef enum
{
  VSS_FS_ORDER_NONE,
  VSS_FS_ORDER_OPEN, /* open the mount point, start the sentinel's thread */
  VSS_FS_ORDER_DRAIN, /* syncfs */
  VSS_FS_ORDER_FLUSH, /* what can't be frozen: is anybody writing? then syncfs */
  VSS_FS_ORDER_FREEZE, /* FIFREEZE, then wait for the sentinel to be blocked */
  VSS_FS_ORDER_THAW, /* is the sentinel still blocked? then FITHAW */
} VssFsOrder;

/* What is known at the moment; the reason belongs to the caller. */
typedef struct
{
  VssFsOrder busy_with; /* NONE if it waits for an order */
  VssWireHoldState state;
  char *reason;
  gboolean frozen; /* by us, and not thawed yet */
  gboolean foreign; /* somebody else has frozen it */
  gint64 freeze_us; /* -1 if it wasn't tried, as is the next */
  gint64 thaw_us;
  gint64 ended_us; /* boot time at which the last order was carried out */
} VssFsHoldStatus;

void vss_fs_hold_status_clear (VssFsHoldStatus *status);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VssFsHoldStatus, vss_fs_hold_status_clear)

typedef struct _VssFsHold VssFsHold;

/* Starts the thread with VSS_FS_ORDER_OPEN. @table keeps @entry's file system alive. */
VssFsHold *vss_fs_hold_new (VssKernel *kernel,
                            VssMountTable *table,
                            const VssFreezePlanEntry *entry,
                            VssEventFd *event,
                            GError **error);
void vss_fs_hold_unref (VssFsHold *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssFsHold, vss_fs_hold_unref)

const VssFileSystem *vss_fs_hold_get_file_system (VssFsHold *self);
gboolean vss_fs_hold_is_freezable (VssFsHold *self);

/* -1 if it couldn't be opened. */
int vss_fs_hold_get_fd (VssFsHold *self);
int vss_fs_hold_get_thread_id (VssFsHold *self);

/* Any order but THAW; it must not be busy. A FREEZE is not begun at or after @not_after_us of the
 * boot clock, and undone at once if it takes until then. */
void vss_fs_hold_order (VssFsHold *self, VssFsOrder order, gint64 not_after_us);

/* At any time: what is frozen is thawed, what is being frozen is thawed as soon as the kernel has
 * done it, and nothing is frozen any more. */
void vss_fs_hold_thaw (VssFsHold *self);

gboolean vss_fs_hold_is_busy (VssFsHold *self);
void vss_fs_hold_get_status (VssFsHold *self, VssFsHoldStatus *status);

/* Sends the thread away and closes the descriptor. Nothing may be frozen. A thread that is still
 * inside a call ends when that returns; vss_fs_hold_is_busy() tells. */
void vss_fs_hold_dismiss (VssFsHold *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a freezing thread wakes the main loop: an eventfd that stays open while anybody may still
 * write to it. A thread with a descriptor table of its own can't use GLib's wake-ups. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VssEventFd VssEventFd;

VssEventFd *vss_event_fd_new (void);
VssEventFd *vss_event_fd_ref (VssEventFd *self);
void vss_event_fd_unref (VssEventFd *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssEventFd, vss_event_fd_unref)

int vss_event_fd_get_fd (VssEventFd *self);

/* Any thread; never blocks. */
void vss_event_fd_signal (VssEventFd *self);

/* Makes it unreadable again. */
void vss_event_fd_clear (VssEventFd *self);

G_END_DECLS

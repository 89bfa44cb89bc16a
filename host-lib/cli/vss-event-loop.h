/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's event loop on a thread of its own, for a verb that waits for events. It is the whole
 * process's, so only a program may start it, before it opens the connection that is to hear. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _VssEventLoop VssEventLoop;

/* NULL: libvirt refuses; then there are no events. */
VssEventLoop *vss_event_loop_start (void);
void vss_event_loop_stop (VssEventLoop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssEventLoop, vss_event_loop_stop)

G_END_DECLS

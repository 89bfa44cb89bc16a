/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps SIGPIPE from the process while this thread uses libvirt, whose client writes into sockets
 * of a libvirtd that may have been killed. For a library that must not change the process's own
 * handling of signals. Used around calls, on any thread; may be nested. */
#pragma once

#include <signal.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  sigset_t before; /* the thread's mask */
  gboolean was_pending;
} VssPipeGuard;

VssPipeGuard vss_pipe_guard_enter (void);
void vss_pipe_guard_leave (VssPipeGuard *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VssPipeGuard, vss_pipe_guard_leave)

/* For the rest of the block. */
#define VSS_GUARD_PIPES() g_auto (VssPipeGuard) pipe_guard G_GNUC_UNUSED = vss_pipe_guard_enter ()

G_END_DECLS

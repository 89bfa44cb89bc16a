/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the requester's objects start an operation. */
#pragma once

#include "host-lib/requester/vss-async.h"

G_BEGIN_DECLS

/* The operation, on a thread of its own. Its error is the operation's; G_IO_ERROR_CANCELLED for one
 * that was given up. */
typedef gboolean (*VssAsyncRun) (VssAsync *async,
                                 GObject *owner,
                                 gpointer data,
                                 GCancellable *cancellable,
                                 GError **error);

/* Called on the operation's thread when it has ended, before anybody is told. @error: nullable. */
typedef void (*VssAsyncDone) (GObject *owner, gpointer data, const GError *error);

/* Starts @run. @owner lives at least until it ends. @done is nullable. @data is freed on the
 * operation's thread. */
VssAsync *vss_async_start (GObject *owner,
                           VssAsyncRun run,
                           VssAsyncDone done,
                           gpointer data,
                           GDestroyNotify free_data);

/* Emits "progress" in the caller's main context. Any thread. */
void vss_async_tell (VssAsync *self,
                     const char *phase,
                     const char *object,
                     guint64 done,
                     guint64 total);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handle of a running operation. VSS: IVssAsync. */
#pragma once

#include "host-lib/vss-error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define VSS_TYPE_ASYNC (vss_async_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssAsync, vss_async, VSS, ASYNC, GObject)

/* Waits at most @timeout_ms (G_MAXUINT: for ever) for the end. TRUE also when the time is over:
 * ask vss_async_query_status(). FALSE with the operation's own error. */
VSS_API gboolean vss_async_wait (VssAsync *self, guint timeout_ms, GError **error);

/* TRUE with VSS_S_ASYNC_PENDING, _FINISHED or _CANCELLED in @status; FALSE with the error of a
 * failed operation. Never blocks. */
VSS_API gboolean vss_async_query_status (VssAsync *self, VssSuccess *status, GError **error);

/* Asks the operation to end. Before the freeze everything is undone. @status as VSS's Cancel. */
VSS_API gboolean vss_async_cancel (VssAsync *self, VssSuccess *status, GError **error);

/* Waits until the end, however long that takes, and returns the final result: FALSE for a failed
 * or cancelled operation (G_IO_ERROR_CANCELLED). The one helper most requesters want. */
VSS_API gboolean vss_async_finish (VssAsync *self, GError **error);

/* Signals, in the main context that was the thread's default when the operation was started:
 * "completed" (), "progress" (const char *phase, const char *object, guint64 done, guint64 total).
 */

G_END_DECLS

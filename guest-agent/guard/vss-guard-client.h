/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's end of the thaw guard's socket: connects, arms, renews, disarms. Owned by the
 * freezer, used on the main thread. A guard that doesn't answer in time counts as not there. It
 * wakes up only when the guard says something or goes away. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define VSS_TYPE_GUARD_CLIENT (vss_guard_client_get_type ())
G_DECLARE_FINAL_TYPE (VssGuardClient, vss_guard_client, VSS, GUARD_CLIENT, GObject)

/* The guard does nothing but poll: what it doesn't answer in a second it won't answer in time. */
#define VSS_GUARD_CLIENT_TIMEOUT_MS 1000

/* @socket_path: where the guard listens; /run/vss-agent/guard.sock unless configured.
 * @timeout_ms: limit of each request, 0 for VSS_GUARD_CLIENT_TIMEOUT_MS. */
VssGuardClient *vss_guard_client_new (const char *socket_path, guint timeout_ms);

/* Connects unless connected already. Doesn't block. */
gboolean vss_guard_client_connect (VssGuardClient *self, GError **error);

/* Whether there is a guard at the other end; tries to connect if there was none. */
gboolean vss_guard_client_is_alive (VssGuardClient *self);

/* Hands copies of @fds to the guard, which thaws them at @lease_end_ms of the boot clock or when
 * this process dies. @tids: the thread that freezes each of them. */
void vss_guard_client_arm_async (VssGuardClient *self,
                                 guint64 generation,
                                 gint64 lease_end_ms,
                                 const int *fds,
                                 const int *tids,
                                 guint n_fds,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean vss_guard_client_arm_finish (VssGuardClient *self, GAsyncResult *result, GError **error);

/* These are sent at once and not waited for: a guard that doesn't acknowledge them in time is
 * lost (see the signal). FALSE if there is no guard any more. */
gboolean vss_guard_client_renew (VssGuardClient *self, guint64 generation, gint64 lease_end_ms);
/* Descriptor @index isn't ours to thaw: somebody else has frozen it. */
gboolean vss_guard_client_drop (VssGuardClient *self, guint64 generation, guint index);
gboolean vss_guard_client_disarm (VssGuardClient *self, guint64 generation);

/* Signals:
 * "lost": the guard is gone or doesn't answer.
 * "expired" (guint64 generation): the guard has begun to thaw because the lease is over. */

G_END_DECLS

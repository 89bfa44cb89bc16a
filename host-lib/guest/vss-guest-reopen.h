/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talking to a guest's writers once more after a set was made, when its channel is free for others.
 * Blocks up to a limit. Worker threads. */
#pragma once

#include "host-lib/guest/vss-guest.h"

G_BEGIN_DECLS

/* As vss_guest_open(); while another requester has the guest it is tried again, up to
 * VSS_WRITERS_REOPEN_MS. */
gboolean vss_guest_reopen (VssGuest *self,
                           const char *requester,
                           GCancellable *cancellable,
                           GError **error);

/* Opens the closed guest, sends BackupShutdown for each of @snapshot_set_ids (element-type utf8),
 * and closes it; nothing if there are none. What fails is only logged. */
void vss_guest_shut_writers_down (VssGuest *self,
                                  const char *requester,
                                  GPtrArray *snapshot_set_ids);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fake library does is said in the environment: VSS_FAKE is a list of words. */
#pragma once

#include "host-lib/vss.h"

G_BEGIN_DECLS

/* The set that StartSnapshotSet begins. */
#define FAKE_NEW_SET_ID "c0f9a1e2-6f0b-4d6f-8f38-6f1f0f7b2a55"

/* Whether @word is in VSS_FAKE:
 *   crash          sets are of level crash
 *   hold-lost      DoSnapshotSet fails: VSS_E_HOLD_WRITES_TIMEOUT
 *   writer-fails   DoSnapshotSet fails: VSS_E_WRITERERROR_TIMEOUT
 *   writer-vetoes  DoSnapshotSet fails with another code, because a writer failed
 *   writer-late    a writer fails at BackupComplete
 *   left-behind    a failed set stays, state preparing
 *   lost           after a failed set the domain can't be asked any more
 *   speaks         DoSnapshotSet logs a message
 *   hang           DoSnapshotSet waits in the phase freeze until it is cancelled
 *   late           what is cancelled succeeds nevertheless
 *   deaf           what is cancelled goes on
 *   vanishing      the list of domains has one that can't be opened
 *   complete-fails BackupComplete fails
 *   delete-fails   deletion stops half-way
 *   recovers       recovery has something to do
 *   recover-fails  recovery leaves something
 *   no-agent       the guest doesn't answer
 *   taken          the channel is taken
 *   enabled        the domain has the channel
 *   no-controller  the channel can't be added to the running domain
 *   transient      nor anywhere else
 *   shut-off       the domain isn't running
 *   no-overlays    no set has an overlay that is in use
 *   hostile        names come from a guest that wants to be seen */
gboolean fake_is (const char *word);

/* Leaves @set_id in state preparing, or makes the domain unreachable, as VSS_FAKE says. */
void fake_leave_behind (const char *set_id);
/* The sets of the domain. (element-type VssSnapshotSet) */
GPtrArray *fake_list_sets (GError **error);

/* Writes a line into the file VSS_FAKE_LOG, if that is set: the calls as the library sees them. */
void fake_log (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* An operation that is done already, with @error (transfer full, nullable). */
VssAsync *fake_async_done (GError *error);
/* One that waits until it is cancelled. */
VssAsync *fake_async_hang (void);

G_END_DECLS

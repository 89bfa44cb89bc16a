/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From StartSnapshotSet on the virtual machine belongs to one requester, and a record that is
 * renewed says to whom. Owned by the requester's object, on its thread or an operation's. */
#pragma once

#include "host-lib/requester/vss-provider-gate.h"

G_BEGIN_DECLS

typedef struct _VssSetReservation VssSetReservation;

/* Records @set, still empty, and renews the record. Where no record can be kept, the guest's channel
 * is all there is of a lock. VSS_E_SNAPSHOT_SET_IN_PROGRESS if a living requester has one. */
VssSetReservation *
vss_set_reservation_take (VssProviderGate *gate, VssSnapshotSet *set, GError **error);
/* The run is at it: it renews the record by itself. */
void vss_set_reservation_pause (VssSetReservation *self);
/* The record is the finished set's now. */
void vss_set_reservation_leave (VssSetReservation *self);
/* Gives it up: the record goes, unless it says that there is something to undo. */
void vss_set_reservation_free (VssSetReservation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssSetReservation, vss_set_reservation_free)

/* VSS_E_SNAPSHOT_SET_IN_PROGRESS: who makes @other, and for how long. Always FALSE. */
gboolean
vss_refuse_in_progress (const VssSnapshotSet *other, const char *domain_name, GError **error);
/* If @error is VSS_E_SNAPSHOT_SET_IN_PROGRESS and the records know more, makes it say who. */
void vss_explain_in_progress (VssProvider *provider, const char *domain_name, GError **error);

G_END_DECLS

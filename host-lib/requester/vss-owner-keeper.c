/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renews the owner's lease of a set. */
#include "host-lib/requester/vss-owner-keeper.h"

#include "host-lib/coordinator/vss-snapshot-run.h"
#include "host-lib/vss-repeater.h"

/* Two renewals may fail before the lease is over. */
#define RENEW_INTERVAL_US (VSS_OWNER_LEASE_US / 3)

struct _VssOwnerKeeper
{
  VssProviderGate *gate;
  VssSnapshotSet *set;
  VssRepeater *repeater;
};

static gint64
renew (gpointer user_data)
{
  VssOwnerKeeper *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!vss_provider_renew_owner (vss_provider_gate_enter (self->gate), self->set, &error))
    g_debug ("cannot renew the owner of snapshot set %s: %s", self->set->id, error->message);
  vss_provider_gate_leave (self->gate);
  return RENEW_INTERVAL_US;
}

VssOwnerKeeper *
vss_owner_keeper_start (VssProviderGate *gate, const VssSnapshotSet *set)
{
  VssOwnerKeeper *self = g_new0 (VssOwnerKeeper, 1);

  self->gate = vss_provider_gate_ref (gate);
  self->set = vss_snapshot_set_copy (set);
  self->repeater = vss_repeater_start ("vss-owner", RENEW_INTERVAL_US, renew, self);
  return self;
}

void
vss_owner_keeper_stop (VssOwnerKeeper *self)
{
  vss_repeater_stop (self->repeater);
  vss_snapshot_set_free (self->set);
  vss_provider_gate_unref (self->gate);
  g_free (self);
}

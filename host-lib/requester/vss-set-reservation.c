/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a set that is only begun: see the header. */
#include "host-lib/requester/vss-set-reservation.h"

#include "host-lib/coordinator/vss-snapshot-run.h"
#include "host-lib/requester/vss-owner-keeper.h"
#include "host-lib/vss-snapshot-set-private.h"

struct _VssSetReservation
{
  VssProviderGate *gate;
  char *set_id;
  VssOwnerKeeper *keeper; /* nullable */
};

VssSetReservation *
vss_set_reservation_take (VssProviderGate *gate, VssSnapshotSet *set, GError **error)
{
  g_autoptr (GError) failure = NULL;
  VssSetReservation *self;
  gboolean taken;

  taken = vss_provider_reserve (vss_provider_gate_enter (gate), set, &failure);
  vss_provider_gate_leave (gate);
  if (g_error_matches (failure, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  if (!taken)
    g_debug ("snapshot set %s is not recorded yet: %s", set->id, failure->message);
  self = g_new0 (VssSetReservation, 1);
  self->gate = vss_provider_gate_ref (gate);
  self->set_id = g_strdup (set->id);
  if (taken)
    self->keeper = vss_owner_keeper_start (gate, set);
  return self;
}

void
vss_set_reservation_pause (VssSetReservation *self)
{
  g_clear_pointer (&self->keeper, vss_owner_keeper_stop);
}

void
vss_set_reservation_leave (VssSetReservation *self)
{
  vss_set_reservation_pause (self);
  vss_provider_gate_unref (self->gate);
  g_free (self->set_id);
  g_free (self);
}

void
vss_set_reservation_free (VssSetReservation *self)
{
  vss_set_reservation_pause (self);
  vss_provider_unreserve (vss_provider_gate_enter (self->gate), self->set_id);
  vss_provider_gate_leave (self->gate);
  vss_set_reservation_leave (self);
}

gboolean
vss_refuse_in_progress (const VssSnapshotSet *other, const char *domain_name, GError **error)
{
  g_autofree char *owner = vss_set_owner_describe (&other->owner, g_get_real_time ());

  g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
               "snapshot set %s of '%s' is being made by %s; wait until it is done", other->id,
               domain_name, owner);
  return FALSE;
}

void
vss_explain_in_progress (VssProvider *provider, const char *domain_name, GError **error)
{
  g_autoptr (GPtrArray) sets = NULL;

  if (error == NULL || !g_error_matches (*error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
    return;
  sets = vss_provider_list_sets (provider, NULL, NULL);
  for (guint i = 0; sets != NULL && i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if ((set->state != VSS_SET_PREPARING && set->state != VSS_SET_COMMITTING)
          || !vss_set_owner_is_alive (&set->owner, g_get_real_time ()))
        continue;
      g_clear_error (error);
      vss_refuse_in_progress (set, domain_name, error);
      return;
    }
}

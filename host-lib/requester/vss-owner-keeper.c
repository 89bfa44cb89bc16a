/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renews the owner's lease of a set. */
#include "host-lib/requester/vss-owner-keeper.h"

#include "host-lib/coordinator/vss-snapshot-run.h"

/* Two renewals may fail before the lease is over. */
#define RENEW_INTERVAL_US (VSS_OWNER_LEASE_US / 3)

struct _VssOwnerKeeper
{
  VssProviderGate *gate;
  VssSnapshotSet *set;
  GMutex lock;
  GCond stopped_changed;
  gboolean stopped;
  GThread *thread;
};

static void
renew (VssOwnerKeeper *self)
{
  g_autoptr (GError) error = NULL;

  if (!vss_provider_renew_owner (vss_provider_gate_enter (self->gate), self->set, &error))
    g_debug ("cannot renew the owner of snapshot set %s: %s", self->set->id, error->message);
  vss_provider_gate_leave (self->gate);
}

static gpointer
keeper_thread (gpointer data)
{
  VssOwnerKeeper *self = data;

  g_mutex_lock (&self->lock);
  while (!self->stopped)
    {
      gint64 wake_us = g_get_monotonic_time () + RENEW_INTERVAL_US;

      while (!self->stopped && g_cond_wait_until (&self->stopped_changed, &self->lock, wake_us))
        ;
      if (self->stopped)
        break;
      g_mutex_unlock (&self->lock);
      renew (self);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

VssOwnerKeeper *
vss_owner_keeper_start (VssProviderGate *gate, const VssSnapshotSet *set)
{
  VssOwnerKeeper *self = g_new0 (VssOwnerKeeper, 1);

  self->gate = vss_provider_gate_ref (gate);
  self->set = vss_snapshot_set_copy (set);
  g_mutex_init (&self->lock);
  g_cond_init (&self->stopped_changed);
  self->thread = g_thread_new ("vss-owner", keeper_thread, self);
  return self;
}

void
vss_owner_keeper_stop (VssOwnerKeeper *self)
{
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_cond_signal (&self->stopped_changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->stopped_changed);
  vss_snapshot_set_free (self->set);
  vss_provider_gate_unref (self->gate);
  g_free (self);
}

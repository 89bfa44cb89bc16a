/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate in front of a provider. */
#include "host-lib/requester/vss-provider-gate.h"

struct _VssProviderGate
{
  VssProvider *provider;
  GMutex turn;
};

VssProviderGate *
vss_provider_gate_new (VssProvider *provider)
{
  VssProviderGate *self = g_atomic_rc_box_new0 (VssProviderGate);

  self->provider = g_object_ref (provider);
  g_mutex_init (&self->turn);
  return self;
}

VssProviderGate *
vss_provider_gate_ref (VssProviderGate *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  VssProviderGate *self = data;

  g_object_unref (self->provider);
  g_mutex_clear (&self->turn);
}

void
vss_provider_gate_unref (VssProviderGate *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

VssProvider *
vss_provider_gate_enter (VssProviderGate *self)
{
  g_mutex_lock (&self->turn);
  return self->provider;
}

void
vss_provider_gate_leave (VssProviderGate *self)
{
  g_mutex_unlock (&self->turn);
}

GPtrArray *
vss_provider_gate_list_sets (VssProviderGate *self, GError **error)
{
  GPtrArray *sets = vss_provider_list_sets (vss_provider_gate_enter (self), NULL, error);

  vss_provider_gate_leave (self);
  return sets;
}

GPtrArray *
vss_provider_gate_list_disks (VssProviderGate *self, GError **error)
{
  GPtrArray *disks = vss_provider_list_disks (vss_provider_gate_enter (self), NULL, error);

  vss_provider_gate_leave (self);
  return disks;
}

const VssProviderProp *
vss_provider_gate_get_properties (VssProviderGate *self)
{
  return vss_provider_get_properties (self->provider); /* constant: needs no turn */
}

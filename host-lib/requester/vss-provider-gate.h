/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A provider takes one call at a time: whoever wants it goes through its gate. Shared by the
 * requester's object, its operations and the owner's keeper; any thread. */
#pragma once

#include "host-lib/providers/vss-provider.h"

G_BEGIN_DECLS

typedef struct _VssProviderGate VssProviderGate;

/* Keeps a reference of @provider. */
VssProviderGate *vss_provider_gate_new (VssProvider *provider);
VssProviderGate *vss_provider_gate_ref (VssProviderGate *self);
void vss_provider_gate_unref (VssProviderGate *self);

/* Waits for its turn. To be followed by vss_provider_gate_leave(). (transfer none) */
VssProvider *vss_provider_gate_enter (VssProviderGate *self);
void vss_provider_gate_leave (VssProviderGate *self);

/* Single calls, with their turn. */
GPtrArray *vss_provider_gate_list_sets (VssProviderGate *self, GError **error);
GPtrArray *vss_provider_gate_list_disks (VssProviderGate *self, GError **error);
const VssProviderProp *vss_provider_gate_get_properties (VssProviderGate *self);

G_END_DECLS

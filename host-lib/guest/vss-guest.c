/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam to a guest: each function forwards to the implementation. Called by the coordinator and
 * the requester's objects on their worker threads. */
#include "host-lib/guest/vss-guest.h"

G_DEFINE_INTERFACE (VssGuest, vss_guest, G_TYPE_OBJECT)

static void
vss_guest_default_init (VssGuestInterface *iface)
{
}

gboolean
vss_guest_open (VssGuest *self,
                const char *requester,
                gboolean force,
                GCancellable *cancellable,
                GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->open (self, requester, force, cancellable, error);
}

void
vss_guest_close (VssGuest *self)
{
  VSS_GUEST_GET_IFACE (self)->close (self);
}

gboolean
vss_guest_has_lease (VssGuest *self)
{
  return VSS_GUEST_GET_IFACE (self)->has_lease (self);
}

const VssWireHelloResult *
vss_guest_get_hello (VssGuest *self)
{
  return VSS_GUEST_GET_IFACE (self)->get_hello (self);
}

VssWireVolumesResult *
vss_guest_query_volumes (VssGuest *self, GCancellable *cancellable, GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->query_volumes (self, cancellable, error);
}

VssWirePrepareForSnapshotResult *
vss_guest_prepare (VssGuest *self,
                   const char *snapshot_set_id,
                   const char *const *mount_points,
                   guint timeout_ms,
                   GCancellable *cancellable,
                   GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->prepare (self, snapshot_set_id, mount_points, timeout_ms,
                                              cancellable, error);
}

VssWireFreezeResult *
vss_guest_freeze (VssGuest *self,
                  gint64 generation,
                  guint timeout_ms,
                  guint lease_ms,
                  GCancellable *cancellable,
                  GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->freeze (self, generation, timeout_ms, lease_ms, cancellable,
                                             error);
}

VssWireLeaseResult *
vss_guest_renew_lease (VssGuest *self, gint64 generation, guint lease_ms, GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->renew_lease (self, generation, lease_ms, error);
}

VssWireThawResult *
vss_guest_thaw (VssGuest *self, gint64 generation, GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->thaw (self, generation, error);
}

VssWireThawResult *
vss_guest_abort (VssGuest *self, const char *snapshot_set_id, GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->abort (self, snapshot_set_id, error);
}

gboolean
vss_guest_post_snapshot (VssGuest *self, const char *snapshot_set_id, GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->post_snapshot (self, snapshot_set_id, error);
}

VssWireFreezeStatusResult *
vss_guest_freeze_status (VssGuest *self, GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->freeze_status (self, error);
}

VssWireStatusResult *
vss_guest_query_status (VssGuest *self, GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->query_status (self, error);
}

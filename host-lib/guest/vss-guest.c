/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam to a guest: each function forwards to the implementation; what any of them answers is
 * looked at here, where it matters. Called by the coordinator and
 * the requester's objects on their worker threads. */
#include "host-lib/guest/vss-guest.h"

#include "host-lib/guest/vss-answer-check.h"

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

const char *
vss_guest_get_caveat (VssGuest *self)
{
  VssGuestInterface *iface = VSS_GUEST_GET_IFACE (self);

  return iface->get_caveat != NULL ? iface->get_caveat (self) : NULL;
}

const VssWireHelloResult *
vss_guest_get_hello (VssGuest *self)
{
  return VSS_GUEST_GET_IFACE (self)->get_hello (self);
}

VssWireVolumesResult *
vss_guest_query_volumes (VssGuest *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssWireVolumesResult) answer
      = VSS_GUEST_GET_IFACE (self)->query_volumes (self, cancellable, error);

  if (answer == NULL || !vss_answer_check_volumes (answer, error))
    return NULL;
  return g_steal_pointer (&answer);
}

VssWirePrepareForSnapshotResult *
vss_guest_prepare (VssGuest *self,
                   const char *snapshot_set_id,
                   const char *const *mount_points,
                   guint timeout_ms,
                   const char *const *writers,
                   guint writers_timeout_ms,
                   GCancellable *cancellable,
                   GError **error)
{
  gboolean told = vss_guest_has_writers (self);

  return VSS_GUEST_GET_IFACE (self)->prepare (self, snapshot_set_id, mount_points, timeout_ms,
                                              told ? writers : NULL,
                                              told ? writers_timeout_ms : 0, cancellable, error);
}

VssWireFreezeResult *
vss_guest_freeze (VssGuest *self,
                  gint64 generation,
                  guint timeout_ms,
                  guint lease_ms,
                  guint writers_timeout_ms,
                  GCancellable *cancellable,
                  GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->freeze (self, generation, timeout_ms, lease_ms,
                                             vss_guest_has_writers (self) ? writers_timeout_ms : 0,
                                             cancellable, error);
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

VssWireWriterStatusResult *
vss_guest_post_snapshot (VssGuest *self,
                         const char *snapshot_set_id,
                         guint writers_timeout_ms,
                         GError **error)
{
  return VSS_GUEST_GET_IFACE (self)->post_snapshot (
      self, snapshot_set_id, vss_guest_has_writers (self) ? writers_timeout_ms : 0, error);
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

/* -- writers -- */

gboolean
vss_guest_has_writers (VssGuest *self)
{
  const VssWireHelloResult *hello = vss_guest_get_hello (self);

  return VSS_GUEST_GET_IFACE (self)->gather_writer_metadata != NULL && hello != NULL
         && g_ptr_array_find_with_equal_func (hello->features, VSS_GUEST_FEATURE_WRITERS,
                                              g_str_equal, NULL);
}

VssWireGatherWriterMetadataResult *
vss_guest_gather_writer_metadata (VssGuest *self,
                                  guint timeout_ms,
                                  GCancellable *cancellable,
                                  GError **error)
{
  if (!vss_guest_has_writers (self))
    return vss_wire_gather_writer_metadata_result_new ();
  return VSS_GUEST_GET_IFACE (self)->gather_writer_metadata (self, timeout_ms, cancellable, error);
}

VssWireWriterComponentsResult *
vss_guest_query_writer_components (VssGuest *self,
                                   const char *instance_id,
                                   guint first,
                                   GCancellable *cancellable,
                                   GError **error)
{
  if (!vss_guest_has_writers (self))
    return vss_wire_writer_components_result_new ();
  return VSS_GUEST_GET_IFACE (self)->query_writer_components (self, instance_id, first,
                                                              cancellable, error);
}

VssWireWritersResult *
vss_guest_query_writers (VssGuest *self, GError **error)
{
  if (!vss_guest_has_writers (self))
    return vss_wire_writers_result_new ();
  return VSS_GUEST_GET_IFACE (self)->query_writers (self, error);
}

VssWireWriterStatusResult *
vss_guest_prepare_for_backup (VssGuest *self,
                              const VssWirePrepareForBackupArguments *arguments,
                              GCancellable *cancellable,
                              GError **error)
{
  if (!vss_guest_has_writers (self))
    return vss_wire_writer_status_result_new ();
  return VSS_GUEST_GET_IFACE (self)->prepare_for_backup (self, arguments, cancellable, error);
}

VssWireWriterStatusResult *
vss_guest_gather_writer_status (VssGuest *self,
                                const char *snapshot_set_id,
                                guint timeout_ms,
                                GCancellable *cancellable,
                                GError **error)
{
  if (!vss_guest_has_writers (self))
    return vss_wire_writer_status_result_new ();
  return VSS_GUEST_GET_IFACE (self)->gather_writer_status (self, snapshot_set_id, timeout_ms,
                                                           cancellable, error);
}

VssWireWriterStatusResult *
vss_guest_backup_complete (VssGuest *self,
                           const char *snapshot_set_id,
                           GPtrArray *components,
                           guint timeout_ms,
                           GCancellable *cancellable,
                           GError **error)
{
  if (!vss_guest_has_writers (self))
    return vss_wire_writer_status_result_new ();
  return VSS_GUEST_GET_IFACE (self)->backup_complete (self, snapshot_set_id, components,
                                                      timeout_ms, cancellable, error);
}

VssWireWriterStatusResult *
vss_guest_backup_shutdown (VssGuest *self,
                           const char *snapshot_set_id,
                           guint timeout_ms,
                           GError **error)
{
  if (!vss_guest_has_writers (self))
    return vss_wire_writer_status_result_new ();
  return VSS_GUEST_GET_IFACE (self)->backup_shutdown (self, snapshot_set_id, timeout_ms, error);
}

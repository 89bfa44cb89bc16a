/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The boxed type that describes an overlay, and the calls that give and watch them. On the thread of
 * the virtual machine's object. */
#include "host-lib/requester/vss-overlay-info.h"

#include "host-lib/providers/libvirt/vss-overlay-usage.h"
#include "host-lib/providers/libvirt/vss-overlay-watch.h"
#include "host-lib/requester/vss-domain-private.h"
#include "host-lib/vss-pipe-guard.h"

G_DEFINE_BOXED_TYPE (VssOverlayInfo,
                     vss_overlay_info,
                     vss_overlay_info_copy,
                     vss_overlay_info_free)

/**
 * vss_overlay_info_copy:
 * @self: an overlay's description
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssOverlayInfo *
vss_overlay_info_copy (const VssOverlayInfo *self)
{
  VssOverlayInfo *copy = g_new0 (VssOverlayInfo, 1);

  *copy = *self;
  copy->snapshot_set_id = g_strdup (self->snapshot_set_id);
  copy->target = g_strdup (self->target);
  copy->path = g_strdup (self->path);
  copy->storage = g_strdup (self->storage);
  copy->problem = g_strdup (self->problem);
  return copy;
}

/**
 * vss_overlay_info_free:
 * @self: (nullable): an overlay's description
 *
 * Frees it with all its texts.
 *
 * Since: 0.1
 */
void
vss_overlay_info_free (VssOverlayInfo *self)
{
  if (self == NULL)
    return;
  g_free (self->snapshot_set_id);
  g_free (self->target);
  g_free (self->path);
  g_free (self->storage);
  g_free (self->problem);
  g_free (self);
}

/**
 * vss_domain_list_overlays:
 * @self: a virtual machine
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Tells how large the overlays of all snapshot sets are, and how much is left where they lie. An
 * overlay that can't be looked at is in the list with its #VssOverlayInfo.problem. Blocks as long as
 * libvirt needs for that.
 *
 * Errors: %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED_PROVIDER_ERROR, %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer container) (element-type VssOverlayInfo): the overlays that are in use
 *
 * Since: 0.1
 */
GPtrArray *
vss_domain_list_overlays (VssDomain *self, GCancellable *cancellable, GError **error)
{
  VSS_GUARD_PIPES ();
  g_autoptr (GPtrArray) sets = NULL;
  g_autoptr (VssLibvirtSession) session = NULL;
  virDomainPtr domain;

  g_return_val_if_fail (VSS_IS_DOMAIN (self), NULL);
  domain = vss_domain_get_libvirt (self);
  if (domain == NULL)
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vss_overlay_info_free);
  sets = vss_domain_list_snapshot_sets (self, cancellable, error);
  if (sets == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  session = vss_libvirt_session_new (virDomainGetConnect (domain), domain);
  return vss_overlay_usage_list (session, sets, error);
}

/**
 * vss_domain_wait_for_growth:
 * @self: a virtual machine
 * @overlays: (element-type VssOverlayInfo): overlays, with #VssOverlayInfo.threshold set
 * @timeout_ms: how long to wait at most, in milliseconds
 * @grown: (out): whether a threshold was passed
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Waits until the guest has written past the threshold (an offset in bytes into the file) of one of
 * these overlays. Blocks up to @timeout_ms.
 *
 * libvirt tells it by an event, so libvirt's event loop has to run in another thread meanwhile, and
 * to have been registered before @self was opened (virEventRegisterDefaultImpl()); this library
 * never does that by itself. Without such a loop the time is waited for.
 *
 * Errors: %G_IO_ERROR_CANCELLED
 *
 * Returns: %TRUE if it was waited for
 *
 * Since: 0.1
 */
gboolean
vss_domain_wait_for_growth (VssDomain *self,
                            GPtrArray *overlays,
                            guint timeout_ms,
                            gboolean *grown,
                            GCancellable *cancellable,
                            GError **error)
{
  VSS_GUARD_PIPES ();

  g_return_val_if_fail (VSS_IS_DOMAIN (self), FALSE);
  return vss_overlay_watch_wait (vss_domain_get_libvirt (self), overlays, timeout_ms, grown,
                                 cancellable, error);
}

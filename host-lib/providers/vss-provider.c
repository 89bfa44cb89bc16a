/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The provider interface: each call forwarded to its implementation, without SIGPIPE. Called by the
 * coordinator, on a worker thread, one call at a time for one provider. */
#include "host-lib/providers/vss-provider.h"

#include "host-lib/vss-host-settings.h"
#include "host-lib/vss-pipe-guard.h"

G_DEFINE_INTERFACE (VssProvider, vss_provider, G_TYPE_OBJECT)

static void
vss_provider_default_init (VssProviderInterface *iface)
{
}

VssDomainDisk *
vss_domain_disk_new (void)
{
  VssDomainDisk *self = g_new0 (VssDomainDisk, 1);

  self->sets_max = VSS_SETS_PER_DISK_DEFAULT;
  return self;
}

void
vss_domain_disk_free (VssDomainDisk *self)
{
  if (self == NULL)
    return;
  g_free (self->target);
  g_free (self->path);
  g_free (self->format);
  g_free (self->serial);
  g_free (self->wwn);
  g_free (self->pci_address);
  g_free (self->pci_path);
  g_free (self->scsi_address);
  g_free (self->bus);
  g_free (self->unsupported_reason);
  g_free (self);
}

const VssProviderProp *
vss_provider_get_properties (VssProvider *self)
{
  return VSS_PROVIDER_GET_IFACE (self)->get_properties (self);
}

GPtrArray *
vss_provider_list_disks (VssProvider *self, GCancellable *cancellable, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->list_disks (self, cancellable, error);
}

GPtrArray *
vss_provider_list_sets (VssProvider *self, GCancellable *cancellable, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->list_sets (self, cancellable, error);
}

gboolean
vss_provider_preflight (VssProvider *self,
                        VssSnapshotSet *set,
                        GCancellable *cancellable,
                        GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->preflight (self, set, cancellable, error);
}

gboolean
vss_provider_reserve (VssProvider *self, VssSnapshotSet *set, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->reserve == NULL
         || VSS_PROVIDER_GET_IFACE (self)->reserve (self, set, error);
}

void
vss_provider_unreserve (VssProvider *self, const char *snapshot_set_id)
{
  VSS_GUARD_PIPES ();

  if (VSS_PROVIDER_GET_IFACE (self)->unreserve != NULL)
    VSS_PROVIDER_GET_IFACE (self)->unreserve (self, snapshot_set_id);
}

gboolean
vss_provider_prepare (VssProvider *self,
                      VssSnapshotSet *set,
                      GCancellable *cancellable,
                      GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->prepare (self, set, cancellable, error);
}

gboolean
vss_provider_pre_commit (VssProvider *self, VssSnapshotSet *set, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->pre_commit (self, set, error);
}

gboolean
vss_provider_commit (VssProvider *self, VssSnapshotSet *set, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->commit (self, set, error);
}

gboolean
vss_provider_post_commit (VssProvider *self, VssSnapshotSet *set, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->post_commit (self, set, error);
}

gboolean
vss_provider_rollback (VssProvider *self, VssSnapshotSet *set, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->rollback (self, set, error);
}

gboolean
vss_provider_delete_set (VssProvider *self,
                         const char *snapshot_set_id,
                         VssProgressFunc progress,
                         gpointer progress_data,
                         GCancellable *cancellable,
                         GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->delete_set (self, snapshot_set_id, progress, progress_data,
                                                    cancellable, error);
}

gboolean
vss_provider_renew_owner (VssProvider *self, VssSnapshotSet *set, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->renew_owner (self, set, error);
}

gboolean
vss_provider_release_owner (VssProvider *self, VssSnapshotSet *set, GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->release_owner (self, set, error);
}

gboolean
vss_provider_recover (VssProvider *self,
                      VssRecoverFunc report,
                      gpointer report_data,
                      GCancellable *cancellable,
                      GError **error)
{
  VSS_GUARD_PIPES ();

  return VSS_PROVIDER_GET_IFACE (self)->recover (self, report, report_data, cancellable, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system provider: one libvirt domain's external snapshots. Each method of the seam is a few
 * calls into the files of this folder. On a worker thread, one call at a time. */
#include "host-lib/providers/libvirt/vss-libvirt-provider.h"

#include <stdlib.h>

#include "host-lib/providers/libvirt/vss-config.h"
#include "host-lib/providers/libvirt/vss-preflight.h"
#include "host-lib/providers/libvirt/vss-prepare.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/providers/libvirt/vss-recover.h"
#include "host-lib/providers/libvirt/vss-reserve.h"
#include "host-lib/providers/libvirt/vss-situation.h"
#include "host-lib/providers/libvirt/vss-snapshot-object.h"
#include "host-lib/providers/libvirt/vss-undo.h"
#include "host-lib/vss-host-settings.h"
#include "host-lib/vss-snapshot-set-private.h"

#define COMMIT_FLAGS                                                                               \
  (VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |                      \
   VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA | VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT)

/* What the commit needs, made before the window. */
typedef struct
{
  char *commit_xml;
  char *domain_xml; /* before the commit */
  GStrv other_disks;
} VssPending;

struct _VssLibvirtProvider
{
  GObject parent_instance;
  VssLibvirtSession *session;
  VssPending pending;
};

static void vss_libvirt_provider_init_iface (VssProviderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssLibvirtProvider,
                               vss_libvirt_provider,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_PROVIDER,
                                                      vss_libvirt_provider_init_iface))

static const VssProviderProp libvirt_properties = {
  .provider_id = (char *)VSS_LIBVIRT_PROVIDER_ID,
  .provider_name = (char *)"libvirt external disk snapshots",
  .provider_type = VSS_PROV_SOFTWARE,
  .provider_version = (char *)VSS_VERSION,
  .provider_version_id = (char *)VSS_LIBVIRT_PROVIDER_VERSION_ID,
  .class_id = (char *)VSS_ID_NULL,
};

static void
clear_pending (VssPending *pending)
{
  g_clear_pointer (&pending->commit_xml, g_free);
  g_clear_pointer (&pending->domain_xml, g_free);
  g_clear_pointer (&pending->other_disks, g_strfreev);
}

static void
vss_libvirt_provider_init (VssLibvirtProvider *self)
{
}

static void
vss_libvirt_provider_finalize (GObject *object)
{
  VssLibvirtProvider *self = VSS_LIBVIRT_PROVIDER (object);

  clear_pending (&self->pending);
  vss_libvirt_session_free (self->session);
  G_OBJECT_CLASS (vss_libvirt_provider_parent_class)->finalize (object);
}

static void
vss_libvirt_provider_class_init (VssLibvirtProviderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_libvirt_provider_finalize;
}

VssLibvirtProvider *
vss_libvirt_provider_new (virConnectPtr connection, virDomainPtr domain)
{
  VssLibvirtProvider *self = g_object_new (VSS_TYPE_LIBVIRT_PROVIDER, NULL);

  self->session = vss_libvirt_session_new (connection, domain);
  return self;
}

static VssLibvirtSession *
session_of (VssProvider *provider)
{
  return VSS_LIBVIRT_PROVIDER (provider)->session;
}

static const VssProviderProp *
libvirt_get_properties (VssProvider *provider)
{
  return &libvirt_properties;
}

static void
complete_disk (VssLibvirtSession *session,
               VssDomainDisk *disk,
               const GPtrArray *sets,
               const VssHostSettings *settings)
{
  virDomainBlockInfo info = { 0 };

  disk->sets_max = settings->sets_per_disk;
  if (disk->path != NULL && virDomainGetBlockInfo (session->domain, disk->target, &info, 0) == 0)
    disk->capacity = info.capacity;
  for (guint i = 0; i < sets->len; i++)
    disk->sets += vss_snapshot_set_find_disk (g_ptr_array_index (sets, i), disk->target) != NULL;
}

static VssDomainView *
load_view (VssLibvirtSession *session, GError **error)
{
  if (!vss_libvirt_session_ensure (session, error))
    return NULL;
  return vss_domain_view_load (session->domain, 0, error);
}

static GPtrArray *
libvirt_list_disks (VssProvider *provider, GCancellable *cancellable, GError **error)
{
  VssLibvirtSession *session = session_of (provider);
  g_autoptr (VssDomainView) view = load_view (session, error);
  g_autoptr (GPtrArray) sets = NULL;
  VssHostSettings settings;
  GPtrArray *disks;

  if (view == NULL)
    return NULL;
  vss_host_settings_load (&settings);
  sets = vss_record_list_domain (view, NULL);
  disks = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_domain_disk_free);
  for (guint i = 0; i < view->disks->len; i++)
    {
      VssDiskView *disk = g_ptr_array_index (view->disks, i);

      complete_disk (session, disk->disk, sets, &settings);
      g_ptr_array_add (disks, g_steal_pointer (&disk->disk));
    }
  return disks;
}

static GPtrArray *
libvirt_list_sets (VssProvider *provider, GCancellable *cancellable, GError **error)
{
  VssLibvirtSession *session = session_of (provider);
  g_autoptr (VssDomainView) view = load_view (session, error);
  g_autoptr (GError) folder_error = NULL;
  GPtrArray *sets;

  if (view == NULL)
    return NULL;
  sets = vss_record_list_all (session, view, NULL, &folder_error);
  if (sets != NULL)
    return sets;
  /* To look is still possible where a folder can't be read; to recover is not. */
  g_message ("only the domain's own records are shown: %s", folder_error->message);
  return vss_record_list_domain (view, NULL);
}

static gboolean
libvirt_preflight (VssProvider *provider,
                   VssSnapshotSet *set,
                   GCancellable *cancellable,
                   GError **error)
{
  VssLibvirtSession *session = session_of (provider);

  return vss_libvirt_session_ensure (session, error) &&
         vss_preflight (session, set, cancellable, error);
}

static gboolean
libvirt_reserve (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssLibvirtSession *session = session_of (provider);

  return vss_libvirt_session_ensure (session, error) && vss_reserve_set (session, set, error);
}

static void
libvirt_unreserve (VssProvider *provider, const char *snapshot_set_id)
{
  VssLibvirtSession *session = session_of (provider);
  g_autoptr (GError) error = NULL;

  if (!vss_libvirt_session_ensure (session, &error)
      || !vss_unreserve_set (session, snapshot_set_id, &error))
    g_info ("the record of snapshot set %s is left to recovery: %s", snapshot_set_id,
            error->message);
}

static gboolean
libvirt_prepare (VssProvider *provider,
                 VssSnapshotSet *set,
                 GCancellable *cancellable,
                 GError **error)
{
  VssLibvirtSession *session = session_of (provider);

  g_free (set->provider_id);
  set->provider_id = g_strdup (VSS_LIBVIRT_PROVIDER_ID);
  return vss_libvirt_session_ensure (session, error) &&
         vss_prepare_set (session, set, cancellable, error);
}

static GStrv
list_other_disks (const VssDomainView *view, const VssSnapshotSet *set)
{
  g_autoptr (GStrvBuilder) targets = g_strv_builder_new ();

  for (guint i = 0; i < view->disks->len; i++)
    {
      const VssDiskView *disk = g_ptr_array_index (view->disks, i);

      if (vss_snapshot_set_find_disk (set, disk->disk->target) == NULL)
        g_strv_builder_add (targets, disk->disk->target);
    }
  return g_strv_builder_end (targets);
}

/* The machine must still be what the overlays were made for. */
static gboolean
check_unchanged (const VssDomainView *view, const VssSnapshotSet *set, GError **error)
{
  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      if (vss_situation_of (disk, TRUE, view, NULL) == VSS_SITUATION_IMAGE)
        continue;
      g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
                   "cannot commit set %s: disk %s is no longer on %s", set->id, disk->target,
                   disk->image);
      return FALSE;
    }
  return TRUE;
}

static gboolean
libvirt_pre_commit (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssLibvirtProvider *self = VSS_LIBVIRT_PROVIDER (provider);
  g_autoptr (VssDomainView) view = NULL;
  char *xml;

  clear_pending (&self->pending);
  xml = virDomainGetXMLDesc (self->session->domain, VIR_DOMAIN_XML_SECURE);
  if (xml == NULL)
    {
      vss_libvirt_set_error (error, "cannot read the XML of domain %s before the commit",
                             self->session->domain_name);
      return FALSE;
    }
  self->pending.domain_xml = g_strdup (xml);
  free (xml);
  view = vss_domain_view_parse (self->pending.domain_xml, error);
  if (view == NULL || !check_unchanged (view, set, error))
    return FALSE;
  self->pending.other_disks = list_other_disks (view, set);
  self->pending.commit_xml = vss_snapshot_object_commit_xml (set, self->pending.other_disks);
  set->state = VSS_SET_COMMITTING;
  return vss_record_save (self->session, set, error);
}

static gboolean
libvirt_commit (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssLibvirtProvider *self = VSS_LIBVIRT_PROVIDER (provider);
  virDomainSnapshotPtr snapshot;

  if (self->pending.commit_xml == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_BAD_STATE,
                   "cannot commit set %s: it was not prepared for it", set->id);
      return FALSE;
    }
  snapshot =
      virDomainSnapshotCreateXML (self->session->domain, self->pending.commit_xml, COMMIT_FLAGS);
  if (snapshot == NULL)
    {
      vss_libvirt_set_error (error, "cannot commit set %s of domain %s", set->id,
                             self->session->domain_name);
      return FALSE;
    }
  virDomainSnapshotFree (snapshot);
  return TRUE;
}

/* libvirt's word that every disk writes to its overlay now, and will after the next start. */
static gboolean
check_committed (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);

  if (view == NULL)
    return FALSE;
  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      if (vss_situation_of (disk, TRUE, view, NULL) != VSS_SITUATION_OVERLAY)
        {
          g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR,
                       "set %s is not complete: disk %s does not use %s after the commit", set->id,
                       disk->target, disk->overlay);
          return FALSE;
        }
      if (!vss_config_replace_source (session, disk->target, disk->image, disk->overlay, "qcow2",
                                      NULL, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
libvirt_post_commit (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssLibvirtProvider *self = VSS_LIBVIRT_PROVIDER (provider);
  g_autoptr (GError) object_error = NULL;

  if (!vss_libvirt_session_ensure (self->session, error) ||
      !check_committed (self->session, set, error))
    return FALSE;
  set->state = VSS_SET_CREATED;
  if (set->created_us == 0)
    set->created_us = g_get_real_time ();
  if (!vss_record_save (self->session, set, error))
    {
      set->state = VSS_SET_COMMITTING;
      return FALSE;
    }
  /* Sets that go with their owner have no object: one would forbid live migration. */
  if (!vss_snapshot_set_is_auto_release (set) && self->pending.domain_xml != NULL &&
      !vss_snapshot_object_add (self->session, set, self->pending.domain_xml,
                                self->pending.other_disks, &object_error))
    g_warning ("the set is complete, but %s", object_error->message);
  clear_pending (&self->pending);
  return TRUE;
}

static gboolean
libvirt_rollback (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssLibvirtSession *session = session_of (provider);
  VssMergeWatch watch = { 0 };

  clear_pending (&VSS_LIBVIRT_PROVIDER (provider)->pending);
  return vss_libvirt_session_ensure (session, error) &&
         vss_undo_set (session, set, &watch, NULL, NULL, error);
}

static VssSnapshotSet *
find_set (const GPtrArray *sets, const char *id, GError **error)
{
  for (guint i = 0; i < sets->len; i++)
    {
      VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (g_strcmp0 (set->id, id) == 0)
        return set;
    }
  g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND, "cannot find snapshot set %s", id);
  return NULL;
}

/* Only the newest set of a disk can be merged: an older one lies below another's overlay. */
static gboolean
check_newest (const VssSnapshotSet *set, const GPtrArray *sets, GError **error)
{
  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      for (guint j = 0; j < sets->len; j++)
        {
          const VssSnapshotSet *other = g_ptr_array_index (sets, j);
          const VssSetDisk *above = vss_snapshot_set_find_disk (other, disk->target);

          if (above == NULL || g_strcmp0 (above->image, disk->overlay) != 0)
            continue;
          g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
                       "cannot delete set %s: the newer set %s lies above it on disk %s; delete "
                       "that one first",
                       set->id, other->id, disk->target);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
libvirt_delete_set (VssProvider *provider,
                    const char *snapshot_set_id,
                    VssProgressFunc progress,
                    gpointer progress_data,
                    GCancellable *cancellable,
                    GError **error)
{
  VssLibvirtSession *session = session_of (provider);
  g_autoptr (VssDomainView) view = load_view (session, error);
  g_autoptr (GPtrArray) sets =
      view == NULL ? NULL : vss_record_list_all (session, view, NULL, error);
  VssMergeWatch watch = { progress, progress_data, cancellable };
  VssSnapshotSet *set;

  if (sets == NULL)
    return FALSE;
  set = find_set (sets, snapshot_set_id, error);
  return set != NULL && check_newest (set, sets, error) &&
         vss_record_claim (session, set, "delete", VSS_MERGE_LEASE_US, error) &&
         vss_undo_set (session, set, &watch, NULL, NULL, error);
}

static gboolean
libvirt_renew_owner (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssLibvirtSession *session = session_of (provider);

  return vss_libvirt_session_ensure (session, error) &&
         vss_record_renew (session, set, set->owner.lease_us, error);
}

static gboolean
libvirt_release_owner (VssProvider *provider, VssSnapshotSet *set, GError **error)
{
  VssLibvirtSession *session = session_of (provider);

  return vss_libvirt_session_ensure (session, error) && vss_record_renew (session, set, 0, error);
}

static gboolean
libvirt_recover (VssProvider *provider,
                 VssRecoverFunc report,
                 gpointer report_data,
                 GCancellable *cancellable,
                 GError **error)
{
  VssLibvirtSession *session = session_of (provider);

  return vss_libvirt_session_ensure (session, error) &&
         vss_recover_domain (session, report, report_data, cancellable, error);
}

static void
vss_libvirt_provider_init_iface (VssProviderInterface *iface)
{
  iface->get_properties = libvirt_get_properties;
  iface->list_disks = libvirt_list_disks;
  iface->list_sets = libvirt_list_sets;
  iface->preflight = libvirt_preflight;
  iface->reserve = libvirt_reserve;
  iface->unreserve = libvirt_unreserve;
  iface->prepare = libvirt_prepare;
  iface->pre_commit = libvirt_pre_commit;
  iface->commit = libvirt_commit;
  iface->post_commit = libvirt_post_commit;
  iface->rollback = libvirt_rollback;
  iface->delete_set = libvirt_delete_set;
  iface->renew_owner = libvirt_renew_owner;
  iface->release_owner = libvirt_release_owner;
  iface->recover = libvirt_recover;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes ready what the commit needs. On the worker thread. */
#include "host-lib/providers/libvirt/vss-prepare.h"

#include "host-lib/providers/libvirt/vss-overlay.h"
#include "host-lib/providers/libvirt/vss-preflight.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/providers/libvirt/vss-undo.h"
#include "host-lib/vss-snapshot-set-private.h"

/* How long an owner counts as living when the caller didn't say. */
#define OWNER_LEASE_US (60 * G_USEC_PER_SEC)

#define SECTOR 512

static void
replace (char **place, const char *text)
{
  char *copy = g_strdup (text);

  g_free (*place);
  *place = copy;
}

/* A raw file may end within a sector; QEMU shows the guest whole ones. */
static guint64
round_up (guint64 bytes)
{
  return (bytes + SECTOR - 1) / SECTOR * SECTOR;
}

static gboolean
fill_disk (VssLibvirtSession *session,
           const VssDomainView *view,
           const char *set_id,
           VssSetDisk *disk,
           GError **error)
{
  const VssDiskView *found = vss_preflight_find_disk (view, disk->target, error);
  g_autofree char *folder = NULL;
  g_autoptr (VssPool) pool = NULL;
  virDomainBlockInfo info = { 0 };

  if (found == NULL)
    return FALSE;
  if (virDomainGetBlockInfo (session->domain, disk->target, &info, 0) < 0)
    {
      vss_libvirt_set_error (error, "cannot ask for the size of disk %s", disk->target);
      return FALSE;
    }
  folder = g_path_get_dirname (found->disk->path);
  pool = vss_pool_open (session, folder, error);
  if (pool == NULL)
    return FALSE;
  replace (&disk->image, found->disk->path);
  replace (&disk->image_format, found->disk->format);
  g_free (disk->overlay);
  disk->overlay = vss_overlay_path (vss_pool_get_target (pool), disk->image, set_id);
  disk->capacity = round_up (info.capacity);
  disk->merge = VSS_MERGE_NONE;
  return TRUE;
}

static gboolean
fill_set (VssLibvirtSession *session,
          const VssDomainView *view,
          VssSnapshotSet *set,
          GError **error)
{
  replace (&set->domain_uuid, session->domain_uuid);
  replace (&set->domain_name, session->domain_name);
  replace (&set->host_name, session->host_name);
  set->state = VSS_SET_PREPARING;
  if (set->owner.pid == 0)
    vss_set_owner_fill (&set->owner, set->owner.requester, OWNER_LEASE_US);
  for (guint i = 0; i < set->disks->len; i++)
    {
      if (!fill_disk (session, view, set->id, g_ptr_array_index (set->disks, i), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
make_overlay (VssLibvirtSession *session, const VssSetDisk *disk, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (disk->overlay);
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, error);

  return pool != NULL && vss_overlay_create (pool, disk, error);
}

/* libvirt's metadata has no compare-and-swap: both of two who come at the same time see the other's
 * record here, and both step back. */
static gboolean
check_alone (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);

  return view != NULL && vss_preflight_check_others (view, set, error);
}

static gboolean
make_all (VssLibvirtSession *session,
          VssSnapshotSet *set,
          GCancellable *cancellable,
          GError **error)
{
  if (!vss_record_save (session, set, error) || !check_alone (session, set, error))
    return FALSE;
  for (guint i = 0; i < set->disks->len; i++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !make_overlay (session, g_ptr_array_index (set->disks, i), error))
        return FALSE;
    }
  return TRUE;
}

gboolean
vss_prepare_set (VssLibvirtSession *session,
                 VssSnapshotSet *set,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);
  g_autoptr (GError) undo_error = NULL;
  VssMergeWatch watch = { 0 };

  if (view == NULL || !vss_preflight_check_others (view, set, error) ||
      !fill_set (session, view, set, error))
    return FALSE;
  if (make_all (session, set, cancellable, error))
    return TRUE;
  if (!vss_undo_set (session, set, &watch, NULL, NULL, &undo_error))
    g_prefix_error (error, "clean-up incomplete, run recover (%s): ", undo_error->message);
  return FALSE;
}

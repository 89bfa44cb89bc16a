/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides whether overlays may go. On the worker thread. */
#include "host-lib/providers/libvirt/vss-removal.h"

#include <stdlib.h>

#include <libvirt/virterror.h>

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-image-lock.h"
#include "host-lib/providers/libvirt/vss-overlay.h"
#include "host-lib/providers/libvirt/vss-qemu-view.h"
#include "host-lib/providers/libvirt/vss-volume-io.h"

static gboolean refuse (GError **error, const VssSetDisk *disk, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
refuse (GError **error, const VssSetDisk *disk, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
               "will not remove the overlay %s of disk %s: %s", disk->overlay, disk->target, why);
  return FALSE;
}

/* One domain's definition, as it runs or as it will start. A domain that vanished names nothing. */
static gboolean
check_definition (virDomainPtr domain, unsigned int flags, const VssSetDisk *disk, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (VssDomainView) view = vss_domain_view_load (domain, flags, &local_error);

  if (view == NULL)
    {
      if (virGetLastErrorCode () == VIR_ERR_NO_DOMAIN)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!vss_domain_view_uses (view, disk->overlay))
    return TRUE;
  return refuse (error, disk, "the %s definition of domain %s names it",
                 flags & VIR_DOMAIN_XML_INACTIVE ? "stored" : "live", virDomainGetName (domain));
}

static gboolean
check_domains (VssLibvirtSession *session, const VssSetDisk *disk, GError **error)
{
  virDomainPtr *domains = NULL;
  int n = virConnectListAllDomains (session->connection, &domains, 0);
  gboolean good = TRUE;

  if (n < 0)
    {
      vss_libvirt_set_error (error, "cannot list the domains that may use %s", disk->overlay);
      return FALSE;
    }
  for (int i = 0; i < n; i++)
    {
      good = good && check_definition (domains[i], 0, disk, error);
      if (good && virDomainIsPersistent (domains[i]) == 1)
        good = check_definition (domains[i], VIR_DOMAIN_XML_INACTIVE, disk, error);
      virDomainFree (domains[i]);
    }
  free (domains);
  return good;
}

static gboolean
check_qemu (VssLibvirtSession *session, const VssSetDisk *disk, GError **error)
{
  g_autoptr (VssQemuView) view = NULL;
  const VssQemuNode *node;

  if (!vss_libvirt_session_is_running (session))
    return TRUE;
  view = vss_qemu_view_load (session, error);
  if (view == NULL)
    return FALSE;
  node = vss_qemu_view_find_node (view, disk->overlay, NULL);
  if (node == NULL)
    return TRUE;
  return refuse (error, disk, "QEMU has it open as block node %s", node->name);
}

/* A merge that was ready when the switch was ordered counts while the machine still runs: it writes
 * to the image now, so the switch took place. */
static gboolean
check_data (VssLibvirtSession *session, const VssSetDisk *disk, gboolean running, GError **error)
{
  gboolean empty = FALSE;

  if (disk->merge == VSS_MERGE_DONE || (disk->merge == VSS_MERGE_READY && running))
    return TRUE;
  if (!vss_overlay_is_empty (session, disk->overlay, &empty, error))
    return FALSE;
  if (empty)
    return TRUE;
  if (disk->merge == VSS_MERGE_READY)
    return refuse (error, disk,
                   "it was being merged when the domain stopped; start the domain "
                   "and run recover again");
  return refuse (error, disk,
                 "it holds data that was not merged into %s, although the domain names that "
                 "image; if the domain was defined or restored from an older XML, shut it down "
                 "and define it with the overlay as its disk before it writes more",
                 disk->image);
}

static gboolean
check_users (VssLibvirtSession *session, const VssSetDisk *disk, gboolean ask_qemu, GError **error)
{
  VssImageLock lock = VSS_IMAGE_LOCK_UNKNOWN;

  if (!check_domains (session, disk, error))
    return FALSE;
  if (vss_libvirt_session_is_local (session))
    lock = vss_image_lock_probe (disk->overlay);
  if ((ask_qemu || lock == VSS_IMAGE_LOCK_UNKNOWN) && !check_qemu (session, disk, error))
    return FALSE;
  return lock != VSS_IMAGE_LOCK_HELD ||
         refuse (error, disk, "a domain, an export or a copy holds its image lock");
}

gboolean
vss_removal_check (VssLibvirtSession *session,
                   const VssSnapshotSet *set,
                   const VssSetDisk *disk,
                   gboolean ask_qemu,
                   GError **error)
{
  gboolean there = FALSE;

  if (disk->overlay == NULL)
    return TRUE; /* it never got a name */
  if (!vss_overlay_is_of_set (disk->overlay, set->id))
    return refuse (error, disk, "its name is none that set %s can have given", set->id);
  if (!vss_volume_exists (session, disk->overlay, &there, error))
    return FALSE;
  if (!there)
    return TRUE;
  return check_users (session, disk, ask_qemu, error) &&
         check_data (session, disk, vss_libvirt_session_is_running (session), error);
}

gboolean
vss_removal_of_overlays (VssLibvirtSession *session,
                         const VssSnapshotSet *set,
                         gboolean ask_qemu,
                         GError **error)
{
  for (guint i = 0; i < set->disks->len; i++)
    {
      if (!vss_removal_check (session, set, g_ptr_array_index (set->disks, i), ask_qemu, error))
        return FALSE;
    }
  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      if (disk->overlay != NULL && !vss_volume_remove (session, disk->overlay, error))
        return FALSE;
    }
  return TRUE;
}

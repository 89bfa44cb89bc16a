/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back from a merge whose end libvirt missed: libvirt names an overlay that QEMU has left.
 * On the worker thread. */
#include "host-lib/providers/libvirt/vss-config.h"
#include "host-lib/providers/libvirt/vss-merge.h"
#include "host-lib/providers/libvirt/vss-overlay.h"
#include "host-lib/providers/libvirt/vss-record.h"

static gboolean
call (VssLibvirtSession *session, const char *command, JsonObject *arguments, GError **error)
{
  g_autoptr (JsonNode) result = vss_qmp_call (session, command, arguments, error);

  return result != NULL;
}

static gboolean
refuse (GError **error, const VssSetDisk *disk, const char *why)
{
  g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
               "disk %s writes to %s, but libvirt names %s, and %s; keep both files, and correct "
               "the domain's definition by hand before its next start",
               disk->target, disk->image, disk->overlay, why);
  return FALSE;
}

/* What was merged, or what was emptied by an earlier attempt, may be emptied. */
static gboolean
check_data (VssLibvirtSession *session, const VssSetDisk *disk, GError **error)
{
  gboolean empty = FALSE;

  if (disk->merge != VSS_MERGE_NONE)
    return TRUE;
  if (!vss_overlay_is_empty (session, disk->overlay, &empty, error))
    return FALSE;
  return empty || refuse (error, disk, "that one holds data that was not merged");
}

/* The nodes that libvirt expects, by its numbers for overlay and image. */
typedef struct
{
  char *storage;
  char *format;
  char *image;
} VssNodeNames;

static void
clear_names (VssNodeNames *names)
{
  g_free (names->storage);
  g_free (names->format);
  g_free (names->image);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VssNodeNames, clear_names)

static gboolean
find_names (VssLibvirtSession *session,
            const VssSetDisk *disk,
            const VssDiskView *view,
            VssNodeNames *names,
            GError **error)
{
  g_autoptr (VssQemuView) qemu = vss_qemu_view_load (session, error);
  const VssQemuDevice *device;
  const VssChainImage *overlay;
  const VssChainImage *image;

  if (qemu == NULL)
    return FALSE;
  if (view->chain->len < 2)
    return refuse (error, disk, "libvirt knows no image below it");
  overlay = g_ptr_array_index (view->chain, 0);
  image = g_ptr_array_index (view->chain, 1);
  names->storage = g_strdup_printf ("libvirt-%u-storage", overlay->index);
  names->format = g_strdup_printf ("libvirt-%u-format", overlay->index);
  names->image = g_strdup_printf ("libvirt-%u-format", image->index);
  device = vss_qemu_view_find_device (qemu, view->alias);
  if (overlay->index == 0 || device == NULL || g_strcmp0 (device->file, disk->image) != 0 ||
      g_strcmp0 (device->node, names->image) != 0)
    return refuse (error, disk, "QEMU's node on the image is none that libvirt knows");
  return TRUE;
}

static gboolean
clear_overlay (VssLibvirtSession *session, const VssSetDisk *disk, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (disk->overlay);
  g_autoptr (VssPool) pool = vss_pool_open (session, folder, error);

  return pool != NULL && vss_overlay_clear (pool, session, disk, error);
}

static gboolean
add_nodes (VssLibvirtSession *session,
           const VssSetDisk *disk,
           const VssNodeNames *names,
           GError **error)
{
  JsonObject *storage = json_object_new ();
  JsonObject *format;

  json_object_set_string_member (storage, "driver", "file");
  json_object_set_string_member (storage, "filename", disk->overlay);
  json_object_set_string_member (storage, "node-name", names->storage);
  json_object_set_boolean_member (storage, "auto-read-only", TRUE);
  json_object_set_string_member (storage, "discard", "unmap");
  if (!call (session, "blockdev-add", storage, error))
    return FALSE;
  format = json_object_new ();
  json_object_set_string_member (format, "driver", "qcow2");
  json_object_set_string_member (format, "node-name", names->format);
  json_object_set_string_member (format, "file", names->storage);
  json_object_set_boolean_member (format, "read-only", FALSE);
  json_object_set_null_member (format, "backing");
  return call (session, "blockdev-add", format, error);
}

static gboolean
attach (VssLibvirtSession *session, const VssNodeNames *names, GError **error)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "node", names->image);
  json_object_set_string_member (arguments, "overlay", names->format);
  return call (session, "blockdev-snapshot", arguments, error);
}

gboolean
vss_merge_return (VssLibvirtSession *session,
                  VssSnapshotSet *set,
                  VssSetDisk *disk,
                  const VssDiskView *view,
                  GError **error)
{
  g_auto (VssNodeNames) names = { NULL, NULL, NULL };

  if (!vss_overlay_is_of_set (disk->overlay, set->id))
    return refuse (error, disk, "that name is none of this set's");
  if (!vss_merge_drop_nodes (session, disk->overlay, error) || !check_data (session, disk, error))
    return FALSE;
  if (view->mirror_job != NULL)
    return vss_config_replace_source (session, disk->target, disk->overlay, disk->image,
                                      disk->image_format, NULL, error) &&
           vss_merge_set_gone (error, disk);

  if (!find_names (session, disk, view, &names, error) || !clear_overlay (session, disk, error))
    return FALSE;
  /* Empty, the overlay shows what the image holds: so the next start is right from here on. From
   * the last step on the overlay holds what is nowhere else. */
  disk->merge = VSS_MERGE_NONE;
  return vss_config_replace_source (session, disk->target, disk->image, disk->overlay, "qcow2",
                                    NULL, error) &&
         vss_record_save (session, set, error) && add_nodes (session, disk, &names, error) &&
         attach (session, &names, error);
}

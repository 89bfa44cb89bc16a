/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The boxed type that describes one volume, and how it is made of the volume map. No state. */
#include "host-lib/requester/vss-domain-private.h"

#include "protocol/vss-text.h"

G_DEFINE_BOXED_TYPE (VssVolumeInfo, vss_volume_info, vss_volume_info_copy, vss_volume_info_free)

/**
 * vss_volume_info_copy:
 * @self: a volume's description
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssVolumeInfo *
vss_volume_info_copy (const VssVolumeInfo *self)
{
  VssVolumeInfo *copy = g_new0 (VssVolumeInfo, 1);

  *copy = *self;
  copy->name = g_strdup (self->name);
  copy->mount_point = g_strdup (self->mount_point);
  copy->fs_type = g_strdup (self->fs_type);
  copy->fs_uuid = g_strdup (self->fs_uuid);
  copy->device = g_strdup (self->device);
  copy->disks = g_strdupv (self->disks);
  copy->freezability = g_strdup (self->freezability);
  copy->reason = g_strdup (self->reason);
  return copy;
}

/**
 * vss_volume_info_free:
 * @self: (nullable): a volume's description
 *
 * Frees it with all its texts.
 *
 * Since: 0.1
 */
void
vss_volume_info_free (VssVolumeInfo *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->mount_point);
  g_free (self->fs_type);
  g_free (self->fs_uuid);
  g_free (self->device);
  g_strfreev (self->disks);
  g_free (self->freezability);
  g_free (self->reason);
  g_free (self);
}

static GStrv
targets_of (GPtrArray *disks)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < disks->len; i++)
    g_strv_builder_add (builder, ((const VssDomainDisk *) g_ptr_array_index (disks, i))->target);
  return g_strv_builder_end (builder);
}

static VssVolumeInfo *
info_of_volume (const VssMappedVolume *mapped)
{
  const VssWireVolume *volume = mapped->volume;
  VssVolumeInfo *info = g_new0 (VssVolumeInfo, 1);

  info->name = g_strdup (volume->mount_point);
  info->mount_point = g_strdup (volume->mount_point);
  info->fs_type = g_strdup (volume->fs_type);
  info->fs_uuid = g_strdup (volume->uuid);
  info->device = g_strdup (volume->device);
  info->size = (guint64) MAX (volume->size_bytes, 0);
  info->disks = targets_of (mapped->disks);
  info->disks_complete = mapped->complete;
  info->supported = mapped->code == 0;
  info->freezability = g_strdup (vss_wire_freezability_to_string (volume->freezability));
  info->reason = mapped->problem != NULL
                     ? g_strdup (mapped->problem)
                     : (volume->reason != NULL
                            ? vss_text_sanitise (volume->reason, VSS_TEXT_MAX_MESSAGE)
                            : NULL);
  return info;
}

static VssVolumeInfo *
info_of_disk (const VssDomainDisk *disk)
{
  VssVolumeInfo *info = g_new0 (VssVolumeInfo, 1);
  const char *const target[] = { disk->target, NULL };

  info->name = g_strdup (disk->target);
  info->size = disk->capacity;
  info->disks = g_strdupv ((GStrv) target);
  info->disks_complete = TRUE;
  info->supported = disk->supported;
  info->freezability = g_strdup ("unknown");
  info->reason = disk->supported ? NULL : g_strdup (disk->unsupported_reason);
  return info;
}

/* Whether naming a file system takes @disk along; else it has to be named itself. */
static gboolean
carries_volume (GPtrArray *volumes, const VssDomainDisk *disk)
{
  for (guint i = 0; i < volumes->len; i++)
    {
      const VssMappedVolume *mapped = g_ptr_array_index (volumes, i);

      if (vss_mapped_volume_is_reachable (mapped) && g_ptr_array_find (mapped->disks, disk, NULL))
        return TRUE;
    }
  return FALSE;
}

GPtrArray *
vss_volume_info_list (VssVolumeMap *map)
{
  GPtrArray *volumes = vss_volume_map_get_volumes (map);
  GPtrArray *disks = vss_volume_map_get_disks (map);
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_volume_info_free);

  for (guint i = 0; i < volumes->len; i++)
    g_ptr_array_add (list, info_of_volume (g_ptr_array_index (volumes, i)));
  for (guint i = 0; i < disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (disks, i);

      if (!carries_volume (volumes, disk))
        g_ptr_array_add (list, info_of_disk (disk));
    }
  return list;
}

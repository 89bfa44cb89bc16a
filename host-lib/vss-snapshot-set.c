/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain record of one set: allocation, copy, free, and the small questions about it. Called
 * by everybody, on any thread; a record belongs to one thread at a time. */
#include "host-lib/vss-snapshot-set-private.h"

#include "host-lib/vss-finding-private.h"
#include "host-lib/vss-set-writer.h"

G_DEFINE_BOXED_TYPE (VssSnapshotSet, vss_snapshot_set, vss_snapshot_set_copy, vss_snapshot_set_free)

VssSetDisk *
vss_set_disk_new (void)
{
  return g_new0 (VssSetDisk, 1);
}

void
vss_set_disk_free (VssSetDisk *self)
{
  if (self == NULL)
    return;
  g_free (self->target);
  g_free (self->overlay);
  g_free (self->image);
  g_free (self->image_format);
  g_free (self);
}

static gpointer
copy_disk (gconstpointer source, gpointer user_data)
{
  const VssSetDisk *disk = source;
  VssSetDisk *copy = vss_set_disk_new ();

  *copy = *disk;
  copy->target = g_strdup (disk->target);
  copy->overlay = g_strdup (disk->overlay);
  copy->image = g_strdup (disk->image);
  copy->image_format = g_strdup (disk->image_format);
  return copy;
}

VssSetVolume *
vss_set_volume_new (void)
{
  return g_new0 (VssSetVolume, 1);
}

void
vss_set_volume_free (VssSetVolume *self)
{
  if (self == NULL)
    return;
  g_free (self->snapshot_id);
  g_free (self->name);
  g_free (self->mount_point);
  g_free (self->fs_type);
  g_free (self->fs_uuid);
  g_strfreev (self->disks);
  g_free (self);
}

static gpointer
copy_volume (gconstpointer source, gpointer user_data)
{
  const VssSetVolume *volume = source;
  VssSetVolume *copy = vss_set_volume_new ();

  copy->snapshot_id = g_strdup (volume->snapshot_id);
  copy->name = g_strdup (volume->name);
  copy->mount_point = g_strdup (volume->mount_point);
  copy->fs_type = g_strdup (volume->fs_type);
  copy->fs_uuid = g_strdup (volume->fs_uuid);
  copy->disks = g_strdupv (volume->disks);
  return copy;
}

VssSetHold *
vss_set_hold_new (void)
{
  return g_new0 (VssSetHold, 1);
}

void
vss_set_hold_free (VssSetHold *self)
{
  if (self == NULL)
    return;
  g_free (self->mount_point);
  g_free (self->state);
  g_free (self->reason);
  g_free (self);
}

static gpointer
copy_hold (gconstpointer source, gpointer user_data)
{
  const VssSetHold *hold = source;
  VssSetHold *copy = vss_set_hold_new ();

  *copy = *hold;
  copy->mount_point = g_strdup (hold->mount_point);
  copy->state = g_strdup (hold->state);
  copy->reason = g_strdup (hold->reason);
  return copy;
}

VssSnapshotSet *
vss_snapshot_set_new (void)
{
  VssSnapshotSet *self = g_new0 (VssSnapshotSet, 1);

  self->volumes = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_set_volume_free);
  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_set_disk_free);
  self->holds = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_set_hold_free);
  self->writers = vss_set_writers_new ();
  self->findings = vss_findings_new ();
  return self;
}

/**
 * vss_snapshot_set_copy:
 * @self: a record
 *
 * Returns: (transfer full): a copy of the whole record
 *
 * Since: 0.1
 */
VssSnapshotSet *
vss_snapshot_set_copy (const VssSnapshotSet *self)
{
  VssSnapshotSet *copy = g_new0 (VssSnapshotSet, 1);

  *copy = *self;
  copy->id = g_strdup (self->id);
  copy->domain_uuid = g_strdup (self->domain_uuid);
  copy->domain_name = g_strdup (self->domain_name);
  copy->host_name = g_strdup (self->host_name);
  copy->provider_id = g_strdup (self->provider_id);
  copy->weakness = g_strdup (self->weakness);
  copy->owner.requester = g_strdup (self->owner.requester);
  copy->owner.host = g_strdup (self->owner.host);
  copy->owner.boot_id = g_strdup (self->owner.boot_id);
  copy->owner.pid_namespace = g_strdup (self->owner.pid_namespace);
  copy->volumes = g_ptr_array_copy (self->volumes, copy_volume, NULL);
  copy->disks = g_ptr_array_copy (self->disks, copy_disk, NULL);
  copy->holds = g_ptr_array_copy (self->holds, copy_hold, NULL);
  g_ptr_array_set_free_func (copy->volumes, (GDestroyNotify)vss_set_volume_free);
  g_ptr_array_set_free_func (copy->disks, (GDestroyNotify)vss_set_disk_free);
  g_ptr_array_set_free_func (copy->holds, (GDestroyNotify)vss_set_hold_free);
  copy->writers = vss_set_writers_copy (self->writers);
  copy->findings = vss_findings_copy (self->findings);
  return copy;
}

/**
 * vss_snapshot_set_free:
 * @self: (nullable): a record
 *
 * Frees the whole record.
 *
 * Since: 0.1
 */
void
vss_snapshot_set_free (VssSnapshotSet *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->domain_uuid);
  g_free (self->domain_name);
  g_free (self->host_name);
  g_free (self->provider_id);
  g_free (self->weakness);
  vss_set_owner_clear (&self->owner);
  g_ptr_array_unref (self->volumes);
  g_ptr_array_unref (self->disks);
  g_ptr_array_unref (self->holds);
  g_ptr_array_unref (self->writers);
  g_ptr_array_unref (self->findings);
  g_free (self);
}

VssSetDisk *
vss_snapshot_set_find_disk (const VssSnapshotSet *self, const char *target)
{
  for (guint i = 0; i < self->disks->len; i++)
    {
      VssSetDisk *disk = g_ptr_array_index (self->disks, i);

      if (g_strcmp0 (disk->target, target) == 0)
        return disk;
    }
  return NULL;
}

gboolean
vss_snapshot_set_is_auto_release (const VssSnapshotSet *self)
{
  return (self->context & VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE) == 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts mount table, block stacks and freeze plan together for the host. */
#include "guest-agent/freeze/vss-volumes.h"

#include "guest-agent/freeze/vss-freeze-plan.h"
#include "guest-agent/freeze/vss-mount-table.h"

/* A file in a file system in a file ...: what is on the disks is the same, further down. */
#define MAX_LOOP_DEPTH 4

static VssWireDisk *
describe_disk (const VssBlockDisk *disk)
{
  VssWireDisk *wire = vss_wire_disk_new ();

  wire->name = g_strdup (disk->name);
  wire->serial = g_strdup (disk->serial);
  wire->wwn = g_strdup (disk->wwn);
  wire->pci_address = g_strdup (disk->pci_address);
  wire->pci_path = g_strdup (disk->pci_path);
  wire->scsi_address = g_strdup (disk->scsi_address);
  wire->has_ata_port = disk->ata_port >= 0;
  wire->ata_port = (guint32) MAX (disk->ata_port, 0);
  wire->has_nvme_namespace = disk->nvme_namespace > 0;
  wire->nvme_namespace = disk->nvme_namespace;
  wire->has_size_bytes = disk->size_bytes != 0;
  wire->size_bytes = disk->size_bytes;
  return wire;
}

static gboolean
has_disk (const VssWireVolume *volume,
          const char          *name)
{
  for (guint i = 0; i < volume->disks->len; i++)
    {
      const VssWireDisk *disk = volume->disks->pdata[i];

      if (g_str_equal (disk->name, name))
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_in_memory (const VssFileSystem *fs)
{
  static const char *const fs_types[] = { "tmpfs", "ramfs", "rootfs", "devtmpfs", NULL };

  return g_strv_contains (fs_types, fs->fs_type);
}

static void
add_nested_in (VssWireVolume *volume,
               const char    *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);

  if (volume->nested_in == NULL)
    {
      volume->nested_in = g_ptr_array_new_with_free_func (g_free);
    }
  if (!g_ptr_array_find_with_equal_func (volume->nested_in, valid, g_str_equal, NULL))
    {
      g_ptr_array_add (volume->nested_in, g_steal_pointer (&valid));
    }
}

/* Adds the disks under @fs, following image files to the file systems that hold them. */
static void
add_disks (VssWireVolume       *volume,
           const VssFileSystem *fs,
           guint                depth)
{
  if (fs->stack == NULL || depth > MAX_LOOP_DEPTH)
    {
      /* An image in memory is on no disk; where one on a server is, or an overlay's, is unknown. */
      volume->disks_complete = volume->disks_complete && is_in_memory (fs);
      return;
    }
  volume->disks_complete = volume->disks_complete && fs->stack->complete && fs->holders_complete;
  for (guint i = 0; i < fs->stack->disks->len; i++)
    {
      const VssBlockDisk *disk = fs->stack->disks->pdata[i];

      if (!has_disk (volume, disk->name))
        {
          g_ptr_array_add (volume->disks, describe_disk (disk));
        }
    }
  for (guint i = 0; i < fs->holders->len; i++)
    {
      const VssFileSystem *holder = fs->holders->pdata[i];

      add_nested_in (volume, vss_file_system_get_name (holder));
      add_disks (volume, holder, depth + 1);
    }
}

static VssWireVolume *
describe_volume (const VssFileSystem *fs)
{
  VssWireVolume *volume = vss_wire_volume_new ();
  const char *name = vss_file_system_get_name (fs);

  volume->mount_point = g_utf8_make_valid (name, -1);
  for (guint i = 1; i < fs->mounts->len; i++)
    {
      const VssMount *mount = fs->mounts->pdata[i];

      if (!mount->hidden)
        {
          g_ptr_array_add (volume->other_mount_points, g_utf8_make_valid (mount->path, -1));
        }
    }
  volume->fs_type = g_strdup (fs->fs_type);
  volume->device = g_utf8_make_valid (fs->stack->device, -1);
  volume->device_number = g_strdup (fs->device_number);
  volume->uuid = g_strdup (fs->stack->uuid);
  volume->freezability = vss_freeze_plan_classify (fs, &volume->reason);
  volume->disks_complete = TRUE;
  add_disks (volume, fs, 0);
  volume->has_size_bytes = fs->stack->size_bytes != 0;
  volume->size_bytes = fs->stack->size_bytes;
  return volume;
}

VssWireVolumesResult *
vss_volumes_query (const char *root,
                   GError    **error)
{
  g_autofree char *mountinfo = g_build_filename (root != NULL ? root : "/", "proc/self/mountinfo",
                                                 NULL);
  g_autoptr (VssMountTable) table = vss_mount_table_new (mountinfo, root, error);
  VssWireVolumesResult *result;
  const GPtrArray *file_systems;

  if (table == NULL)
    {
      return NULL;
    }
  result = vss_wire_volumes_result_new ();
  file_systems = vss_mount_table_get_file_systems (table);
  for (guint i = 0; i < file_systems->len; i++)
    {
      const VssFileSystem *fs = file_systems->pdata[i];

      if (fs->stack != NULL)
        {
          g_ptr_array_add (result->volumes, describe_volume (fs));
        }
    }
  return result;
}

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
  wire->scsi_address = g_strdup (disk->scsi_address);
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

/* Adds the disks under @stack, following loop devices to the file systems that hold their files. */
static void
add_disks (VssWireVolume       *volume,
           VssMountTable       *table,
           const VssBlockStack *stack,
           guint                depth)
{
  volume->disks_complete = volume->disks_complete && stack->complete;
  for (guint i = 0; i < stack->disks->len; i++)
    {
      const VssBlockDisk *disk = stack->disks->pdata[i];

      if (!has_disk (volume, disk->name))
        {
          g_ptr_array_add (volume->disks, describe_disk (disk));
        }
    }
  for (guint i = 0; i < stack->loop_files->len; i++)
    {
      const VssFileSystem *holder = vss_mount_table_find_holder (table,
                                                                 stack->loop_files->pdata[i]);

      if (holder == NULL || holder->stack == NULL || depth >= MAX_LOOP_DEPTH)
        {
          volume->disks_complete = FALSE;
          continue;
        }
      add_disks (volume, table, holder->stack, depth + 1);
    }
}

static VssWireVolume *
describe_volume (VssMountTable       *table,
                 const VssFileSystem *fs)
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
  add_disks (volume, table, fs->stack, 0);
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
          g_ptr_array_add (result->volumes, describe_volume (table, fs));
        }
    }
  return result;
}

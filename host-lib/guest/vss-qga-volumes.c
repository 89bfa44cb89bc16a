/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes volumes of what QEMU's agent lists. Called by vss-qga-guest. */
#include "host-lib/guest/vss-qga-volumes.h"

#include <string.h>

#include "host-lib/guest/vss-disk-marks.h"

/* Linux can't freeze these, and QEMU's agent then counts them as done with, silently. Our own agent
 * synchronises them and watches who writes; nobody does that here. */
static const char *const unfreezable[]
    = { "vfat", "msdos", "exfat", "fuseblk", "ntfs", "hfs", "hfsplus", "minix", "udf", NULL };

const char *
vss_qga_why_not_frozen (const char *fs_type)
{
  if (g_strv_contains (unfreezable, fs_type))
    return "QEMU's guest agent passes over file systems of this type";
  return NULL;
}

static const VssDomainDisk *
find_disk (GPtrArray *disks, const char *target)
{
  for (guint i = 0; target != NULL && i < disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (disks, i);

      if (g_str_equal (disk->target, target))
        return disk;
    }
  return NULL;
}

/* Where libvirt has told the disk by its address, it gets all marks of the domain's own disk. */
static VssWireDisk *
make_disk (const VssQgaDisk *found, GPtrArray *disks)
{
  VssWireDisk *disk = vss_wire_disk_new ();
  const VssDomainDisk *known = find_disk (disks, found->target);

  disk->name = g_strdup (found->device != NULL ? found->device : "unknown");
  if (known == NULL)
    {
      disk->serial = g_strdup (found->serial);
      return disk;
    }
  vss_disk_marks_copy (disk, known);
  return disk;
}

/* Linux' names are without the folder, those of Windows are paths. */
static char *
device_path (const char *device)
{
  return strpbrk (device, "/\\") == NULL ? g_strconcat ("/dev/", device, NULL)
                                          : g_strdup (device);
}

static VssWireVolume *
make_volume (const VssQgaFileSystem *file_system, GPtrArray *disks)
{
  VssWireVolume *volume = vss_wire_volume_new ();
  const char *reason = vss_qga_why_not_frozen (file_system->fs_type);

  volume->mount_point = g_strdup (file_system->mount_point);
  volume->fs_type = g_strdup (file_system->fs_type);
  volume->device = device_path (file_system->device);
  volume->device_number = g_strdup ("");
  volume->freezability
      = reason == NULL ? VSS_WIRE_FREEZABILITY_FREEZABLE : VSS_WIRE_FREEZABILITY_UNSUPPORTED;
  volume->reason = g_strdup (reason);
  volume->has_size_bytes = file_system->size_bytes > 0;
  volume->size_bytes = MAX (file_system->size_bytes, 0);
  /* One that is on no disk known here may be on any. */
  volume->disks_complete = file_system->disks->len > 0;
  for (guint i = 0; i < file_system->disks->len; i++)
    g_ptr_array_add (volume->disks,
                     make_disk (g_ptr_array_index (file_system->disks, i), disks));
  return volume;
}

static VssWireVolume *
find_volume (GPtrArray *volumes, const char *name)
{
  g_autofree char *device = device_path (name);

  for (guint i = 0; i < volumes->len; i++)
    {
      VssWireVolume *volume = g_ptr_array_index (volumes, i);

      if (g_str_equal (volume->device, device))
        return volume;
    }
  return NULL;
}

VssWireVolumesResult *
vss_qga_volumes_new (GPtrArray *file_systems, GPtrArray *disks)
{
  VssWireVolumesResult *result = vss_wire_volumes_result_new ();

  for (guint i = 0; i < file_systems->len; i++)
    {
      const VssQgaFileSystem *file_system = g_ptr_array_index (file_systems, i);
      VssWireVolume *volume = find_volume (result->volumes, file_system->device);

      if (volume != NULL)
        g_ptr_array_add (volume->other_mount_points, g_strdup (file_system->mount_point));
      else
        g_ptr_array_add (result->volumes, make_volume (file_system, disks));
    }
  return result;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam to QEMU's own guest agent: each function forwards to the implementation. Called by
 * vss-qga-guest and vss-qga-hold, on their threads. */
#include "host-lib/guest/vss-qga.h"

G_DEFINE_INTERFACE (VssQga, vss_qga, G_TYPE_OBJECT)

static void
vss_qga_default_init (VssQgaInterface *iface)
{
}

static void
disk_free (gpointer data)
{
  VssQgaDisk *disk = data;

  g_free (disk->target);
  g_free (disk->device);
  g_free (disk->serial);
  g_free (disk);
}

VssQgaFileSystem *
vss_qga_file_system_new (void)
{
  VssQgaFileSystem *self = g_new0 (VssQgaFileSystem, 1);

  self->disks = g_ptr_array_new_with_free_func (disk_free);
  return self;
}

void
vss_qga_file_system_free (VssQgaFileSystem *self)
{
  g_free (self->mount_point);
  g_free (self->fs_type);
  g_free (self->device);
  g_ptr_array_unref (self->disks);
  g_free (self);
}

VssQgaDisk *
vss_qga_file_system_add_disk (VssQgaFileSystem *self)
{
  VssQgaDisk *disk = g_new0 (VssQgaDisk, 1);

  g_ptr_array_add (self->disks, disk);
  return disk;
}

gboolean
vss_qga_open (VssQga *self, gboolean *frozen, GCancellable *cancellable, GError **error)
{
  return VSS_QGA_GET_IFACE (self)->open (self, frozen, cancellable, error);
}

void
vss_qga_close (VssQga *self)
{
  VSS_QGA_GET_IFACE (self)->close (self);
}

gboolean
vss_qga_is_frozen (VssQga *self, gboolean *frozen, GError **error)
{
  return VSS_QGA_GET_IFACE (self)->is_frozen (self, frozen, error);
}

GPtrArray *
vss_qga_list_file_systems (VssQga *self, GError **error)
{
  return VSS_QGA_GET_IFACE (self)->list_file_systems (self, error);
}

GPtrArray *
vss_qga_list_disks (VssQga *self, GError **error)
{
  return VSS_QGA_GET_IFACE (self)->list_disks (self, error);
}

int
vss_qga_freeze (VssQga *self, const char *const *mount_points, GError **error)
{
  g_return_val_if_fail (mount_points != NULL && mount_points[0] != NULL, -1);
  return VSS_QGA_GET_IFACE (self)->freeze (self, mount_points, error);
}

int
vss_qga_thaw (VssQga *self, GError **error)
{
  return VSS_QGA_GET_IFACE (self)->thaw (self, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam to QEMU's own guest agent: what is asked of it, and nothing more. Calls block as long
 * as the guest takes, on any thread, several at a time. Errors are VSS_ERROR. */
#pragma once

#include <gio/gio.h>

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

/* A disk under a file system. */
typedef struct
{
  char *target; /* nullable; the domain's name for it: libvirt has found it by its address */
  char *device; /* nullable; the guest's name for it */
  char *serial; /* nullable */
} VssQgaDisk;

/* A mounted file system as QEMU's agent lists it. Guest data. */
typedef struct
{
  char *mount_point;
  char *fs_type;
  char *device; /* the guest's name for it, such as vda1 or dm-0; the same for each of its mounts */
  gint64 size_bytes; /* 0: not known */
  GPtrArray *disks; /* (element-type VssQgaDisk) */
} VssQgaFileSystem;

VssQgaFileSystem *vss_qga_file_system_new (void);
void vss_qga_file_system_free (VssQgaFileSystem *self);
VssQgaDisk *vss_qga_file_system_add_disk (VssQgaFileSystem *self);

#define VSS_TYPE_QGA (vss_qga_get_type ())
G_DECLARE_INTERFACE (VssQga, vss_qga, VSS, QGA, GObject)

struct _VssQgaInterface
{
  GTypeInterface parent_iface;

  /* VSS_E_WRITER_INFRASTRUCTURE: nobody answers; VSS_E_OBJECT_NOT_FOUND: the domain has no channel
   * for this agent. @frozen: whether it says that it holds file systems. */
  gboolean (*open) (VssQga *self, gboolean *frozen, GCancellable *cancellable, GError **error);
  /* Calls under way go on. */
  void (*close) (VssQga *self);

  gboolean (*is_frozen) (VssQga *self, gboolean *frozen, GError **error);
  /* (element-type VssQgaFileSystem) */
  GPtrArray *(*list_file_systems) (VssQga *self, GError **error);
  /* The domain's disks, to tell what a target is. (element-type VssDomainDisk) */
  GPtrArray *(*list_disks) (VssQga *self, GError **error);
  /* How many were frozen; -1 on error, when none is. @mount_points is not empty: an empty list
   * would mean all. */
  int (*freeze) (VssQga *self, const char *const *mount_points, GError **error);
  /* How many were thawed, 0 if nothing was frozen; -1 on error. */
  int (*thaw) (VssQga *self, GError **error);
};

gboolean vss_qga_open (VssQga *self, gboolean *frozen, GCancellable *cancellable, GError **error);
void vss_qga_close (VssQga *self);
gboolean vss_qga_is_frozen (VssQga *self, gboolean *frozen, GError **error);
GPtrArray *vss_qga_list_file_systems (VssQga *self, GError **error);
GPtrArray *vss_qga_list_disks (VssQga *self, GError **error);
int vss_qga_freeze (VssQga *self, const char *const *mount_points, GError **error);
int vss_qga_thaw (VssQga *self, GError **error);

G_END_DECLS

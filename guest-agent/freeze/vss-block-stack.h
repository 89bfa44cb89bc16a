/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is under a block device, down to the disks, read from sysfs: partitions, device-mapper
 * (LVM, LUKS, multipath), md, loop devices, the members of a btrfs or bcachefs. What can't be
 * told is said to be unknown (complete is FALSE). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Limit of nested devices: nobody stacks this many, and sysfs could be made to lead in circles. */
#define VSS_BLOCK_STACK_MAX_DEPTH 16

typedef struct
{
  char *name; /* the kernel's, such as vda */
  char *serial; /* nullable, as are the following */
  char *wwn;
  char *pci_address;
  char *scsi_address;
  guint64 size_bytes; /* 0 if unknown */
} VssBlockDisk;

typedef struct
{
  char *device; /* "/dev/mapper/vg-data" */
  char *uuid; /* of the file system; nullable */
  guint64 size_bytes; /* 0 if unknown */
  GPtrArray *disks; /* (element-type VssBlockDisk), each once */
  GPtrArray *loop_files; /* (element-type utf8): files of the loop devices in it */
  gboolean complete;
} VssBlockStack;

/* @root: folder that holds sys, dev and run, NULL for the guest itself. Of a file system on an
 * anonymous device (major 0) the members are looked up by @fs_type and @source; NULL if it has
 * no block device. */
VssBlockStack *vss_block_stack_read (const char *root,
                                     guint device_major,
                                     guint device_minor,
                                     const char *fs_type,
                                     const char *source);
void vss_block_stack_free (VssBlockStack *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssBlockStack, vss_block_stack_free)

G_END_DECLS

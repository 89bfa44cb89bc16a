/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is under a file system, down to the disks, read from sysfs: its members, partitions,
 * device-mapper (LVM, LUKS, multipath), md, loop devices. What can't be told is said to be unknown
 * (complete is FALSE). */
#pragma once

#include "guest-agent/freeze/vss-block-disk.h"
#include "guest-agent/freeze/vss-fs-members.h"

G_BEGIN_DECLS

/* Limit of nested devices: nobody stacks this many, and sysfs could be made to lead in circles. */
#define VSS_BLOCK_STACK_MAX_DEPTH 16

/* A loop device and its file. */
typedef struct
{
  char *device; /* the kernel's name, such as loop0 */
  char *path;
} VssLoopFile;

typedef struct
{
  char *device; /* "/dev/mapper/vg-data" */
  char *uuid; /* of the file system; nullable */
  guint64 size_bytes; /* 0 if unknown */
  GPtrArray *disks; /* (element-type VssBlockDisk), each once */
  GPtrArray *loop_files; /* (element-type VssLoopFile): the loop devices in it */
  gboolean complete;
} VssBlockStack;

/* @root: folder that holds sys, proc, dev and run, NULL for the guest itself. NULL if the file
 * system is on no block device. */
VssBlockStack *vss_block_stack_read (const char *root, const VssFsIdentity *fs);
void vss_block_stack_free (VssBlockStack *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssBlockStack, vss_block_stack_free)

G_END_DECLS

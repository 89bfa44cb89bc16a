/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which block devices a mounted file system consists of: the one that it names, and those beside
 * it (further members, an external log). Read from sysfs, /proc and udev's data base; the file
 * system itself isn't touched. Called by the block stack. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file system as the mount table shows it. */
typedef struct
{
  guint device_major;
  guint device_minor;
  const char *fs_type;
  const char *source;
  const char *options; /* of the file system, not of the mount; nullable */
} VssFsIdentity;

typedef struct
{
  GPtrArray *folders; /* (element-type utf8): of the devices, below sys/devices; the first names it */
  char *uuid; /* nullable */
  gboolean complete; /* FALSE: there may be others */
} VssFsMembers;

/* @root: folder that holds sys, proc, dev and run. NULL if it is on no block device. */
VssFsMembers *vss_fs_members_find (const char *root, const VssFsIdentity *fs);
void vss_fs_members_free (VssFsMembers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssFsMembers, vss_fs_members_free)

G_END_DECLS

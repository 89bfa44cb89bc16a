/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mounted file systems as plain records, one for each file system however often it is
 * mounted, and those that are mounted only where this process can't get at them. Made from
 * mountinfo files and sysfs; no mount point is ever looked at, since that hangs on a dead network
 * server. Immutable once made; any thread may read it. */
#pragma once

#include <glib.h>

#include "guest-agent/freeze/vss-block-stack.h"

G_BEGIN_DECLS

/* What the name of a file system begins with that is mounted only in other mount namespaces:
 * "mnt:[4026532200]/data". No path begins like this. */
#define VSS_ELSEWHERE_PREFIX "mnt:["

typedef struct
{
  int id;
  int parent_id;
  char *path;
  char *root; /* which part of the file system is seen there */
  gboolean read_only; /* of this mount only */
  gboolean hidden; /* another mount covers it: its path leads elsewhere */
} VssMount;

typedef struct _VssFileSystem VssFileSystem;

struct _VssFileSystem
{
  guint device_major;
  guint device_minor;
  char *device_number; /* "major:minor" */
  char *fs_type;
  char *source;
  char *options; /* the file system's; nullable */
  char *upper_folder; /* overlayfs: where its changes go; nullable */
  gboolean read_only; /* the file system itself */
  GPtrArray *mounts; /* (element-type VssMount), the best to name it by first */
  GArray *other_mount_ids; /* (element-type int): its mounts in other mount namespaces */
  char *elsewhere; /* why it can't be reached: it isn't mounted in this namespace; nullable */
  VssBlockStack *stack; /* what is under it; NULL if it is on no block device */
  GPtrArray *holders; /* (element-type VssFileSystem): what holds the image files in the stack */
  gboolean holders_complete; /* FALSE: the file system of an image file is unknown */
};

typedef struct _VssMountTable VssMountTable;

/* @mountinfo: path of a file like /proc/self/mountinfo. @root: folder that holds proc, sys, dev and
 * run, NULL for the guest itself. */
VssMountTable *vss_mount_table_new (const char *mountinfo, const char *root, GError **error);
VssMountTable *vss_mount_table_ref (VssMountTable *self);
void vss_mount_table_unref (VssMountTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssMountTable, vss_mount_table_unref)

/* (element-type VssFileSystem), in the order of their first mounts; those elsewhere come last. */
const GPtrArray *vss_mount_table_get_file_systems (VssMountTable *self);

/* The file system that is seen at mount point @path (trailing slashes don't matter), NULL if
 * @path is no mount point. */
const VssFileSystem *vss_mount_table_find (VssMountTable *self, const char *path);

/* The file system that absolute @path is on, going by its text. */
const VssFileSystem *vss_mount_table_find_holder (VssMountTable *self, const char *path);

/* The mount point to name it by. */
const char *vss_file_system_get_name (const VssFileSystem *self);

G_END_DECLS

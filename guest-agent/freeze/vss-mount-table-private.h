/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the makers of the mount table share: vss-mount-table.c (this namespace), vss-mount-others.c
 * (other namespaces and what is mounted nowhere to be seen). */
#pragma once

#include <libmount.h>

#include "guest-agent/freeze/vss-mount-table.h"

G_BEGIN_DECLS

VssMount *vss_mount_new (struct libmnt_fs *entry);
void vss_mount_free (VssMount *mount);

/* Without mounts and stack. */
VssFileSystem *vss_file_system_new (guint device_major,
                                    guint device_minor,
                                    const char *fs_type,
                                    const char *source);
VssFileSystem *vss_file_system_new_of_entry (struct libmnt_fs *entry);
void vss_file_system_free (VssFileSystem *self);
void vss_file_system_read_stack (VssFileSystem *self, const char *root);

/* Appends to @file_systems, which are those of this namespace, what is mounted elsewhere on block
 * devices. @root: as in vss_mount_table_new(). @mounts: takes the new ones. */
void vss_mount_others_add (GPtrArray *file_systems, GPtrArray *mounts, const char *root);

G_END_DECLS

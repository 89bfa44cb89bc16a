/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking things up in sysfs: attributes, folders, block devices by number or by path. Pure
 * functions, any thread; @root is the folder that holds sys and dev, "/" for the guest itself. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The attribute @folder/@name without the line's end; NULL if it is missing, empty or no text. */
char *vss_sysfs_read (const char *folder, const char *name);
gboolean vss_sysfs_has (const char *folder, const char *name);
/* Where the link @folder/@name leads; NULL if nowhere. */
char *vss_sysfs_resolve (const char *folder, const char *name);
/* (element-type utf8): the names in @folder/@name, sorted; NULL if there are none. */
GPtrArray *vss_sysfs_list (const char *folder, const char *name);

/* The folder below sys/devices of a block device; NULL if there is no such device. */
char *vss_sysfs_find_number (const char *root, guint device_major, guint device_minor);
/* @name: the kernel's, such as vda1. */
char *vss_sysfs_find_name (const char *root, const char *name);
/* @path: "/dev/vda1", "/dev/mapper/vg-data", or a link below /dev to one of these. */
char *vss_sysfs_find_path (const char *root, const char *path);

G_END_DECLS

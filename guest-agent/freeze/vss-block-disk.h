/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a disk is recognised from outside the guest: serial number, WWN, addresses. Called by the
 * block stack. */
#pragma once

#include "guest-agent/freeze/vss-block-stack.h"

G_BEGIN_DECLS

/* @folder: the disk's folder under sys/devices, @udev_data: the folder of udev's data base. */
VssBlockDisk *vss_block_disk_read (const char *folder, const char *udev_data);
void vss_block_disk_free (VssBlockDisk *self);

/* The property @key of block device @number ("major:minor") in udev's data base, or NULL. */
char *vss_block_udev_property (const char *udev_data, const char *number, const char *key);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the administrator of the host may set: virt-vss.conf. Read anew by each preflight, on its
 * worker thread; no state. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Most sets that one disk may carry unless the file says otherwise. libvirt and QEMU follow chains
 * of up to 200 images, and each one makes reads slower. */
#define VSS_SETS_PER_DISK_DEFAULT 64

/* An overlay begins with some 200 KiB and takes everything the guest writes until the set is
 * deleted: with less than this free a busy guest is stopped by a full disk within seconds. */
#define VSS_FREE_MIN_MIB_DEFAULT 64

typedef struct
{
  guint sets_per_disk;
  guint64 free_min; /* bytes that a folder must have free for its overlays */
} VssHostSettings;

/* From the user's own file (virt-vss/virt-vss.conf in the XDG configuration folder) if there is
 * one, else the host's; what they don't say is at its default. A file that can't be read, or a
 * value that makes no sense, is told in the log and counts as not there. */
void vss_host_settings_load (VssHostSettings *self);
/* The same from one file. @path: nullable: all defaults */
void vss_host_settings_load_file (VssHostSettings *self, const char *path);

G_END_DECLS

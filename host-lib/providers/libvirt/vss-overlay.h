/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The overlay of one disk as a file: its name, its making, whether it holds data. Used by prepare
 * and removal, on the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-pool.h"

G_BEGIN_DECLS

/* For the image vm.qcow2, the file vm.qcow2.vss-<set id>.qcow2 in @folder; an image that is itself
 * an overlay of ours loses that suffix first. */
char *vss_overlay_path (const char *folder, const char *image, const char *set_id);
/* Whether the name of @path is one that vss_overlay_path makes for this set. */
gboolean vss_overlay_is_of_set (const char *path, const char *set_id);

/* Makes the overlay of @disk in the folder of @pool (exclusively: an existing file is an error) and
 * checks that it became what was asked for. Nothing is left on error. */
gboolean vss_overlay_create (VssPool *pool, const VssSetDisk *disk, GError **error);

/* Whether the overlay holds no guest data: no cluster of it is in use. Says nothing about a file
 * that a QEMU has open. A file that isn't there, or whose making was interrupted, holds none. */
gboolean vss_overlay_is_empty (VssLibvirtSession *session,
                               const char *path,
                               gboolean *empty,
                               GError **error);

/* Makes the overlay of @disk empty again, or anew if it is gone: only for one whose data is
 * elsewhere, and that no QEMU has open. */
gboolean vss_overlay_clear (VssPool *pool,
                            VssLibvirtSession *session,
                            const VssSetDisk *disk,
                            GError **error);

/* What emptiness is read from. */
typedef struct
{
  gboolean complete; /* a whole qcow2 header */
  guint64 l1_offset;
  guint32 l1_entries;
} VssQcow2Header;
VssQcow2Header vss_qcow2_read_header (const guint8 *bytes, gsize length);

G_END_DECLS

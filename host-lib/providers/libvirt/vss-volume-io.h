/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small files on the libvirt host, through its storage API only, so that it works for a remote
 * host too. Used by records and overlays, on the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-pool.h"

G_BEGIN_DECLS

/* At most @length bytes from @offset; fewer where the file ends. */
GByteArray *vss_volume_read (VssLibvirtSession *session,
                             virStorageVolPtr volume,
                             guint64 offset,
                             gsize length,
                             GError **error);

/* Replaces the beginning of a file; its owner and its labels stay. */
gboolean vss_volume_overwrite (VssLibvirtSession *session,
                               virStorageVolPtr volume,
                               const void *bytes,
                               gsize length,
                               GError **error);

/* Makes a new file, mode 0600; removed again if not all of @text gets into it. */
gboolean vss_volume_write_text (VssLibvirtSession *session,
                                VssPool *pool,
                                const char *name,
                                const char *text,
                                GError **error);
/* At most VSS_SET_XML_MAX bytes of it. */
char *
vss_volume_read_text (VssLibvirtSession *session, VssPool *pool, const char *name, GError **error);

gboolean
vss_volume_exists (VssLibvirtSession *session, const char *path, gboolean *exists, GError **error);
/* TRUE if the file is gone, also if it never was there. */
gboolean vss_volume_remove (VssLibvirtSession *session, const char *path, GError **error);

G_END_DECLS

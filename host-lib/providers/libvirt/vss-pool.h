/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder of the libvirt host, reached through a storage pool: one that is there, or a transient
 * one of ours for as long as this object lives. Used by the volumes, on the worker thread. */
#pragma once

#include "host-lib/documents/vss-xml.h"
#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

typedef struct _VssPool VssPool;

VssPool *vss_pool_open (VssLibvirtSession *session, const char *folder, GError **error);
void vss_pool_close (VssPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssPool, vss_pool_close)

/* The folder as the pool names it: what libvirt calls the files in it begins with this. */
const char *vss_pool_get_target (VssPool *self);
/* What libvirt says of the pool. (transfer full) */
VssXml *vss_pool_read (VssPool *self, GError **error);

/* Fresh names of the files in the folder. (transfer full) */
GStrv vss_pool_list_files (VssPool *self, GError **error);
/* NULL without an error if there is no such file. */
virStorageVolPtr vss_pool_find_file (VssPool *self, const char *name, GError **error);
virStorageVolPtr
vss_pool_create_file (VssPool *self, const char *name, const char *volume_xml, GError **error);
/* Bytes that are free in the folder. */
gboolean vss_pool_get_free (VssPool *self, guint64 *bytes, GError **error);
/* The same, and how many bytes there are in all. */
gboolean vss_pool_get_space (VssPool *self, guint64 *free_bytes, guint64 *all, GError **error);

G_END_DECLS

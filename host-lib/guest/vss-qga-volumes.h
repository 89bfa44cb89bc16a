/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU's agent says of file systems, in the words of our own agent. Pure functions, any
 * thread. */
#pragma once

#include "host-lib/guest/vss-qga.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* @file_systems: (element-type VssQgaFileSystem); @disks: (element-type VssDomainDisk). Mounts of
 * the same file system become one volume. (transfer full) */
VssWireVolumesResult *vss_qga_volumes_new (GPtrArray *file_systems, GPtrArray *disks);

/* Why QEMU's agent passes over file systems of this type; NULL if it can freeze them. */
const char *vss_qga_why_not_frozen (const char *fs_type);

G_END_DECLS

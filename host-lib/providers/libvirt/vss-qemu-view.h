/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU itself says it has open: each device's active image, every block node, every block
 * job. A plain copy of one moment. Used by undo, recovery and removal, on the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-qmp.h"

G_BEGIN_DECLS

typedef struct
{
  char *name;
  char *driver;
  char *file;
} VssQemuNode;

typedef struct
{
  char *alias; /* libvirt's name for the device */
  char *node;  /* its active one */
  char *file;  /* of that node */
} VssQemuDevice;

typedef struct
{
  char *id;
  guint64 done;
  guint64 total;
  gboolean ready;
} VssQemuJob;

typedef struct
{
  GPtrArray *devices; /* (element-type VssQemuDevice) */
  GPtrArray *nodes;   /* (element-type VssQemuNode) */
  GPtrArray *jobs;    /* (element-type VssQemuJob) */
} VssQemuView;

VssQemuView *vss_qemu_view_load (VssLibvirtSession *session, GError **error);
/* From the returns of query-block, query-named-block-nodes and query-block-jobs. */
VssQemuView *vss_qemu_view_new (JsonNode *blocks, JsonNode *nodes, JsonNode *jobs);
void vss_qemu_view_free (VssQemuView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssQemuView, vss_qemu_view_free)

const VssQemuDevice *vss_qemu_view_find_device (const VssQemuView *self, const char *alias);
/* The node of @driver on @file; @driver NULL: the topmost on it (no protocol node if there is
 * another). */
const VssQemuNode *
vss_qemu_view_find_node (const VssQemuView *self, const char *file, const char *driver);
const VssQemuJob *vss_qemu_view_find_job (const VssQemuView *self, const char *id);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How large the overlays of a virtual machine's snapshot sets are, and waiting for them to grow:
 * they take everything that the guest writes until their set is deleted. */
#pragma once

#include "host-lib/requester/vss-domain.h"

G_BEGIN_DECLS

/* An overlay at one moment. A boxed type. */
#define VSS_TYPE_OVERLAY_INFO (vss_overlay_info_get_type ())
typedef struct
{
  char *snapshot_set_id;
  char *target; /* the disk's */
  char *path;
  gboolean active; /* the virtual machine writes to it now; others don't grow */
  guint64 capacity; /* virtual size of the disk, in bytes */
  guint64 allocation; /* bytes that it takes */
  guint64 length; /* where the file ends */
  guint64 free; /* bytes left where it lies */
  guint64 space; /* bytes in all where it lies */
  char *storage; /* nullable: not known; overlays with the same one share what is left */
  gint64 created_us; /* UTC; when the set was made */
  gint64 read_us; /* UTC; when this was read */
  guint64 threshold; /* for vss_domain_wait_for_growth(); 0: none */
  char *problem; /* nullable: why its size or what is left is not known */
} VssOverlayInfo;
VSS_API GType vss_overlay_info_get_type (void);
VSS_API VssOverlayInfo *vss_overlay_info_copy (const VssOverlayInfo *self);
VSS_API void vss_overlay_info_free (VssOverlayInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssOverlayInfo, vss_overlay_info_free)

/* (transfer full) (element-type VssOverlayInfo) */
VSS_API GPtrArray *vss_domain_list_overlays (VssDomain *self,
                                             GCancellable *cancellable,
                                             GError **error);

/* Waits until the guest has written past the threshold of one of @overlays. */
VSS_API gboolean vss_domain_wait_for_growth (VssDomain *self,
                                             GPtrArray *overlays,
                                             guint timeout_ms,
                                             gboolean *grown,
                                             GCancellable *cancellable,
                                             GError **error);

G_END_DECLS

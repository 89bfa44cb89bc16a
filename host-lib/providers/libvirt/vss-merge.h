/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brings one disk of a running domain back from its overlay to the image below: by libvirt's block
 * commit, or by QEMU's own where libvirt doesn't know that the overlay is in use. Both may be
 * called again after they were killed at any point. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-qemu-view.h"

G_BEGIN_DECLS

/* Who wants to know about it, and may stop it. */
typedef struct
{
  VssProgressFunc progress; /* nullable */
  gpointer progress_data;
  GCancellable *cancellable; /* nullable */
} VssMergeWatch;

/* How long who merges counts as living without a sign. */
#define VSS_MERGE_LEASE_US (60 * G_USEC_PER_SEC)

/* A job that comes no nearer to its end. */
typedef struct
{
  guint64 least_left;
  gint64 since_us;
  gint64 heard_us; /* when the job was last there */
} VssMergeStall;

void vss_merge_stall_init (VssMergeStall *self, gint64 now_us);
/* Renews the owner's lease in the record when a third of it is over. */
void vss_merge_renew (VssLibvirtSession *session, VssSnapshotSet *set);
/* FALSE if what is left has not fallen below its minimum for too long. */
gboolean vss_merge_stall_check (VssMergeStall *self, guint64 done, guint64 total, gint64 now_us);
/* Between two looks at a job. */
void vss_merge_pause (void);
gboolean vss_merge_set_stalled (GError **error, const VssSetDisk *disk);
/* libvirt shows a job that isn't there any more. */
gboolean vss_merge_set_gone (GError **error, const VssSetDisk *disk);

/* For a disk that libvirt and QEMU both see on the overlay. Marks the record of @set. */
gboolean vss_merge_by_libvirt (VssLibvirtSession *session,
                               VssSnapshotSet *set,
                               VssSetDisk *disk,
                               const VssMergeWatch *watch,
                               GError **error);

/* For a disk that libvirt sees on the image while QEMU writes to the overlay. */
gboolean vss_merge_by_qemu (VssLibvirtSession *session,
                            VssSnapshotSet *set,
                            VssSetDisk *disk,
                            const char *alias,
                            const VssMergeWatch *watch,
                            GError **error);

/* For a disk that libvirt sees on the overlay while QEMU writes to the image, because libvirtd was
 * killed at the end of a merge: puts it back on an overlay that is empty, so that both agree and
 * vss_merge_by_libvirt can follow. Refuses if the overlay's data may be nowhere else, and where
 * libvirt believes in the job for ever; what the next start uses is right then. */
gboolean vss_merge_return (VssLibvirtSession *session,
                           VssSnapshotSet *set,
                           VssSetDisk *disk,
                           const VssDiskView *view,
                           GError **error);

/* Closes the block nodes on @path that no disk uses: what a libvirtd that was killed before the
 * transaction leaves in QEMU, and what would make the next snapshot fail. */
gboolean vss_merge_drop_nodes (VssLibvirtSession *session, const char *path, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a whole set away, from wherever it stands: used by rollback, delete and recovery alike, on
 * the worker thread. May be called again after it was killed at any point. */
#pragma once

#include "host-lib/providers/libvirt/vss-merge.h"

G_BEGIN_DECLS

/* Every disk of @set back on the image below, the overlays removed, the snapshot object and the
 * record too. Nothing is touched if any disk's situation forbids it. @report: nullable. */
gboolean vss_undo_set (VssLibvirtSession *session,
                       VssSnapshotSet *set,
                       const VssMergeWatch *watch,
                       VssRecoverFunc report,
                       gpointer report_data,
                       GError **error);

G_END_DECLS

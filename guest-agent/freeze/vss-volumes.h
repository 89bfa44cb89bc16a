/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to vss-query-volumes: file systems on block devices with the disks under them.
 * Called by the agent's command layer on any thread; opens nothing on the file systems. */
#pragma once

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* @root: folder that holds proc, sys, dev and run; NULL for the guest itself. */
VssWireVolumesResult *vss_volumes_query (const char *root, GError **error);

G_END_DECLS

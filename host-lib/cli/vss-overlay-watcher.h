/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches the overlays of a domain until what is left for them gets short. */
#pragma once

#include "host-lib/cli/vss-status-options.h"

G_BEGIN_DECLS

/* VSS_CLI_WEAKER: it got short. */
VssCliExit vss_overlay_watcher_run (VssCli *cli,
                                    const VssStatusOptions *options,
                                    GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recovery of one domain or all of them: what recover and gc have in common. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* @domain NULL: all. @tell_nothing: says so if there was nothing to do. */
VssCliExit vss_recovery_run (VssCli *cli,
                             const char *domain,
                             gboolean tell_nothing,
                             GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of the writers of a set that is being made. Main thread. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* Whether a writer that was to take part failed. */
gboolean vss_create_has_failed_writer (const VssSnapshotSet *set);

/* Asks once more, and takes what is new into @set (nullable). TRUE: none has failed; also if they
 * can't be asked. */
gboolean vss_create_ask_writers (VssCli *cli, VssBackupComponents *components, VssSnapshotSet *set);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for an operation of the library while progress is shown and interrupts are heard. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* Lets @components tell the phases of what it will do to a program that reads --progress=FD, each
 * before it begins. */
void vss_cli_tell_phases (VssCli *cli, VssBackupComponents *components);

/* Takes @async and its end. NULL: the operation didn't start, and @error is set already. An
 * interrupt cancels the operation; FALSE comes only when it has been undone. */
gboolean vss_cli_wait (VssCli *cli, VssAsync *async, GError **error);

/* The same for what an interrupt must not stop: undoing, and the end of what is done. */
gboolean vss_cli_wait_to_end (VssCli *cli, VssAsync *async, GError **error);

G_END_DECLS

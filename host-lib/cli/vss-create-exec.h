/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the command of create --exec while the set exists. Main thread, runs the default main
 * context. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* @environment (transfer full) with what the command is told about @set. @document: nullable. */
GStrv vss_create_exec_environment (GStrv environment,
                                   const VssSnapshotSet *set,
                                   const char *document);

/* Waits for the end of @command, which an interrupt hastens: then the error is
 * G_IO_ERROR_CANCELLED. TRUE only for exit status 0. */
gboolean vss_create_exec_run (VssCli *cli, const char *command, GStrv environment, GError **error);

G_END_DECLS

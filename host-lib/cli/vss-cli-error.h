/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an error to what is printed about it and to the exit status. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* "message (VSS_E_BAD_STATE, 0x80042301)" */
char *vss_cli_describe_error (const GError *error);

/* The exit status of an error that left nothing behind. */
VssCliExit vss_cli_exit_of_error (const GError *error);

gboolean vss_cli_error_is_interrupt (const GError *error);

/* On the error stream, and with --output=json also as a document if none was written yet. */
void vss_cli_print_error (VssCli *cli, const GError *error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library says beside its errors, as virt-vss says things: in its own form, safe for a
 * terminal, not at all with --quiet. Made and freed by main; the library logs on any thread. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

typedef struct _VssCliLog VssCliLog;

/* From now on the library's messages and warnings are kept; what is for developers goes GLib's way. */
VssCliLog *vss_cli_log_new (void);
void vss_cli_log_free (VssCliLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssCliLog, vss_cli_log_free)

/* Prints what is kept. On the main thread. */
void vss_cli_log_print (VssCliLog *self, VssCli *cli);

G_END_DECLS

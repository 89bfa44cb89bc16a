/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of create --components-document. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* Whether it can be written there, as far as that can be told before the set exists: only a plain
 * file is ever replaced, and its folder has to be there. */
gboolean vss_create_document_check (const char *path, GError **error);

/* All of it or nothing, mode 0600: it names files and settings of the guest. */
gboolean vss_create_document_write (VssBackupComponents *components,
                                    const char *path,
                                    GError **error);

G_END_DECLS

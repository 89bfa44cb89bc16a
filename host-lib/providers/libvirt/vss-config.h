/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stored definition of a domain, that its next start uses. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* If the stored definition of the disk names @from, makes it name @to. Does nothing for a transient
 * domain. @changed: nullable. */
gboolean vss_config_replace_source (VssLibvirtSession *session,
                                    const char *target,
                                    const char *from,
                                    const char *to,
                                    const char *to_format,
                                    gboolean *changed,
                                    GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session with the agent of this guest over its Unix socket; calls block, each with its limit.
 * Used by vssadmin's main(). */
#pragma once

#include "qapi/vss-wire-client.h"

G_BEGIN_DECLS

typedef struct _VssAdminLink VssAdminLink;

/* Connects and opens a session. NULL with an error that says what to do. */
VssAdminLink *vss_admin_link_open (const char *path, GError **error);
void vss_admin_link_free (VssAdminLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssAdminLink, vss_admin_link_free)

/* Both are the link's. */
const VssWireClient *vss_admin_link_get_client (VssAdminLink *self);
const VssWireHelloResult *vss_admin_link_get_hello (VssAdminLink *self);

/* Limit of a call: the agent answers at once, unless the guest is very busy. */
#define VSS_ADMIN_TIMEOUT_MS 10000

G_END_DECLS

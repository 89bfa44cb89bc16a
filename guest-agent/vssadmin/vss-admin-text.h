/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent says as text that administrators know from elsewhere. Nothing that a writer says
 * reaches the terminal as it is. Used by vssadmin's main(); pure functions. */
#pragma once

#include <json-glib/json-glib.h>

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* @boot_time_ms: the guest's clock, for the age of a state. */
char *vss_admin_text_writers (const VssWireWritersResult *result, gint64 boot_time_ms);
char *vss_admin_text_volumes (const VssWireVolumesResult *result);
char *vss_admin_text_status (const VssWireStatusResult *status,
                             const VssWireFreezeStatusResult *freeze);

/* @node (transfer full) as JSON for other programs, with every string made fit for terminals. */
char *vss_admin_text_json (JsonNode *node);

G_END_DECLS

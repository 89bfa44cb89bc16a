/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contexts of VSS: which there are, what each is. A table; any thread. */
#pragma once

#include "host-lib/requester/vss-sequence.h"
#include "host-lib/vss-types.h"

G_BEGIN_DECLS

/* VSS_E_UNSUPPORTED_CONTEXT for what is no context, and for attributes that one doesn't take
 * here. */
gboolean vss_context_check (gint context, GError **error);

VssContextKind vss_context_kind (gint context);

/* Whether a requester with @context sees a set that was made with @set_context. */
gboolean vss_context_covers (gint context, gint set_context);

G_END_DECLS

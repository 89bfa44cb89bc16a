/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks messages against the schema, as both ends will read them. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Checks @message, and remembers the command of each id in @commands (id to name, both owned by
 * the table) to know what its answer has to be. FALSE with an error. */
gboolean wire_check (JsonObject *message, GHashTable *commands, GError **error);

G_END_DECLS

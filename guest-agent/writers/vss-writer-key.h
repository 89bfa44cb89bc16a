/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of a writer's key file as the schema's types: which keys describe a writer or a component
 * is what the schema says, member by member. Used by vss-writer-file.c; pure functions. */
#pragma once

#include <json-glib/json-glib.h>

#include "qapi/runtime/vss-schema.h"

G_BEGIN_DECLS

/* The member that @key sets, NULL if there is none. */
const VssSchemaMember *vss_writer_key_find (const VssSchemaType *type, const char *key);

/* The value that key @key of @group has, as the member's JSON. NULL with VSS_WRITER_FILE_ERROR. */
JsonNode *vss_writer_key_read (GKeyFile *file,
                               const char *group,
                               const char *key,
                               const VssSchemaMember *member,
                               GError **error);

/* TRUE and FALSE as key files spell them. */
gboolean vss_writer_key_parse_boolean (const char *text, gboolean *value, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where in a message the reader is, for its error messages: a chain of places
 * on the stack, so that nothing is allocated while all goes well. */
#pragma once

#include "qapi/runtime/vss-wire-error.h"

G_BEGIN_DECLS

typedef struct _VssSchemaPath VssSchemaPath;

struct _VssSchemaPath
{
  const VssSchemaPath *parent; /* NULL: the root */
  const char *name;            /* of the root or member; NULL: an element of a list */
  guint index;                 /* of an element */
  guint depth;
  VssWireParseFlags flags;
};

VssSchemaPath vss_schema_path_root (const char *name, VssWireParseFlags flags);
VssSchemaPath vss_schema_path_member (const VssSchemaPath *parent, const char *name);
VssSchemaPath vss_schema_path_element (const VssSchemaPath *parent, guint index);

/* Sets the error "path: message"; returns FALSE for the caller to return. */
gboolean vss_schema_path_fail (const VssSchemaPath *path, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Text of the peer, cut and escaped so that it can stand in a message. */
char *vss_schema_path_quote (const char *text);

G_END_DECLS

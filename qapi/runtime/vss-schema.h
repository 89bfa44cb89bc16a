/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Describes the types of the schema as tables, and makes, frees, reads and
 * writes a value of any described type. The tables and the typed functions on
 * top are generated; only they (and tests that walk all types) call this. No
 * state: any thread. */
#pragma once

#include <json-glib/json-glib.h>

#include "qapi/runtime/vss-wire-error.h"

G_BEGIN_DECLS

/* Structures in each other, deeper than a message may nest (the guard in front
 * of the parser stops at 32 levels, lists counted too); bounds our recursion
 * for whoever comes without the guard. */
#define VSS_SCHEMA_MAX_DEPTH 32

typedef struct _VssSchemaType VssSchemaType;
typedef struct _VssSchemaMember VssSchemaMember;

typedef enum
{
  VSS_SCHEMA_STRING,  /* char * */
  VSS_SCHEMA_INTEGER, /* by size; signed if the minimum is below 0 */
  VSS_SCHEMA_NUMBER,  /* gdouble */
  VSS_SCHEMA_BOOLEAN, /* gboolean */
  VSS_SCHEMA_ANY,     /* JsonNode * */
  VSS_SCHEMA_ENUM,    /* a C enum counting from 0 */
  VSS_SCHEMA_STRUCT,  /* pointer to the generated structure */
} VssSchemaKind;

/* One type. In a C structure a value takes size bytes, for VSS_SCHEMA_STRUCT a
 * pointer to size bytes. */
struct _VssSchemaType
{
  const char *name;
  VssSchemaKind kind;
  gsize size;

  /* integers */
  gint64 minimum;
  gint64 maximum;

  /* enums: the strings by their number */
  const char *const *values;
  guint n_values;

  /* structures */
  const char *root; /* what messages call a value that stands alone */
  const VssSchemaMember *members;
  guint n_members;
  GDestroyNotify free;

  /* unions: the discriminator is a member; by its number, the member that holds
   * the branch (its type is NULL: that value has none) */
  const VssSchemaMember *discriminator;
  const VssSchemaMember *branches;
};

/* One member of a structure. Lists of strings, structures and any are a
 * GPtrArray, other lists are a GArray. */
struct _VssSchemaMember
{
  const char *name;
  const VssSchemaType *type;
  gsize offset;
  gsize has_offset; /* optional and not a pointer: its gboolean */
  gboolean optional;
  gboolean array;
};

/* The built-in types. */
extern const VssSchemaType vss_schema_str;
extern const VssSchemaType vss_schema_int;
extern const VssSchemaType vss_schema_int8;
extern const VssSchemaType vss_schema_int16;
extern const VssSchemaType vss_schema_int32;
extern const VssSchemaType vss_schema_int64;
extern const VssSchemaType vss_schema_uint8;
extern const VssSchemaType vss_schema_uint16;
extern const VssSchemaType vss_schema_uint32;
extern const VssSchemaType vss_schema_size;
extern const VssSchemaType vss_schema_number;
extern const VssSchemaType vss_schema_bool;
extern const VssSchemaType vss_schema_any;

/* Values of structures: zeroed, required lists empty. */
gpointer vss_schema_value_new (const VssSchemaType *type);
void vss_schema_value_free (const VssSchemaType *type, gpointer value);
JsonNode *vss_schema_value_to_json (const VssSchemaType *type, gconstpointer value);
gpointer vss_schema_value_from_json (const VssSchemaType *type,
                                     JsonNode *node,
                                     VssWireParseFlags flags,
                                     GError **error);

/* Enums. */
const char *vss_schema_enum_to_string (const VssSchemaType *type, guint number);
gboolean vss_schema_enum_from_string (const VssSchemaType *type, const char *text, guint *out);

/* Shared by the files of this folder and the generator's own tests. */
gboolean vss_schema_is_pointer (const VssSchemaType *type);
GPtrArray *vss_schema_pointer_array_new (const VssSchemaType *type);
gint64 vss_schema_integer_load (const VssSchemaType *type, gconstpointer place);
void vss_schema_integer_store (const VssSchemaType *type, gpointer place, gint64 value);
const VssSchemaMember *vss_schema_branch (const VssSchemaType *type, gconstpointer value);

G_END_DECLS

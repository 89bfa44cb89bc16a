/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The built-in types, and what can be asked about a type or a single value. */
#include "qapi/runtime/vss-schema.h"

#define INTEGER(symbol, text, c_type, low, high)                                                   \
  const VssSchemaType vss_schema_##symbol = {                                                      \
    .name = text,                                                                                  \
    .kind = VSS_SCHEMA_INTEGER,                                                                    \
    .size = sizeof (c_type),                                                                       \
    .minimum = low,                                                                                \
    .maximum = high,                                                                               \
  }

INTEGER (int, "int", gint64, G_MININT64, G_MAXINT64);
INTEGER (int8, "int8", gint8, G_MININT8, G_MAXINT8);
INTEGER (int16, "int16", gint16, G_MININT16, G_MAXINT16);
INTEGER (int32, "int32", gint32, G_MININT32, G_MAXINT32);
INTEGER (int64, "int64", gint64, G_MININT64, G_MAXINT64);
INTEGER (uint8, "uint8", guint8, 0, G_MAXUINT8);
INTEGER (uint16, "uint16", guint16, 0, G_MAXUINT16);
INTEGER (uint32, "uint32", guint32, 0, G_MAXUINT32);
INTEGER (size, "size", gint64, 0, G_MAXINT64);

const VssSchemaType vss_schema_str = {
  .name = "str",
  .kind = VSS_SCHEMA_STRING,
  .size = sizeof (char *),
};

const VssSchemaType vss_schema_number = {
  .name = "number",
  .kind = VSS_SCHEMA_NUMBER,
  .size = sizeof (gdouble),
};

const VssSchemaType vss_schema_bool = {
  .name = "bool",
  .kind = VSS_SCHEMA_BOOLEAN,
  .size = sizeof (gboolean),
};

const VssSchemaType vss_schema_any = {
  .name = "any",
  .kind = VSS_SCHEMA_ANY,
  .size = sizeof (JsonNode *),
};

/* Whether a value of the type lives behind a pointer, so that NULL says absent. */
gboolean
vss_schema_is_pointer (const VssSchemaType *type)
{
  return type->kind == VSS_SCHEMA_STRING || type->kind == VSS_SCHEMA_ANY ||
         type->kind == VSS_SCHEMA_STRUCT;
}

/* The member of a union that its discriminator selects; NULL if there is none. */
const VssSchemaMember *
vss_schema_branch (const VssSchemaType *type, gconstpointer value)
{
  guint number;

  if (type->discriminator == NULL)
    {
      return NULL;
    }
  number = G_STRUCT_MEMBER (guint, value, type->discriminator->offset);
  if (number >= type->discriminator->type->n_values || type->branches[number].type == NULL)
    {
      return NULL;
    }
  return &type->branches[number];
}

const char *
vss_schema_enum_to_string (const VssSchemaType *type, guint number)
{
  return number < type->n_values ? type->values[number] : "(invalid)";
}

gboolean
vss_schema_enum_from_string (const VssSchemaType *type, const char *text, guint *out)
{
  for (guint i = 0; i < type->n_values; i++)
    {
      if (g_strcmp0 (text, type->values[i]) == 0)
        {
          *out = i;
          return TRUE;
        }
    }
  return FALSE;
}

gint64
vss_schema_integer_load (const VssSchemaType *type, gconstpointer place)
{
  gboolean is_signed = type->minimum < 0;

  switch (type->size)
    {
    case 1:
      return is_signed ? *(const gint8 *)place : *(const guint8 *)place;
    case 2:
      return is_signed ? *(const gint16 *)place : *(const guint16 *)place;
    case 4:
      return is_signed ? *(const gint32 *)place : (gint64) * (const guint32 *)place;
    default:
      return *(const gint64 *)place;
    }
}

void
vss_schema_integer_store (const VssSchemaType *type, gpointer place, gint64 value)
{
  switch (type->size)
    {
    case 1:
      *(guint8 *)place = (guint8)value;
      break;
    case 2:
      *(guint16 *)place = (guint16)value;
      break;
    case 4:
      *(guint32 *)place = (guint32)value;
      break;
    default:
      *(gint64 *)place = value;
      break;
    }
}

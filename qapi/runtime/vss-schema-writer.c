/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of described structures to JSON. What is written always matches the
 * schema if the required members are set; one that isn't is a bug of the caller:
 * it is reported as critical and left out, and the peer refuses the message. */
#include "qapi/runtime/vss-schema.h"

#include <math.h>

static JsonNode *write_struct (const VssSchemaType *type, gconstpointer value);

/* Paths and names of a guest need not be UTF-8, JSON must be. */
static JsonNode *
write_string (const char *text)
{
  g_autofree char *valid = NULL;

  if (g_utf8_validate (text, -1, NULL))
    {
      return json_node_init_string (json_node_alloc (), text);
    }
  valid = g_utf8_make_valid (text, -1);
  return json_node_init_string (json_node_alloc (), valid);
}

/* Returns NULL for a value that isn't one. */
static JsonNode *
write_single (const VssSchemaType *type, gconstpointer place)
{
  gconstpointer pointer = vss_schema_is_pointer (type) ? *(gconstpointer *)place : place;

  if (pointer == NULL)
    {
      return NULL;
    }
  switch (type->kind)
    {
    case VSS_SCHEMA_STRING:
      return write_string (pointer);
    case VSS_SCHEMA_INTEGER:
      return json_node_init_int (json_node_alloc (), vss_schema_integer_load (type, place));
    case VSS_SCHEMA_NUMBER:
      return isfinite (*(const gdouble *)place)
                 ? json_node_init_double (json_node_alloc (), *(const gdouble *)place)
                 : NULL;
    case VSS_SCHEMA_BOOLEAN:
      return json_node_init_boolean (json_node_alloc (), *(const gboolean *)place);
    case VSS_SCHEMA_ANY:
      return json_node_copy ((JsonNode *)pointer);
    case VSS_SCHEMA_ENUM:
      return *(const guint *)place < type->n_values
                 ? json_node_init_string (json_node_alloc (), type->values[*(const guint *)place])
                 : NULL;
    case VSS_SCHEMA_STRUCT:
    default:
      return write_struct (type, pointer);
    }
}

static void
add_element (JsonArray *array, const VssSchemaMember *member, gconstpointer place)
{
  JsonNode *node = write_single (member->type, place);

  if (node == NULL)
    {
      g_critical ("an element of '%s' is not a valid %s", member->name, member->type->name);
      return;
    }
  json_array_add_element (array, node);
}

static JsonNode *
write_array (const VssSchemaMember *member, gconstpointer list)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  if (vss_schema_is_pointer (member->type))
    {
      const GPtrArray *pointers = list;

      for (guint i = 0; pointers != NULL && i < pointers->len; i++)
        {
          add_element (array, member, &pointers->pdata[i]);
        }
    }
  else
    {
      const GArray *plain = list;

      for (guint i = 0; plain != NULL && i < plain->len; i++)
        {
          add_element (array, member, plain->data + i * member->type->size);
        }
    }
  json_node_take_array (node, array);
  return node;
}

static gboolean
is_absent (const VssSchemaMember *member, gconstpointer value)
{
  if (!member->optional)
    {
      return FALSE;
    }
  if (member->array || vss_schema_is_pointer (member->type))
    {
      return G_STRUCT_MEMBER (gconstpointer, value, member->offset) == NULL;
    }
  return !G_STRUCT_MEMBER (gboolean, value, member->has_offset);
}

static void
write_members (const VssSchemaType *type, gconstpointer value, JsonObject *object)
{
  for (guint i = 0; i < type->n_members; i++)
    {
      const VssSchemaMember *member = &type->members[i];
      gconstpointer place = G_STRUCT_MEMBER_P (value, member->offset);
      JsonNode *node;

      if (is_absent (member, value))
        {
          continue;
        }
      node = member->array ? write_array (member, *(gconstpointer *)place)
                           : write_single (member->type, place);
      if (node == NULL)
        {
          g_critical ("'%s' of %s is not set to a valid %s", member->name, type->name,
                      member->type->name);
          continue;
        }
      json_object_set_member (object, member->name, node);
    }
}

static JsonNode *
write_struct (const VssSchemaType *type, gconstpointer value)
{
  const VssSchemaMember *branch = vss_schema_branch (type, value);
  gconstpointer branch_value =
      branch != NULL ? G_STRUCT_MEMBER (gconstpointer, value, branch->offset) : NULL;
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  write_members (type, value, object);
  if (branch_value != NULL)
    {
      write_members (branch->type, branch_value, object);
    }
  else if (branch != NULL)
    {
      g_critical ("branch '%s' of %s is not set", branch->name, type->name);
    }
  json_node_take_object (node, object);
  return node;
}

JsonNode *
vss_schema_value_to_json (const VssSchemaType *type, gconstpointer value)
{
  g_return_val_if_fail (value != NULL, NULL);

  return write_struct (type, value);
}

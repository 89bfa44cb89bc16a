/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON to values of described structures. The peer is not trusted: type, range,
 * encoding, presence and depth of everything are checked. */
#include "qapi/runtime/vss-schema.h"

#include "qapi/runtime/vss-schema-path.h"

static gboolean read_single (const VssSchemaType *type,
                             gpointer place,
                             JsonNode *node,
                             const VssSchemaPath *path,
                             GError **error);

/* What messages call the JSON type of a node. */
static const char *
node_kind (JsonNode *node)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      return "an object";
    case JSON_NODE_ARRAY:
      return "a list";
    case JSON_NODE_NULL:
      return "null";
    case JSON_NODE_VALUE:
    default:
      break;
    }

  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      return "a string";
    case G_TYPE_INT64:
      return "an integer";
    case G_TYPE_DOUBLE:
      return "a number";
    case G_TYPE_BOOLEAN:
      return "a boolean";
    default:
      return "something else";
    }
}

static gboolean
node_is (JsonNode *node, GType value_type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == value_type;
}

static gboolean
fail_type (const VssSchemaPath *path, const char *expected, JsonNode *node, GError **error)
{
  return vss_schema_path_fail (path, error, "expected %s, got %s", expected, node_kind (node));
}

/* Checks that a node holds a string; NULL if not. */
static const char *
peek_string (JsonNode *node, const VssSchemaPath *path, GError **error)
{
  const char *text;

  if (!node_is (node, G_TYPE_STRING))
    {
      fail_type (path, "a string", node, error);
      return NULL;
    }
  text = json_node_get_string (node);
  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    {
      vss_schema_path_fail (path, error, "the string is not valid UTF-8");
      return NULL;
    }
  return text;
}

static gboolean
read_string (char **place, JsonNode *node, const VssSchemaPath *path, GError **error)
{
  const char *text = peek_string (node, path, error);

  if (text == NULL)
    {
      return FALSE;
    }
  *place = g_strdup (text);
  return TRUE;
}

static gboolean
read_integer (const VssSchemaType *type,
              gpointer place,
              JsonNode *node,
              const VssSchemaPath *path,
              GError **error)
{
  gint64 value;

  if (!node_is (node, G_TYPE_INT64))
    {
      return fail_type (path, "an integer", node, error);
    }
  value = json_node_get_int (node);
  if (value < type->minimum || value > type->maximum)
    {
      return vss_schema_path_fail (path, error,
                                   "expected an integer from %" G_GINT64_FORMAT
                                   " to %" G_GINT64_FORMAT ", got %" G_GINT64_FORMAT,
                                   type->minimum, type->maximum, value);
    }
  vss_schema_integer_store (type, place, value);
  return TRUE;
}

static gboolean
read_enum (const VssSchemaType *type,
           guint *place,
           JsonNode *node,
           const VssSchemaPath *path,
           GError **error)
{
  const char *text = peek_string (node, path, error);
  g_autofree char *quoted = NULL;
  g_autofree char *known = NULL;

  if (text == NULL)
    {
      return FALSE;
    }
  if (vss_schema_enum_from_string (type, text, place))
    {
      return TRUE;
    }
  quoted = vss_schema_path_quote (text);
  known = g_strjoinv (", ", (char **)type->values);
  return vss_schema_path_fail (path, error, "unknown value %s, expected one of %s", quoted, known);
}

static gboolean
has_member (const VssSchemaType *type, const char *name)
{
  for (guint i = 0; i < type->n_members; i++)
    {
      if (strcmp (type->members[i].name, name) == 0)
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
check_unknown (const VssSchemaType *type,
               const VssSchemaType *branch_type,
               JsonObject *object,
               const VssSchemaPath *path,
               GError **error)
{
  JsonObjectIter iter;
  const char *name;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    {
      g_autofree char *quoted = NULL;

      if (has_member (type, name) || (branch_type != NULL && has_member (branch_type, name)))
        {
          continue;
        }
      quoted = vss_schema_path_quote (name);
      return vss_schema_path_fail (path, error, "unknown member %s", quoted);
    }
  return TRUE;
}

static gboolean
read_array (const VssSchemaMember *member,
            gpointer value,
            JsonNode *node,
            const VssSchemaPath *path,
            GError **error)
{
  gboolean pointers = vss_schema_is_pointer (member->type);
  g_autoptr (GPtrArray) pointer_array = NULL;
  g_autoptr (GArray) plain_array = NULL;
  JsonArray *array;
  guint length;

  if (!JSON_NODE_HOLDS_ARRAY (node) || json_node_get_array (node) == NULL)
    {
      return fail_type (path, "a list", node, error);
    }
  array = json_node_get_array (node);
  length = json_array_get_length (array);
  if (pointers)
    {
      pointer_array = vss_schema_pointer_array_new (member->type);
    }
  else
    {
      plain_array = g_array_new (FALSE, TRUE, (guint)member->type->size);
    }

  for (guint i = 0; i < length; i++)
    {
      VssSchemaPath element_path = vss_schema_path_element (path, i);
      gint64 plain[1] = { 0 }; /* room and alignment for every plain type */
      gpointer pointer = NULL;

      if (!read_single (member->type, pointers ? (gpointer)&pointer : (gpointer)plain,
                        json_array_get_element (array, i), &element_path, error))
        {
          return FALSE;
        }
      if (pointers)
        {
          g_ptr_array_add (pointer_array, pointer);
        }
      else
        {
          g_array_append_vals (plain_array, plain, 1);
        }
    }

  if (pointers)
    {
      g_clear_pointer (&G_STRUCT_MEMBER (GPtrArray *, value, member->offset), g_ptr_array_unref);
      G_STRUCT_MEMBER (GPtrArray *, value, member->offset) = g_steal_pointer (&pointer_array);
    }
  else
    {
      g_clear_pointer (&G_STRUCT_MEMBER (GArray *, value, member->offset), g_array_unref);
      G_STRUCT_MEMBER (GArray *, value, member->offset) = g_steal_pointer (&plain_array);
    }
  return TRUE;
}

static gboolean
read_member (const VssSchemaMember *member,
             gpointer value,
             JsonObject *object,
             const VssSchemaPath *path,
             GError **error)
{
  VssSchemaPath member_path = vss_schema_path_member (path, member->name);
  JsonNode *node = json_object_get_member (object, member->name);

  if (node == NULL)
    {
      return member->optional || vss_schema_path_fail (&member_path, error, "missing");
    }
  if (member->array)
    {
      return read_array (member, value, node, &member_path, error);
    }
  if (!read_single (member->type, G_STRUCT_MEMBER_P (value, member->offset), node, &member_path,
                    error))
    {
      return FALSE;
    }
  if (member->optional && !vss_schema_is_pointer (member->type))
    {
      G_STRUCT_MEMBER (gboolean, value, member->has_offset) = TRUE;
    }
  return TRUE;
}

static gboolean
read_members (const VssSchemaType *type,
              gpointer value,
              JsonObject *object,
              const VssSchemaPath *path,
              GError **error)
{
  for (guint i = 0; i < type->n_members; i++)
    {
      if (!read_member (&type->members[i], value, object, path, error))
        {
          return FALSE;
        }
    }
  return TRUE;
}

static gpointer
read_struct (const VssSchemaType *type, JsonNode *node, const VssSchemaPath *path, GError **error)
{
  const VssSchemaMember *branch;
  JsonObject *object;
  gpointer value;
  gboolean fine;

  if (!JSON_NODE_HOLDS_OBJECT (node) || json_node_get_object (node) == NULL)
    {
      fail_type (path, "an object", node, error);
      return NULL;
    }
  if (path->depth > VSS_SCHEMA_MAX_DEPTH)
    {
      vss_schema_path_fail (path, error, "nested deeper than %d levels", VSS_SCHEMA_MAX_DEPTH);
      return NULL;
    }
  object = json_node_get_object (node);
  value = vss_schema_value_new (type);
  fine = read_members (type, value, object, path, error);
  branch = fine ? vss_schema_branch (type, value) : NULL;
  if (branch != NULL)
    {
      gpointer branch_value = vss_schema_value_new (branch->type);

      G_STRUCT_MEMBER (gpointer, value, branch->offset) = branch_value;
      fine = read_members (branch->type, branch_value, object, path, error);
    }
  if (fine && path->flags == VSS_WIRE_PARSE_STRICT)
    {
      fine = check_unknown (type, branch != NULL ? branch->type : NULL, object, path, error);
    }
  if (!fine)
    {
      vss_schema_value_free (type, value);
      return NULL;
    }
  return value;
}

static gboolean
read_single (const VssSchemaType *type,
             gpointer place,
             JsonNode *node,
             const VssSchemaPath *path,
             GError **error)
{
  switch (type->kind)
    {
    case VSS_SCHEMA_STRING:
      return read_string (place, node, path, error);
    case VSS_SCHEMA_INTEGER:
      return read_integer (type, place, node, path, error);
    case VSS_SCHEMA_ENUM:
      return read_enum (type, place, node, path, error);
    case VSS_SCHEMA_NUMBER:
      if (!node_is (node, G_TYPE_DOUBLE) && !node_is (node, G_TYPE_INT64))
        {
          return fail_type (path, "a number", node, error);
        }
      *(gdouble *)place = json_node_get_double (node);
      return TRUE;
    case VSS_SCHEMA_BOOLEAN:
      if (!node_is (node, G_TYPE_BOOLEAN))
        {
          return fail_type (path, "a boolean", node, error);
        }
      *(gboolean *)place = json_node_get_boolean (node);
      return TRUE;
    case VSS_SCHEMA_ANY:
      *(JsonNode **)place = json_node_copy (node);
      return TRUE;
    case VSS_SCHEMA_STRUCT:
    default:
      *(gpointer *)place = read_struct (type, node, path, error);
      return *(gpointer *)place != NULL;
    }
}

gpointer
vss_schema_value_from_json (const VssSchemaType *type,
                            JsonNode *node,
                            VssWireParseFlags flags,
                            GError **error)
{
  VssSchemaPath path = vss_schema_path_root (type->root, flags);

  if (node == NULL)
    {
      vss_schema_path_fail (&path, error, "missing");
      return NULL;
    }
  return read_struct (type, node, &path, error);
}

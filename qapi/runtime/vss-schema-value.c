/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes and frees values of described structures. */
#include "qapi/runtime/vss-schema.h"

/* The free function of lists; NULL elements are survived, unlike in json_node_free(). */
static void
free_any (gpointer node)
{
  g_clear_pointer ((JsonNode **)&node, json_node_unref);
}

GPtrArray *
vss_schema_pointer_array_new (const VssSchemaType *type)
{
  switch (type->kind)
    {
    case VSS_SCHEMA_STRING:
      return g_ptr_array_new_with_free_func (g_free);
    case VSS_SCHEMA_ANY:
      return g_ptr_array_new_with_free_func (free_any);
    default:
      return g_ptr_array_new_with_free_func (type->free);
    }
}

gpointer
vss_schema_value_new (const VssSchemaType *type)
{
  gpointer value = g_malloc0 (type->size);

  for (guint i = 0; i < type->n_members; i++)
    {
      const VssSchemaMember *member = &type->members[i];

      if (!member->array || member->optional)
        {
          continue;
        }
      if (vss_schema_is_pointer (member->type))
        {
          G_STRUCT_MEMBER (GPtrArray *, value, member->offset) =
              vss_schema_pointer_array_new (member->type);
        }
      else
        {
          G_STRUCT_MEMBER (GArray *, value, member->offset) =
              g_array_new (FALSE, TRUE, (guint)member->type->size);
        }
    }
  return value;
}

static void
free_member (const VssSchemaMember *member, gpointer value)
{
  gpointer *place = &G_STRUCT_MEMBER (gpointer, value, member->offset);

  if (member->array)
    {
      if (vss_schema_is_pointer (member->type))
        {
          g_clear_pointer ((GPtrArray **)place, g_ptr_array_unref);
        }
      else
        {
          g_clear_pointer ((GArray **)place, g_array_unref);
        }
      return;
    }

  switch (member->type->kind)
    {
    case VSS_SCHEMA_STRING:
      g_clear_pointer (place, g_free);
      break;
    case VSS_SCHEMA_ANY:
      g_clear_pointer ((JsonNode **)place, json_node_unref);
      break;
    case VSS_SCHEMA_STRUCT:
      g_clear_pointer (place, member->type->free);
      break;
    default:
      break;
    }
}

void
vss_schema_value_free (const VssSchemaType *type, gpointer value)
{
  if (value == NULL)
    {
      return;
    }
  for (guint i = 0; i < type->n_members; i++)
    {
      free_member (&type->members[i], value);
    }
  /* All branches, not the selected one: the discriminator may have been changed. */
  for (guint i = 0; type->branches != NULL && i < type->discriminator->type->n_values; i++)
    {
      if (type->branches[i].type != NULL)
        {
          free_member (&type->branches[i], value);
        }
    }
  g_free (value);
}

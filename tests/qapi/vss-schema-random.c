/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random values of described types. */
#include "vss-schema-random.h"

#include <math.h>

#include "qapi/vss-wire-types.h"
#include "test-wire-types.h"

/* Types within themselves end here. */
#define MAX_DEPTH 4
#define MAX_ELEMENTS 4

static gpointer random_struct (const VssSchemaType *type, GRand *random, guint depth);

static gboolean
one_in (GRand *random, gint n)
{
  return g_rand_int_range (random, 0, n) == 0;
}

static char *
random_text (GRand *random)
{
  static const gunichar limits[] = { 0x20, 0x7f, 0x800, 0xd800, 0xfffe, 0x10ffff };
  GString *text = g_string_new (NULL);
  gint length = one_in (random, 20) ? 300 : g_rand_int_range (random, 0, 12);

  for (gint i = 0; i < length; i++)
    {
      gunichar limit = limits[g_rand_int_range (random, 0, G_N_ELEMENTS (limits))];
      gunichar character = (gunichar)g_rand_int_range (random, 1, (gint)limit);

      g_string_append_unichar (text, g_unichar_validate (character) ? character : '"');
    }
  return g_string_free (text, FALSE);
}

/* The ends of the range are as likely as all the rest together. */
static gint64
random_integer (GRand *random, gint64 minimum, gint64 maximum)
{
  guint64 span = (guint64)maximum - (guint64)minimum;
  guint64 offset = ((guint64)g_rand_int (random) << 32) | g_rand_int (random);

  if (one_in (random, 4))
    {
      return minimum;
    }
  if (one_in (random, 3))
    {
      return maximum;
    }
  offset = span == G_MAXUINT64 ? offset : offset % (span + 1);
  return (gint64)((guint64)minimum + offset);
}

static gdouble
random_number (GRand *random)
{
  gdouble mantissa = g_rand_double_range (random, -2, 2);

  if (one_in (random, 4))
    {
      return g_rand_int_range (random, -3, 3);
    }
  return one_in (random, 2) ? mantissa : ldexp (mantissa, g_rand_int_range (random, -900, 900));
}

static void
random_single (const VssSchemaType *type, gpointer place, GRand *random, guint depth)
{
  switch (type->kind)
    {
    case VSS_SCHEMA_STRING:
      *(char **)place = random_text (random);
      break;
    case VSS_SCHEMA_INTEGER:
      vss_schema_integer_store (type, place, random_integer (random, type->minimum, type->maximum));
      break;
    case VSS_SCHEMA_NUMBER:
      *(gdouble *)place = random_number (random);
      break;
    case VSS_SCHEMA_BOOLEAN:
      *(gboolean *)place = one_in (random, 2);
      break;
    case VSS_SCHEMA_ANY:
      *(JsonNode **)place = vss_schema_random_json (random, depth);
      break;
    case VSS_SCHEMA_ENUM:
      *(guint *)place = (guint)g_rand_int_range (random, 0, (gint)type->n_values);
      break;
    case VSS_SCHEMA_STRUCT:
    default:
      *(gpointer *)place = random_struct (type, random, depth);
      break;
    }
}

static void
random_array (const VssSchemaMember *member, gpointer value, GRand *random, guint depth)
{
  gint length = depth > MAX_DEPTH ? 0 : g_rand_int_range (random, 0, MAX_ELEMENTS);
  gboolean pointers = vss_schema_is_pointer (member->type);
  gpointer *list = &G_STRUCT_MEMBER (gpointer, value, member->offset);

  if (*list == NULL)
    {
      *list = pointers ? (gpointer)vss_schema_pointer_array_new (member->type)
                       : (gpointer)g_array_new (FALSE, TRUE, (guint)member->type->size);
    }
  for (gint i = 0; i < length; i++)
    {
      gint64 plain[1] = { 0 };
      gpointer pointer = NULL;

      random_single (member->type, pointers ? (gpointer)&pointer : (gpointer)plain, random, depth);
      if (pointers)
        {
          g_ptr_array_add (*list, pointer);
        }
      else
        {
          g_array_append_vals (*list, plain, 1);
        }
    }
}

static gpointer
random_struct (const VssSchemaType *type, GRand *random, guint depth)
{
  gpointer value = vss_schema_value_new (type);
  const VssSchemaMember *branch;

  for (guint i = 0; i < type->n_members; i++)
    {
      const VssSchemaMember *member = &type->members[i];

      if (member->optional && (depth > MAX_DEPTH || one_in (random, 2)))
        {
          continue;
        }
      if (member->array)
        {
          random_array (member, value, random, depth + 1);
          continue;
        }
      random_single (member->type, G_STRUCT_MEMBER_P (value, member->offset), random, depth + 1);
      if (member->optional && !vss_schema_is_pointer (member->type))
        {
          G_STRUCT_MEMBER (gboolean, value, member->has_offset) = TRUE;
        }
    }
  branch = vss_schema_branch (type, value);
  if (branch != NULL)
    {
      G_STRUCT_MEMBER (gpointer, value, branch->offset) =
          random_struct (branch->type, random, depth + 1);
    }
  return value;
}

gpointer
vss_schema_random_value (const VssSchemaType *type, GRand *random)
{
  return random_struct (type, random, 0);
}

static JsonNode *
random_container (GRand *random, guint depth)
{
  gboolean is_object = one_in (random, 2);
  JsonNode *node = json_node_new (is_object ? JSON_NODE_OBJECT : JSON_NODE_ARRAY);
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();

  for (gint i = g_rand_int_range (random, 0, MAX_ELEMENTS); i > 0; i--)
    {
      JsonNode *child = vss_schema_random_json (random, depth + 1);

      if (is_object)
        {
          g_autofree char *name = random_text (random);

          json_object_set_member (object, name, child);
        }
      else
        {
          json_array_add_element (array, child);
        }
    }
  if (is_object)
    {
      json_node_set_object (node, object);
    }
  else
    {
      json_node_set_array (node, array);
    }
  json_object_unref (object);
  json_array_unref (array);
  return node;
}

JsonNode *
vss_schema_random_json (GRand *random, guint depth)
{
  g_autofree char *text = NULL;

  switch (g_rand_int_range (random, 0, depth > MAX_DEPTH ? 6 : 8))
    {
    case 0:
      return json_node_new (JSON_NODE_NULL);
    case 1:
      return json_node_init_boolean (json_node_alloc (), one_in (random, 2));
    case 2:
      return json_node_init_int (json_node_alloc (),
                                 random_integer (random, G_MININT64, G_MAXINT64));
    case 3:
      return json_node_init_int (json_node_alloc (), random_integer (random, -1, 256));
    case 4:
      /* With a fraction: other validators take 1.0 for an integer. */
      return json_node_init_double (json_node_alloc (), g_rand_int_range (random, -9, 9) + 0.25);
    case 5:
      text = random_text (random);
      return json_node_init_string (json_node_alloc (), text);
    default:
      return random_container (random, depth);
    }
}

static JsonNode *
damage_object (JsonObject *object, GRand *random)
{
  g_autoptr (GList) names = json_object_get_members (object);
  JsonObject *result = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  gint victim = g_rand_int_range (random, 0, (gint)json_object_get_size (object) + 1);
  gint index = 0;

  for (GList *item = names; item != NULL; item = item->next, index++)
    {
      JsonNode *child = json_object_get_member (object, item->data);

      if (index != victim)
        {
          json_object_set_member (result, item->data, json_node_copy (child));
        }
      else if (!one_in (random, 3))
        {
          json_object_set_member (result, item->data, vss_schema_random_damage (child, random));
        }
    }
  if (victim == index)
    {
      json_object_set_member (result, "unheard-of", vss_schema_random_json (random, 0));
    }
  json_node_take_object (node, result);
  return node;
}

static JsonNode *
damage_array (JsonArray *array, GRand *random)
{
  JsonArray *result = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  guint length = json_array_get_length (array);
  guint victim = (guint)g_rand_int_range (random, 0, (gint)length + 1);

  for (guint i = 0; i < length; i++)
    {
      JsonNode *child = json_array_get_element (array, i);

      json_array_add_element (result, i == victim ? vss_schema_random_damage (child, random)
                                                  : json_node_copy (child));
    }
  if (victim == length)
    {
      json_array_add_element (result, vss_schema_random_json (random, 0));
    }
  json_node_take_array (node, result);
  return node;
}

JsonNode *
vss_schema_random_damage (JsonNode *node, GRand *random)
{
  if (one_in (random, 4))
    {
      return vss_schema_random_json (random, 0);
    }
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      return damage_object (json_node_get_object (node), random);
    }
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      return damage_array (json_node_get_array (node), random);
    }
  return vss_schema_random_json (random, 0);
}

const VssSchemaType **
vss_schema_random_types (void)
{
  const VssSchemaType *const *sources[] = { vss_wire_all_types (), test_wire_all_types () };
  GPtrArray *types = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      for (guint j = 0; sources[i][j] != NULL; j++)
        {
          if (sources[i][j]->kind == VSS_SCHEMA_STRUCT)
            {
              g_ptr_array_add (types, (gpointer)sources[i][j]);
            }
        }
    }
  g_ptr_array_add (types, NULL);
  return (const VssSchemaType **)g_ptr_array_free (types, FALSE);
}

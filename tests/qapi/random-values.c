/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints random values, whole and damaged, with the readers' verdict on them, for a
 * comparison with other validators. One line each: TYPE STRICT LENIENT JSON. */
#include <stdlib.h>

#include "vss-schema-random.h"

#include "qapi/vss-wire-types.h"
#include "test-wire-types.h"

static gboolean
is_accepted (const VssSchemaType *type, JsonNode *node, VssWireParseFlags flags)
{
  gpointer value = vss_schema_value_from_json (type, node, flags, NULL);

  if (value == NULL)
    {
      return FALSE;
    }
  type->free (value);
  return TRUE;
}

/* json-glib 1.6 escapes all control characters but the last. */
static char *
to_text (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, FALSE);
  g_auto (GStrv) parts = g_strsplit (text, "\x1f", -1);

  return g_strjoinv ("\\u001f", parts);
}

static void
print_verdict (const VssSchemaType *type, JsonNode *node)
{
  g_autofree char *text = to_text (node);

  g_print ("%s %d %d %s\n", type->name, is_accepted (type, node, VSS_WIRE_PARSE_STRICT),
           is_accepted (type, node, VSS_WIRE_PARSE_LENIENT), text);
}

static void
print_values (const VssSchemaType *type, GRand *random, guint rounds)
{
  for (guint i = 0; i < rounds; i++)
    {
      gpointer value = vss_schema_random_value (type, random);
      g_autoptr (JsonNode) whole = vss_schema_value_to_json (type, value);
      g_autoptr (JsonNode) damaged = vss_schema_random_damage (whole, random);

      print_verdict (type, whole);
      print_verdict (type, damaged);
      type->free (value);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GRand) random = NULL;
  const VssSchemaType *const *types;

  if (argc != 4)
    {
      g_printerr ("usage: random-values vss-wire|test-wire ROUNDS SEED\n");
      return 2;
    }
  types = g_str_equal (argv[1], "vss-wire") ? vss_wire_all_types () : test_wire_all_types ();
  random = g_rand_new_with_seed ((guint32)atoi (argv[3]));
  for (guint i = 0; types[i] != NULL; i++)
    {
      if (types[i]->kind == VSS_SCHEMA_STRUCT)
        {
          print_values (types[i], random, (guint)atoi (argv[2]));
        }
    }
  return 0;
}

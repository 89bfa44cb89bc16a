/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every type of the wire comes back from JSON as it went, and no JSON harms the
 * reader. The values follow from the seed that GTest prints (--seed repeats it). */
#include "vss-schema-random.h"

#define ROUNDS 200

static JsonNode *
parse_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (text, &error);

  g_assert_no_error (error);
  return node;
}

static void
check_round_trip (const VssSchemaType *type, GRand *random, VssWireParseFlags flags)
{
  gpointer value = vss_schema_random_value (type, random);
  g_autoptr (JsonNode) first = vss_schema_value_to_json (type, value);
  g_autofree char *first_text = json_to_string (first, FALSE);
  g_autoptr (JsonNode) parsed = parse_text (first_text);
  g_autoptr (GError) error = NULL;
  gpointer copy = vss_schema_value_from_json (type, parsed, flags, &error);
  g_autoptr (JsonNode) second = NULL;
  g_autofree char *second_text = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (copy);
  second = vss_schema_value_to_json (type, copy);
  second_text = json_to_string (second, FALSE);
  g_assert_cmpstr (first_text, ==, second_text);
  type->free (value);
  type->free (copy);
}

static void
test_round_trip (gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32)g_test_rand_int ());

  for (guint i = 0; i < ROUNDS; i++)
    {
      check_round_trip (data, random, VSS_WIRE_PARSE_STRICT);
      check_round_trip (data, random, VSS_WIRE_PARSE_LENIENT);
    }
}

/* What is accepted must be writable, and what is refused must say why and where. */
static void
check_reading (const VssSchemaType *type, JsonNode *node, VssWireParseFlags flags)
{
  g_autoptr (GError) error = NULL;
  gpointer value = vss_schema_value_from_json (type, node, flags, &error);
  g_autoptr (JsonNode) written = NULL;
  gint code =
      flags == VSS_WIRE_PARSE_STRICT ? VSS_WIRE_ERROR_BAD_ARGUMENTS : VSS_WIRE_ERROR_BAD_REPLY;

  if (value != NULL)
    {
      g_assert_no_error (error);
      written = vss_schema_value_to_json (type, value);
      g_assert_nonnull (written);
      type->free (value);
      return;
    }
  g_assert_error (error, VSS_WIRE_ERROR, code);
  g_assert_true (g_str_has_prefix (error->message, type->root));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
test_damage (gconstpointer data)
{
  const VssSchemaType *type = data;
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32)g_test_rand_int ());

  for (guint i = 0; i < ROUNDS; i++)
    {
      gpointer value = vss_schema_random_value (type, random);
      g_autoptr (JsonNode) whole = vss_schema_value_to_json (type, value);
      g_autoptr (JsonNode) damaged = vss_schema_random_damage (whole, random);
      g_autoptr (JsonNode) anything = vss_schema_random_json (random, 0);

      check_reading (type, damaged, VSS_WIRE_PARSE_STRICT);
      check_reading (type, damaged, VSS_WIRE_PARSE_LENIENT);
      check_reading (type, anything, VSS_WIRE_PARSE_STRICT);
      check_reading (type, anything, VSS_WIRE_PARSE_LENIENT);
      type->free (value);
    }
}

int
main (int argc, char **argv)
{
  g_autofree const VssSchemaType **types = vss_schema_random_types ();

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; types[i] != NULL; i++)
    {
      g_autofree char *round_trip = g_strdup_printf ("/qapi/round-trip/%u-%s", i, types[i]->name);
      g_autofree char *damage = g_strdup_printf ("/qapi/damage/%u-%s", i, types[i]->name);

      g_test_add_data_func (round_trip, types[i], test_round_trip);
      g_test_add_data_func (damage, types[i], test_damage);
    }
  return g_test_run ();
}

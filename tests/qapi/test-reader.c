/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the reader takes, what it refuses, and what it says about it. */
#include "test-wire-marshal.h"

static gpointer
read_text (const VssSchemaType *type, const char *text, VssWireParseFlags flags, GError **error)
{
  g_autoptr (GError) parse_error = NULL;
  g_autoptr (JsonNode) node = json_from_string (text, &parse_error);

  g_assert_no_error (parse_error);
  return vss_schema_value_from_json (type, node, flags, error);
}

static void
assert_refused (const VssSchemaType *type, const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (read_text (type, text, VSS_WIRE_PARSE_STRICT, &error));
  g_assert_error (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_ARGUMENTS);
  g_assert_cmpstr (error->message, ==, message);
}

#define SCALARS(member)                                                                            \
  "{\"text\":\"\",\"int\":1,\"int8\":1,\"int16\":1,\"int32\":1,\"int64\":1,\"uint8\":1,"           \
  "\"uint16\":1,\"uint32\":1,\"size\":1,\"number\":1.5,\"bool\":true,\"any\":null," member "}"

static void
test_reads_every_kind (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (SCALARS ("\"colour\":\"deep-blue\""), NULL);
  g_autoptr (TestWireScalars) value =
      test_wire_scalars_from_json (node, VSS_WIRE_PARSE_STRICT, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (value->text, ==, "");
  g_assert_cmpint (value->int_, ==, 1);
  g_assert_cmpint (value->uint32, ==, 1);
  g_assert_cmpfloat (value->number, ==, 1.5);
  g_assert_true (value->bool_);
  g_assert_true (JSON_NODE_HOLDS_NULL (value->any));
  g_assert_cmpint (value->colour, ==, TEST_WIRE_COLOUR_DEEP_BLUE);
}

static void
test_ranges (void)
{
  static const struct
  {
    const char *member;
    const char *low, *high;         /* the last that are taken */
    const char *too_low, *too_high; /* NULL: JSON itself ends there */
  } rows[] = {
    { "int8", "-128", "127", "-129", "128" },
    { "uint32", "0", "4294967295", "-1", "4294967296" },
    { "size", "0", "9223372036854775807", "-1", NULL },
    { "int", "-9223372036854775808", "9223372036854775807", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *const values[] = { rows[i].low, rows[i].high, rows[i].too_low, rows[i].too_high };

      for (guint j = 0; j < G_N_ELEMENTS (values); j++)
        {
          g_autofree char *text = NULL;
          g_autofree char *message = NULL;
          TestWireOptionals *value;

          if (values[j] == NULL)
            {
              continue;
            }
          text = g_strdup_printf ("{\"%s\":%s}", rows[i].member, values[j]);
          if (j >= 2)
            {
              message = g_strdup_printf ("data.%s: expected an integer from %s to %s, got %s",
                                         rows[i].member, rows[i].low, rows[i].high, values[j]);
              assert_refused (&test_wire_optionals_type, text, message);
              continue;
            }
          value = read_text (&test_wire_optionals_type, text, VSS_WIRE_PARSE_STRICT, NULL);
          g_assert_nonnull (value);
          test_wire_optionals_free (value);
        }
    }
}

static void
test_wrong_types_are_named (void)
{
  const VssSchemaType *type = &test_wire_optionals_type;

  assert_refused (type, "[]", "data: expected an object, got a list");
  assert_refused (type, "\"x\"", "data: expected an object, got a string");
  assert_refused (type, "{\"text\":3}", "data.text: expected a string, got an integer");
  assert_refused (type, "{\"text\":null}", "data.text: expected a string, got null");
  assert_refused (type, "{\"text\":{}}", "data.text: expected a string, got an object");
  assert_refused (type, "{\"int\":1.5}", "data.int: expected an integer, got a number");
  assert_refused (type, "{\"int\":1.0}", "data.int: expected an integer, got a number");
  assert_refused (type, "{\"int\":true}", "data.int: expected an integer, got a boolean");
  assert_refused (type, "{\"bool\":0}", "data.bool: expected a boolean, got an integer");
  assert_refused (type, "{\"number\":\"1\"}", "data.number: expected a number, got a string");
  assert_refused (type, "{\"texts\":{}}", "data.texts: expected a list, got an object");
  assert_refused (type, "{\"texts\":[\"a\",[]]}", "data.texts[1]: expected a string, got a list");
  assert_refused (type, "{\"next\":{\"next\":{\"texts\":[null]}}}",
                  "data.next.next.texts[0]: expected a string, got null");
  assert_refused (type, "{\"colour\":\"green\"}",
                  "data.colour: unknown value 'green', expected one of red, deep-blue, x11");
}

static void
test_missing_members_are_named (void)
{
  assert_refused (&test_wire_scalars_type, SCALARS ("\"any\":1"), "Scalars.colour: missing");
  assert_refused (&test_wire_lists_type, "{}", "return.texts: missing");
}

static void
test_unknown_members (void)
{
  const char *text = "{\"next\":{\"later\":1},\"soon\":[]}";
  TestWireOptionals *value;

  assert_refused (&test_wire_optionals_type, text, "data.next: unknown member 'later'");
  value = read_text (&test_wire_optionals_type, text, VSS_WIRE_PARSE_LENIENT, NULL);
  g_assert_nonnull (value);
  test_wire_optionals_free (value);
}

static void
test_unions (void)
{
  const VssSchemaType *type = &test_wire_drawing_type;
  g_autoptr (TestWireShape) shape =
      read_text (&test_wire_shape_type, "{\"kind\":\"square\",\"side\":7,\"marks\":[\"a\"]}",
                 VSS_WIRE_PARSE_STRICT, NULL);
  g_autoptr (TestWireShape) point =
      read_text (&test_wire_shape_type, "{\"kind\":\"point\"}", VSS_WIRE_PARSE_STRICT, NULL);

  g_assert_nonnull (shape);
  g_assert_cmpint (shape->kind, ==, TEST_WIRE_SHAPE_KIND_SQUARE);
  g_assert_null (shape->circle);
  g_assert_cmpuint (shape->square->side, ==, 7);
  g_assert_nonnull (point);

  assert_refused (type, "{\"first\":{\"kind\":\"circle\"},\"named\":[]}",
                  "Drawing.first.radius: missing");
  assert_refused (type, "{\"first\":{\"kind\":\"point\",\"radius\":1},\"named\":[]}",
                  "Drawing.first: unknown member 'radius'");
  assert_refused (type, "{\"first\":{},\"named\":[]}", "Drawing.first.kind: missing");
}

/* A peer's text must not spoil a log: it comes shortened and escaped. */
static void
test_texts_of_the_peer_are_quoted (void)
{
  g_autofree char *name = g_strnfill (1000, 'n');
  g_autofree char *text = g_strdup_printf ("{\"%s\":1}", name);
  g_autofree char *shown = g_strndup (name, 64);
  g_autofree char *message = g_strdup_printf ("data: unknown member '%s...'", shown);

  assert_refused (&test_wire_optionals_type, text, message);
  assert_refused (&test_wire_optionals_type, "{\"a\\nb\":1}", "data: unknown member 'a\\nb'");
}

static void
test_invalid_utf8_is_refused (void)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GError) error = NULL;

  json_object_set_string_member (object, "text", "caf\xe9");
  json_node_set_object (node, object);
  g_assert_null (test_wire_optionals_from_json (node, VSS_WIRE_PARSE_LENIENT, &error));
  g_assert_error (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_REPLY);
  g_assert_cmpstr (error->message, ==, "data.text: the string is not valid UTF-8");
}

/* Nodes that hold nothing don't come from a parser, but cost nothing to survive. */
static void
test_hollow_nodes_are_refused (void)
{
  g_autoptr (JsonNode) object = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) value = json_node_new (JSON_NODE_VALUE);

  g_assert_null (test_wire_optionals_from_json (object, VSS_WIRE_PARSE_STRICT, NULL));
  g_assert_null (test_wire_optionals_from_json (value, VSS_WIRE_PARSE_STRICT, NULL));
  g_assert_null (test_wire_optionals_from_json (NULL, VSS_WIRE_PARSE_STRICT, NULL));
}

static TestWireOptionals *
read_nested (guint levels, GError **error)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  TestWireOptionals *value;

  json_node_take_object (node, json_object_new ());
  for (guint i = 0; i < levels; i++)
    {
      JsonObject *outer = json_object_new ();

      json_object_set_member (outer, "next", node);
      node = json_node_new (JSON_NODE_OBJECT);
      json_node_take_object (node, outer);
    }
  value = test_wire_optionals_from_json (node, VSS_WIRE_PARSE_STRICT, error);
  json_node_unref (node);
  return value;
}

static void
test_nesting_is_bounded (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TestWireOptionals) deepest = read_nested (VSS_SCHEMA_MAX_DEPTH, &error);

  g_assert_no_error (error);
  g_assert_nonnull (deepest);
  g_assert_null (read_nested (VSS_SCHEMA_MAX_DEPTH + 1, &error));
  g_assert_error (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_ARGUMENTS);
  g_assert_true (g_str_has_suffix (error->message, ".next: nested deeper than 32 levels"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qapi/reader/reads-every-kind", test_reads_every_kind);
  g_test_add_func ("/qapi/reader/ranges", test_ranges);
  g_test_add_func ("/qapi/reader/wrong-types-are-named", test_wrong_types_are_named);
  g_test_add_func ("/qapi/reader/missing-members-are-named", test_missing_members_are_named);
  g_test_add_func ("/qapi/reader/unknown-members", test_unknown_members);
  g_test_add_func ("/qapi/reader/unions", test_unions);
  g_test_add_func ("/qapi/reader/texts-of-the-peer-are-quoted", test_texts_of_the_peer_are_quoted);
  g_test_add_func ("/qapi/reader/invalid-utf8-is-refused", test_invalid_utf8_is_refused);
  g_test_add_func ("/qapi/reader/hollow-nodes-are-refused", test_hollow_nodes_are_refused);
  g_test_add_func ("/qapi/reader/nesting-is-bounded", test_nesting_is_bounded);
  return g_test_run ();
}

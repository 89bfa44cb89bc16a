/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the writer makes of values: also of those that a bug left half-filled. */
#include "test-wire-marshal.h"

#include <math.h>

static char *
to_text (JsonNode *node)
{
  g_autoptr (JsonNode) owned = node;

  return json_to_string (owned, FALSE);
}

static void
test_new_values_are_empty (void)
{
  g_autoptr (TestWireLists) lists = test_wire_lists_new ();
  g_autoptr (TestWireOptionals) optionals = test_wire_optionals_new ();
  g_autoptr (TestWireNothing) nothing = test_wire_nothing_new ();
  g_autofree char *lists_text = to_text (test_wire_lists_to_json (lists));
  g_autofree char *optionals_text = to_text (test_wire_optionals_to_json (optionals));
  g_autofree char *nothing_text = to_text (test_wire_nothing_to_json (nothing));

  g_assert_cmpstr (lists_text, ==,
                   "{\"texts\":[],\"ints\":[],\"bytes\":[],\"shorts\":[],\"numbers\":[],"
                   "\"bools\":[],\"anys\":[],\"colours\":[],\"scalars\":[],\"shapes\":[],"
                   "\"children\":[]}");
  g_assert_cmpstr (optionals_text, ==, "{}");
  g_assert_cmpstr (nothing_text, ==, "{}");
  test_wire_nothing_free (NULL);
}

static void
test_present_is_told_from_zero (void)
{
  g_autoptr (TestWireOptionals) value = test_wire_optionals_new ();
  g_autofree char *text = NULL;

  value->has_int = TRUE;
  value->has_bool = TRUE;
  value->texts = g_ptr_array_new_with_free_func (g_free);
  text = to_text (test_wire_optionals_to_json (value));
  g_assert_cmpstr (text, ==, "{\"int\":0,\"bool\":false,\"texts\":[]}");
}

static void
test_lists_of_each_width (void)
{
  g_autoptr (TestWireLists) value = test_wire_lists_new ();
  guint8 byte = 255;
  gint16 number = -2;
  TestWireColour colour = TEST_WIRE_COLOUR_X11;
  g_autofree char *text = NULL;

  g_array_append_val (value->bytes, byte);
  g_array_append_val (value->shorts, number);
  g_array_append_val (value->shorts, number);
  g_array_append_val (value->colours, colour);
  g_ptr_array_add (value->texts, g_strdup ("a"));
  g_ptr_array_add (value->children, test_wire_lists_new ());
  text = to_text (test_wire_lists_to_json (value));
  g_assert_true (g_str_has_prefix (text, "{\"texts\":[\"a\"],\"ints\":[],\"bytes\":[255],"
                                         "\"shorts\":[-2,-2],"));
  g_assert_nonnull (strstr (text, "\"colours\":[\"x11\"]"));
  g_assert_nonnull (strstr (text, "\"children\":[{\"texts\":[]"));
}

/* File names of a guest may be anything. */
static void
test_invalid_utf8_becomes_valid (void)
{
  g_autoptr (TestWireOptionals) value = test_wire_optionals_new ();
  g_autofree char *text = NULL;

  value->text = g_strdup ("caf\xe9");
  text = to_text (test_wire_optionals_to_json (value));
  g_assert_cmpstr (text, ==, "{\"text\":\"caf\xef\xbf\xbd\"}");
}

static void
test_unset_members_are_critical (void)
{
  g_autoptr (TestWireCircle) circle = test_wire_circle_new ();
  g_autoptr (TestWireShapeBase) shape = test_wire_shape_base_new ();
  g_autoptr (TestWireShape) square = test_wire_shape_new ();
  g_autofree char *circle_text = NULL;
  g_autofree char *shape_text = NULL;
  g_autofree char *square_text = NULL;

  circle->radius = NAN;
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL,
                         "*'radius' of Circle is not set to a valid number*");
  circle_text = to_text (test_wire_circle_to_json (circle));
  g_test_assert_expected_messages ();
  g_assert_cmpstr (circle_text, ==, "{}");

  shape->kind = 77;
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL,
                         "*'name' of ShapeBase is not set to a valid str*");
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL,
                         "*'kind' of ShapeBase is not set to a valid ShapeKind*");
  shape_text = to_text (test_wire_shape_base_to_json (shape));
  g_test_assert_expected_messages ();
  g_assert_cmpstr (shape_text, ==, "{}");

  square->kind = TEST_WIRE_SHAPE_KIND_SQUARE;
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*branch 'square' of Shape is not set*");
  square_text = to_text (test_wire_shape_to_json (square));
  g_test_assert_expected_messages ();
  g_assert_cmpstr (square_text, ==, "{\"kind\":\"square\"}");
}

/* A union whose discriminator was changed after its branch was set frees both. */
static void
test_changed_union_is_freed (void)
{
  TestWireShape *shape = test_wire_shape_new ();

  shape->circle = test_wire_circle_new ();
  shape->square = test_wire_square_new ();
  shape->kind = TEST_WIRE_SHAPE_KIND_POINT;
  test_wire_shape_free (shape);
}

static void
test_enum_strings (void)
{
  TestWireColour colour = TEST_WIRE_COLOUR_RED;

  g_assert_cmpstr (test_wire_colour_to_string (TEST_WIRE_COLOUR_DEEP_BLUE), ==, "deep-blue");
  g_assert_cmpstr (test_wire_colour_to_string (99), ==, "(invalid)");
  g_assert_true (test_wire_colour_from_string ("x11", &colour));
  g_assert_cmpint (colour, ==, TEST_WIRE_COLOUR_X11);
  g_assert_false (test_wire_colour_from_string ("deep_blue", &colour));
  g_assert_false (test_wire_colour_from_string (NULL, &colour));
  g_assert_cmpint (colour, ==, TEST_WIRE_COLOUR_X11);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qapi/writer/new-values-are-empty", test_new_values_are_empty);
  g_test_add_func ("/qapi/writer/present-is-told-from-zero", test_present_is_told_from_zero);
  g_test_add_func ("/qapi/writer/lists-of-each-width", test_lists_of_each_width);
  g_test_add_func ("/qapi/writer/invalid-utf8-becomes-valid", test_invalid_utf8_becomes_valid);
  g_test_add_func ("/qapi/writer/unset-members-are-critical", test_unset_members_are_critical);
  g_test_add_func ("/qapi/writer/changed-union-is-freed", test_changed_union_is_freed);
  g_test_add_func ("/qapi/writer/enum-strings", test_enum_strings);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command reaches its handler with checked arguments, or nothing is called. */
#include "test-wire-dispatch.h"

typedef struct
{
  GString *calls;
} Fixture;

static void
on_inline (gpointer user_data, const char *id, const TestWireInlineArguments *arguments)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->calls, "inline %s %s %d;", id, arguments->name,
                          arguments->has_count ? arguments->count : -1);
}

static void
on_optional (gpointer user_data, const char *id, const TestWireOptionalArguments *arguments)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->calls, "optional %s %d;", id, arguments->has_force);
}

static void
on_plain (gpointer user_data, const char *id)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->calls, "plain %s;", id);
}

static const TestWireHandlers handlers = {
  .vss_inline = on_inline,
  .vss_optional = on_optional,
  .plain = on_plain,
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->calls = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_string_free (fixture->calls, TRUE);
}

static gboolean
dispatch (Fixture *fixture, const char *command, const char *arguments, GError **error)
{
  g_autoptr (JsonNode) node = arguments != NULL ? json_from_string (arguments, NULL) : NULL;

  return test_wire_dispatch (&handlers, fixture, command, "s:1", node, error);
}

static void
test_calls_the_handler (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dispatch (fixture, "vss-inline", "{\"name\":\"n\",\"count\":7}", &error));
  g_assert_true (dispatch (fixture, "vss-inline", "{\"name\":\"m\"}", &error));
  g_assert_true (dispatch (fixture, "plain", NULL, &error));
  g_assert_true (dispatch (fixture, "plain", "{}", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->calls->str, ==, "inline s:1 n 7;inline s:1 m -1;plain s:1;plain s:1;");
}

static void
test_absent_arguments_are_empty (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (dispatch (fixture, "vss-optional", NULL, &error));
  g_assert_cmpstr (fixture->calls->str, ==, "optional s:1 0;");
  g_assert_false (dispatch (fixture, "vss-inline", NULL, &error));
  g_assert_error (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_ARGUMENTS);
  g_assert_cmpstr (error->message, ==, "arguments.name: missing");
}

static void
assert_refused (Fixture *fixture,
                const char *command,
                const char *arguments,
                VssWireError code,
                const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (dispatch (fixture, command, arguments, &error));
  g_assert_error (error, VSS_WIRE_ERROR, (gint)code);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_cmpstr (fixture->calls->str, ==, "");
}

static void
test_refuses (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture, "vss-inline", "{\"name\":\"n\",\"later\":1}",
                  VSS_WIRE_ERROR_BAD_ARGUMENTS, "arguments: unknown member 'later'");
  assert_refused (fixture, "vss-inline", "[]", VSS_WIRE_ERROR_BAD_ARGUMENTS,
                  "arguments: expected an object, got a list");
  assert_refused (fixture, "plain", "{\"name\":1}", VSS_WIRE_ERROR_BAD_ARGUMENTS,
                  "arguments: the command takes none");
  assert_refused (fixture, "plain", "3", VSS_WIRE_ERROR_BAD_ARGUMENTS,
                  "arguments: the command takes none");
  assert_refused (fixture, "vss-shape", "{\"kind\":\"point\"}", VSS_WIRE_ERROR_COMMAND_NOT_FOUND,
                  "command 'vss-shape' is not served here");
  assert_refused (fixture, "vss-nil\n", NULL, VSS_WIRE_ERROR_COMMAND_NOT_FOUND,
                  "command 'vss-nil\\n' is not known here");
  assert_refused (fixture, NULL, NULL, VSS_WIRE_ERROR_COMMAND_NOT_FOUND,
                  "command '' is not known here");
}

static void
test_names_all_commands (Fixture *fixture, gconstpointer data)
{
  g_autofree char *names = g_strjoinv (" ", (char **)test_wire_command_names ());

  g_assert_cmpstr (names, ==, "vss-inline vss-named vss-shape vss-optional plain");
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/qapi/dispatch/calls-the-handler", test_calls_the_handler);
  ADD ("/qapi/dispatch/absent-arguments-are-empty", test_absent_arguments_are_empty);
  ADD ("/qapi/dispatch/refuses", test_refuses);
  ADD ("/qapi/dispatch/names-all-commands", test_names_all_commands);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's stubs send what they were given and read what comes back. */
#include "test-wire-client.h"

typedef struct
{
  const char *reply;
  char *sent;
  gint64 timeout_ms;
} Peer;

static JsonNode *
execute (gpointer user_data,
         const char *command,
         JsonNode *arguments,
         gint64 timeout_ms,
         GCancellable *cancellable,
         GError **error)
{
  Peer *peer = user_data;
  g_autoptr (JsonNode) owned = arguments;
  g_autofree char *text = owned != NULL ? json_to_string (owned, FALSE) : g_strdup ("none");

  g_free (peer->sent);
  peer->sent = g_strdup_printf ("%s %s", command, text);
  peer->timeout_ms = timeout_ms;
  if (peer->reply == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer");
      return NULL;
    }
  return json_from_string (peer->reply, NULL);
}

static void
test_sends_and_reads (void)
{
  Peer peer = { .reply = "{\"kind\":\"circle\",\"radius\":2,\"later\":true}" };
  TestWireClient client = { execute, &peer };
  g_autoptr (TestWireShape) shape = test_wire_shape_new ();
  g_autoptr (TestWireShape) answer = NULL;
  g_autoptr (GError) error = NULL;

  shape->kind = TEST_WIRE_SHAPE_KIND_POINT;
  answer = test_wire_client_shape (&client, shape, 250, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (peer.sent, ==, "vss-shape {\"kind\":\"point\"}");
  g_assert_cmpint (peer.timeout_ms, ==, 250);
  g_assert_cmpfloat (answer->circle->radius, ==, 2);

  peer.reply = "{}";
  g_assert_true (test_wire_client_plain (&client, 10, NULL, &error));
  g_assert_cmpstr (peer.sent, ==, "plain none");
  g_free (peer.sent);
}

static void
test_passes_errors_on (void)
{
  Peer peer = { 0 };
  TestWireClient client = { execute, &peer };
  g_autoptr (TestWireOptionalArguments) arguments = test_wire_optional_arguments_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (test_wire_client_optional (&client, arguments, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  g_assert_false (test_wire_client_plain (&client, 10, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_free (peer.sent);
}

/* The guest is not trusted. */
static void
test_refuses_bad_replies (void)
{
  Peer peer = { .reply = "{\"kind\":\"circle\",\"radius\":\"2\"}" };
  TestWireClient client = { execute, &peer };
  g_autoptr (TestWireShape) shape = test_wire_shape_new ();
  g_autoptr (GError) error = NULL;

  shape->kind = TEST_WIRE_SHAPE_KIND_POINT;
  g_assert_null (test_wire_client_shape (&client, shape, 10, NULL, &error));
  g_assert_error (error, VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_REPLY);
  g_assert_cmpstr (error->message, ==, "Shape.radius: expected a number, got a string");
  g_free (peer.sent);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qapi/client/sends-and-reads", test_sends_and_reads);
  g_test_add_func ("/qapi/client/passes-errors-on", test_passes_errors_on);
  g_test_add_func ("/qapi/client/refuses-bad-replies", test_refuses_bad_replies);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent's errors and its loss are in VSS's codes. */
#include "host-lib/guest/vss-agent-error.h"
#include "protocol/vss-protocol-error.h"
#include "qapi/vss-wire-types.h"

#include <gio/gio.h>
#include <string.h>

static gint
code_of (GError *cause, VssAgentCall call)
{
  g_autoptr (GError) error = NULL;

  vss_agent_error_propagate (&error, cause, call, "freeze", "vm");
  g_assert_true (error->domain == VSS_ERROR);
  g_assert_true (g_str_has_prefix (error->message, "cannot freeze in the guest of 'vm': "));
  return error->code;
}

static gint
code_of_class (const char *error_class)
{
  return code_of (vss_protocol_error_new_remote (error_class, "text"),
                  VSS_AGENT_CALL_BEFORE_HOLD);
}

static void
test_classes (void)
{
  g_assert_cmpint (code_of_class ("busy"), ==, VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  g_assert_cmpint (code_of_class ("flush-timeout"), ==, VSS_E_FLUSH_WRITES_TIMEOUT);
  g_assert_cmpint (code_of_class ("deadline-passed"), ==, VSS_E_FLUSH_WRITES_TIMEOUT);
  g_assert_cmpint (code_of_class ("hold-lost"), ==, VSS_E_HOLD_WRITES_TIMEOUT);
  g_assert_cmpint (code_of_class ("stale-generation"), ==, VSS_E_HOLD_WRITES_TIMEOUT);
  g_assert_cmpint (code_of_class ("thaw-failed"), ==, VSS_E_REBOOT_REQUIRED);
  g_assert_cmpint (code_of_class ("object-not-found"), ==, VSS_E_OBJECT_NOT_FOUND);
  g_assert_cmpint (code_of_class ("guard-missing"), ==, VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_cmpint (code_of_class ("command-not-found"), ==, VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_cmpint (code_of_class ("generic-error"), ==, VSS_E_UNEXPECTED);
  g_assert_cmpint (code_of_class ("of-a-newer-agent"), ==, VSS_E_UNEXPECTED);
}

/* Each class of the schema has a row. */
static void
test_all_classes (void)
{
  for (guint i = 0; i < vss_wire_error_class_type.n_values; i++)
    g_assert_cmpint (code_of_class (vss_wire_error_class_type.values[i]), !=, 0);
}

static void
test_lost (void)
{
  static const VssProtocolError losses[] = {
    VSS_PROTOCOL_ERROR_TIMEOUT,
    VSS_PROTOCOL_ERROR_CLOSED,
    VSS_PROTOCOL_ERROR_FLOOD,
  };
  static const gint codes[] = {
    [VSS_AGENT_CALL_ASK] = VSS_E_WRITER_INFRASTRUCTURE,
    [VSS_AGENT_CALL_BEFORE_HOLD] = VSS_E_FLUSH_WRITES_TIMEOUT,
    [VSS_AGENT_CALL_HOLD] = VSS_E_HOLD_WRITES_TIMEOUT,
    [VSS_AGENT_CALL_AFTER] = VSS_E_UNEXPECTED,
  };

  for (guint call = 0; call < G_N_ELEMENTS (codes); call++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (losses); i++)
        g_assert_cmpint (code_of (g_error_new (VSS_PROTOCOL_ERROR, losses[i], "x"), call), ==,
                         codes[call]);
      g_assert_cmpint (
          code_of (g_error_new (VSS_WIRE_ERROR, VSS_WIRE_ERROR_BAD_REPLY, "x"), call), ==,
          codes[call]);
      /* An agent that was restarted knows nothing of us. */
      g_assert_cmpint (code_of (vss_protocol_error_new_remote ("no-session", "x"), call), ==,
                       codes[call]);
    }
}

static void
test_advice (void)
{
  g_autoptr (GError) error = NULL;

  vss_agent_error_propagate (&error, vss_protocol_error_new_remote ("guard-missing", "no guard"),
                             VSS_AGENT_CALL_BEFORE_HOLD, "freeze", "vm");
  g_assert_nonnull (strstr (error->message, "no guard"));
  g_assert_nonnull (strstr (error->message, "vss-thaw-guard.service"));
}

static void
test_passed_on (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other = NULL;

  vss_agent_error_propagate (&error, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "x"),
                             VSS_AGENT_CALL_HOLD, "freeze", "vm");
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  vss_agent_error_propagate (&other, g_error_new (VSS_ERROR, VSS_E_ACCESSDENIED, "x"),
                             VSS_AGENT_CALL_HOLD, "freeze", "vm");
  g_assert_error (other, VSS_ERROR, VSS_E_ACCESSDENIED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent-error/classes", test_classes);
  g_test_add_func ("/agent-error/all-classes", test_all_classes);
  g_test_add_func ("/agent-error/lost", test_lost);
  g_test_add_func ("/agent-error/advice", test_advice);
  g_test_add_func ("/agent-error/passed-on", test_passed_on);
  return g_test_run ();
}

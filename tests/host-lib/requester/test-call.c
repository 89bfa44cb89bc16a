/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* No function returns a code that it doesn't have, whatever goes wrong below it. */
#include "host-lib/requester/vss-call.h"

#include <gio/gio.h>

static gint
returned (VssCall call, GQuark domain, gint code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vss_call_fail (call, &error, g_error_new (domain, code, "the text")));
  g_assert_true (error->domain == VSS_ERROR);
  g_assert_cmpstr (error->message, ==, "the text");
  return error->code;
}

static const gint all_codes[] = {
  VSS_E_BAD_STATE,
  VSS_E_UNEXPECTED,
  VSS_E_PROVIDER_NOT_REGISTERED,
  VSS_E_PROVIDER_VETO,
  VSS_E_OBJECT_NOT_FOUND,
  VSS_E_VOLUME_NOT_SUPPORTED,
  VSS_E_OBJECT_ALREADY_EXISTS,
  VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER,
  VSS_E_UNEXPECTED_PROVIDER_ERROR,
  VSS_E_INVALID_XML_DOCUMENT,
  VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED,
  VSS_E_FLUSH_WRITES_TIMEOUT,
  VSS_E_HOLD_WRITES_TIMEOUT,
  VSS_E_SNAPSHOT_SET_IN_PROGRESS,
  VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED,
  VSS_E_WRITER_INFRASTRUCTURE,
  VSS_E_UNSUPPORTED_CONTEXT,
  VSS_E_INSUFFICIENT_STORAGE,
  VSS_E_REBOOT_REQUIRED,
  VSS_E_NESTED_VOLUME_LIMIT,
  VSS_E_ACCESSDENIED,
  VSS_E_INVALIDARG,
  VSS_E_FAIL,
};

static void
test_only_own_codes (void)
{
  for (VssCall call = 0; call < VSS_N_CALLS; call++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (all_codes); i++)
        {
          gint code = returned (call, VSS_ERROR, all_codes[i]);

          if (vss_call_may_return (call, all_codes[i]))
            g_assert_cmpint (code, ==, all_codes[i]);
          else if (code != VSS_E_UNEXPECTED)
            g_assert_true (vss_call_may_return (call, code));
        }
    }
}

static void
test_foreign_errors (void)
{
  g_assert_cmpint (returned (VSS_CALL_DO_SNAPSHOT_SET, G_IO_ERROR, G_IO_ERROR_TIMED_OUT), ==,
                   VSS_E_UNEXPECTED);
}

static void
test_cancelled_goes_through (void)
{
  g_autoptr (GError) error = NULL;

  vss_call_fail (VSS_CALL_DO_SNAPSHOT_SET, &error,
                 g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_nearest (void)
{
  /* Another set came first, seen only when this one was made. */
  g_assert_cmpint (returned (VSS_CALL_DO_SNAPSHOT_SET, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS),
                   ==, VSS_E_PROVIDER_VETO);
  g_assert_cmpint (
      returned (VSS_CALL_GATHER_WRITER_METADATA, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS), ==,
      VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_cmpint (returned (VSS_CALL_CREATE, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND), ==,
                   VSS_E_INVALIDARG);
  g_assert_cmpint (returned (VSS_CALL_DO_SNAPSHOT_SET, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE),
                   ==, VSS_E_FLUSH_WRITES_TIMEOUT);
  /* Its page has no code for a call out of order. */
  g_assert_cmpint (returned (VSS_CALL_DELETE_SNAPSHOTS, VSS_ERROR, VSS_E_BAD_STATE), ==,
                   VSS_E_UNEXPECTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call/only-own-codes", test_only_own_codes);
  g_test_add_func ("/call/foreign-errors", test_foreign_errors);
  g_test_add_func ("/call/cancelled-goes-through", test_cancelled_goes_through);
  g_test_add_func ("/call/nearest", test_nearest);
  return g_test_run ();
}

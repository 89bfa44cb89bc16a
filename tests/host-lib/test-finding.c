/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings: none is told twice, and of several the cause decides. */
#include <string.h>

#include "host-lib/vss-error.h"
#include "host-lib/vss-finding-private.h"

static void
test_once (void)
{
  g_autoptr (GPtrArray) findings = vss_findings_new ();

  vss_findings_add (findings, VSS_FINDING_NOTE, VSS_E_PROVIDER_VETO, "vda", "the %s", "text");
  vss_findings_take_error (findings, VSS_FINDING_FATAL, "vdb",
                           g_error_new (VSS_ERROR, VSS_E_PROVIDER_VETO, "the text"));
  g_assert_cmpuint (findings->len, ==, 1);
  g_assert_false (vss_findings_has_fatal (findings));
}

static void
test_several (void)
{
  g_autoptr (GPtrArray) findings = vss_findings_new ();
  g_autoptr (GPtrArray) copy = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (vss_findings_check (findings, &error));
  vss_findings_add (findings, VSS_FINDING_WEAKENS, VSS_E_HOLD_WRITES_TIMEOUT, "/a", "weak");
  g_assert_true (vss_findings_check (findings, &error));
  vss_findings_add (findings, VSS_FINDING_FATAL, VSS_E_PROVIDER_VETO, "vda", "one");
  vss_findings_add (findings, VSS_FINDING_FATAL, VSS_E_BAD_STATE, "db1", "two");
  copy = vss_findings_copy (findings);
  g_assert_false (vss_findings_check (copy, &error));
  /* A machine that doesn't run is why other things fail. */
  g_assert_error (error, VSS_ERROR, VSS_E_BAD_STATE);
  g_assert_cmpstr (error->message, ==, "two; besides, one");
}

static void
test_foreign_error (void)
{
  g_autoptr (GPtrArray) findings = vss_findings_new ();
  g_autoptr (GError) error = NULL;

  vss_findings_take_error (findings, VSS_FINDING_FATAL, "vda",
                           g_error_new (G_FILE_ERROR, G_FILE_ERROR_IO, "broken"));
  g_assert_false (vss_findings_check (findings, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_UNEXPECTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/finding/once", test_once);
  g_test_add_func ("/finding/several", test_several);
  g_test_add_func ("/finding/foreign-error", test_foreign_error);
  return g_test_run ();
}

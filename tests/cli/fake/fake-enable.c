/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vss_domain_enable() for the fake library. */
#include "tests/cli/fake/fake-settings.h"

G_DEFINE_BOXED_TYPE (VssEnableResult,
                     vss_enable_result,
                     vss_enable_result_copy,
                     vss_enable_result_free)

VssEnableResult *
vss_enable_result_copy (const VssEnableResult *self)
{
  g_assert_not_reached ();
}

void
vss_enable_result_free (VssEnableResult *self)
{
  g_free (self->live_reason);
  g_free (self);
}

VssEnableResult *
vss_domain_enable (VssDomain *self, gboolean dry_run, GError **error)
{
  VssEnableResult *result;

  fake_log ("enable dry-run=%d", dry_run);
  if (fake_is ("transient"))
    {
      g_set_error (error,
                   VSS_ERROR,
                   VSS_E_PROVIDER_VETO,
                   "cannot add the agent's channel to 'db1': it is transient");
      return NULL;
    }
  result = g_new0 (VssEnableResult, 1);
  result->live = fake_is ("enabled") ? VSS_ENABLE_PRESENT : VSS_ENABLE_ADDED;
  result->config = result->live;
  if (fake_is ("no-controller"))
    {
      result->live = VSS_ENABLE_REFUSED;
      result->live_reason = g_strdup ("there is no controller: start it again");
    }
  if (fake_is ("shut-off"))
    {
      result->live = VSS_ENABLE_NOT_APPLICABLE;
    }
  return result;
}

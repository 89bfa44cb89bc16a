/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss enable DOMAIN */
#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-verbs.h"

/* How long an agent that is installed may need to find the port that was plugged in: udev tells it
 * at once, a guest that is busy takes a moment. */
#define AGENT_LIMIT_US (5 * G_USEC_PER_SEC)
#define AGENT_PAUSE_MS 200

/* What the agent says now, or soon. NULL with @error if the virtual machine can't be asked. */
static VssDomainStatus *
ask_agent (VssCli *cli, VssDomain *domain, gboolean is_new, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + AGENT_LIMIT_US;
  g_autoptr (VssDomainStatus) status = NULL;

  while (TRUE)
    {
      status = vss_domain_get_status (domain, vss_cli_get_cancellable (cli), error);
      if (status == NULL || status->agent_connected || !is_new
          || g_get_monotonic_time () >= deadline)
        {
          return g_steal_pointer (&status);
        }
      if (!vss_cli_pause (cli, AGENT_PAUSE_MS))
        {
          g_cancellable_set_error_if_cancelled (vss_cli_get_cancellable (cli), error);
          return NULL;
        }
      g_clear_pointer (&status, vss_domain_status_free);
    }
}

VssCliExit
vss_verb_enable (VssCli *cli, char **argv, GError **error)
{
  gboolean dry_run = FALSE;
  const GOptionEntry entries[] = {
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "Tell what would be done, do nothing", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const VssCliSyntax syntax
      = { .entries = entries, .has_output = TRUE, .min_arguments = 1, .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (VssDomain) domain = NULL;
  g_autoptr (VssEnableResult) result = NULL;
  g_autoptr (VssDomainStatus) status = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  domain = vss_cli_open_domain (cli, arguments[0], error);
  result = domain != NULL ? vss_domain_enable (domain, dry_run, error) : NULL;
  if (result == NULL)
    {
      return VSS_CLI_FAILED;
    }
  cli->kept = !dry_run;
  status = ask_agent (cli, domain, result->live == VSS_ENABLE_ADDED && !dry_run, error);
  vss_output_enabled (cli, vss_domain_get_name (domain), result, status, dry_run);
  if (status == NULL)
    {
      return VSS_CLI_FAILED;
    }
  return result->live == VSS_ENABLE_REFUSED ? VSS_CLI_WEAKER : VSS_CLI_DONE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss volumes DOMAIN */
#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-verbs.h"

VssCliExit
vss_verb_volumes (VssCli *cli, char **argv, GError **error)
{
  const VssCliSyntax syntax = { .has_output = TRUE, .min_arguments = 1, .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (VssDomain) domain = NULL;
  g_autoptr (GPtrArray) volumes = NULL;
  g_autoptr (GError) agent_error = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  domain = vss_cli_open_domain (cli, arguments[0], error);
  if (domain == NULL)
    {
      return VSS_CLI_FAILED;
    }
  volumes = vss_domain_list_volumes (domain, vss_cli_get_cancellable (cli), &agent_error, error);
  if (volumes == NULL)
    {
      return VSS_CLI_FAILED;
    }
  vss_output_volumes (cli, vss_domain_get_name (domain), volumes, agent_error);
  if (agent_error != NULL)
    {
      g_autofree char *why = vss_cli_describe_error (agent_error);

      vss_cli_note (cli, "only disks, because the guest can't be asked: %s", why);
    }
  return VSS_CLI_DONE;
}

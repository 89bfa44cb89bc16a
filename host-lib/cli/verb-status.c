/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss status DOMAIN */
#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-verbs.h"

VssCliExit
vss_verb_status (VssCli *cli, char **argv, GError **error)
{
  const VssCliSyntax syntax = { .has_output = TRUE, .min_arguments = 1, .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (VssDomain) domain = NULL;
  g_autoptr (VssDomainStatus) status = NULL;
  g_autoptr (GPtrArray) sets = NULL;
  g_autoptr (GError) sets_error = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  domain = vss_cli_open_domain (cli, arguments[0], error);
  if (domain == NULL)
    {
      return VSS_CLI_FAILED;
    }
  status = vss_domain_get_status (domain, vss_cli_get_cancellable (cli), error);
  if (status == NULL)
    {
      return VSS_CLI_FAILED;
    }
  /* The guest's state is worth showing also where the sets can't be read. */
  sets = vss_domain_list_snapshot_sets (domain, vss_cli_get_cancellable (cli), &sets_error);
  vss_output_status (cli, vss_domain_get_name (domain), status, sets);
  if (sets == NULL)
    {
      vss_cli_print_error (cli, sets_error);
    }
  return sets != NULL ? VSS_CLI_DONE : VSS_CLI_FAILED;
}

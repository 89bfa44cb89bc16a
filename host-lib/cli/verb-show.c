/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss show DOMAIN SET */
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-set-lookup.h"
#include "host-lib/cli/vss-verbs.h"

VssCliExit
vss_verb_show (VssCli *cli, char **argv, GError **error)
{
  const VssCliSyntax syntax = { .has_output = TRUE, .min_arguments = 2, .max_arguments = 2 };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (VssDomain) domain = NULL;
  g_autoptr (GPtrArray) sets = NULL;
  const VssSnapshotSet *set;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  domain = vss_cli_open_domain (cli, arguments[0], error);
  if (domain == NULL)
    {
      return VSS_CLI_FAILED;
    }
  sets = vss_domain_list_snapshot_sets (domain, vss_cli_get_cancellable (cli), error);
  if (sets == NULL)
    {
      return VSS_CLI_FAILED;
    }
  set = vss_set_lookup (sets, arguments[1], error);
  if (set == NULL)
    {
      return VSS_CLI_FAILED;
    }
  vss_output_set (cli, set);
  return VSS_CLI_DONE;
}

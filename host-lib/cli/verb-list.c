/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss list [DOMAIN] */
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-domains.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-set-lookup.h"
#include "host-lib/cli/vss-verbs.h"

static gboolean
list_sets (VssCli *cli, VssDomain *domain, VssDomainAnswer *answer, GError **error)
{
  answer->sets = vss_domain_list_snapshot_sets (domain, vss_cli_get_cancellable (cli), error);
  if (answer->sets != NULL)
    {
      vss_set_lookup_sort (answer->sets);
    }
  return answer->sets != NULL;
}

VssCliExit
vss_verb_list (VssCli *cli, char **argv, GError **error)
{
  const VssCliSyntax syntax = { .has_output = TRUE, .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (GPtrArray) answers = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  answers = vss_domains_ask (cli, arguments[0], list_sets, error);
  if (answers == NULL)
    {
      return VSS_CLI_FAILED;
    }
  vss_output_sets (cli, answers);
  return vss_domains_report_errors (cli, answers) ? VSS_CLI_DONE : VSS_CLI_FAILED;
}

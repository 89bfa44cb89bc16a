/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss help [VERB] */
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-verbs.h"

VssCliExit
vss_verb_help (VssCli *cli, char **argv, GError **error)
{
  const VssCliSyntax syntax = { .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  const char *ask[] = { NULL, "--help", NULL };

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  if (arguments[0] == NULL)
    {
      vss_verbs_print_help (cli->out);
      return VSS_CLI_DONE;
    }
  if (vss_verbs_find (arguments[0]) == NULL)
    {
      vss_cli_usage_error (error, "'%s' is no verb", arguments[0]);
      return VSS_CLI_USAGE;
    }
  cli->verb = vss_verbs_find (arguments[0]);
  ask[0] = arguments[0];
  return cli->verb->run (cli, (char **) ask, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss recover DOMAIN | --all */
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-recovery.h"
#include "host-lib/cli/vss-verbs.h"

static gboolean
check (GStrv arguments, gboolean all, GError **error)
{
  if (all && arguments[0] != NULL)
    {
      vss_cli_usage_error (error, "give a domain or --all, not both");
      return FALSE;
    }
  if (!all && arguments[0] == NULL)
    {
      vss_cli_usage_error (error, "an argument is missing: DOMAIN, or --all");
      return FALSE;
    }
  return TRUE;
}

VssCliExit
vss_verb_recover (VssCli *cli, char **argv, GError **error)
{
  gboolean all = FALSE;
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &all, "Recover every domain", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const VssCliSyntax syntax = { .entries = entries, .has_output = TRUE, .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error)
      || !check (arguments, all, error))
    {
      return VSS_CLI_DONE;
    }
  return vss_recovery_run (cli, arguments[0], TRUE, error);
}

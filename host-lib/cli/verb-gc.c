/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss gc: what the timer runs. Silent unless there was something to do. */
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-recovery.h"
#include "host-lib/cli/vss-verbs.h"

VssCliExit
vss_verb_gc (VssCli *cli, char **argv, GError **error)
{
  const VssCliSyntax syntax = { .has_output = TRUE };
  g_auto (GStrv) arguments = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  return vss_recovery_run (cli, NULL, FALSE, error);
}

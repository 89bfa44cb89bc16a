/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss thaw DOMAIN [--force]: the panic button. */
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-verbs.h"

/* After most failures the guest may still be frozen. Not so where nothing was tried. */
static VssCliExit
exit_of_failed_thaw (VssCli *cli, const GError *error)
{
  if (g_error_matches (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
    {
      vss_cli_note (cli, "a snapshot set is being made, and its lease bounds the freeze; "
                         "'" VSS_CLI_PROGRAM " thaw --force' breaks in");
      return VSS_CLI_FAILED;
    }
  if (g_error_matches (error, VSS_ERROR, VSS_E_BAD_STATE)
      || g_error_matches (error, VSS_ERROR, VSS_E_ACCESSDENIED))
    {
      return VSS_CLI_FAILED;
    }
  return VSS_CLI_UNCLEAN;
}

VssCliExit
vss_verb_thaw (VssCli *cli, char **argv, GError **error)
{
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Take the channel from whoever has it", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const VssCliSyntax syntax
      = { .entries = entries, .has_output = TRUE, .min_arguments = 1, .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  g_auto (GStrv) thawed = NULL;
  g_autoptr (VssDomain) domain = NULL;
  g_autoptr (GError) why = NULL;
  VssCliExit status = VSS_CLI_DONE;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  domain = vss_cli_open_domain (cli, arguments[0], error);
  if (domain == NULL)
    {
      return VSS_CLI_FAILED;
    }
  if (vss_domain_thaw (domain, force, &thawed, vss_cli_get_cancellable (cli), &why))
    {
      vss_output_thawed (cli, vss_domain_get_name (domain), thawed);
      return VSS_CLI_DONE;
    }
  status = exit_of_failed_thaw (cli, why);
  g_propagate_error (error, g_steal_pointer (&why));
  return status;
}

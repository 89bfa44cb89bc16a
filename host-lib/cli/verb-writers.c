/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss writers DOMAIN */
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output-writers.h"
#include "host-lib/cli/vss-verbs.h"

VssCliExit
vss_verb_writers (VssCli *cli, char **argv, GError **error)
{
  gboolean components = FALSE;
  const GOptionEntry entries[] = {
    { "components", 'v', 0, G_OPTION_ARG_NONE, &components, "With components and files", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const VssCliSyntax syntax
      = { .entries = entries, .has_output = TRUE, .min_arguments = 1, .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (VssWriterList) list = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error))
    {
      return VSS_CLI_DONE;
    }
  list = vss_writer_list_new (cli, arguments[0], error);
  if (list == NULL)
    {
      return VSS_CLI_DONE;
    }
  vss_output_writers (cli, list, components);
  return VSS_CLI_DONE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an error to what is printed about it and to the exit status: see the header. */
#include "host-lib/cli/vss-cli-error.h"

#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output.h"

char *
vss_cli_describe_error (const GError *error)
{
  if (error->domain != VSS_ERROR)
    {
      return g_strdup (error->message);
    }
  return g_strdup_printf ("%s (%s, 0x%08X)",
                          error->message,
                          vss_error_to_name (error->code),
                          (guint) error->code);
}

gboolean
vss_cli_error_is_interrupt (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The failures that are a writer's. */
static gboolean
is_writers_failure (gint code)
{
  switch (code)
    {
    case VSS_E_WRITERERROR_PARTIAL_FAILURE:
    case VSS_E_WRITERERROR_INCONSISTENTSNAPSHOT:
    case VSS_E_WRITERERROR_OUTOFRESOURCES:
    case VSS_E_WRITERERROR_TIMEOUT:
    case VSS_E_WRITERERROR_RETRYABLE:
    case VSS_E_WRITERERROR_NONRETRYABLE:
    case VSS_E_WRITERERROR_RECOVERY_FAILED:
    case VSS_E_WRITER_NOT_RESPONDING:
    case VSS_E_UNEXPECTED_WRITER_ERROR:
    case VSS_E_TRANSACTION_FREEZE_TIMEOUT:
    case VSS_E_TRANSACTION_THAW_TIMEOUT:
      return TRUE;
    default:
      return FALSE;
    }
}

VssCliExit
vss_cli_exit_of_error (const GError *error)
{
  if (error->domain == VSS_CLI_ERROR)
    {
      return VSS_CLI_USAGE;
    }
  if (error->domain != VSS_ERROR)
    {
      return VSS_CLI_FAILED;
    }
  if (error->code == VSS_E_REBOOT_REQUIRED)
    {
      return VSS_CLI_UNCLEAN;
    }
  return is_writers_failure (error->code) ? VSS_CLI_WRITER_FAILED : VSS_CLI_FAILED;
}

void
vss_cli_print_error (VssCli *cli, const GError *error)
{
  g_autofree char *text = vss_cli_describe_error (error);

  if (error->domain == VSS_CLI_ERROR)
    {
      vss_cli_warn (cli,
                    "%s; see '" VSS_CLI_PROGRAM " help%s%s'",
                    text,
                    cli->verb != NULL ? " " : "",
                    cli->verb != NULL ? cli->verb->name : "");
    }
  else if (vss_cli_error_is_interrupt (error))
    {
      vss_cli_warn (cli, "interrupted");
    }
  else
    {
      vss_cli_warn (cli, "%s", text);
    }
  if (cli->json && !cli->answered)
    {
      vss_output_error_json (cli, error);
    }
}

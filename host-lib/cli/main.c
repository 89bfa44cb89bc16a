/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss: finds the verb, lets it run, and turns what came of it into an exit status. */
#include <libvirt/virterror.h>
#include <locale.h>
#include <signal.h>

#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-log.h"
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-verbs.h"

/* The connection that is used without -c. NULL leaves the choice to libvirt, which looks at
 * LIBVIRT_DEFAULT_URI. */
static void
take_default_uri (VssCli *cli)
{
  const char *uri = g_getenv ("VIRSH_DEFAULT_CONNECT_URI");

  if (uri != NULL && *uri != '\0')
    {
      cli->uri = g_strdup (uri);
    }
}

/* libvirt prints every error by itself unless the program says otherwise: twice is too often, and
 * it prints raw what others named. What matters of it is in the library's errors. */
static void
ignore_libvirt_error (void *data, virErrorPtr error)
{
}

static VssCliExit
run_verb (VssCli *cli, GStrv argv, GError **error)
{
  if (argv[0] == NULL)
    {
      vss_cli_usage_error (error, "a verb is missing");
      return VSS_CLI_USAGE;
    }
  cli->verb = vss_verbs_find (argv[0]);
  if (cli->verb == NULL)
    {
      vss_cli_usage_error (error, "'%s' is no verb", argv[0]);
      return VSS_CLI_USAGE;
    }
  return cli->verb->run (cli, argv, error);
}

static VssCliExit
run (VssCli *cli, GStrv *argv, GError **error)
{
  gboolean version = FALSE;

  if (!vss_cli_parse_global (cli, &version, argv, error))
    {
      return VSS_CLI_USAGE;
    }
  if (cli->help)
    {
      vss_verbs_print_help (cli->out);
      return VSS_CLI_DONE;
    }
  if (version)
    {
      fputs (VSS_CLI_PROGRAM " " VSS_VERSION "\n", cli->out);
      return VSS_CLI_DONE;
    }
  return run_verb (cli, *argv, error);
}

/* An answer that could not be written was not given. */
static VssCliExit
flush (VssCli *cli, VssCliExit status)
{
  if (fflush (cli->out) == 0 && ferror (cli->out) == 0)
    {
      return status;
    }
  vss_cli_warn (cli, "cannot write to standard output");
  if (status != VSS_CLI_DONE)
    {
      return status;
    }
  return cli->kept ? VSS_CLI_UNCLEAN : VSS_CLI_FAILED;
}

int
main (int argc, char **argv)
{
  g_autoptr (VssInterrupt) interrupt = NULL;
  g_autoptr (VssCliLog) log = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) arguments = g_strdupv (argv);
  VssCliExit status;
  VssCli cli;

  setlocale (LC_ALL, "");
  g_set_prgname (VSS_CLI_PROGRAM);
  /* A reader of the output that goes away must not end a snapshot half-way. */
  signal (SIGPIPE, SIG_IGN);
  virSetErrorFunc (NULL, ignore_libvirt_error);
  log = vss_cli_log_new ();
  interrupt = vss_interrupt_new (VSS_CLI_UNCLEAN);
  vss_cli_init (&cli, stdout, stderr);
  cli.interrupt = interrupt;
  take_default_uri (&cli);
  status = run (&cli, &arguments, &error);
  vss_cli_log_print (log, &cli);
  if (error != NULL)
    {
      vss_cli_print_error (&cli, error);
      status = status == VSS_CLI_DONE ? vss_cli_exit_of_error (error) : status;
    }
  status = flush (&cli, status);
  vss_cli_clear (&cli);
  return status;
}

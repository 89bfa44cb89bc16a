/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss status DOMAIN. Asks the guest and libvirt once; with --watch goes on to wait until the
 * overlays have used up what may be used. Main thread. */
#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-overlay-watcher.h"
#include "host-lib/cli/vss-status-options.h"
#include "host-lib/cli/vss-verbs.h"

typedef struct
{
  VssDomainStatus *status;
  GPtrArray *sets; /* nullable */
  GPtrArray *overlays; /* nullable */
  GPtrArray *before; /* nullable: an earlier reading of them */
} Readings;

static void
readings_clear (Readings *self)
{
  g_clear_pointer (&self->status, vss_domain_status_free);
  g_clear_pointer (&self->sets, g_ptr_array_unref);
  g_clear_pointer (&self->overlays, g_ptr_array_unref);
  g_clear_pointer (&self->before, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Readings, readings_clear)

/* The second reading, if two were asked for and there is something to read. */
static gboolean
read_again (VssCli *cli, VssDomain *domain, guint interval_ms, Readings *readings, GError **error)
{
  if (interval_ms == 0 || vss_growth_count_active (readings->overlays) == 0)
    {
      return TRUE;
    }
  vss_cli_pause (cli, interval_ms);
  readings->before = g_steal_pointer (&readings->overlays);
  readings->overlays
      = vss_domain_list_overlays (domain, vss_cli_get_cancellable (cli), error);
  return readings->overlays != NULL;
}

/* FALSE: part of it is missing, and @error says why. */
static gboolean
read_sets (VssCli *cli, VssDomain *domain, guint interval_ms, Readings *readings, GError **error)
{
  readings->sets = vss_domain_list_snapshot_sets (domain, vss_cli_get_cancellable (cli), error);
  if (readings->sets == NULL)
    {
      return FALSE;
    }
  readings->overlays
      = vss_domain_list_overlays (domain, vss_cli_get_cancellable (cli), error);
  return readings->overlays != NULL
         && read_again (cli, domain, interval_ms, readings, error);
}

static VssCliExit
show (VssCli *cli, const VssStatusOptions *options, GError **error)
{
  g_autoptr (VssDomain) domain = vss_cli_open_domain (cli, options->domain, error);
  g_auto (Readings) readings = { 0 };
  g_autoptr (GError) sets_error = NULL;
  gboolean complete;

  if (domain == NULL)
    {
      return VSS_CLI_FAILED;
    }
  readings.status = vss_domain_get_status (domain, vss_cli_get_cancellable (cli), error);
  if (readings.status == NULL)
    {
      return VSS_CLI_FAILED;
    }
  /* The guest's state is worth showing also where the sets can't be read. */
  complete = read_sets (cli,
                        domain,
                        options->watch ? 0 : options->interval_ms,
                        &readings,
                        &sets_error);
  vss_output_status (cli,
                     vss_domain_get_name (domain),
                     readings.status,
                     readings.sets,
                     readings.overlays,
                     readings.before);
  if (!complete)
    {
      vss_cli_print_error (cli, sets_error);
    }
  return complete ? VSS_CLI_DONE : VSS_CLI_FAILED;
}

VssCliExit
vss_verb_status (VssCli *cli, char **argv, GError **error)
{
  g_auto (VssStatusOptions) options = { 0 };
  VssCliExit status;

  if (!vss_status_options_parse (&options, cli, argv, error))
    {
      return VSS_CLI_DONE;
    }
  /* Programs get one document: what became of the watch. */
  status = options.watch && (cli->json || cli->quiet) ? VSS_CLI_DONE : show (cli, &options, error);
  if (status != VSS_CLI_DONE || !options.watch)
    {
      return status;
    }
  return vss_overlay_watcher_run (cli, &options, error);
}

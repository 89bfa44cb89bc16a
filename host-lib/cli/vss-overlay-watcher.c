/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop of status --watch: reads, tells, sets block thresholds, waits for one of them or for the
 * interval. Main thread; libvirt's events come on their own. */
#include "host-lib/cli/vss-overlay-watcher.h"

#include "host-lib/cli/vss-event-loop.h"
#include "host-lib/cli/vss-human.h"
#include "host-lib/cli/vss-output-overlays.h"

typedef struct
{
  VssCli *cli;
  const VssStatusOptions *options;
  VssDomain *domain;
  GPtrArray *overlays;
  GPtrArray *before; /* nullable */
  gint64 deadline_us; /* monotonic; G_MAXINT64: none */
} Watcher;

static void
watcher_clear (Watcher *self)
{
  g_clear_object (&self->domain);
  g_clear_pointer (&self->overlays, g_ptr_array_unref);
  g_clear_pointer (&self->before, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Watcher, watcher_clear)

static gboolean
look (Watcher *self, GError **error)
{
  GPtrArray *overlays
      = vss_domain_list_overlays (self->domain, vss_cli_get_cancellable (self->cli), error);

  if (overlays == NULL)
    {
      return FALSE;
    }
  g_clear_pointer (&self->before, g_ptr_array_unref);
  self->before = g_steal_pointer (&self->overlays);
  self->overlays = overlays;
  return TRUE;
}

/* Up to the interval, and not past the end of the watch. */
static guint
pause_ms (Watcher *self)
{
  gint64 left_ms = (self->deadline_us - g_get_monotonic_time ()) / 1000;

  return (guint) CLAMP (left_ms, 1, (gint64) self->options->interval_ms);
}

static VssCliExit
finish (Watcher *self, const VssOverlayInfo *scarce)
{
  const VssSpaceLimit *limit = &self->options->limit;

  vss_output_watched (self->cli,
                      vss_domain_get_name (self->domain),
                      self->overlays,
                      self->before,
                      scarce != NULL);
  if (scarce != NULL)
    {
      g_autofree char *left = vss_human_size (scarce->free);
      g_autofree char *least = vss_human_size (vss_space_limit_get (limit, scarce->space));

      vss_cli_warn (self->cli,
                    "only %s left for %s, less than %s: delete a set ('" VSS_CLI_PROGRAM
                    " delete %s %.8s'), or make room",
                    left,
                    scarce->path,
                    least,
                    vss_domain_get_name (self->domain),
                    scarce->snapshot_set_id);
    }
  return scarce != NULL ? VSS_CLI_WEAKER : VSS_CLI_DONE;
}

static VssCliExit
watch (Watcher *self, GError **error)
{
  gboolean grown = FALSE;

  while (look (self, error))
    {
      const VssOverlayInfo *scarce
          = vss_growth_find_short (self->overlays, &self->options->limit);

      if (vss_growth_count_active (self->overlays) == 0)
        {
          vss_cli_note (self->cli, "no overlay grows: there is nothing to watch");
        }
      if (scarce != NULL || vss_growth_count_active (self->overlays) == 0
          || g_get_monotonic_time () >= self->deadline_us)
        {
          return finish (self, scarce);
        }
      vss_output_growth (self->cli, self->overlays, self->before);
      vss_growth_set_thresholds (self->overlays, &self->options->limit);
      if (!vss_domain_wait_for_growth (self->domain,
                                       self->overlays,
                                       pause_ms (self),
                                       &grown,
                                       vss_cli_get_cancellable (self->cli),
                                       error))
        {
          return VSS_CLI_FAILED;
        }
    }
  return VSS_CLI_FAILED;
}

VssCliExit
vss_overlay_watcher_run (VssCli *cli, const VssStatusOptions *options, GError **error)
{
  g_autoptr (VssEventLoop) events = vss_event_loop_start ();
  g_auto (Watcher) watcher
      = { .cli = cli, .options = options, .deadline_us = G_MAXINT64 };

  if (options->watch_ms > 0)
    {
      watcher.deadline_us = g_get_monotonic_time () + (gint64) options->watch_ms * 1000;
    }
  watcher.domain = vss_cli_open_domain (cli, options->domain, error);
  return watcher.domain != NULL ? watch (&watcher, error) : VSS_CLI_FAILED;
}

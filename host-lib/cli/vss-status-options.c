/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line of status asks for: see the header. */
#include "host-lib/cli/vss-status-options.h"

#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-human.h"

/* Between two looks while watching; thresholds tell of everything sudden in between. */
#define WATCH_INTERVAL_MS 10000

/* What is left when people have to be told: a tenth, as monitoring systems mostly have it. */
#define LIMIT_PERCENT 10

/* The options as they are typed. */
typedef struct
{
  VssStatusOptions *options;
  char *interval;
  char *limit;
} Typed;

static gboolean
parse_watch (const char *name, const char *value, gpointer data, GError **error)
{
  Typed *typed = data;

  typed->options->watch = TRUE;
  if (value == NULL || vss_human_parse_duration (value, &typed->options->watch_ms))
    {
      return TRUE;
    }
  vss_cli_usage_error (error,
                       "--watch=%s: give whole seconds, or milliseconds as in 1500ms",
                       value);
  return FALSE;
}

static gboolean
check (Typed *typed, GError **error)
{
  VssStatusOptions *options = typed->options;

  options->interval_ms = options->watch ? WATCH_INTERVAL_MS : 0;
  options->limit.percent = LIMIT_PERCENT;
  if (typed->interval != NULL
      && !vss_human_parse_duration (typed->interval, &options->interval_ms))
    {
      vss_cli_usage_error (error,
                           "--interval=%s: give whole seconds, or milliseconds as in 1500ms",
                           typed->interval);
      return FALSE;
    }
  if (typed->limit != NULL && !options->watch)
    {
      vss_cli_usage_error (error, "--free=%s: has a meaning with --watch only", typed->limit);
      return FALSE;
    }
  if (typed->limit != NULL && !vss_space_limit_parse (typed->limit, &options->limit))
    {
      vss_cli_usage_error (error,
                           "--free=%s: give a part as in 10%%, or a size as in 512M or 20G",
                           typed->limit);
      return FALSE;
    }
  return TRUE;
}

gboolean
vss_status_options_parse (VssStatusOptions *self, VssCli *cli, char **argv, GError **error)
{
  Typed typed = { .options = self };
  const GOptionEntry entries[] = {
    { "watch",
      0,
      G_OPTION_FLAG_OPTIONAL_ARG,
      G_OPTION_ARG_CALLBACK,
      parse_watch,
      "Wait until space gets short, or TIME is over",
      "TIME" },
    { "interval", 0, 0, G_OPTION_ARG_STRING, &typed.interval, "Between two looks", "TIME" },
    { "free", 0, 0, G_OPTION_ARG_STRING, &typed.limit, "What is short: 10%, 20G", "SIZE" },
    G_OPTION_ENTRY_NULL,
  };
  const VssCliSyntax syntax = { .entries = entries,
                                .data = &typed,
                                .has_output = TRUE,
                                .min_arguments = 1,
                                .max_arguments = 1 };
  g_auto (GStrv) arguments = NULL;
  gboolean parsed = vss_cli_parse (cli, &syntax, argv, &arguments, error) && check (&typed, error);

  g_free (typed.interval);
  g_free (typed.limit);
  self->domain = parsed ? g_strdup (arguments[0]) : NULL;
  return parsed;
}

void
vss_status_options_clear (VssStatusOptions *self)
{
  g_clear_pointer (&self->domain, g_free);
}

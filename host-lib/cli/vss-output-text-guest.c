/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answers about a guest as text: volumes, status, thaw. Called by vss-output.c. */
#include "host-lib/cli/vss-human.h"
#include "host-lib/cli/vss-output-forms.h"
#include "host-lib/cli/vss-output-overlays.h"
#include "host-lib/cli/vss-safe-text.h"
#include "host-lib/cli/vss-table.h"

/* As much of the agent's log as leaves the rest of the answer on a screen; JSON has all of it. */
#define LOG_LINES 10

void
vss_text_volumes (VssCli *cli, GPtrArray *volumes)
{
  const char *const titles[]
      = { "VOLUME", "TYPE", "SIZE", "DISKS", "SUPPORTED", "FREEZE", "REMARK", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  for (i = 0; i < volumes->len; i++)
    {
      const VssVolumeInfo *volume = g_ptr_array_index (volumes, i);
      g_autofree char *size = vss_human_size (volume->size);
      g_autofree char *known = volume->disks != NULL ? g_strjoinv (",", volume->disks) : NULL;
      g_autofree char *disks = g_strconcat (known != NULL ? known : "",
                                            volume->disks_complete ? NULL : "?",
                                            NULL);
      const char *const cells[] = { volume->name,
                                    volume->fs_type,
                                    size,
                                    disks,
                                    volume->supported ? "yes" : "no",
                                    volume->freezability,
                                    volume->reason };

      vss_table_add_row (table, cells);
    }
  vss_table_print (table, !cli->quiet, cli->out);
}

/* "Agent:       0.1.0" */
static void
print_fact (VssCli *cli, const char *name, const char *value)
{
  g_autofree char *label = g_strconcat (name, ":", NULL);
  g_autofree char *safe = vss_safe_text (value != NULL ? value : "-");

  fprintf (cli->out, "%-12s %s\n", label, safe);
}

/* "0.1.0, started 3.5 h ago" */
static void
print_agent_version (VssCli *cli, const VssDomainStatus *status)
{
  g_autofree char *since = NULL;
  g_autofree char *text = NULL;

  if (status->agent_uptime_ms >= 0)
    {
      since = vss_human_span (status->agent_uptime_ms / 1000);
      text = g_strconcat (status->agent_version, ", started ", since, " ago", NULL);
    }
  print_fact (cli, "Agent", text != NULL ? text : status->agent_version);
}

static void
print_agent (VssCli *cli, const VssDomainStatus *status)
{
  if (!status->agent_connected)
    {
      print_fact (cli,
                  "Agent",
                  status->agent_error != NULL ? status->agent_error : "does not answer");
      return;
    }
  print_agent_version (cli, status);
  print_fact (cli, "Thaw guard", status->guard_alive ? "alive" : "missing: no set can be frozen");
  if (status->recovered != NULL)
    {
      print_fact (cli, "Recovered", status->recovered);
    }
}

static void
print_freeze (VssCli *cli, const VssDomainStatus *status)
{
  g_autofree char *frozen = NULL;

  print_fact (cli, "Freeze", status->freeze_state);
  if (status->freeze_owner != NULL)
    {
      print_fact (cli, "Frozen by", status->freeze_owner);
    }
  if (status->frozen != NULL && status->frozen[0] != NULL)
    {
      frozen = g_strjoinv (" ", status->frozen);
      print_fact (cli, "Frozen", frozen);
    }
  if (status->lease_left_ms >= 0)
    {
      g_autofree char *left = vss_human_duration (status->lease_left_ms * 1000);
      g_autofree char *text = g_strconcat ("thaws by itself in ", left, NULL);

      print_fact (cli, "Lease", text);
    }
}

static guint
count_unfinished (GPtrArray *sets)
{
  guint unfinished = 0;
  guint i;

  for (i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      unfinished += set->state != VSS_SET_CREATED;
    }
  return unfinished;
}

static void
print_set_states (VssCli *cli, const char *domain, GPtrArray *sets)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint unfinished;

  if (sets == NULL)
    {
      print_fact (cli, "Sets", "unknown");
      return;
    }
  unfinished = count_unfinished (sets);
  g_string_append_printf (text, "%u", sets->len);
  if (unfinished > 0)
    {
      g_string_append_printf (text,
                              ", of which %u unfinished: if nobody is at it, '" VSS_CLI_PROGRAM
                              " recover %s' undoes it",
                              unfinished,
                              domain);
    }
  print_fact (cli, "Sets", text->str);
}

/* Whoever is at it; a set that is complete may have none. */
static char *
describe_owner (const VssSetOwner *owner)
{
  if (owner->requester == NULL || owner->lease_us == 0)
    {
      return g_strdup ("-");
    }
  return g_strdup_printf ("%s, process %" G_GINT64_FORMAT " on %s",
                          owner->requester,
                          owner->pid,
                          owner->host != NULL ? owner->host : "an unknown host");
}

static void
add_set_state (VssCli *cli, VssTable *table, const VssSnapshotSet *set)
{
  gint64 age_s = (vss_cli_get_time (cli) - set->created_us) / G_USEC_PER_SEC;
  g_autofree char *age = set->created_us > 0 ? vss_human_span (MAX (age_s, 0)) : g_strdup ("-");
  g_autofree char *owner = describe_owner (&set->owner);
  const char *const cells[] = { set->id,
                                age,
                                vss_output_set_state (set->state),
                                vss_consistency_to_string (set->consistency),
                                owner };

  vss_table_add_row (table, cells);
}

static void
print_set_table (VssCli *cli, GPtrArray *sets)
{
  const char *const titles[] = { "SET", "AGE", "STATE", "CONSISTENCY", "OWNER", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  if (sets == NULL || sets->len == 0)
    {
      return;
    }
  for (i = 0; i < sets->len; i++)
    {
      add_set_state (cli, table, g_ptr_array_index (sets, i));
    }
  fputc ('\n', cli->out);
  vss_table_print (table, TRUE, cli->out);
}

static void
print_log (VssCli *cli, GStrv log)
{
  guint n = log != NULL ? g_strv_length (log) : 0;
  guint i;

  if (n > 0)
    {
      fputs ("\nAgent's log:\n", cli->out);
    }
  for (i = n > LOG_LINES ? n - LOG_LINES : 0; i < n; i++)
    {
      g_autofree char *safe = vss_safe_text (log[i]);

      fprintf (cli->out, "  %s\n", safe);
    }
}

void
vss_text_status (VssCli *cli,
                 const char *domain,
                 const VssDomainStatus *status,
                 GPtrArray *sets,
                 GPtrArray *overlays,
                 GPtrArray *before)
{
  print_fact (cli, "Domain", domain);
  print_fact (cli, "State", status->vm_state);
  print_agent (cli, status);
  if (status->agent_connected)
    {
      print_freeze (cli, status);
    }
  print_set_states (cli, domain, sets);
  print_set_table (cli, sets);
  vss_text_overlays (cli, overlays, before);
  print_log (cli, status->log);
}

static void
print_channel (VssCli *cli,
               const char *name,
               VssEnableOutcome outcome,
               const char *none,
               gboolean dry_run)
{
  const char *const texts[] = {
    [VSS_ENABLE_NOT_APPLICABLE] = none,
    [VSS_ENABLE_PRESENT] = "the channel is there",
    [VSS_ENABLE_ADDED] = dry_run ? "the channel would be added" : "the channel was added",
    [VSS_ENABLE_REFUSED] = none,
  };

  print_fact (cli, name, texts[outcome]);
}

void
vss_text_enabled (VssCli *cli,
                  const VssEnableResult *result,
                  const VssDomainStatus *status,
                  gboolean dry_run)
{
  g_autofree char *refused = g_strconcat ("no channel: ", result->live_reason, NULL);

  print_channel (cli,
                 "Now",
                 result->live,
                 result->live == VSS_ENABLE_REFUSED ? refused : "the domain is not running",
                 dry_run);
  print_channel (cli, "Next start", result->config, "the domain is transient", dry_run);
  if (status != NULL && status->agent_connected)
    {
      print_fact (cli, "Agent", status->agent_version);
    }
  else if (status != NULL && result->live != VSS_ENABLE_REFUSED
           && result->live != VSS_ENABLE_NOT_APPLICABLE)
    {
      print_fact (cli, "Agent", dry_run ? "not asked" : status->agent_error);
    }
}

void
vss_text_thawed (VssCli *cli, GStrv thawed)
{
  guint i;

  for (i = 0; thawed != NULL && thawed[i] != NULL; i++)
    {
      g_autofree char *safe = vss_safe_text (thawed[i]);

      fprintf (cli->out, "thawed %s\n", safe);
    }
  if (i == 0 && !cli->quiet)
    {
      fputs ("nothing was frozen\n", cli->out);
    }
}

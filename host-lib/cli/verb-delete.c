/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-vss delete DOMAIN SET... | --all */
#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-cli-wait.h"
#include "host-lib/cli/vss-left-behind.h"
#include "host-lib/cli/vss-output.h"
#include "host-lib/cli/vss-set-lookup.h"
#include "host-lib/cli/vss-verbs.h"

static gboolean
check (GStrv arguments, gboolean all, GError **error)
{
  guint n = g_strv_length (arguments);

  if (all && n > 1)
    {
      vss_cli_usage_error (error, "give sets or --all, not both");
      return FALSE;
    }
  if (!all && n < 2)
    {
      vss_cli_usage_error (error, "an argument is missing: SET, or --all");
      return FALSE;
    }
  return TRUE;
}

/* Marks the sets that are named in @prefixes; every name has to be right before anything is
 * deleted. */
static gboolean
find_named (GPtrArray *sets, char **prefixes, GHashTable *wanted, GError **error)
{
  guint i;

  for (i = 0; prefixes[i] != NULL; i++)
    {
      const VssSnapshotSet *set = vss_set_lookup (sets, prefixes[i], error);

      if (set == NULL)
        {
          return FALSE;
        }
      g_hash_table_add (wanted, set->id);
    }
  return TRUE;
}

/* The ids to delete, newest set first, whatever the order on the command line: a newer set stands
 * on an older one's images. */
static GPtrArray *
choose (VssCli *cli, VssDomain *domain, char **prefixes, GError **error)
{
  g_autoptr (GPtrArray) sets
      = vss_domain_list_snapshot_sets (domain, vss_cli_get_cancellable (cli), error);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  guint i;

  if (sets == NULL || !find_named (sets, prefixes, wanted, error))
    {
      return NULL;
    }
  vss_set_lookup_sort (sets);
  for (i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (prefixes[0] == NULL || g_hash_table_contains (wanted, set->id))
        {
          g_ptr_array_add (ids, g_strdup (set->id));
        }
    }
  return g_steal_pointer (&ids);
}

static gboolean
delete_one (VssCli *cli, VssBackupComponents *components, const char *id, GError **error)
{
  vss_cli_set_last_words (cli,
                          "leaving at once; the next '" VSS_CLI_PROGRAM
                          " delete %s %s' goes on where this one stopped",
                          cli->subject,
                          id);
  if (!vss_cli_wait (cli,
                     vss_backup_components_delete_snapshot_set (components, id, error),
                     error))
    {
      g_prefix_error (error, "cannot delete snapshot set %s: ", id);
      return FALSE;
    }
  return TRUE;
}

static VssBackupComponents *
open_components (VssCli *cli, const char *domain, GError **error)
{
  g_autoptr (VssBackupComponents) components
      = vss_create_backup_components (cli->uri, domain, error);

  if (components == NULL
      || !vss_backup_components_initialize_for_backup (components, NULL, error)
      || !vss_backup_components_set_context (components, VSS_CTX_ALL, error)
      || !vss_backup_components_set_requester_name (components, VSS_CLI_PROGRAM, error))
    {
      return NULL;
    }
  vss_cli_tell_phases (cli, components);
  return g_steal_pointer (&components);
}

/* Deletes @ids in turn until one fails; those that are done move to @deleted. */
static gboolean
delete_all (VssCli *cli,
            const char *domain,
            GPtrArray *ids,
            GPtrArray *deleted,
            GError **error)
{
  g_autoptr (VssBackupComponents) components = open_components (cli, domain, error);

  while (components != NULL && ids->len > 0)
    {
      if (g_cancellable_set_error_if_cancelled (vss_cli_get_cancellable (cli), error)
          || !delete_one (cli, components, g_ptr_array_index (ids, 0), error))
        {
          break;
        }
      g_ptr_array_add (deleted, g_ptr_array_steal_index (ids, 0));
    }
  if (components == NULL || ids->len > 0)
    {
      return FALSE;
    }
  return vss_backup_components_close (components, error);
}

static VssCliExit
run (VssCli *cli, VssDomain *domain, char **prefixes, GError **error)
{
  g_autoptr (GPtrArray) ids = choose (cli, domain, prefixes, error);
  g_autoptr (GPtrArray) deleted = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) why = NULL;
  const char *uuid = vss_domain_get_uuid (domain);
  gboolean done;

  if (ids == NULL)
    {
      return VSS_CLI_FAILED;
    }
  if (ids->len == 0)
    {
      vss_cli_note (cli, "there is no snapshot set");
    }
  done = ids->len == 0 || delete_all (cli, uuid, ids, deleted, &why);
  if (deleted->len > 0 || done)
    {
      vss_output_deleted (cli, vss_domain_get_name (domain), deleted);
    }
  if (done)
    {
      return VSS_CLI_DONE;
    }
  vss_cli_print_error (cli, why);
  return vss_left_behind (cli, uuid, NULL) ? VSS_CLI_UNCLEAN : VSS_CLI_FAILED;
}

VssCliExit
vss_verb_delete (VssCli *cli, char **argv, GError **error)
{
  gboolean all = FALSE;
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &all, "Delete every set of the domain", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const VssCliSyntax syntax = { .entries = entries,
                                .has_output = TRUE,
                                .has_progress = TRUE,
                                .min_arguments = 1,
                                .max_arguments = VSS_CLI_MANY };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (VssDomain) domain = NULL;

  if (!vss_cli_parse (cli, &syntax, argv, &arguments, error)
      || !check (arguments, all, error))
    {
      return VSS_CLI_DONE;
    }
  domain = vss_cli_open_domain (cli, arguments[0], error);
  if (domain == NULL)
    {
      return VSS_CLI_FAILED;
    }
  return run (cli, domain, arguments + 1, error);
}

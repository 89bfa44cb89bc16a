/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a failure: is anything left behind? See the header. */
#include "host-lib/cli/vss-left-behind.h"

#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-output.h"

static GPtrArray *
list_sets (VssCli *cli, const char *name, GError **error)
{
  g_autoptr (VssDomain) domain = vss_domain_open (cli->uri, name, error);

  /* Not the user's cancellable: after an interrupt, too, the answer is needed. */
  return domain != NULL ? vss_domain_list_snapshot_sets (domain, NULL, error) : NULL;
}

/* Another requester's set is not ours to report; a deletion half-way is everybody's. */
static gboolean
is_left_over (const VssSnapshotSet *set, const char *set_id)
{
  return set_id != NULL ? g_strcmp0 (set->id, set_id) == 0 : set->state != VSS_SET_CREATED;
}

gboolean
vss_left_behind (VssCli *cli, const char *domain, const char *set_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sets = list_sets (cli, domain, &error);
  gboolean left = FALSE;
  guint i;

  if (sets == NULL)
    {
      g_autofree char *why = vss_cli_describe_error (error);

      vss_cli_warn (cli,
                    "cannot tell whether something is left behind: %s; when the domain can be "
                    "reached, run '" VSS_CLI_PROGRAM " recover %s'",
                    why,
                    domain);
      return TRUE;
    }
  for (i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (is_left_over (set, set_id))
        {
          vss_cli_warn (cli,
                        "snapshot set %s is left behind in state %s: run '" VSS_CLI_PROGRAM
                        " %s %s%s%s'",
                        set->id,
                        vss_output_set_state (set->state),
                        set->state == VSS_SET_CREATED ? "delete" : "recover",
                        domain,
                        set->state == VSS_SET_CREATED ? " " : "",
                        set->state == VSS_SET_CREATED ? set->id : "");
          left = TRUE;
        }
    }
  return left;
}

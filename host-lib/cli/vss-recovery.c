/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recovery of one domain or all of them: see the header. Main thread. */
#include "host-lib/cli/vss-recovery.h"

#include "host-lib/cli/vss-cli-error.h"
#include "host-lib/cli/vss-domains.h"
#include "host-lib/cli/vss-left-behind.h"

static gboolean
recover (VssCli *cli, VssDomain *domain, VssDomainAnswer *answer, GError **error)
{
  vss_cli_set_last_words (cli,
                          "leaving at once; the next '" VSS_CLI_PROGRAM
                          " recover %s' goes on where this one stopped",
                          answer->domain);
  answer->tried = TRUE;
  answer->actions = vss_domain_recover (domain, vss_cli_get_cancellable (cli), error);
  return answer->actions != NULL;
}

static gboolean
has_actions (GPtrArray *answers)
{
  guint i;

  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      if (answer->actions != NULL && answer->actions[0] != NULL)
        {
          return TRUE;
        }
    }
  return FALSE;
}

/* Whether a domain's recovery left something behind, which is said. */
static gboolean
has_left_something (VssCli *cli, GPtrArray *answers)
{
  gboolean left = FALSE;
  guint i;

  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      if (answer->error != NULL && answer->tried)
        {
          vss_cli_set_subject (cli, answer->domain);
          left = vss_left_behind (cli, answer->domain, NULL) || left;
        }
    }
  return left;
}

VssCliExit
vss_recovery_run (VssCli *cli, const char *domain, gboolean tell_nothing, GError **error)
{
  g_autoptr (GPtrArray) answers = vss_domains_ask (cli, domain, recover, error);

  if (answers == NULL)
    {
      return VSS_CLI_FAILED;
    }
  if (cli->json || has_actions (answers))
    {
      vss_output_recovered (cli, answers);
    }
  if (!vss_domains_report_errors (cli, answers))
    {
      return has_left_something (cli, answers) ? VSS_CLI_UNCLEAN : VSS_CLI_FAILED;
    }
  if (tell_nothing && !has_actions (answers))
    {
      vss_cli_note (cli, "nothing to recover");
    }
  return VSS_CLI_DONE;
}

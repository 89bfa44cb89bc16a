/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks one domain or all of them the same: see the header. */
#include "host-lib/cli/vss-domains.h"

#include "host-lib/cli/vss-cli-error.h"

static gboolean
ask_one (VssCli *cli,
         const char *name,
         VssDomainFunc ask,
         VssDomainAnswer *answer,
         GError **error)
{
  g_autoptr (VssDomain) domain = vss_cli_open_domain (cli, name, error);

  if (domain == NULL)
    {
      return FALSE;
    }
  g_free (answer->domain);
  answer->domain = g_strdup (vss_domain_get_name (domain));
  return ask (cli, domain, answer, error);
}

static void
ask_named (VssCli *cli, const char *name, VssDomainFunc ask, GPtrArray *answers)
{
  VssDomainAnswer *answer = vss_domain_answer_new (name);

  g_ptr_array_add (answers, answer);
  ask_one (cli, name, ask, answer, &answer->error);
}

/* Disappeared since the domains were listed. */
static gboolean
is_gone (const VssDomainAnswer *answer)
{
  return g_error_matches (answer->error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
}

static gboolean
ask_all (VssCli *cli, VssDomainFunc ask, GPtrArray *answers, GError **error)
{
  g_auto (GStrv) names = vss_list_domains (cli->uri, error);
  guint i;

  for (i = 0; names != NULL && names[i] != NULL && !vss_cli_is_interrupted (cli); i++)
    {
      ask_named (cli, names[i], ask, answers);
      if (is_gone (g_ptr_array_index (answers, answers->len - 1)))
        {
          g_ptr_array_remove_index (answers, answers->len - 1);
        }
    }
  vss_cli_set_subject (cli, NULL);
  return names != NULL;
}

GPtrArray *
vss_domains_ask (VssCli *cli, const char *domain, VssDomainFunc ask, GError **error)
{
  g_autoptr (GPtrArray) answers
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_answer_free);

  if (domain != NULL)
    {
      ask_named (cli, domain, ask, answers);
    }
  else if (!ask_all (cli, ask, answers, error))
    {
      return NULL;
    }
  return g_steal_pointer (&answers);
}

gboolean
vss_domains_report_errors (VssCli *cli, GPtrArray *answers)
{
  gboolean none = !vss_cli_is_interrupted (cli);
  guint i;

  for (i = 0; i < answers->len; i++)
    {
      const VssDomainAnswer *answer = g_ptr_array_index (answers, i);

      if (answer->error != NULL)
        {
          vss_cli_set_subject (cli, answer->domain);
          vss_cli_print_error (cli, answer->error);
          none = FALSE;
        }
    }
  return none;
}

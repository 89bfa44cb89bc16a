/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line of create asks for: see the header. */
#include "host-lib/cli/vss-create-options.h"

#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-human.h"

/* The options as they are typed. */
typedef struct
{
  GStrv volumes;
  char *context;
  char *policy;
  char *lease;
  gboolean dry_run;
} Typed;

static void
typed_clear (Typed *self)
{
  g_strfreev (self->volumes);
  g_free (self->context);
  g_free (self->policy);
  g_free (self->lease);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Typed, typed_clear)

gboolean
vss_create_context_has_writers (gint context)
{
  return (context & VSS_VOLSNAP_ATTR_NO_WRITERS) == 0;
}

gboolean
vss_create_is_weaker (VssPolicy policy, VssConsistency level)
{
  return policy != VSS_POLICY_CRASH && level < VSS_CONSISTENCY_FILESYSTEM;
}

static gboolean
parse_context (const char *text, gint *context, GError **error)
{
  *context = VSS_CTX_APP_ROLLBACK;
  if (text == NULL)
    {
      return TRUE;
    }
  if (!vss_snapshot_context_from_string (text, context) || *context == VSS_CTX_ALL)
    {
      vss_cli_usage_error (error,
                           "--context=%s: the contexts are app-rollback (default), nas-rollback, "
                           "client-accessible and client-accessible-writers",
                           text);
      return FALSE;
    }
  if ((*context & VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE) == 0)
    {
      vss_cli_usage_error (error,
                           "--context=%s: such a set is deleted when its requester ends, which "
                           "would be at once; use app-rollback (default) or nas-rollback",
                           text);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_policy (const char *text, gint context, VssPolicy *policy, GError **error)
{
  if (text == NULL)
    {
      *policy = vss_create_context_has_writers (context) ? VSS_POLICY_REQUIRE_APPLICATION
                                                         : VSS_POLICY_REQUIRE_FILESYSTEM;
      return TRUE;
    }
  if (!vss_policy_from_string (text, policy))
    {
      vss_cli_usage_error (error,
                           "--policy=%s: the policies are report, require-application, "
                           "require-filesystem and crash",
                           text);
      return FALSE;
    }
  if (*policy == VSS_POLICY_REQUIRE_APPLICATION && !vss_create_context_has_writers (context))
    {
      vss_cli_usage_error (error,
                           "--policy=%s: the context has no writers; use require-filesystem, or "
                           "another --context",
                           text);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_lease (const char *text, guint *lease_ms, GError **error)
{
  *lease_ms = 0;
  if (text == NULL || vss_human_parse_duration (text, lease_ms))
    {
      return TRUE;
    }
  vss_cli_usage_error (error,
                       "--lease=%s: give whole seconds, or milliseconds as in 1500ms",
                       text);
  return FALSE;
}

static gboolean
check_volumes (GStrv volumes, GError **error)
{
  guint i;

  for (i = 0; volumes != NULL && volumes[i] != NULL; i++)
    {
      if (*volumes[i] == '\0' || !g_utf8_validate (volumes[i], -1, NULL))
        {
          vss_cli_usage_error (error, "--volume: the name is empty or no UTF-8");
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
parse_command_line (Typed *typed, VssCli *cli, char **argv, GStrv *arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "volume",
      'v',
      0,
      G_OPTION_ARG_FILENAME_ARRAY,
      &typed->volumes,
      "Mount point, disk or uuid:...; again for more",
      "NAME" },
    { "context", 0, 0, G_OPTION_ARG_STRING, &typed->context, "Kind of set", "NAME" },
    { "policy", 0, 0, G_OPTION_ARG_STRING, &typed->policy, "What has to be reached", "POLICY" },
    { "lease", 0, 0, G_OPTION_ARG_STRING, &typed->lease, "Longest freeze: SECONDS or Nms", "TIME" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &typed->dry_run, "Check everything, do nothing", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const VssCliSyntax syntax = { .entries = entries,
                                .has_output = TRUE,
                                .has_progress = TRUE,
                                .min_arguments = 1,
                                .max_arguments = 1 };

  return vss_cli_parse (cli, &syntax, argv, arguments, error);
}

gboolean
vss_create_options_parse (VssCreateOptions *self, VssCli *cli, char **argv, GError **error)
{
  g_auto (Typed) typed = { 0 };
  g_auto (GStrv) arguments = NULL;

  *self = (VssCreateOptions){ 0 };
  if (!parse_command_line (&typed, cli, argv, &arguments, error)
      || !parse_context (typed.context, &self->context, error)
      || !parse_policy (typed.policy, self->context, &self->policy, error)
      || !parse_lease (typed.lease, &self->lease_ms, error)
      || !check_volumes (typed.volumes, error))
    {
      return FALSE;
    }
  self->domain = g_strdup (arguments[0]);
  self->volumes = g_steal_pointer (&typed.volumes);
  self->dry_run = typed.dry_run;
  return TRUE;
}

void
vss_create_options_clear (VssCreateOptions *self)
{
  g_clear_pointer (&self->domain, g_free);
  g_clear_pointer (&self->volumes, g_strfreev);
}

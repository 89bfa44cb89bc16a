/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command line of create asks for: see the header. */
#include "host-lib/cli/vss-create-options.h"

#include "host-lib/cli/vss-cli-options.h"
#include "host-lib/cli/vss-create-writers.h"
#include "host-lib/cli/vss-human.h"

/* The options as they are typed. */
typedef struct
{
  GStrv volumes;
  char *context;
  char *policy;
  char *lease;
  GStrv writers;
  GStrv exclude_writers;
  char *backup_type;
  char *document;
  char *exec;
  gboolean dry_run;
} Typed;

static void
typed_clear (Typed *self)
{
  g_strfreev (self->volumes);
  g_free (self->context);
  g_free (self->policy);
  g_free (self->lease);
  g_strfreev (self->writers);
  g_strfreev (self->exclude_writers);
  g_free (self->backup_type);
  g_free (self->document);
  g_free (self->exec);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Typed, typed_clear)

gboolean
vss_create_context_has_writers (gint context)
{
  return (context & VSS_VOLSNAP_ATTR_NO_WRITERS) == 0;
}

gboolean
vss_create_context_is_auto_release (gint context)
{
  return (context & VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE) == 0;
}

gboolean
vss_create_is_weaker (VssPolicy policy, const VssSnapshotSet *set)
{
  return policy != VSS_POLICY_CRASH
         && (set->consistency < VSS_CONSISTENCY_FILESYSTEM || vss_create_has_failed_writer (set));
}

static gboolean
parse_context (const char *text, gboolean has_command, gint *context, GError **error)
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
                           "client-accessible and client-accessible-writers, and with --exec "
                           "backup and file-share-backup",
                           text);
      return FALSE;
    }
  if (vss_create_context_is_auto_release (*context) && !has_command)
    {
      vss_cli_usage_error (error,
                           "--context=%s: such a set is deleted when its requester ends, which "
                           "would be at once; use app-rollback (default) or nas-rollback, or "
                           "--exec to do something with it",
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
parse_backup_type (const char *text, VssBackupType *type, GError **error)
{
  const struct
  {
    const char *name;
    VssBackupType type;
  } types[] = {
    { "copy", VSS_BT_COPY },
    { "full", VSS_BT_FULL },
    { "incremental", VSS_BT_INCREMENTAL },
    { "differential", VSS_BT_DIFFERENTIAL },
    { "log", VSS_BT_LOG },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (types); i++)
    {
      if (text == NULL || g_str_equal (text, types[i].name))
        {
          *type = types[i].type;
          return TRUE;
        }
    }
  vss_cli_usage_error (error,
                       "--backup-type=%s: the types are copy (default), full, incremental, "
                       "differential and log",
                       text);
  return FALSE;
}

static gboolean
check_names (const char *option, GStrv names, GError **error)
{
  guint i;

  for (i = 0; names != NULL && names[i] != NULL; i++)
    {
      if (*names[i] == '\0' || !g_utf8_validate (names[i], -1, NULL))
        {
          vss_cli_usage_error (error, "%s: the name is empty or no UTF-8", option);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_writers (const Typed *typed, gint context, GError **error)
{
  if (!check_names ("--writer", typed->writers, error)
      || !check_names ("--exclude-writer", typed->exclude_writers, error))
    {
      return FALSE;
    }
  if ((typed->writers != NULL || typed->exclude_writers != NULL)
      && !vss_create_context_has_writers (context))
    {
      vss_cli_usage_error (error,
                           "%s: the context has no writers",
                           typed->writers != NULL ? "--writer" : "--exclude-writer");
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_texts (const Typed *typed, GError **error)
{
  if (typed->exec != NULL && *typed->exec == '\0')
    {
      vss_cli_usage_error (error, "--exec: the command is empty");
      return FALSE;
    }
  if (typed->document != NULL && *typed->document == '\0')
    {
      vss_cli_usage_error (error, "--components-document: the name is empty");
      return FALSE;
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
    { "writer",
      0,
      0,
      G_OPTION_ARG_FILENAME_ARRAY,
      &typed->writers,
      "Only this writer, by name or id; again for more",
      "NAME" },
    { "exclude-writer",
      0,
      0,
      G_OPTION_ARG_FILENAME_ARRAY,
      &typed->exclude_writers,
      "Not this writer; again for more",
      "NAME" },
    { "backup-type", 0, 0, G_OPTION_ARG_STRING, &typed->backup_type, "What writers hear", "TYPE" },
    { "components-document",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &typed->document,
      "Save the document to FILE",
      "FILE" },
    { "exec", 0, 0, G_OPTION_ARG_FILENAME, &typed->exec, "Run while the set exists", "COMMAND" },
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
      || !parse_context (typed.context, typed.exec != NULL, &self->context, error)
      || !parse_policy (typed.policy, self->context, &self->policy, error)
      || !parse_lease (typed.lease, &self->lease_ms, error)
      || !parse_backup_type (typed.backup_type, &self->backup_type, error)
      || !check_names ("--volume", typed.volumes, error)
      || !check_writers (&typed, self->context, error) || !check_texts (&typed, error))
    {
      return FALSE;
    }
  self->domain = g_strdup (arguments[0]);
  self->volumes = g_steal_pointer (&typed.volumes);
  self->writers = g_steal_pointer (&typed.writers);
  self->exclude_writers = g_steal_pointer (&typed.exclude_writers);
  self->document = g_steal_pointer (&typed.document);
  self->exec = g_steal_pointer (&typed.exec);
  self->dry_run = typed.dry_run;
  return TRUE;
}

void
vss_create_options_clear (VssCreateOptions *self)
{
  g_clear_pointer (&self->domain, g_free);
  g_clear_pointer (&self->volumes, g_strfreev);
  g_clear_pointer (&self->writers, g_strfreev);
  g_clear_pointer (&self->exclude_writers, g_strfreev);
  g_clear_pointer (&self->document, g_free);
  g_clear_pointer (&self->exec, g_free);
}

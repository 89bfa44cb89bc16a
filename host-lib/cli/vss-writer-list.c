/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of a guest: see the header. */
#include "host-lib/cli/vss-writer-list.h"

#include "host-lib/cli/vss-cli-wait.h"

static gboolean
is_absent (const VssWriterList *self, const char *name)
{
  guint i;

  for (i = 0; i < self->absent->len; i++)
    {
      if (g_str_equal (((const VssAbsentWriter *) self->absent->pdata[i])->name, name))
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
ask_agent (VssWriterList *self, VssCli *cli, const char *name, GError **error)
{
  g_autoptr (VssDomain) domain = vss_cli_open_domain (cli, name, error);

  if (domain == NULL)
    {
      return FALSE;
    }
  self->domain = g_strdup (vss_domain_get_name (domain));
  self->known = vss_domain_list_writers (domain,
                                         &self->absent,
                                         vss_cli_get_cancellable (cli),
                                         error);
  return self->known != NULL;
}

/* The agent named those that are set up wrongly; these failed when they were asked. */
static gboolean
take_absent (VssWriterList *self, VssBackupComponents *components, GError **error)
{
  g_autoptr (GPtrArray) failed = vss_backup_components_get_absent_writers (components, error);
  guint i;

  for (i = 0; failed != NULL && i < failed->len; i++)
    {
      const VssAbsentWriter *absent = g_ptr_array_index (failed, i);

      if (!is_absent (self, absent->name))
        {
          g_ptr_array_add (self->absent, vss_absent_writer_copy (absent));
        }
    }
  return failed != NULL;
}

static gboolean
take_metadata (VssWriterList *self, VssBackupComponents *components, GError **error)
{
  guint count = 0;
  guint i;

  if (!vss_backup_components_get_writer_metadata_count (components, &count, error))
    {
      return FALSE;
    }
  for (i = 0; i < count; i++)
    {
      VssExamineWriterMetadata *metadata
          = vss_backup_components_get_writer_metadata (components, i, NULL, error);

      if (metadata == NULL)
        {
          return FALSE;
        }
      g_ptr_array_add (self->metadata, metadata);
    }
  return take_absent (self, components, error);
}

static gboolean
ask_writers (VssWriterList *self, VssCli *cli, const char *domain, GError **error)
{
  g_autoptr (VssBackupComponents) components
      = vss_create_backup_components (cli->uri, domain, error);
  gboolean done;

  if (components == NULL)
    {
      return FALSE;
    }
  done = vss_backup_components_initialize_for_backup (components, NULL, error)
         && vss_backup_components_set_requester_name (components, VSS_CLI_PROGRAM, error)
         && vss_backup_components_set_context (components, VSS_CTX_APP_ROLLBACK, error)
         && vss_cli_wait (cli,
                          vss_backup_components_gather_writer_metadata (components, error),
                          error)
         && take_metadata (self, components, error);
  vss_backup_components_close (components, NULL);
  return done;
}

VssWriterList *
vss_writer_list_new (VssCli *cli, const char *domain, GError **error)
{
  g_autoptr (VssWriterList) self = g_new0 (VssWriterList, 1);

  self->metadata = g_ptr_array_new_with_free_func (g_object_unref);
  if (!ask_agent (self, cli, domain, error) || !ask_writers (self, cli, domain, error))
    {
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
vss_writer_list_free (VssWriterList *self)
{
  g_free (self->domain);
  g_clear_pointer (&self->known, g_ptr_array_unref);
  g_clear_pointer (&self->metadata, g_ptr_array_unref);
  g_clear_pointer (&self->absent, g_ptr_array_unref);
  g_free (self);
}

const VssWriterInfo *
vss_writer_list_find (const VssWriterList *self, const char *instance_id)
{
  guint i;

  for (i = 0; i < self->known->len; i++)
    {
      const VssWriterInfo *info = g_ptr_array_index (self->known, i);

      if (g_ascii_strcasecmp (info->instance_id, instance_id) == 0)
        {
          return info;
        }
    }
  return NULL;
}

/* As VSS's tools print them, too: in braces. */
static gboolean
is_id (const char *id, const char *text)
{
  g_autofree char *braces = g_strconcat ("{", id, "}", NULL);

  return g_ascii_strcasecmp (id, text) == 0 || g_ascii_strcasecmp (braces, text) == 0;
}

static gboolean
is_named (const VssWriterInfo *info, const char *text)
{
  return g_str_equal (info->name, text) || is_id (info->writer_id, text)
         || is_id (info->instance_id, text);
}

static gboolean
is_in (const VssWriterInfo *info, const char *const *names)
{
  guint i;

  for (i = 0; names != NULL && names[i] != NULL; i++)
    {
      if (is_named (info, names[i]))
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
check_names (GPtrArray *known, const char *const *names, GError **error)
{
  guint i;
  guint k;

  for (i = 0; names != NULL && names[i] != NULL; i++)
    {
      for (k = 0; k < known->len && !is_named (g_ptr_array_index (known, k), names[i]); k++)
        {
        }
      if (k == known->len)
        {
          g_set_error (error,
                       VSS_ERROR,
                       VSS_E_OBJECT_NOT_FOUND,
                       "no writer of the guest has the name or id '%s'; '" VSS_CLI_PROGRAM
                       " writers' lists them",
                       names[i]);
          return FALSE;
        }
    }
  return TRUE;
}

GStrv
vss_writers_leave_out (GPtrArray *known,
                       const char *const *only,
                       const char *const *not,
                       GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint i;

  if (!check_names (known, only, error) || !check_names (known, not, error))
    {
      return NULL;
    }
  for (i = 0; i < known->len; i++)
    {
      const VssWriterInfo *info = g_ptr_array_index (known, i);

      if ((only != NULL && !is_in (info, only)) || is_in (info, not))
        {
          g_strv_builder_add (builder, info->instance_id);
        }
    }
  return g_strv_builder_end (builder);
}

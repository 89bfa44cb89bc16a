/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer of the verb writers: a table, the long form that users of VSS know, and JSON. Main
 * thread. */
#include "host-lib/cli/vss-output-metadata.h"

#include "host-lib/cli/vss-safe-text.h"
#include "host-lib/cli/vss-table.h"
#include "host-lib/cli/vss-writer-text.h"

void
vss_writer_identity_read (VssWriterIdentity *self,
                          const VssWriterList *list,
                          VssExamineWriterMetadata *metadata)
{
  *self = (VssWriterIdentity){ 0 };
  vss_examine_writer_metadata_get_identity_ex (metadata,
                                               &self->instance_id,
                                               &self->writer_id,
                                               &self->name,
                                               &self->instance_name,
                                               &self->usage,
                                               &self->source,
                                               NULL);
  vss_examine_writer_metadata_get_file_counts (metadata,
                                               NULL,
                                               &self->exclude_files,
                                               &self->components,
                                               NULL);
  vss_examine_writer_metadata_get_version (metadata, &self->major, &self->minor, NULL);
  vss_examine_writer_metadata_get_backup_schema (metadata, &self->schema, NULL);
  self->info = vss_writer_list_find (list, self->instance_id);
}

void
vss_writer_identity_clear (VssWriterIdentity *self)
{
  g_free (self->instance_id);
  g_free (self->writer_id);
  g_free (self->name);
  g_free (self->instance_name);
}

static void
add_row (VssTable *table, const VssWriterList *list, VssExamineWriterMetadata *metadata)
{
  g_auto (VssWriterIdentity) writer = { 0 };
  g_autofree char *components = NULL;
  g_autofree char *state = NULL;
  const char *level;

  vss_writer_identity_read (&writer, list, metadata);
  level = vss_application_level_to_string (vss_examine_writer_metadata_get_level (metadata));
  components = g_strdup_printf ("%u", writer.components);
  state = vss_writer_text_state (writer.info != NULL ? writer.info->state : VSS_WS_STABLE);
  {
    const char *const cells[]
        = { writer.name,
            state,
            vss_writer_text_failure (writer.info != NULL ? writer.info->failure : 0),
            level,
            components,
            writer.writer_id };

    vss_table_add_row (table, cells);
  }
}

static void
add_absent (VssTable *table, const VssAbsentWriter *absent)
{
  const char *const cells[] = { absent->name, "absent", absent->reason, "-", "-", "-" };

  vss_table_add_row (table, cells);
}

static void
print_table (VssCli *cli, const VssWriterList *list)
{
  const char *const titles[]
      = { "WRITER", "STATE", "LAST ERROR", "LEVEL", "COMPONENTS", "ID", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  for (i = 0; i < list->metadata->len; i++)
    {
      add_row (table, list, g_ptr_array_index (list->metadata, i));
    }
  for (i = 0; i < list->absent->len; i++)
    {
      add_absent (table, g_ptr_array_index (list->absent, i));
    }
  vss_table_print (table, !cli->quiet, cli->out);
}

void
vss_output_writers (VssCli *cli, const VssWriterList *list, gboolean components)
{
  if (cli->json)
    {
      vss_json_metadata (cli, list);
    }
  else if (components)
    {
      vss_text_metadata (cli, list);
    }
  else
    {
      print_table (cli, list);
    }
}

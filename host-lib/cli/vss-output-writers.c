/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of the writers of a set: see the header. Main thread. */
#include "host-lib/cli/vss-output-writers.h"

#include "host-lib/cli/vss-human.h"
#include "host-lib/cli/vss-table.h"
#include "host-lib/cli/vss-writer-text.h"

/* "Timed out: the lock was not given up (17)" */
static char *
describe_failure (const VssSetWriter *writer)
{
  g_autoptr (GString) text = g_string_new (vss_writer_text_failure (writer->failure));

  if (writer->message != NULL)
    {
      g_string_append_printf (text, ": %s", writer->message);
    }
  if (writer->application_code != 0)
    {
      g_string_append_printf (text, " (%" G_GINT64_FORMAT ")", writer->application_code);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_row (VssTable *table, const VssSetWriter *writer)
{
  g_autofree char *state = vss_writer_text_state (writer->state);
  g_autofree char *failure = describe_failure (writer);
  g_autofree char *freeze = vss_human_duration (writer->freeze_us);
  g_autofree char *thaw = vss_human_duration (writer->thaw_us);
  const char *const cells[] = { writer->name,
                                writer->selected ? state : "left out",
                                writer->selected ? failure : NULL,
                                writer->freeze_us > 0 ? freeze : "-",
                                writer->thaw_us > 0 ? thaw : "-" };

  vss_table_add_row (table, cells);
}

void
vss_text_set_writers (VssCli *cli, const VssSnapshotSet *set)
{
  const char *const titles[] = { "WRITER", "STATE", "LAST ERROR", "FREEZE", "THAW", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  if (set->writers->len == 0)
    {
      return;
    }
  for (i = 0; i < set->writers->len; i++)
    {
      add_row (table, g_ptr_array_index (set->writers, i));
    }
  fputc ('\n', cli->out);
  vss_table_print (table, TRUE, cli->out);
}

static void
add_writer (JsonBuilder *builder, const VssSetWriter *writer)
{
  g_autofree char *hresult = g_strdup_printf ("0x%08X", (guint) writer->failure);
  gboolean failed = writer->failure != 0;

  json_builder_begin_object (builder);
  vss_json_string (builder, "name", writer->name);
  vss_json_string (builder, "writer-id", writer->writer_id);
  vss_json_string (builder, "instance-id", writer->instance_id);
  vss_json_bool (builder, "selected", writer->selected);
  vss_json_bool (builder, "took-part", writer->took_part);
  vss_json_string (builder, "state", vss_writer_state_to_string (writer->state));
  vss_json_string (builder, "code", failed ? vss_error_to_name (writer->failure) : NULL);
  vss_json_string (builder, "hresult", failed ? hresult : NULL);
  vss_json_string (builder, "message", writer->message);
  vss_json_int (builder, "application-code", writer->application_code);
  vss_json_int (builder, "freeze-us", writer->freeze_us);
  vss_json_int (builder, "thaw-us", writer->thaw_us);
  json_builder_end_object (builder);
}

void
vss_json_set_writers (JsonBuilder *builder, const VssSnapshotSet *set)
{
  guint i;

  vss_json_begin_array (builder, "writers");
  for (i = 0; i < set->writers->len; i++)
    {
      add_writer (builder, g_ptr_array_index (set->writers, i));
    }
  json_builder_end_array (builder);
}

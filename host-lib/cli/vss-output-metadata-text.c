/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writers with their components and files, in the order in which users of VSS know them. Main
 * thread. */
#include "host-lib/cli/vss-output-metadata.h"
#include "host-lib/cli/vss-safe-text.h"
#include "host-lib/cli/vss-writer-text.h"

/* "   - Caption: 'Sales'"; nothing in @value can move the cursor. */
static void print_item (VssCli *cli, guint depth, const char *name, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static void
print_item (VssCli *cli, guint depth, const char *name, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  safe = vss_safe_text (text);
  fprintf (cli->out, "%*s- %s: %s\n", (int) (3 * depth), "", name, safe);
}

static const char *
yes_or_no (gboolean value)
{
  return value ? "yes" : "no";
}

/* The path is printed as the guest has it, with the file specification behind it. */
static void
print_file (VssCli *cli, guint depth, const char *name, VssWMFiledesc *file)
{
  const char *alternate = vss_wm_filedesc_get_alternate_location (file);

  print_item (cli,
              depth,
              name,
              "path '%s', files '%s'%s%s%s%s",
              vss_wm_filedesc_get_path (file),
              vss_wm_filedesc_get_filespec (file),
              vss_wm_filedesc_get_recursive (file) ? ", recursive" : "",
              alternate != NULL ? ", alternate path '" : "",
              alternate != NULL ? alternate : "",
              alternate != NULL ? "'" : "");
}

static void
print_files (VssCli *cli,
             VssWMComponent *component,
             const char *name,
             guint count,
             VssFileGetter get)
{
  guint i;

  for (i = 0; i < count; i++)
    {
      g_autoptr (VssWMFiledesc) file = get (component, i, NULL);

      if (file != NULL)
        {
          print_file (cli, 2, name, file);
        }
    }
}

static void
print_dependencies (VssCli *cli, VssWMComponent *component, guint count)
{
  guint i;

  for (i = 0; i < count; i++)
    {
      g_autoptr (VssWMDependency) other = vss_wm_component_get_dependency (component, i, NULL);

      if (other != NULL)
        {
          const char *path = vss_wm_dependency_get_logical_path (other);

          print_item (cli,
                      2,
                      "Depends on",
                      "{%s}:/%s%s%s",
                      vss_wm_dependency_get_writer_id (other),
                      path != NULL ? path : "",
                      path != NULL ? "/" : "",
                      vss_wm_dependency_get_component_name (other));
        }
    }
}

static void
print_component (VssCli *cli, const char *writer, VssWMComponent *component)
{
  g_autoptr (VssComponentInfo) info = vss_wm_component_get_component_info (component, NULL);
  const char *path;

  if (info == NULL)
    {
      return;
    }
  path = info->logical_path;
  print_item (cli,
              1,
              "Component",
              "'%s:/%s%s%s'",
              writer,
              path != NULL ? path : "",
              path != NULL ? "/" : "",
              info->component_name);
  print_item (cli, 2, "Name", "'%s'", info->component_name);
  print_item (cli, 2, "Logical path", "'%s'", path != NULL ? path : "");
  print_item (cli, 2, "Caption", "'%s'", info->caption != NULL ? info->caption : "");
  print_item (cli, 2, "Type", "%s", vss_component_type_to_string (info->type));
  print_item (cli, 2, "Selectable", "%s", yes_or_no (info->selectable));
  print_item (cli, 2, "Selectable for restore", "%s", yes_or_no (info->selectable_for_restore));
  print_item (cli, 2, "Notify on complete", "%s", yes_or_no (info->notify_on_backup_complete));
  print_files (cli, component, "File", info->file_count, vss_wm_component_get_file);
  print_files (cli,
               component,
               "Database file",
               info->databases,
               vss_wm_component_get_database_file);
  print_files (cli,
               component,
               "Database log file",
               info->log_files,
               vss_wm_component_get_database_log_file);
  print_dependencies (cli, component, info->dependencies);
}

static void
print_head (VssCli *cli, const VssWriterIdentity *writer, VssApplicationLevel level)
{
  g_autofree char *safe = vss_safe_text (writer->name);
  g_autofree char *state
      = vss_writer_text_state (writer->info != NULL ? writer->info->state : VSS_WS_STABLE);

  fprintf (cli->out, "* Writer '%s'\n", safe);
  print_item (cli, 1, "Writer id", "{%s}", writer->writer_id);
  print_item (cli, 1, "Writer instance id", "{%s}", writer->instance_id);
  if (writer->instance_name != NULL)
    {
      print_item (cli, 1, "Instance name", "'%s'", writer->instance_name);
    }
  print_item (cli, 1, "State", "%s", state);
  print_item (cli,
              1,
              "Last error",
              "%s",
              vss_writer_text_failure (writer->info != NULL ? writer->info->failure : 0));
  if (writer->info != NULL)
    {
      print_item (cli, 1, "Runs as", "%s, %s", writer->info->kind, writer->info->location);
    }
  print_item (cli, 1, "Version", "%u.%u", writer->major, writer->minor);
  print_item (cli, 1, "Level", "%s", vss_application_level_to_string (level));
  print_item (cli, 1, "Usage", "%s", vss_usage_type_to_string (writer->usage));
  print_item (cli, 1, "Source", "%s", vss_source_type_to_string (writer->source));
}

static void
print_restore (VssCli *cli, VssExamineWriterMetadata *metadata)
{
  g_autofree char *service = NULL;
  g_autofree char *procedure = NULL;
  gboolean reboot = FALSE;

  if (!vss_examine_writer_metadata_get_restore_method (metadata,
                                                       NULL,
                                                       &service,
                                                       &procedure,
                                                       NULL,
                                                       &reboot,
                                                       NULL,
                                                       NULL))
    {
      return;
    }
  print_item (cli, 1, "Requires reboot", "%s", yes_or_no (reboot));
  if (service != NULL)
    {
      print_item (cli, 1, "Restore service", "'%s'", service);
    }
  if (procedure != NULL)
    {
      print_item (cli, 1, "Restore procedure", "'%s'", procedure);
    }
}

static void
print_excluded (VssCli *cli, VssExamineWriterMetadata *metadata, guint count)
{
  guint i;

  for (i = 0; i < count; i++)
    {
      g_autoptr (VssWMFiledesc) file
          = vss_examine_writer_metadata_get_exclude_file (metadata, i, NULL);

      if (file != NULL)
        {
          print_file (cli, 1, "Excluded", file);
        }
    }
}

static void
print_writer (VssCli *cli, const VssWriterList *list, VssExamineWriterMetadata *metadata)
{
  g_auto (VssWriterIdentity) writer = { 0 };
  guint i;

  vss_writer_identity_read (&writer, list, metadata);
  print_head (cli, &writer, vss_examine_writer_metadata_get_level (metadata));
  print_restore (cli, metadata);
  print_excluded (cli, metadata, writer.exclude_files);
  for (i = 0; i < writer.components; i++)
    {
      g_autoptr (VssWMComponent) component
          = vss_examine_writer_metadata_get_component (metadata, i, NULL);

      if (component != NULL)
        {
          print_component (cli, writer.name, component);
        }
    }
}

void
vss_text_metadata (VssCli *cli, const VssWriterList *list)
{
  guint i;

  for (i = 0; i < list->metadata->len; i++)
    {
      print_writer (cli, list, g_ptr_array_index (list->metadata, i));
    }
  for (i = 0; i < list->absent->len; i++)
    {
      const VssAbsentWriter *absent = g_ptr_array_index (list->absent, i);
      g_autofree char *name = vss_safe_text (absent->name);

      fprintf (cli->out, "* Writer '%s'\n", name);
      print_item (cli, 1, "Absent", "%s", absent->reason);
    }
}

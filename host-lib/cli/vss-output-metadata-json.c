/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writers with their components and files as JSON. Main thread. */
#include "host-lib/cli/vss-output-metadata.h"

static void
add_file (JsonBuilder *builder, VssWMFiledesc *file)
{
  json_builder_begin_object (builder);
  vss_json_string (builder, "path", vss_wm_filedesc_get_path (file));
  vss_json_string (builder, "filespec", vss_wm_filedesc_get_filespec (file));
  vss_json_bool (builder, "recursive", vss_wm_filedesc_get_recursive (file));
  vss_json_string (builder, "alternate-path", vss_wm_filedesc_get_alternate_location (file));
  vss_json_int (builder, "backup-type-mask", vss_wm_filedesc_get_backup_type_mask (file));
  json_builder_end_object (builder);
}

static void
add_files (JsonBuilder *builder,
           const char *key,
           VssWMComponent *component,
           guint count,
           VssFileGetter get)
{
  guint i;

  vss_json_begin_array (builder, key);
  for (i = 0; i < count; i++)
    {
      g_autoptr (VssWMFiledesc) file = get (component, i, NULL);

      if (file != NULL)
        {
          add_file (builder, file);
        }
    }
  json_builder_end_array (builder);
}

static void
add_dependencies (JsonBuilder *builder, VssWMComponent *component, guint count)
{
  guint i;

  vss_json_begin_array (builder, "dependencies");
  for (i = 0; i < count; i++)
    {
      g_autoptr (VssWMDependency) other = vss_wm_component_get_dependency (component, i, NULL);

      if (other != NULL)
        {
          json_builder_begin_object (builder);
          vss_json_string (builder, "writer-id", vss_wm_dependency_get_writer_id (other));
          vss_json_string (builder, "logical-path", vss_wm_dependency_get_logical_path (other));
          vss_json_string (builder, "name", vss_wm_dependency_get_component_name (other));
          json_builder_end_object (builder);
        }
    }
  json_builder_end_array (builder);
}

static void
add_component (JsonBuilder *builder, VssWMComponent *component)
{
  g_autoptr (VssComponentInfo) info = vss_wm_component_get_component_info (component, NULL);

  if (info == NULL)
    {
      return;
    }
  json_builder_begin_object (builder);
  vss_json_string (builder, "name", info->component_name);
  vss_json_string (builder, "logical-path", info->logical_path);
  vss_json_string (builder, "caption", info->caption);
  vss_json_string (builder, "type", vss_component_type_to_string (info->type));
  vss_json_bool (builder, "selectable", info->selectable);
  vss_json_bool (builder, "selectable-for-restore", info->selectable_for_restore);
  vss_json_bool (builder, "restore-metadata", info->restore_metadata);
  vss_json_bool (builder, "notify-on-backup-complete", info->notify_on_backup_complete);
  vss_json_int (builder, "flags", info->component_flags);
  add_files (builder, "files", component, info->file_count, vss_wm_component_get_file);
  add_files (builder,
             "database-files",
             component,
             info->databases,
             vss_wm_component_get_database_file);
  add_files (builder,
             "database-log-files",
             component,
             info->log_files,
             vss_wm_component_get_database_log_file);
  add_dependencies (builder, component, info->dependencies);
  json_builder_end_object (builder);
}

static void
add_status (JsonBuilder *builder, const VssWriterInfo *info)
{
  gint failure = info != NULL ? info->failure : 0;

  vss_json_string (builder,
                   "state",
                   vss_writer_state_to_string (info != NULL ? info->state : VSS_WS_STABLE));
  vss_json_string (builder, "code", failure != 0 ? vss_error_to_name (failure) : NULL);
  vss_json_string (builder, "message", info != NULL ? info->message : NULL);
  vss_json_int (builder, "application-code", info != NULL ? info->application_code : 0);
  vss_json_string (builder, "kind", info != NULL ? info->kind : NULL);
  vss_json_string (builder, "location", info != NULL ? info->location : NULL);
  vss_json_string (builder, "snapshot-set-id", info != NULL ? info->snapshot_set_id : NULL);
}

static void
add_excluded (JsonBuilder *builder, VssExamineWriterMetadata *metadata, guint count)
{
  guint i;

  vss_json_begin_array (builder, "exclude-files");
  for (i = 0; i < count; i++)
    {
      g_autoptr (VssWMFiledesc) file
          = vss_examine_writer_metadata_get_exclude_file (metadata, i, NULL);

      if (file != NULL)
        {
          add_file (builder, file);
        }
    }
  json_builder_end_array (builder);
}

static void
add_restore (JsonBuilder *builder, VssExamineWriterMetadata *metadata)
{
  g_autofree char *service = NULL;
  g_autofree char *procedure = NULL;
  VssRestoreMethod method = VSS_RME_UNDEFINED;
  VssWriterRestore events = VSS_WRE_UNDEFINED;
  gboolean reboot = FALSE;

  vss_examine_writer_metadata_get_restore_method (metadata,
                                                  &method,
                                                  &service,
                                                  &procedure,
                                                  &events,
                                                  &reboot,
                                                  NULL,
                                                  NULL);
  vss_json_int (builder, "restore-method", method);
  vss_json_string (builder, "restore-service", service);
  vss_json_string (builder, "restore-procedure", procedure);
  vss_json_int (builder, "restore-events", events);
  vss_json_bool (builder, "reboot-required", reboot);
}

static void
add_writer (JsonBuilder *builder, const VssWriterList *list, VssExamineWriterMetadata *metadata)
{
  g_auto (VssWriterIdentity) writer = { 0 };
  VssApplicationLevel level = vss_examine_writer_metadata_get_level (metadata);
  guint i;

  vss_writer_identity_read (&writer, list, metadata);
  json_builder_begin_object (builder);
  vss_json_string (builder, "name", writer.name);
  vss_json_string (builder, "writer-id", writer.writer_id);
  vss_json_string (builder, "instance-id", writer.instance_id);
  vss_json_string (builder, "instance-name", writer.instance_name);
  add_status (builder, writer.info);
  vss_json_string (builder, "level", vss_application_level_to_string (level));
  vss_json_string (builder, "usage", vss_usage_type_to_string (writer.usage));
  vss_json_string (builder, "source", vss_source_type_to_string (writer.source));
  vss_json_int (builder, "major-version", writer.major);
  vss_json_int (builder, "minor-version", writer.minor);
  vss_json_int (builder, "backup-schema", writer.schema);
  add_restore (builder, metadata);
  add_excluded (builder, metadata, writer.exclude_files);
  vss_json_begin_array (builder, "components");
  for (i = 0; i < writer.components; i++)
    {
      g_autoptr (VssWMComponent) component
          = vss_examine_writer_metadata_get_component (metadata, i, NULL);

      if (component != NULL)
        {
          add_component (builder, component);
        }
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

void
vss_json_metadata (VssCli *cli, const VssWriterList *list)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint i;

  json_builder_begin_object (builder);
  vss_json_string (builder, "domain", list->domain);
  vss_json_begin_array (builder, "writers");
  for (i = 0; i < list->metadata->len; i++)
    {
      add_writer (builder, list, g_ptr_array_index (list->metadata, i));
    }
  json_builder_end_array (builder);
  vss_json_begin_array (builder, "absent");
  for (i = 0; i < list->absent->len; i++)
    {
      const VssAbsentWriter *absent = g_ptr_array_index (list->absent, i);

      json_builder_begin_object (builder);
      vss_json_string (builder, "name", absent->name);
      vss_json_string (builder, "reason", absent->reason);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

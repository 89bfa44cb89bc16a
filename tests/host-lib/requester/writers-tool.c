/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A requester that deals with writers, over the installed interface: used by the tests with a
 * virtual machine.
 *
 *   writers-tool [--policy=POLICY] [--component=NAME]... [--without=NAME] DOMAIN VOLUME...
 *
 * Gathers the writers' metadata, chooses the components of those names (or everything), makes an
 * auto-release set, and says what it got, one "key value" a line, then "copying"; goes on when its
 * standard input ends: SetBackupSucceeded, BackupComplete, release.
 *
 * --without: leaves out the writer of that name. */
#include <stdio.h>
#include <string.h>

#include "host-lib/vss.h"

typedef struct
{
  VssBackupComponents *backup;
  GStrv names; /* of the components wanted; NULL: no components are chosen */
} Tool;

typedef gboolean (*EachComponent) (Tool *tool,
                                   VssExamineWriterMetadata *metadata,
                                   VssWMComponent *component,
                                   GError **error);

static gboolean
finish (VssAsync *async, GError **error)
{
  g_autoptr (VssAsync) owned = async;

  return owned != NULL && vss_async_finish (owned, error);
}

/* -- metadata -- */

static gboolean
for_each_component (Tool *tool, EachComponent each, GError **error)
{
  guint writers = 0;

  if (!vss_backup_components_get_writer_metadata_count (tool->backup, &writers, error))
    return FALSE;
  for (guint i = 0; i < writers; i++)
    {
      g_autoptr (VssExamineWriterMetadata) metadata =
          vss_backup_components_get_writer_metadata (tool->backup, i, NULL, error);
      guint components = 0;

      if (metadata == NULL ||
          !vss_examine_writer_metadata_get_file_counts (metadata, NULL, NULL, &components, error))
        return FALSE;
      for (guint j = 0; j < components; j++)
        {
          g_autoptr (VssWMComponent) component =
              vss_examine_writer_metadata_get_component (metadata, j, error);

          if (component == NULL || !each (tool, metadata, component, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
tell_component (Tool *tool,
                VssExamineWriterMetadata *metadata,
                VssWMComponent *component,
                GError **error)
{
  g_autoptr (VssComponentInfo) info = vss_wm_component_get_component_info (component, error);

  if (info == NULL)
    return FALSE;
  printf ("component %s %s\n", info->component_name, vss_component_type_to_string (info->type));
  for (guint i = 0; i < info->databases; i++)
    {
      g_autoptr (VssWMFiledesc) files = vss_wm_component_get_database_file (component, i, error);

      if (files == NULL)
        return FALSE;
      printf ("files %s %s %s\n", info->component_name, vss_wm_filedesc_get_path (files),
              vss_wm_filedesc_get_filespec (files));
    }
  return TRUE;
}

static gboolean
tell_writers (Tool *tool, GError **error)
{
  g_autoptr (GPtrArray) absent = vss_backup_components_get_absent_writers (tool->backup, error);
  guint writers = 0;

  if (absent == NULL ||
      !vss_backup_components_get_writer_metadata_count (tool->backup, &writers, error))
    return FALSE;
  for (guint i = 0; i < writers; i++)
    {
      g_autoptr (VssExamineWriterMetadata) metadata =
          vss_backup_components_get_writer_metadata (tool->backup, i, NULL, error);
      g_autofree char *name = NULL;
      VssUsageType usage;
      VssSourceType source;

      if (metadata == NULL || !vss_examine_writer_metadata_get_identity (
                                  metadata, NULL, NULL, &name, &usage, &source, error))
        return FALSE;
      printf ("writer %s %s %s %s\n", name, vss_usage_type_to_string (usage),
              vss_source_type_to_string (source),
              vss_application_level_to_string (vss_examine_writer_metadata_get_level (metadata)));
    }
  for (guint i = 0; i < absent->len; i++)
    printf ("absent %s\n", ((VssAbsentWriter *)g_ptr_array_index (absent, i))->name);
  return for_each_component (tool, tell_component, error);
}

static gboolean
tell_status (Tool *tool, const char *after, GError **error)
{
  guint count = 0;

  if (!finish (vss_backup_components_gather_writer_status (tool->backup, error), error) ||
      !vss_backup_components_get_writer_status_count (tool->backup, &count, error))
    return FALSE;
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *name = NULL;
      g_autofree char *message = NULL;
      VssWriterState state;
      gint failure;

      if (!vss_backup_components_get_writer_status_ex (tool->backup, i, NULL, NULL, &name, &state,
                                                       &failure, NULL, &message, error))
        return FALSE;
      printf ("status %s %s %s %s %s\n", after, name, vss_writer_state_to_string (state),
              vss_error_to_name (failure), message != NULL ? message : "");
    }
  return vss_backup_components_free_writer_status (tool->backup, error);
}

/* -- components -- */

static gboolean
is_wanted (Tool *tool, const VssComponentInfo *info)
{
  return tool->names != NULL &&
         g_strv_contains ((const char *const *)tool->names, info->component_name);
}

static gboolean
add_component (Tool *tool,
               VssExamineWriterMetadata *metadata,
               VssWMComponent *component,
               GError **error)
{
  g_autoptr (VssComponentInfo) info = vss_wm_component_get_component_info (component, error);
  g_autofree char *instance = NULL;
  g_autofree char *writer = NULL;

  if (info == NULL || !vss_examine_writer_metadata_get_identity (metadata, &instance, &writer, NULL,
                                                                 NULL, NULL, error))
    return FALSE;
  return !is_wanted (tool, info) ||
         vss_backup_components_add_component (tool->backup, instance, writer, info->type,
                                              info->logical_path, info->component_name, error);
}

static gboolean
succeed_component (Tool *tool,
                   VssExamineWriterMetadata *metadata,
                   VssWMComponent *component,
                   GError **error)
{
  g_autoptr (VssComponentInfo) info = vss_wm_component_get_component_info (component, error);
  g_autofree char *instance = NULL;
  g_autofree char *writer = NULL;

  if (info == NULL || !vss_examine_writer_metadata_get_identity (metadata, &instance, &writer, NULL,
                                                                 NULL, NULL, error))
    return FALSE;
  return !is_wanted (tool, info) || vss_backup_components_set_backup_succeeded (
                                        tool->backup, instance, writer, info->type,
                                        info->logical_path, info->component_name, TRUE, error);
}

/* -- the set -- */

static gboolean
leave_out (Tool *tool, const char *domain_name, const char *writer_name, GError **error)
{
  g_autoptr (VssDomain) domain = vss_domain_open (NULL, domain_name, error);
  g_autoptr (GPtrArray) writers = NULL;

  if (domain == NULL)
    return FALSE;
  writers = vss_domain_list_writers (domain, NULL, NULL, error);
  for (guint i = 0; writers != NULL && i < writers->len; i++)
    {
      const VssWriterInfo *info = g_ptr_array_index (writers, i);
      const char *const ids[] = { info->instance_id, NULL };

      printf ("known %s %s\n", info->name, info->location);
      if (g_str_equal (info->name, writer_name) &&
          !vss_backup_components_disable_writer_instances (tool->backup, ids, error))
        return FALSE;
    }
  return writers != NULL;
}

static gboolean
prepare (Tool *tool, char **volumes, GError **error)
{
  g_autofree char *set_id = NULL;

  if (!vss_backup_components_set_backup_state (tool->backup, tool->names != NULL, FALSE,
                                               VSS_BT_COPY, FALSE, error) ||
      !finish (vss_backup_components_gather_writer_metadata (tool->backup, error), error) ||
      !tell_writers (tool, error) || !for_each_component (tool, add_component, error) ||
      !vss_backup_components_start_snapshot_set (tool->backup, &set_id, error))
    return FALSE;
  printf ("set %s\n", set_id);
  for (; *volumes != NULL; volumes++)
    {
      g_autofree char *snapshot_id = NULL;

      if (!vss_backup_components_add_to_snapshot_set (tool->backup, *volumes, NULL, &snapshot_id,
                                                      error))
        return FALSE;
    }
  return finish (vss_backup_components_prepare_for_backup (tool->backup, error), error) &&
         tell_status (tool, "prepare", error);
}

static gboolean
tell_set (Tool *tool, GError **error)
{
  g_autoptr (VssEnumObject) found = vss_backup_components_query (
      tool->backup, VSS_ID_NULL, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, error);
  g_autoptr (GPtrArray) objects = found != NULL ? vss_enum_object_next (found, 1, error) : NULL;
  g_autoptr (VssSnapshotSet) set = NULL;

  if (objects == NULL || objects->len == 0)
    return FALSE;
  set = vss_backup_components_get_snapshot_set (
      tool->backup, ((VssObjectProp *)g_ptr_array_index (objects, 0))->snapshot->snapshot_set_id,
      error);
  if (set == NULL)
    return FALSE;
  printf ("level %s\nweakness %s\n", vss_consistency_to_string (set->consistency),
          set->weakness != NULL ? set->weakness : "");
  for (guint i = 0; i < set->writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (set->writers, i);

      printf ("recorded %s %d %d %d\n", writer->name, writer->selected, writer->took_part,
              writer->freeze_us > 0 && writer->thaw_us > 0);
    }
  return TRUE;
}

static gboolean
make_set (Tool *tool, GError **error)
{
  g_autoptr (GError) ignored = NULL;

  if (finish (vss_backup_components_do_snapshot_set (tool->backup, error), error))
    return tell_set (tool, error) && tell_status (tool, "set", error);
  tell_status (tool, "set", &ignored);
  return FALSE;
}

static gboolean
copy (Tool *tool, GError **error)
{
  printf ("copying\n");
  fflush (stdout);
  while (getchar () != EOF)
    ;
  return for_each_component (tool, succeed_component, error) &&
         finish (vss_backup_components_backup_complete (tool->backup, error), error) &&
         tell_status (tool, "complete", error);
}

static gboolean
run (Tool *tool, const char *policy_name, const char *without, char **arguments, GError **error)
{
  VssPolicy policy = VSS_POLICY_REPORT;
  gboolean done;

  if (policy_name != NULL && !vss_policy_from_string (policy_name, &policy))
    return FALSE;
  tool->backup = vss_create_backup_components (NULL, arguments[0], error);
  if (tool->backup == NULL)
    return FALSE;
  done = vss_backup_components_initialize_for_backup (tool->backup, NULL, error) &&
         vss_backup_components_set_policy (tool->backup, policy, error) &&
         (without == NULL || leave_out (tool, arguments[0], without, error)) &&
         prepare (tool, arguments + 1, error) && make_set (tool, error) && copy (tool, error);
  return vss_backup_components_close (tool->backup, done ? error : NULL) && done;
}

int
main (int argc, char **argv)
{
  g_autofree char *policy = NULL;
  g_autofree char *without = NULL;
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
    { "policy", 0, 0, G_OPTION_ARG_STRING, &policy, NULL, NULL },
    { "component", 0, 0, G_OPTION_ARG_STRING_ARRAY, &names, NULL, NULL },
    { "without", 0, 0, G_OPTION_ARG_STRING, &without, NULL, NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments, NULL, NULL },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  Tool tool = { 0 };
  gboolean done;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) || arguments == NULL ||
      g_strv_length (arguments) < 2)
    return 2;
  tool.names = names;
  done = run (&tool, policy, without, arguments, &error);
  g_clear_object (&tool.backup);
  if (done)
    return 0;
  fprintf (stderr, "%s: %s\n", error != NULL ? vss_error_to_name (error->code) : "usage",
           error != NULL ? error->message : "no such policy");
  return 1;
}

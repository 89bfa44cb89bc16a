/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of writers.json: who the writers are, and what comes before and after a snapshot.
 * What comes in between, Freeze and Thaw, belongs to the commands of freeze.json. */
#include "guest-agent/commands/vss-call.h"

#include "guest-agent/commands/vss-command-error.h"
#include "guest-agent/vss-agent-writers.h"
#include "guest-agent/writers/vss-writer-gather.h"
#include "qapi/vss-wire-marshal.h"

static VssWriterRegistry *
get_registry (VssConnection *connection)
{
  return vss_writer_operations_get_registry (vss_connection_get_services (connection)->writers);
}

/* -- who they are -- */

static void
on_gathered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (VssWireGatherWriterMetadataResult) gathered =
      vss_writer_gather_finish (VSS_WRITER_REGISTRY (source), result);

  vss_connection_reply (call->connection, call->id,
                        vss_wire_gather_writer_metadata_result_to_json (gathered));
  vss_agent_services_rest (vss_call_get_services (call));
}

static void
vss_gather_writer_metadata (gpointer user_data,
                            const char *id,
                            const VssWireGatherWriterMetadataArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentWriters *ways = vss_connection_get_services (connection)->writer_ways;

  if (ways)
    vss_agent_writers_reload (ways); /* a new key file needs no restart */
  vss_writer_gather_async (get_registry (connection), arguments->timeout_ms, on_gathered,
                           vss_call_new (connection, id, NULL));
}

static void
vss_query_writer_components (gpointer user_data,
                             const char *id,
                             const VssWireQueryWriterComponentsArguments *arguments)
{
  VssConnection *connection = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterComponentsResult) result = vss_writer_registry_query_components (
      get_registry (connection), arguments->instance_id, arguments->first, &error);

  if (result)
    vss_connection_reply (connection, id, vss_wire_writer_components_result_to_json (result));
  else
    vss_connection_reply_error (connection, id, error);
}

static void
vss_query_writers (gpointer user_data, const char *id)
{
  VssConnection *connection = user_data;
  g_autoptr (VssWireWritersResult) result = vss_writer_registry_query (get_registry (connection));

  vss_connection_reply (connection, id, vss_wire_writers_result_to_json (result));
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterStatusResult) statuses =
      vss_writer_operations_wait_finish (VSS_WRITER_OPERATIONS (source), result, &error);

  if (statuses)
    vss_connection_reply (call->connection, call->id,
                          vss_wire_writer_status_result_to_json (statuses));
  else
    vss_connection_reply_error (call->connection, call->id, error);
}

static void
vss_gather_writer_status (gpointer user_data,
                          const char *id,
                          const VssWireGatherWriterStatusArguments *arguments)
{
  VssConnection *connection = user_data;

  vss_writer_operations_wait_async (vss_connection_get_services (connection)->writers,
                                    arguments->snapshot_set_id, arguments->timeout_ms, on_waited,
                                    vss_call_new (connection, id, NULL));
}

/* -- before the snapshot -- */

static void
on_prepared_for_backup (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (GError) error = NULL;

  if (!vss_writer_operation_tell_finish (call->operation, result, &error))
    {
      vss_call_fail (call, "preparing the writers for a backup", error);
      return;
    }
  vss_call_reply_statuses (call);
}

static void
fill_backup (VssWriterBackup *backup, const VssWirePrepareForBackupArguments *arguments)
{
  backup->has_backup = TRUE;
  backup->backup_type = arguments->backup_type;
  backup->select_components = arguments->select_components;
  backup->bootable_system_state = arguments->bootable_system_state;
  backup->partial_file_support = arguments->partial_file_support;
  vss_writer_backup_set_components (backup, arguments->components);
}

static VssWriterOperation *
begin_backup (VssConnection *connection,
              const VssWirePrepareForBackupArguments *arguments,
              GError **error)
{
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (GPtrArray) slots = vss_command_find_writers (services, arguments->writers);
  VssWriterOperation *operation;

  operation = vss_writer_operations_begin (services->writers, arguments->snapshot_set_id,
                                           connection, error);
  if (!operation)
    return NULL;
  fill_backup (vss_writer_operation_get_backup (operation), arguments);
  vss_writer_operation_set_writers (operation, slots);
  return operation;
}

static void
vss_prepare_for_backup (gpointer user_data,
                        const char *id,
                        const VssWirePrepareForBackupArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  VssWriterOperation *operation;
  g_autoptr (GError) error = NULL;

  if (!vss_command_take_hold (connection, id))
    return;
  operation = begin_backup (connection, arguments, &error);
  if (!operation)
    {
      vss_connection_reply_error (connection, id, error);
      vss_command_settle (services);
      return;
    }
  vss_writer_operation_tell_async (operation, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP,
                                   arguments->timeout_ms, on_prepared_for_backup,
                                   vss_call_new (connection, id, operation));
}

/* -- after the snapshot -- */

static void
on_completed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (GError) error = NULL;

  if (vss_writer_operation_tell_finish (call->operation, result, &error))
    vss_call_reply_statuses (call);
  else
    vss_connection_reply_error (call->connection, call->id, error);
}

static void
vss_backup_complete (gpointer user_data,
                     const char *id,
                     const VssWireBackupCompleteArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  VssWriterOperation *operation =
      vss_writer_operations_find (services->writers, arguments->snapshot_set_id);
  g_autoptr (GError) error = NULL;

  if (!operation)
    {
      g_set_error (&error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND,
                   "no writer takes part in snapshot set %s, or it was ended",
                   arguments->snapshot_set_id);
      vss_connection_reply_error (connection, id, error);
      return;
    }
  vss_writer_backup_set_components (vss_writer_operation_get_backup (operation),
                                    arguments->components);
  vss_writer_operation_tell_async (operation, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE,
                                   arguments->timeout_ms, on_completed,
                                   vss_call_new (connection, id, operation));
}

static void
on_shut_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (VssCall) call = user_data;
  g_autoptr (GError) error = NULL;

  if (!vss_writer_operation_tell_finish (call->operation, result, &error))
    {
      vss_connection_reply_error (call->connection, call->id, error);
      return;
    }
  vss_call_reply_statuses (call);
  vss_writer_operations_forget (vss_call_get_services (call)->writers, call->operation);
  vss_agent_services_rest (vss_call_get_services (call));
}

static void
vss_backup_shutdown (gpointer user_data,
                     const char *id,
                     const VssWireBackupShutdownArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  VssWriterOperation *operation =
      vss_writer_operations_find (services->writers, arguments->snapshot_set_id);
  g_autoptr (VssCall) call = vss_call_new (connection, id, operation);
  g_autoptr (GError) error = NULL;
  VssWriterPhase phase;

  phase = operation ? vss_writer_operation_get_phase (operation) : VSS_WRITER_PHASE_ENDED;
  if (phase == VSS_WRITER_PHASE_ENDED)
    {
      vss_call_reply_statuses (call);
      return;
    }
  if (phase < VSS_WRITER_PHASE_POSTED)
    {
      g_set_error (&error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_BAD_STATE,
                   "can't shut the backup of snapshot set %s down before vss-post-snapshot; "
                   "vss-abort gives it up",
                   arguments->snapshot_set_id);
      vss_connection_reply_error (connection, id, error);
      return;
    }
  vss_writer_operation_tell_async (operation, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN,
                                   arguments->timeout_ms, on_shut_down, g_steal_pointer (&call));
}

void
vss_writers_commands_register (VssWireHandlers *handlers)
{
  handlers->vss_gather_writer_metadata = vss_gather_writer_metadata;
  handlers->vss_query_writer_components = vss_query_writer_components;
  handlers->vss_query_writers = vss_query_writers;
  handlers->vss_gather_writer_status = vss_gather_writer_status;
  handlers->vss_prepare_for_backup = vss_prepare_for_backup;
  handlers->vss_backup_complete = vss_backup_complete;
  handlers->vss_backup_shutdown = vss_backup_shutdown;
}

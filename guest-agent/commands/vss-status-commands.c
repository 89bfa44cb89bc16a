/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of status.json: the agent about itself. They change nothing. */
#include "guest-agent/commands/vss-commands.h"

#include "qapi/vss-wire-introspect.h"
#include "qapi/vss-wire-marshal.h"

static void
add_log (VssWireStatusResult *result, VssAgentLog *log)
{
  g_autoptr (GPtrArray) records = vss_agent_log_dup_records (log);

  for (guint i = 0; i < records->len; i++)
    {
      const VssLogRecord *record = g_ptr_array_index (records, i);
      VssWireLogEntry *entry = vss_wire_log_entry_new ();

      entry->boot_time_ms = record->boot_time_ms;
      entry->level = record->level;
      entry->message = g_strdup (record->message);
      g_ptr_array_add (result->log, entry);
    }
}

static void
vss_query_status (gpointer user_data, const char *id)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (VssWireFreezeStatusResult) freeze = vss_freezer_get_status (services->freezer);
  g_autoptr (VssWireStatusResult) result = vss_wire_status_result_new ();

  result->agent_version = g_strdup (VSS_VERSION);
  result->started_ms = services->started_ms;
  result->boot_time_ms = vss_agent_services_now_ms (services);
  result->guard_alive = freeze->guard_alive;
  result->recovered = g_strdup (services->recovered);
  add_log (result, services->log);
  vss_connection_reply (connection, id, vss_wire_status_result_to_json (result));
}

static void
vss_query_schema (gpointer user_data, const char *id)
{
  VssConnection *connection = user_data;
  g_autoptr (VssWireSchemaResult) result = vss_wire_schema_result_new ();
  g_autoptr (GError) error = NULL;

  result->schema = json_from_string (vss_wire_introspect (), &error);
  if (!result->schema)
    vss_connection_reply_error (connection, id, error);
  else
    vss_connection_reply (connection, id, vss_wire_schema_result_to_json (result));
}

void
vss_status_commands_register (VssWireHandlers *handlers)
{
  handlers->vss_query_status = vss_query_status;
  handlers->vss_query_schema = vss_query_schema;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-call.h. */
#include "guest-agent/commands/vss-call.h"

#include "guest-agent/commands/vss-command-error.h"
#include "qapi/vss-wire-marshal.h"

VssCall *
vss_call_new (VssConnection *connection, const char *id, VssWriterOperation *operation)
{
  VssCall *self = g_new0 (VssCall, 1);

  self->connection = g_object_ref (connection);
  self->id = g_strdup (id);
  self->epoch = vss_connection_get_epoch (connection);
  self->operation = operation ? g_object_ref (operation) : NULL;
  return self;
}

void
vss_call_free (VssCall *self)
{
  if (self->arguments)
    self->arguments_free (self->arguments);
  g_clear_object (&self->operation);
  g_object_unref (self->connection);
  g_free (self->id);
  g_free (self);
}

VssAgentServices *
vss_call_get_services (VssCall *self)
{
  return vss_connection_get_services (self->connection);
}

gboolean
vss_call_is_alive (gpointer self)
{
  VssCall *call = self;

  return vss_connection_is_alive (call->connection, call->epoch);
}

void
vss_call_fail (VssCall *self, const char *what, const GError *error)
{
  VssAgentServices *services = vss_call_get_services (self);

  vss_agent_log (services->log, VSS_LOG_FAILED, "%s for %s failed: %s", what,
                 vss_connection_get_requester (self->connection), error->message);
  vss_connection_reply_error (self->connection, self->id, error);
  vss_command_settle (services);
}

GPtrArray *
vss_call_get_statuses (VssCall *self)
{
  return self->operation ? vss_writer_operation_get_statuses (self->operation) : NULL;
}

void
vss_call_reply_statuses (VssCall *self)
{
  g_autoptr (VssWireWriterStatusResult) result = vss_wire_writer_status_result_new ();

  if (self->operation)
    {
      g_ptr_array_unref (result->writers);
      result->writers = vss_call_get_statuses (self);
    }
  vss_connection_reply (self->connection, self->id, vss_wire_writer_status_result_to_json (result));
}

void
vss_command_settle (VssAgentServices *services)
{
  g_autoptr (VssWireFreezeStatusResult) status = vss_freezer_get_status (services->freezer);
  VssConnection *holder = vss_hold_get_holder (services->hold);

  if (status->state == VSS_WIRE_FREEZE_STATE_THAWED && !vss_hold_is_undoing (services->hold) &&
      !vss_writer_operations_get_current (services->writers))
    vss_hold_release (services->hold);
  if (holder)
    vss_connection_hold_changed (holder);
  vss_agent_services_rest (services);
}

void
vss_command_refuse (VssConnection *connection, const char *id, const GError *error)
{
  vss_agent_log (vss_connection_get_services (connection)->log, VSS_LOG_REFUSED, "refused %s: %s",
                 vss_connection_get_requester (connection), error->message);
  vss_connection_reply_error (connection, id, error);
}

/* A command that has waited in the port until its host was gone must not start anything. */
static gboolean
check_host (VssConnection *connection, GError **error)
{
  if (vss_connection_is_alive (connection, vss_connection_get_epoch (connection)))
    return TRUE;
  g_set_error (error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_HOLD_LOST,
               "the host has closed the channel; nothing was done");
  return FALSE;
}

gboolean
vss_command_check_hold (VssConnection *connection, const char *id)
{
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (GError) error = NULL;

  if (vss_hold_allows (services->hold, connection, vss_agent_services_now_ms (services), &error))
    return TRUE;
  vss_command_refuse (connection, id, error);
  return FALSE;
}

gboolean
vss_command_take_hold (VssConnection *connection, const char *id)
{
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (GError) error = NULL;

  if (!check_host (connection, &error) ||
      !vss_hold_take (services->hold, connection, vss_connection_get_requester (connection),
                      vss_agent_services_now_ms (services), &error))
    {
      vss_command_refuse (connection, id, error);
      return FALSE;
    }
  vss_connection_hold_changed (connection);
  return TRUE;
}

GPtrArray *
vss_command_find_writers (VssAgentServices *services, GPtrArray *instance_ids)
{
  VssWriterRegistry *registry = vss_writer_operations_get_registry (services->writers);
  GPtrArray *slots = g_ptr_array_new ();

  for (guint i = 0; i < instance_ids->len; i++)
    {
      const char *instance_id = g_ptr_array_index (instance_ids, i);
      VssWriterSlot *slot = vss_writer_registry_find (registry, instance_id);

      if (slot)
        g_ptr_array_add (slots, slot);
    }
  return slots;
}

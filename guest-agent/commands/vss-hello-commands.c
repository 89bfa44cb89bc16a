/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of hello.json: opening a session and keeping it alive. */
#include "guest-agent/commands/vss-commands.h"

#include "guest-agent/commands/vss-command-error.h"
#include "protocol/vss-json-guard.h"
#include "qapi/vss-wire-marshal.h"

/* The only version there is. */
#define PROTOCOL_VERSION 1

static VssWireLimits *
get_limits (const VssAgentConfig *config)
{
  VssWireLimits *limits = vss_wire_limits_new ();

  limits->max_message_bytes = VSS_JSON_GUARD_MAX_BYTES;
  limits->default_lease_ms = config->default_lease_ms;
  limits->max_lease_ms = config->max_lease_ms;
  limits->max_volumes = config->max_volumes;
  limits->session_idle_ms = config->session_idle_ms;
  return limits;
}

static void
vss_hello (gpointer user_data, const char *id, const VssWireHelloArguments *arguments)
{
  VssConnection *connection = user_data;
  VssAgentServices *services = vss_connection_get_services (connection);
  g_autoptr (VssWireHelloResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (arguments->protocol_version < PROTOCOL_VERSION)
    {
      g_set_error (&error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_BAD_ARGUMENTS,
                   "protocol-version %u is not spoken by this agent, whose only version is %u",
                   arguments->protocol_version, PROTOCOL_VERSION);
      vss_connection_reply_error (connection, id, error);
      return;
    }
  result = vss_wire_hello_result_new ();
  result->protocol_version = PROTOCOL_VERSION;
  result->agent_version = g_strdup (VSS_VERSION);
  result->machine_id = g_strdup (services->machine_id);
  result->boot_id = g_strdup (services->boot_id);
  result->session = g_strdup (vss_connection_begin_session (
      connection, arguments->requester ? arguments->requester : "a nameless requester"));
  result->boot_time_ms = vss_agent_services_now_ms (services);
  g_ptr_array_add (result->features, g_strdup ("writers"));
  result->limits = get_limits (services->config);
  vss_agent_log (services->log, VSS_LOG_SESSION_OPENED, "%s opened a session (library %s)",
                 vss_connection_get_requester (connection), arguments->host_version);
  vss_connection_reply (connection, id, vss_wire_hello_result_to_json (result));
}

static void
vss_ping (gpointer user_data, const char *id)
{
  VssConnection *connection = user_data;
  g_autoptr (VssWirePingResult) result = vss_wire_ping_result_new ();

  result->boot_time_ms = vss_agent_services_now_ms (vss_connection_get_services (connection));
  vss_connection_reply (connection, id, vss_wire_ping_result_to_json (result));
}

/* guest-sync-delimited is the session's own. */
void
vss_hello_commands_register (VssWireHandlers *handlers)
{
  handlers->vss_hello = vss_hello;
  handlers->vss_ping = vss_ping;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks messages against the schema, as both ends will read them. */
#include "tests/protocol/wire-check.h"

#include <string.h>

#include "qapi/vss-wire-types.h"

static const struct
{
  const char *name;
  const VssSchemaType *arguments; /* NULL: takes none */
  const VssSchemaType *result;
} commands_known[] = {
  { VSS_WIRE_COMMAND_HELLO, &vss_wire_hello_arguments_type, &vss_wire_hello_result_type },
  { VSS_WIRE_COMMAND_PING, NULL, &vss_wire_ping_result_type },
  { VSS_WIRE_COMMAND_QUERY_VOLUMES, NULL, &vss_wire_volumes_result_type },
  { VSS_WIRE_COMMAND_PREPARE_FOR_SNAPSHOT, &vss_wire_prepare_for_snapshot_arguments_type,
    &vss_wire_prepare_for_snapshot_result_type },
  { VSS_WIRE_COMMAND_FREEZE, &vss_wire_freeze_arguments_type, &vss_wire_freeze_result_type },
  { VSS_WIRE_COMMAND_RENEW_LEASE, &vss_wire_renew_lease_arguments_type,
    &vss_wire_lease_result_type },
  { VSS_WIRE_COMMAND_THAW, &vss_wire_thaw_arguments_type, &vss_wire_thaw_result_type },
  { VSS_WIRE_COMMAND_ABORT, &vss_wire_abort_arguments_type, &vss_wire_thaw_result_type },
  { VSS_WIRE_COMMAND_POST_SNAPSHOT, &vss_wire_post_snapshot_arguments_type,
    &vss_wire_writer_status_result_type },
  { VSS_WIRE_COMMAND_FREEZE_STATUS, NULL, &vss_wire_freeze_status_result_type },
  { VSS_WIRE_COMMAND_QUERY_STATUS, NULL, &vss_wire_status_result_type },
  { VSS_WIRE_COMMAND_GUEST_SYNC_DELIMITED, &vss_wire_guest_sync_delimited_arguments_type,
    &vss_wire_sync_result_type },
};

static int
find (const char *command)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands_known); i++)
    if (g_strcmp0 (commands_known[i].name, command) == 0)
      return i;
  g_error ("a command that the check does not know: %s", command);
}

static gboolean
check_value (const VssSchemaType *type, JsonNode *node, VssWireParseFlags flags, GError **error)
{
  gpointer value = vss_schema_value_from_json (type, node, flags, error);

  if (value == NULL)
    return FALSE;
  vss_schema_value_free (type, value);
  return TRUE;
}

static gboolean
check_command (JsonObject *message, GHashTable *commands, GError **error)
{
  const char *name = json_object_get_string_member (message, "execute");
  const VssSchemaType *type = commands_known[find (name)].arguments;
  JsonNode *arguments = json_object_get_member (message, "arguments");

  if (json_object_has_member (message, "id"))
    g_hash_table_insert (commands, g_strdup (json_object_get_string_member (message, "id")),
                         g_strdup (name));
  if (type != NULL)
    return check_value (type, arguments, VSS_WIRE_PARSE_STRICT, error);
  g_assert_null (arguments);
  return TRUE;
}

static gboolean
check_return (JsonObject *message, GHashTable *commands, GError **error)
{
  const char *command = VSS_WIRE_COMMAND_GUEST_SYNC_DELIMITED;

  if (json_object_has_member (message, "id"))
    command = g_hash_table_lookup (commands, json_object_get_string_member (message, "id"));
  return check_value (commands_known[find (command)].result,
                      json_object_get_member (message, "return"), VSS_WIRE_PARSE_STRICT, error);
}

static gboolean
check_error (JsonObject *message)
{
  JsonObject *body = json_object_get_object_member (message, "error");
  VssWireErrorClass error_class;

  g_assert_nonnull (json_object_get_string_member (body, "desc"));
  return vss_wire_error_class_from_string (json_object_get_string_member (body, "class"),
                                           &error_class);
}

gboolean
wire_check (JsonObject *message, GHashTable *commands, GError **error)
{
  if (json_object_has_member (message, "execute"))
    return check_command (message, commands, error);
  if (json_object_has_member (message, "return"))
    return check_return (message, commands, error);
  if (json_object_has_member (message, "error"))
    return check_error (message);
  g_assert_cmpstr (json_object_get_string_member (message, "event"), ==, VSS_WIRE_EVENT_THAWED);
  return check_value (&vss_wire_thawed_event_type, json_object_get_member (message, "data"),
                      VSS_WIRE_PARSE_STRICT, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads one line of the wire into a record: which kind of message it is, and whether it has the
 * members of that kind. Pure functions, any thread. */
#include "protocol/vss-message.h"

#include <string.h>

#include "protocol/vss-json-guard.h"
#include "protocol/vss-protocol-error.h"
#include "protocol/vss-session-limits.h"

void
vss_message_free (VssMessage *message)
{
  g_free (message->id);
  g_free (message->name);
  g_free (message->description);
  g_free (message->session);
  g_clear_pointer (&message->node, json_node_unref);
  g_free (message);
}

static gboolean
malformed (GError **error, const char *what)
{
  g_set_error_literal (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_MALFORMED, what);
  return FALSE;
}

/* The string member @name, NULL if there is none or it is something else. */
static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

static gboolean
get_number (JsonObject *object, const char *name, gint64 *number)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *number = json_node_get_int (node);
  return TRUE;
}

/* The member @name as an object in message->node, if it is there. */
static gboolean
take_object (VssMessage *message, JsonObject *object, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return malformed (error, "arguments or data that are no object");
  message->node = json_node_copy (node);
  return TRUE;
}

static gboolean
take_id (VssMessage *message, JsonObject *object, GError **error)
{
  const char *id = get_text (object, "id");

  if (id == NULL)
    return malformed (error, "no id, or one that is no string");
  if (strlen (id) > VSS_SESSION_MAX_ID_BYTES)
    return malformed (error, "id longer than the limit");
  message->id = g_strdup (id);
  return TRUE;
}

/* A member that this version doesn't know may be meant to change what the command does: it must
 * not be passed over, as it may be in replies and events. */
static gboolean
check_command_members (JsonObject *object, GError **error)
{
  JsonObjectIter iter;
  const char *name;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, NULL))
    if (strcmp (name, "execute") != 0 && strcmp (name, "arguments") != 0 &&
        strcmp (name, "id") != 0)
      return malformed (error, "command with a member other than execute, arguments and id");
  return TRUE;
}

static gboolean
read_command (VssMessage *message, JsonObject *object, GError **error)
{
  const char *name = get_text (object, "execute");

  if (name == NULL)
    return malformed (error, "command whose name is no string");
  if (!check_command_members (object, error) || !take_object (message, object, "arguments", error))
    return FALSE;
  if (strcmp (name, "guest-sync-delimited") == 0)
    {
      message->kind = VSS_MESSAGE_SYNC_REQUEST;
      if (message->node == NULL ||
          !get_number (json_node_get_object (message->node), "id", &message->number))
        return malformed (error, "guest-sync-delimited without a number");
      return TRUE;
    }
  message->kind = strcmp (name, "vss-hello") == 0 ? VSS_MESSAGE_HELLO : VSS_MESSAGE_COMMAND;
  message->name = g_strdup (name);
  return take_id (message, object, error);
}

static gboolean
read_return (VssMessage *message, JsonObject *object, GError **error)
{
  JsonNode *value = json_object_get_member (object, "return");

  if (!json_object_has_member (object, "id"))
    {
      message->kind = VSS_MESSAGE_SYNC_REPLY;
      if (!JSON_NODE_HOLDS_OBJECT (value) ||
          !get_number (json_node_get_object (value), "id", &message->number))
        return malformed (error, "return without id that is no answer to guest-sync-delimited");
      return TRUE;
    }
  message->kind = VSS_MESSAGE_RETURN;
  message->node = json_node_copy (value);
  return take_id (message, object, error);
}

static gboolean
read_error (VssMessage *message, JsonObject *object, GError **error)
{
  JsonNode *node = json_object_get_member (object, "error");
  JsonObject *body;

  message->kind = VSS_MESSAGE_ERROR;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return malformed (error, "error that is no object");
  body = json_node_get_object (node);
  message->name = g_strdup (get_text (body, "class"));
  message->description = g_strdup (get_text (body, "desc"));
  if (message->name == NULL || message->description == NULL)
    return malformed (error, "error without class or desc");
  return take_object (message, body, "data", error) && take_id (message, object, error);
}

static gboolean
read_event (VssMessage *message, JsonObject *object, GError **error)
{
  message->kind = VSS_MESSAGE_EVENT;
  message->name = g_strdup (get_text (object, "event"));
  message->session = g_strdup (get_text (object, "session"));
  if (message->name == NULL || message->session == NULL)
    return malformed (error, "event without name or session");
  return take_object (message, object, "data", error);
}

static const struct
{
  const char *member; /* that makes a message one of this kind */
  gboolean (*read) (VssMessage *message, JsonObject *object, GError **error);
} readers[] = {
  { "execute", read_command },
  { "return", read_return },
  { "error", read_error },
  { "event", read_event },
};

static gboolean
read_message (VssMessage *message, JsonObject *object, GError **error)
{
  int found = -1;

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    if (json_object_has_member (object, readers[i].member))
      {
        if (found >= 0)
          return malformed (error, "message of two kinds at once");
        found = i;
      }
  if (found < 0)
    return malformed (error, "neither command nor reply nor event");
  return readers[found].read (message, object, error);
}

VssMessage *
vss_message_parse (GBytes *line, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (VssMessage) message = g_new0 (VssMessage, 1);
  g_autoptr (GError) reason = NULL;
  gsize length;
  const char *text = g_bytes_get_data (line, &length);
  JsonNode *root;

  if (!vss_json_guard_check (text, length, error))
    return NULL;
  if (!json_parser_load_from_data (parser, text, length, &reason))
    {
      g_set_error (error, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_MALFORMED, "not taken as JSON");
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      malformed (error, "no object");
      return NULL;
    }
  if (!read_message (message, json_node_get_object (root), error))
    return NULL;
  return g_steal_pointer (&message);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's monitor by way of libvirt. On the worker thread. */
#include "host-lib/providers/libvirt/vss-qmp.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "protocol/vss-text.h"

/* A guest may have taken over its QEMU: what comes back is bounded before it is parsed. A block
 * graph of some hundred nodes is about 1 MiB; chains nest one level for each image. */
#define REPLY_MAX (32 * 1024 * 1024)
#define DEPTH_MAX 512

/* What JSON has outside of strings. json-glib's reader knows more, comments and other quotes for
 * instance, behind which brackets would be counted wrongly. */
static gboolean
is_json_character (char c)
{
  return g_ascii_isalnum (c) || strchr ("{}[]:,+-. \t\r\n", c) != NULL;
}

/* json-glib descends without a limit. */
static gboolean
is_bounded (const char *reply)
{
  guint depth = 0;
  gboolean in_string = FALSE;

  for (const char *p = reply; *p != '\0'; p++)
    {
      if (p - reply > REPLY_MAX)
        return FALSE;
      if (in_string)
        {
          if (*p == '\\' && p[1] != '\0')
            p++;
          else if (*p == '"')
            in_string = FALSE;
        }
      else if (*p == '"')
        in_string = TRUE;
      else if (!is_json_character (*p))
        return FALSE;
      else if ((*p == '{' || *p == '[') && ++depth > DEPTH_MAX)
        return FALSE;
      else if ((*p == '}' || *p == ']') && depth > 0)
        depth--;
    }
  return TRUE;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = object == NULL ? NULL : json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

static JsonNode *
fail (GError **error, const char *command, const char *why)
{
  g_autofree char *reason = vss_text_sanitise (why, VSS_TEXT_MAX_MESSAGE);

  g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR, "cannot do %s in QEMU: %s",
               command, reason);
  return NULL;
}

JsonNode *
vss_qmp_parse (const char *text)
{
  return is_bounded (text) ? json_from_string (text, NULL) : NULL;
}

JsonNode *
vss_qmp_parse_reply (const char *reply, const char *command, GError **error)
{
  g_autoptr (JsonNode) root = vss_qmp_parse (reply);
  JsonObject *object;
  JsonNode *failure;
  JsonNode *value;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return fail (error, command, "its answer is no JSON object or is too large");
  object = json_node_get_object (root);
  failure = json_object_get_member (object, "error");
  if (failure != NULL)
    {
      const char *text = NULL;

      if (JSON_NODE_HOLDS_OBJECT (failure))
        text = get_text (json_node_get_object (failure), "desc");
      return fail (error, command, text != NULL ? text : "it gives no reason");
    }
  value = json_object_get_member (object, "return");
  if (value == NULL)
    return fail (error, command, "its answer has neither return nor error");
  return json_node_copy (value);
}

JsonNode *
vss_qmp_call (VssLibvirtSession *session,
              const char *command,
              JsonObject *arguments,
              GError **error)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree char *text = NULL;
  char *reply = NULL;
  JsonNode *value;

  json_object_set_string_member (object, "execute", command);
  if (arguments != NULL)
    json_object_set_object_member (object, "arguments", arguments);
  json_node_take_object (root, object);
  text = json_to_string (root, FALSE);

  if (virDomainQemuMonitorCommand (session->domain, text, &reply, 0) < 0)
    {
      vss_libvirt_set_error (error, "cannot do %s in the QEMU of domain %s", command,
                             session->domain_name);
      return NULL;
    }
  value = vss_qmp_parse_reply (reply, command, error);
  free (reply);
  return value;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-answer.h. */
#include "guest-agent/writers/vss-writer-answer.h"

#include <string.h>

#include "guest-agent/writers/vss-writer.h"
#include "protocol/vss-json-guard.h"
#include "protocol/vss-text.h"
#include "qapi/vss-wire-marshal.h"

/* Bytes of a writer's or an instance's name: it stands in tables and file names. */
#define MAX_NAME_BYTES 256

/* -- bytes -- */

static gpointer
malformed (GError **error, const char *what, const GError *why)
{
  g_autofree char *reason = vss_text_sanitise (why->message, VSS_TEXT_MAX_MESSAGE);

  g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_MALFORMED, "%s: %s", what, reason);
  return NULL;
}

JsonNode *
vss_writer_answer_parse (GBytes *line, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) local_error = NULL;
  gsize length;
  const char *text = g_bytes_get_data (line, &length);

  if (!vss_json_guard_check (text ? text : "", length, &local_error) ||
      !json_parser_load_from_data (parser, text, length, &local_error))
    return malformed (error, "the writer's answer is not one line of JSON", local_error);
  return json_parser_steal_root (parser);
}

GBytes *
vss_writer_answer_make_event (const VssWireWriterEventArguments *event)
{
  g_autoptr (JsonNode) node = vss_wire_writer_event_arguments_to_json (event);
  g_autofree char *text = json_to_string (node, FALSE);
  char *line = g_strconcat (text, "\n", NULL);

  return g_bytes_new_take (line, strlen (line));
}

/* -- events -- */

VssWireWriterEventResult *
vss_writer_answer_to_event (JsonNode *node, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  VssWireWriterEventResult *result =
      vss_wire_writer_event_result_from_json (node, VSS_WIRE_PARSE_LENIENT, &local_error);
  char *clean;

  if (!result)
    return malformed (error, "the writer's answer doesn't say how it went", local_error);
  if (result->message)
    {
      clean = vss_text_sanitise (result->message, VSS_TEXT_MAX_MESSAGE);
      g_free (result->message);
      result->message = clean;
    }
  return result;
}

/* -- identity -- */

static gboolean
contradicts (const char *what, GError **error)
{
  g_autofree char *clean = vss_text_sanitise (what, VSS_TEXT_MAX_NAME);

  g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
               "the writer and its key file disagree about its %s", clean);
  return FALSE;
}

/* Adds what the writer has said to what its file says. */
static gboolean
merge (JsonObject *identity, JsonObject *said, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init (&iter, said);
  while (json_object_iter_next (&iter, &name, &value))
    if (!json_object_has_member (identity, name))
      json_object_set_member (identity, name, json_node_ref (value));
    else if (!json_node_equal (json_object_get_member (identity, name), value))
      return contradicts (name, error);
  return TRUE;
}

/* The same members as the schema's reader understands them, so that they can be compared. */
static JsonNode *
normalise (JsonNode *said, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (VssWireWriterIdentifyResult) result =
      vss_wire_writer_identify_result_from_json (said, VSS_WIRE_PARSE_LENIENT, &local_error);

  if (result)
    return vss_wire_writer_identify_result_to_json (result);
  return malformed (error, "the writer's description of itself can't be read", local_error);
}

static gboolean
check_name (const char *what, const char *name, GError **error)
{
  g_autofree char *clean = vss_text_sanitise (name, MAX_NAME_BYTES);

  if (*name != '\0' && g_str_equal (clean, name))
    return TRUE;
  g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
               "the writer's %s is empty, too long or has control characters: \"%s\"", what, clean);
  return FALSE;
}

static gboolean
missing (const char *what, GError **error)
{
  g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
               "neither the writer nor its key file says its %s", what);
  return FALSE;
}

static gboolean
check_writer_id (VssWireWriterIdentifyResult *result, GError **error)
{
  g_autofree char *clean = NULL;
  char *canonical;

  if (!result->writer_id)
    return missing ("writer-id", error);
  if (!g_uuid_string_is_valid (result->writer_id))
    {
      clean = vss_text_sanitise (result->writer_id, VSS_TEXT_MAX_NAME);
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
                   "the writer-id \"%s\" is no UUID", clean);
      return FALSE;
    }
  canonical = g_ascii_strdown (result->writer_id, -1);
  g_free (result->writer_id);
  result->writer_id = canonical;
  return TRUE;
}

/* A component is found by its path and its name. */
static gboolean
check_components (const VssWireWriterIdentifyResult *result, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; result->components && i < result->components->len; i++)
    {
      const VssWireWriterComponent *component = g_ptr_array_index (result->components, i);
      const char *path = component->logical_path ? component->logical_path : "";

      if (!check_name ("component's name", component->name, error))
        return FALSE;
      if (!g_hash_table_add (seen, g_strdup_printf ("%s\\%s", path, component->name)))
        {
          g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
                       "the writer names the component %s twice", component->name);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check (VssWireWriterIdentifyResult *result, GError **error)
{
  if (!result->name)
    return missing ("name", error);
  return check_writer_id (result, error) && check_name ("name", result->name, error) &&
         (!result->instance_name || check_name ("instance-name", result->instance_name, error)) &&
         check_components (result, error);
}

/* What nobody has said. */
static void
fill_in (VssWireWriterIdentifyResult *result)
{
  if (!result->has_usage)
    result->usage = VSS_WIRE_USAGE_TYPE_UNDEFINED;
  if (!result->has_source)
    result->source = VSS_WIRE_SOURCE_TYPE_UNDEFINED;
  if (!result->has_level)
    result->level = VSS_WIRE_WRITER_LEVEL_FRONT_END;
  result->has_usage = TRUE;
  result->has_source = TRUE;
  result->has_level = TRUE;
}

VssWireWriterIdentifyResult *
vss_writer_answer_to_identity (JsonNode *said, const VssWriterFile *file, GError **error)
{
  g_autoptr (VssWireWriterIdentifyResult) empty = vss_wire_writer_identify_result_new ();
  g_autoptr (JsonNode) node =
      vss_wire_writer_identify_result_to_json (file ? file->identity : empty);
  g_autoptr (JsonNode) normal = said ? normalise (said, error) : NULL;
  g_autoptr (VssWireWriterIdentifyResult) result = NULL;

  if (said &&
      (!normal || !merge (json_node_get_object (node), json_node_get_object (normal), error)))
    return NULL;
  result = vss_wire_writer_identify_result_from_json (node, VSS_WIRE_PARSE_LENIENT, error);
  if (!result || !check (result, error))
    return NULL;
  fill_in (result);
  return g_steal_pointer (&result);
}

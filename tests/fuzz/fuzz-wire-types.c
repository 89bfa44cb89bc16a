/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every type of the wire takes any JSON that has passed the guard, or says why not; what it takes
 * it writes again, and takes that too. */
#include <string.h>

#include <json-glib/json-glib.h>

#include "protocol/vss-json-guard.h"
#include "qapi/runtime/vss-schema.h"
#include "qapi/vss-wire-types.h"
#include "tests/fuzz/fuzz.h"

static gpointer
read_value (const VssSchemaType *type, JsonNode *node, VssWireParseFlags flags)
{
  g_autoptr (GError) error = NULL;
  gpointer value = vss_schema_value_from_json (type, node, flags, &error);
  gint code = flags == VSS_WIRE_PARSE_STRICT ? VSS_WIRE_ERROR_BAD_ARGUMENTS
                                             : VSS_WIRE_ERROR_BAD_REPLY;

  if (value != NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, VSS_WIRE_ERROR, code);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  return value;
}

static void
check_type (const VssSchemaType *type, JsonNode *node, VssWireParseFlags flags)
{
  gpointer first = read_value (type, node, flags);
  g_autoptr (JsonNode) written = NULL;
  g_autoptr (JsonNode) again = NULL;
  gpointer second;

  if (first == NULL)
    return;
  written = vss_schema_value_to_json (type, first);
  second = read_value (type, written, VSS_WIRE_PARSE_STRICT);
  g_assert_nonnull (second);
  again = vss_schema_value_to_json (type, second);
  g_assert_true (json_node_equal (written, again));
  type->free (first);
  type->free (second);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);

  if (!vss_json_guard_check (text, strlen (text), NULL))
    return 0;
  node = json_from_string (text, NULL);
  if (node == NULL)
    return 0; /* names that are empty */
  for (const VssSchemaType *const *type = vss_wire_all_types (); *type != NULL; type++)
    {
      if ((*type)->kind != VSS_SCHEMA_STRUCT)
        continue; /* never stands alone */
      check_type (*type, node, VSS_WIRE_PARSE_STRICT);
      check_type (*type, node, VSS_WIRE_PARSE_LENIENT);
    }
  return 0;
}

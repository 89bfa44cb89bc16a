/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths of members in error messages. */
#include "qapi/runtime/vss-schema-path.h"

/* Longest piece of a peer's text in an error message: enough to recognise it. */
#define MAX_QUOTED_BYTES 64

VssSchemaPath
vss_schema_path_root (const char *name, VssWireParseFlags flags)
{
  return (VssSchemaPath){ .name = name, .flags = flags };
}

VssSchemaPath
vss_schema_path_member (const VssSchemaPath *parent, const char *name)
{
  return (VssSchemaPath){
    .parent = parent,
    .name = name,
    .depth = parent->depth + 1,
    .flags = parent->flags,
  };
}

VssSchemaPath
vss_schema_path_element (const VssSchemaPath *parent, guint index)
{
  return (VssSchemaPath){
    .parent = parent,
    .index = index,
    .depth = parent->depth,
    .flags = parent->flags,
  };
}

static void
append_path (GString *text, const VssSchemaPath *path)
{
  if (path->parent == NULL)
    {
      g_string_append (text, path->name);
      return;
    }
  append_path (text, path->parent);
  if (path->name == NULL)
    {
      g_string_append_printf (text, "[%u]", path->index);
    }
  else
    {
      g_string_append_printf (text, ".%s", path->name);
    }
}

gboolean
vss_schema_path_fail (const VssSchemaPath *path, GError **error, const char *format, ...)
{
  g_autoptr (GString) text = g_string_new (NULL);
  va_list arguments;

  append_path (text, path);
  g_string_append (text, ": ");
  va_start (arguments, format);
  g_string_append_vprintf (text, format, arguments);
  va_end (arguments);
  g_set_error_literal (error, VSS_WIRE_ERROR,
                       path->flags == VSS_WIRE_PARSE_STRICT ? VSS_WIRE_ERROR_BAD_ARGUMENTS
                                                            : VSS_WIRE_ERROR_BAD_REPLY,
                       text->str);
  return FALSE;
}

char *
vss_schema_path_quote (const char *text)
{
  g_autofree char *start = g_strndup (text, MAX_QUOTED_BYTES);
  g_autofree char *escaped = g_strescape (start, NULL);

  return g_strconcat ("'", escaped, strlen (text) > MAX_QUOTED_BYTES ? "...'" : "'", NULL);
}

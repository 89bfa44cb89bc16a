/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-key.h. */
#include "guest-agent/writers/vss-writer-key.h"

#include <string.h>

#include "guest-agent/writers/vss-writer-file.h"
#include "protocol/vss-text.h"
#include "qapi/vss-wire-marshal.h"

#define FIELD_SEPARATOR "|"
#define ALTERNATE_PREFIX "to="

/* Names of the bits of VSS_BACKUP_SCHEMA and VSS_COMPONENT_FLAGS. */
typedef struct
{
  const char *key;
  const char *name;
  guint32 bit;
} Flag;

static const Flag flags[] = {
  { "backup-schema", "differential", 0x1 },
  { "backup-schema", "incremental", 0x2 },
  { "backup-schema", "exclusive-incremental-differential", 0x4 },
  { "backup-schema", "log", 0x8 },
  { "backup-schema", "copy", 0x10 },
  { "backup-schema", "timestamped", 0x20 },
  { "backup-schema", "last-modify", 0x40 },
  { "backup-schema", "new-target", 0x100 },
  { "backup-schema", "restore-with-move", 0x200 },
  { "backup-schema", "independent-system-state", 0x400 },
  { "backup-schema", "roll-forward-restore", 0x1000 },
  { "backup-schema", "restore-rename", 0x2000 },
  { "backup-schema", "authoritative-restore", 0x4000 },
  { "backup-schema", "parallel-restores", 0x8000 },
  { "flags", "backup-recovery", 0x1 },
  { "flags", "app-rollback-recovery", 0x2 },
  { "flags", "not-system-state", 0x4 },
};

/* Sets the error "\"TEXT\" ..."; what stands in the file is not for terminals as it is. */
static gpointer G_GNUC_PRINTF (3, 4)
    refuse (GError **error, const char *text, const char *format, ...)
{
  g_autofree char *quoted = vss_text_sanitise (text, VSS_TEXT_MAX_MESSAGE);
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VSS_WRITER_FILE_ERROR, VSS_WRITER_FILE_ERROR_VALUE, "\"%s\" %s", quoted,
               reason);
  return NULL;
}

static gboolean
is_known_flag_key (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    if (g_str_equal (flags[i].key, key))
      return TRUE;
  return FALSE;
}

const VssSchemaMember *
vss_writer_key_find (const VssSchemaType *type, const char *key)
{
  for (guint i = 0; i < type->n_members; i++)
    if (g_str_equal (type->members[i].name, key))
      return &type->members[i];
  return NULL;
}

/* -- single values -- */

gboolean
vss_writer_key_parse_boolean (const char *text, gboolean *value, GError **error)
{
  *value = g_str_equal (text, "true");
  if (*value || g_str_equal (text, "false"))
    return TRUE;
  refuse (error, text, "is neither true nor false");
  return FALSE;
}

static JsonNode *
read_boolean (const char *text, GError **error)
{
  gboolean value;

  if (!vss_writer_key_parse_boolean (text, &value, error))
    return NULL;
  return json_node_init_boolean (json_node_alloc (), value);
}

static JsonNode *
read_integer (const VssSchemaType *type, const char *text, GError **error)
{
  gint64 value;

  if (!g_ascii_string_to_signed (text, 10, type->minimum, type->maximum, &value, NULL))
    return refuse (error, text, "is no whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                   type->minimum, type->maximum);
  return json_node_init_int (json_node_alloc (), value);
}

static JsonNode *
read_enum (const VssSchemaType *type, const char *text, GError **error)
{
  g_autoptr (GString) names = NULL;
  guint number;

  if (vss_schema_enum_from_string (type, text, &number))
    return json_node_init_string (json_node_alloc (), text);
  names = g_string_new (NULL);
  for (guint i = 0; i < type->n_values; i++)
    g_string_append_printf (names, "%s%s", i == 0 ? "" : ", ", type->values[i]);
  return refuse (error, text, "is none of %s", names->str);
}

static JsonNode *
read_text (const char *text, GError **error)
{
  g_autofree char *clean = vss_text_sanitise (text, strlen (text) + 1);

  if (!g_str_equal (clean, text))
    return refuse (error, text, "has control characters");
  return json_node_init_string (json_node_alloc (), text);
}

/* -- structured values -- */

static gboolean
add_file_option (JsonObject *set, const char *text, const char *option, GError **error)
{
  if (g_str_equal (option, "recursive"))
    json_object_set_boolean_member (set, "recursive", TRUE);
  else if (g_str_has_prefix (option, ALTERNATE_PREFIX) &&
           g_path_is_absolute (option + strlen (ALTERNATE_PREFIX)))
    json_object_set_string_member (set, "alternate-path", option + strlen (ALTERNATE_PREFIX));
  else
    {
      refuse (error, text, "ends in something other than recursive and to=/PATH");
      return FALSE;
    }
  return TRUE;
}

/* PATH|FILESPEC[|recursive][|to=PATH] */
static JsonNode *
read_file_set (const char *text, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (text, FIELD_SEPARATOR, -1);
  g_autoptr (JsonObject) set = NULL;

  if (g_strv_length (fields) < 2 || !g_path_is_absolute (fields[0]) || *fields[1] == '\0')
    return refuse (error, text, "is not /FOLDER|FILES, with |recursive or |to=/PATH behind it");
  if (strchr (fields[1], '/'))
    return refuse (error, text, "names files with a slash; the folder stands before the bar");
  set = json_object_new ();
  json_object_set_string_member (set, "path", fields[0]);
  json_object_set_string_member (set, "filespec", fields[1]);
  json_object_set_boolean_member (set, "recursive", FALSE);
  for (char **option = fields + 2; *option; option++)
    if (!add_file_option (set, text, *option, error))
      return NULL;
  return json_node_init_object (json_node_alloc (), set);
}

/* WRITER-ID|[LOGICAL-PATH]|COMPONENT */
static JsonNode *
read_dependency (const char *text, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (text, FIELD_SEPARATOR, -1);
  g_autoptr (JsonObject) dependency = NULL;

  if (g_strv_length (fields) != 3 || !g_uuid_string_is_valid (fields[0]) || *fields[2] == '\0')
    return refuse (error, text, "is not WRITER-ID|LOGICAL-PATH|COMPONENT");
  dependency = json_object_new ();
  json_object_set_string_member (dependency, "writer-id", fields[0]);
  if (*fields[1] != '\0')
    json_object_set_string_member (dependency, "logical-path", fields[1]);
  json_object_set_string_member (dependency, "component-name", fields[2]);
  return json_node_init_object (json_node_alloc (), dependency);
}

static JsonNode *
read_element (const VssSchemaType *type, const char *text, GError **error)
{
  g_autoptr (JsonNode) checked = read_text (text, error);

  if (!checked)
    return NULL;
  return type == &vss_wire_writer_file_set_type ? read_file_set (text, error)
                                                : read_dependency (text, error);
}

static JsonNode *
read_flags (char **names, const char *key, GError **error)
{
  guint32 bits = 0;

  for (; *names; names++)
    {
      gsize i = 0;

      while (i < G_N_ELEMENTS (flags) &&
             !(g_str_equal (flags[i].key, key) && g_str_equal (flags[i].name, *names)))
        i++;
      if (i == G_N_ELEMENTS (flags))
        return refuse (error, *names, "is no such flag; vss-writer(5) lists them");
      bits |= flags[i].bit;
    }
  return json_node_init_int (json_node_alloc (), bits);
}

static JsonNode *
read_list (char **texts, const VssSchemaType *type, GError **error)
{
  g_autoptr (JsonArray) array = json_array_new ();

  for (; *texts; texts++)
    {
      JsonNode *element = read_element (type, *texts, error);

      if (!element)
        return NULL;
      json_array_add_element (array, element);
    }
  return json_node_init_array (json_node_alloc (), array);
}

/* -- a key -- */

static JsonNode *
read_single (const VssSchemaType *type, const char *text, GError **error)
{
  switch (type->kind)
    {
    case VSS_SCHEMA_BOOLEAN:
      return read_boolean (text, error);
    case VSS_SCHEMA_INTEGER:
      return read_integer (type, text, error);
    case VSS_SCHEMA_ENUM:
      return read_enum (type, text, error);
    case VSS_SCHEMA_STRING:
      return read_text (text, error);
    case VSS_SCHEMA_NUMBER:
    case VSS_SCHEMA_ANY:
    case VSS_SCHEMA_STRUCT:
    default:
      return refuse (error, text, "can't be set in a key file");
    }
}

JsonNode *
vss_writer_key_read (GKeyFile *file,
                     const char *group,
                     const char *key,
                     const VssSchemaMember *member,
                     GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_auto (GStrv) texts = NULL;
  g_autofree char *text = NULL;

  if (member->array || is_known_flag_key (key))
    texts = g_key_file_get_string_list (file, group, key, NULL, &local_error);
  else
    text = g_key_file_get_string (file, group, key, &local_error);
  if (local_error)
    {
      g_autofree char *clean = vss_text_sanitise (local_error->message, VSS_TEXT_MAX_MESSAGE);

      g_set_error_literal (error, VSS_WRITER_FILE_ERROR, VSS_WRITER_FILE_ERROR_SYNTAX, clean);
      return NULL;
    }
  if (is_known_flag_key (key))
    return read_flags (texts, key, error);
  if (member->array)
    return read_list (texts, member->type, error);
  return read_single (member->type, text, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-file.h. The keys that describe a writer or a component are the schema's; one
 * table says which there are besides. */
#include "guest-agent/writers/vss-writer-file.h"

#include <string.h>

#include "guest-agent/writers/vss-writer-key.h"
#include "protocol/vss-text.h"
#include "qapi/vss-wire-marshal.h"

G_DEFINE_QUARK (vss_writer_file_error, vss_writer_file_error)

#define GROUP_WRITER "Writer"
#define GROUP_LIMITS "Limits"
#define GROUP_COMPONENT "Component "
#define SUFFIX ".writer"
#define LIMIT_SUFFIX "-ms"

/* Shorter than any program takes to start; longer than any requester waits. */
#define MIN_LIMIT_MS 100
#define MAX_LIMIT_MS (60 * 60 * 1000)

static void
set_error (GError **error, VssWriterFileError code, const char *message)
{
  g_autofree char *clean = vss_text_sanitise (message, VSS_TEXT_MAX_MESSAGE); /* may quote */

  g_set_error_literal (error, VSS_WRITER_FILE_ERROR, code, clean);
}

/* -- the agent's own keys of [Writer] -- */

static gboolean
set_exec (VssWriterFile *self, const char *text, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_auto (GStrv) argv = NULL;

  if (!g_shell_parse_argv (text, NULL, &argv, &local_error))
    {
      set_error (error, VSS_WRITER_FILE_ERROR_VALUE, local_error->message);
      return FALSE;
    }
  if (!g_path_is_absolute (argv[0]))
    {
      set_error (error, VSS_WRITER_FILE_ERROR_VALUE,
                 "the program is not given by its absolute path");
      return FALSE;
    }
  g_strfreev (self->argv);
  self->argv = g_steal_pointer (&argv);
  return TRUE;
}

static gboolean
set_user (VssWriterFile *self, const char *text, GError **error)
{
  if (*text == '\0')
    {
      set_error (error, VSS_WRITER_FILE_ERROR_VALUE, "the user has no name; leave the key out");
      return FALSE;
    }
  g_free (self->user);
  self->user = g_strdup (text);
  return TRUE;
}

static gboolean
set_enabled (VssWriterFile *self, const char *text, GError **error)
{
  return vss_writer_key_parse_boolean (text, &self->enabled, error);
}

static gboolean
set_stays (VssWriterFile *self, const char *text, GError **error)
{
  return vss_writer_key_parse_boolean (text, &self->stays, error);
}

typedef struct
{
  const char *name;
  gboolean (*set) (VssWriterFile *self, const char *text, GError **error);
} OwnKey;

static const OwnKey own_keys[] = {
  { "exec", set_exec },
  { "user", set_user },
  { "enabled", set_enabled },
  { "stays", set_stays },
};

static const OwnKey *
find_own_key (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (own_keys); i++)
    if (g_str_equal (own_keys[i].name, name))
      return &own_keys[i];
  return NULL;
}

/* -- keys -- */

typedef struct
{
  GKeyFile *file;
  VssWriterFile *result;
  JsonObject *identity; /* becomes result->identity */
  JsonArray *components;
} Parser;

static char *
get_text (Parser *self, const char *group, const char *key, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  char *text = g_key_file_get_string (self->file, group, key, &local_error);

  if (!local_error)
    return text;
  g_free (text);
  set_error (error, VSS_WRITER_FILE_ERROR_SYNTAX, local_error->message);
  return NULL;
}

static gboolean
no_such_key (GError **error)
{
  set_error (error, VSS_WRITER_FILE_ERROR_UNKNOWN,
             "there is no such key; vss-writer(5) lists them");
  return FALSE;
}

/* Sets the member of @object that @key stands for. */
static gboolean
set_member (Parser *self,
            const char *group,
            const char *key,
            const VssSchemaType *type,
            JsonObject *object,
            GError **error)
{
  const VssSchemaMember *member = vss_writer_key_find (type, key);
  JsonNode *node;

  if (!member)
    return no_such_key (error);
  node = vss_writer_key_read (self->file, group, key, member, error);
  if (!node)
    return FALSE;
  json_object_set_member (object, key, node);
  return TRUE;
}

static gboolean
take_writer_key (Parser *self, const char *group, const char *key, GError **error)
{
  const OwnKey *own_key = find_own_key (key);
  g_autofree char *text = NULL;

  if (own_key)
    {
      text = get_text (self, group, key, error);
      return text && own_key->set (self->result, text, error);
    }
  if (g_str_equal (key, "components"))
    return no_such_key (error); /* each is a group of its own */
  return set_member (self, group, key, &vss_wire_writer_identify_result_type, self->identity,
                     error);
}

static gboolean
take_limit (Parser *self, const char *group, const char *key, GError **error)
{
  g_autofree char *text = get_text (self, group, key, error);
  g_autofree char *name = NULL;
  VssWireWriterEvent event;
  guint64 limit;

  if (!text)
    return FALSE;
  if (!g_str_has_suffix (key, LIMIT_SUFFIX))
    return no_such_key (error);
  name = g_strndup (key, strlen (key) - strlen (LIMIT_SUFFIX));
  if (!vss_wire_writer_event_from_string (name, &event))
    return no_such_key (error);
  if (!g_ascii_string_to_unsigned (text, 10, MIN_LIMIT_MS, MAX_LIMIT_MS, &limit, NULL))
    {
      g_set_error (error, VSS_WRITER_FILE_ERROR, VSS_WRITER_FILE_ERROR_VALUE,
                   "the value is no whole number from %d to %d", MIN_LIMIT_MS, MAX_LIMIT_MS);
      return FALSE;
    }
  self->result->limits_ms[event] = (guint)limit;
  return TRUE;
}

/* Those of the component that the parser has begun last. */
static gboolean
take_component_key (Parser *self, const char *group, const char *key, GError **error)
{
  guint last = json_array_get_length (self->components) - 1;

  if (g_str_equal (key, "name"))
    return no_such_key (error); /* it stands in the group's name */
  return set_member (self, group, key, &vss_wire_writer_component_type,
                     json_array_get_object_element (self->components, last), error);
}

/* -- groups -- */

typedef gboolean (*TakeKey) (Parser *self, const char *group, const char *key, GError **error);

static gboolean
begin_component (Parser *self, const char *name, GError **error)
{
  g_autofree char *clean = vss_text_sanitise (name, strlen (name) + 1);
  JsonObject *component;

  if (*name == '\0' || !g_str_equal (name, clean))
    {
      set_error (error, VSS_WRITER_FILE_ERROR_VALUE,
                 "the component has no name, or one with control characters");
      return FALSE;
    }
  component = json_object_new ();
  json_object_set_string_member (component, "name", name);
  json_array_add_object_element (self->components, component);
  return TRUE;
}

static gboolean
take_keys (Parser *self, const char *group, TakeKey take, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, group, NULL, NULL);

  for (char **key = keys; key && *key; key++)
    if (!take (self, group, *key, error))
      {
        g_autofree char *clean = vss_text_sanitise (*key, VSS_TEXT_MAX_NAME);

        g_prefix_error (error, "key \"%s\": ", clean);
        return FALSE;
      }
  return TRUE;
}

static gboolean
take_group (Parser *self, const char *group, GError **error)
{
  if (g_str_equal (group, GROUP_WRITER))
    return take_keys (self, group, take_writer_key, error);
  if (g_str_equal (group, GROUP_LIMITS))
    return take_keys (self, group, take_limit, error);
  if (g_str_has_prefix (group, GROUP_COMPONENT))
    return begin_component (self, group + strlen (GROUP_COMPONENT), error) &&
           take_keys (self, group, take_component_key, error);
  set_error (error, VSS_WRITER_FILE_ERROR_UNKNOWN,
             "there is no such group; the groups are Writer, Limits and Component NAME");
  return FALSE;
}

static gboolean
take_groups (Parser *self, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);

  for (char **group = groups; *group; group++)
    if (!take_group (self, *group, error))
      {
        g_autofree char *clean = vss_text_sanitise (*group, VSS_TEXT_MAX_NAME);

        g_prefix_error (error, "group [%s]: ", clean);
        return FALSE;
      }
  return TRUE;
}

/* -- the whole -- */

static gboolean
finish (Parser *self, GError **error)
{
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autoptr (GError) local_error = NULL;

  if (self->result->enabled && !self->result->argv)
    {
      set_error (error, VSS_WRITER_FILE_ERROR_VALUE,
                 "group [Writer]: key \"exec\" is missing: no program is named");
      return FALSE;
    }
  if (json_array_get_length (self->components) > 0)
    json_object_set_array_member (self->identity, "components", json_array_ref (self->components));
  json_node_init_object (node, self->identity);
  self->result->identity =
      vss_wire_writer_identify_result_from_json (node, VSS_WIRE_PARSE_STRICT, &local_error);
  if (!self->result->identity)
    set_error (error, VSS_WRITER_FILE_ERROR_VALUE, local_error->message);
  return self->result->identity != NULL;
}

static gboolean
load_text (GKeyFile *file, const char *text, gsize length, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, &local_error))
    return TRUE;
  set_error (error, VSS_WRITER_FILE_ERROR_SYNTAX, local_error->message);
  return FALSE;
}

static char *
make_name (const char *path)
{
  char *name = g_path_get_basename (path);

  if (g_str_has_suffix (name, SUFFIX))
    name[strlen (name) - strlen (SUFFIX)] = '\0';
  return name;
}

VssWriterFile *
vss_writer_file_parse (const char *path, const char *text, gsize length, GError **error)
{
  g_autoptr (VssWriterFile) result = g_new0 (VssWriterFile, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (JsonObject) identity = json_object_new ();
  g_autoptr (JsonArray) components = json_array_new ();
  Parser parser = { file, result, identity, components };

  result->path = g_strdup (path);
  result->name = make_name (path);
  result->enabled = length > 0;
  if (!load_text (file, length > 0 ? text : "", length, error) || !take_groups (&parser, error) ||
      !finish (&parser, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  return g_steal_pointer (&result);
}

void
vss_writer_file_free (VssWriterFile *self)
{
  g_free (self->path);
  g_free (self->name);
  g_strfreev (self->argv);
  g_free (self->user);
  g_clear_pointer (&self->identity, vss_wire_writer_identify_result_free);
  g_free (self);
}

gboolean
vss_writer_file_equal (const VssWriterFile *self, const VssWriterFile *other)
{
  g_autoptr (JsonNode) mine = vss_wire_writer_identify_result_to_json (self->identity);
  g_autoptr (JsonNode) theirs = vss_wire_writer_identify_result_to_json (other->identity);

  if (!g_str_equal (self->path, other->path) || self->enabled != other->enabled ||
      self->stays != other->stays || g_strcmp0 (self->user, other->user) != 0)
    return FALSE;
  if (!self->argv != !other->argv ||
      (self->argv &&
       !g_strv_equal ((const char *const *)self->argv, (const char *const *)other->argv)))
    return FALSE;
  return memcmp (self->limits_ms, other->limits_ms, sizeof self->limits_ms) == 0 &&
         json_node_equal (mine, theirs);
}

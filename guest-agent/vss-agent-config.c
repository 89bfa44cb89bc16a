/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-config.h. One table says which keys there are. */
#include "guest-agent/vss-agent-config.h"

#include <stddef.h>
#include <syslog.h>

G_DEFINE_QUARK (vss_agent_config_error, vss_agent_config_error)

typedef enum
{
  KIND_PATH, /* absolute */
  KIND_PATH_OR_EMPTY,
  KIND_PATHS, /* separated by semicolons */
  KIND_NAMES, /* separated by semicolons */
  KIND_NUMBER,
  KIND_LOG_LEVEL,
  KIND_RUNNER,
} KeyKind;

typedef struct
{
  const char *group;
  const char *key;
  KeyKind kind;
  gsize offset;
  const char *default_text;
  guint min;
  guint max;
} Key;

#define AT(member) offsetof (VssAgentConfig, member)
#define AT_EVENT(event) AT (writers_limit_ms[VSS_WIRE_WRITER_EVENT_##event])

/* Bounds: a lease shorter than a second ends before a busy guest has frozen, one longer than ten
 * minutes is an outage. The thaw guard takes 128 file systems. Two drain rounds are the least that
 * show whether draining converges. The host's silence is only noticed when the host is given the
 * chance to send a few keep-alives.
 *
 * Writers: what is done while the application runs may take minutes, since a checkpoint or a dump
 * of gigabytes belongs there; what is done while it stands still (freeze, and thaw and abort, which
 * end the standstill) gets seconds. At rest a writer stays 60 s at most, VSS's own number. A backup
 * takes hours: an operation that nobody has ended after a day is forgotten. */
static const Key keys[] = {
  { "channel", "port", KIND_PATH_OR_EMPTY, AT (port), "/dev/virtio-ports/org.virtvss.agent.0", 0,
    0 },
  { "channel", "socket", KIND_PATH_OR_EMPTY, AT (socket), "/run/vss-agent/agent.sock", 0, 0 },
  { "channel", "session-idle-ms", KIND_NUMBER, AT (session_idle_ms), "30000", 1000, 600000 },
  { "guard", "socket", KIND_PATH, AT (guard_socket), "/run/vss-agent/guard.sock", 0, 0 },
  { "freeze", "record", KIND_PATH, AT (record), "/run/vss-agent/freeze-record", 0, 0 },
  { "freeze", "default-lease-ms", KIND_NUMBER, AT (default_lease_ms), "10000", 1000, 600000 },
  { "freeze", "max-lease-ms", KIND_NUMBER, AT (max_lease_ms), "60000", 1000, 600000 },
  { "freeze", "max-volumes", KIND_NUMBER, AT (max_volumes), "128", 1, 128 },
  { "freeze", "drain-rounds", KIND_NUMBER, AT (drain_rounds), "3", 1, 16 },
  { "writers", "folders", KIND_PATHS, AT (writers_folders), "", 0, 0 },
  { "writers", "socket", KIND_PATH_OR_EMPTY, AT (writers_socket), "/run/vss-agent/writers.sock", 0,
    0 },
  { "writers", "daemon-users", KIND_NAMES, AT (writers_daemon_users), "", 0, 0 },
  { "writers", "runner", KIND_RUNNER, AT (writers_runner), "auto", 0, 0 },
  { "writers", "record", KIND_PATH, AT (writers_record), "/run/vss-agent/writers-record", 0, 0 },
  { "writers", "operation-limit-s", KIND_NUMBER, AT (writers_operation_limit_s), "86400", 60,
    2592000 },
  { "writers", "rest-limit-ms", KIND_NUMBER, AT (writers_rest_limit_ms), "60000", 1000, 600000 },
  { "writers", "identify-limit-ms", KIND_NUMBER, AT_EVENT (IDENTIFY), "10000", 100, 3600000 },
  { "writers", "prepare-for-backup-limit-ms", KIND_NUMBER, AT_EVENT (PREPARE_FOR_BACKUP), "120000",
    100, 3600000 },
  { "writers", "prepare-for-snapshot-limit-ms", KIND_NUMBER, AT_EVENT (PREPARE_FOR_SNAPSHOT),
    "120000", 100, 3600000 },
  { "writers", "freeze-limit-ms", KIND_NUMBER, AT_EVENT (FREEZE), "15000", 100, 600000 },
  { "writers", "thaw-limit-ms", KIND_NUMBER, AT_EVENT (THAW), "15000", 100, 600000 },
  { "writers", "abort-limit-ms", KIND_NUMBER, AT_EVENT (ABORT), "15000", 100, 600000 },
  { "writers", "post-snapshot-limit-ms", KIND_NUMBER, AT_EVENT (POST_SNAPSHOT), "120000", 100,
    3600000 },
  { "writers", "backup-complete-limit-ms", KIND_NUMBER, AT_EVENT (BACKUP_COMPLETE), "120000", 100,
    3600000 },
  { "writers", "backup-shutdown-limit-ms", KIND_NUMBER, AT_EVENT (BACKUP_SHUTDOWN), "60000", 100,
    3600000 },
  { "log", "level", KIND_LOG_LEVEL, AT (log_level), "info", 0, 0 },
};

static const char *const log_levels[] = { "emergency", "alert",  "critical", "error",
                                          "warning",   "notice", "info",     "debug" };

static const char *const runners[] = { "auto", "systemd", "direct" };

static char **
string_at (VssAgentConfig *self, const Key *key)
{
  return (char **)((char *)self + key->offset);
}

static guint *
number_at (VssAgentConfig *self, const Key *key)
{
  return (guint *)((char *)self + key->offset);
}

static gboolean
set_path (VssAgentConfig *self, const Key *key, const char *text, GError **error)
{
  gboolean may_be_empty = key->kind == KIND_PATH_OR_EMPTY;

  if (!(may_be_empty && *text == '\0') && !g_path_is_absolute (text))
    {
      g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE,
                   "\"%s\" is no absolute path%s", text,
                   may_be_empty ? "; leave the value empty for none" : "");
      return FALSE;
    }
  g_free (*string_at (self, key));
  *string_at (self, key) = g_strdup (text);
  return TRUE;
}

static gboolean
set_number (VssAgentConfig *self, const Key *key, const char *text, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, key->min, key->max, &number, NULL))
    {
      g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE,
                   "\"%s\" is no whole number from %u to %u", text, key->min, key->max);
      return FALSE;
    }
  *number_at (self, key) = (guint)number;
  return TRUE;
}

static gboolean
set_paths (VssAgentConfig *self, const Key *key, const char *text, GError **error)
{
  g_auto (GStrv) paths = g_strsplit (text, ";", -1);

  for (char **path = paths; *path; path++)
    if (**path != '\0' && !g_path_is_absolute (*path))
      {
        g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE,
                     "\"%s\" is no absolute path; paths are separated by semicolons", *path);
        return FALSE;
      }
  g_free (*string_at (self, key));
  *string_at (self, key) = g_strdup (text);
  return TRUE;
}

static gboolean
set_names (VssAgentConfig *self, const Key *key, const char *text, GError **error)
{
  g_free (*string_at (self, key));
  *string_at (self, key) = g_strdup (text);
  return TRUE;
}

/* Sets the number of @text among @names. */
static gboolean
set_choice (VssAgentConfig *self,
            const Key *key,
            const char *const *names,
            guint n_names,
            const char *text)
{
  for (guint i = 0; i < n_names; i++)
    if (g_str_equal (names[i], text))
      {
        *number_at (self, key) = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
set_log_level (VssAgentConfig *self, const Key *key, const char *text, GError **error)
{
  if (set_choice (self, key, log_levels, G_N_ELEMENTS (log_levels), text))
    return TRUE;
  g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE,
               "\"%s\" is no log level; the levels are error, warning, notice, info and debug",
               text);
  return FALSE;
}

static gboolean
set_runner (VssAgentConfig *self, const Key *key, const char *text, GError **error)
{
  if (set_choice (self, key, runners, G_N_ELEMENTS (runners), text))
    return TRUE;
  g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE,
               "\"%s\" is no way to run programs; the ways are auto, systemd and direct", text);
  return FALSE;
}

static gboolean
set_key (VssAgentConfig *self, const Key *key, const char *text, GError **error)
{
  switch (key->kind)
    {
    case KIND_PATH:
    case KIND_PATH_OR_EMPTY:
      return set_path (self, key, text, error);
    case KIND_PATHS:
      return set_paths (self, key, text, error);
    case KIND_NAMES:
      return set_names (self, key, text, error);
    case KIND_NUMBER:
      return set_number (self, key, text, error);
    case KIND_LOG_LEVEL:
      return set_log_level (self, key, text, error);
    case KIND_RUNNER:
      return set_runner (self, key, text, error);
    default:
      g_assert_not_reached ();
    }
}

VssAgentConfig *
vss_agent_config_new (void)
{
  VssAgentConfig *self = g_new0 (VssAgentConfig, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gboolean is_set = set_key (self, &keys[i], keys[i].default_text, NULL);

      g_assert (is_set);
    }
  return self;
}

void
vss_agent_config_free (VssAgentConfig *self)
{
  g_free (self->port);
  g_free (self->socket);
  g_free (self->guard_socket);
  g_free (self->record);
  g_free (self->writers_record);
  g_free (self->writers_folders);
  g_free (self->writers_socket);
  g_free (self->writers_daemon_users);
  g_free (self);
}

static const Key *
find_key (const char *group, const char *name, GError **error)
{
  gboolean group_exists = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group))
      {
        group_exists = TRUE;
        if (g_str_equal (keys[i].key, name))
          return &keys[i];
      }
  if (group_exists)
    g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_UNKNOWN,
                 "there is no such key; vss-agent.conf(5) lists them");
  else
    g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_UNKNOWN,
                 "there is no such group; the groups are channel, guard, freeze, writers and log");
  return NULL;
}

static gboolean
load_group (VssAgentConfig *self,
            GKeyFile *file,
            const char *path,
            const char *group,
            GError **error)
{
  g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  for (char **name = names; name && *name; name++)
    {
      g_autoptr (GError) local_error = NULL;
      /* Gives a text and an error where it meets an escape that it doesn't know. */
      g_autofree char *text = g_key_file_get_string (file, group, *name, &local_error);
      const Key *key = local_error ? NULL : find_key (group, *name, error);

      if (local_error)
        g_set_error_literal (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_SYNTAX,
                             local_error->message);
      if (!key || !set_key (self, key, text, error))
        {
          g_prefix_error (error, "%s: group [%s], key \"%s\": ", path, group, *name);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
vss_agent_config_load_file (VssAgentConfig *self,
                            const char *path,
                            gboolean must_exist,
                            GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local_error = NULL;
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local_error))
    {
      gboolean is_syntax = local_error->domain == G_KEY_FILE_ERROR;

      if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT) && !must_exist)
        return TRUE;
      g_set_error (error, VSS_AGENT_CONFIG_ERROR,
                   is_syntax ? VSS_AGENT_CONFIG_ERROR_SYNTAX : VSS_AGENT_CONFIG_ERROR_READ,
                   "cannot read the settings in %s: %s", path, local_error->message);
      return FALSE;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group; group++)
    if (!load_group (self, file, path, *group, error))
      return FALSE;
  return TRUE;
}

/* Adds the drop-ins of @folder to @paths, from file name to path. */
static gboolean
list_drop_ins (GTree *paths, const char *folder, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local_error);
  const char *name;

  if (!dir)
    {
      if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_READ,
                   "cannot read the folder of settings %s: %s", folder, local_error->message);
      return FALSE;
    }
  while ((name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".conf") && name[0] != '.')
      g_tree_replace (paths, g_strdup (name), g_build_filename (folder, name, NULL));
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

gboolean
vss_agent_config_load_drop_ins (VssAgentConfig *self, const char *const *folders, GError **error)
{
  g_autoptr (GTree) paths = g_tree_new_full (compare_names, NULL, g_free, g_free);

  for (; *folders; folders++)
    if (!list_drop_ins (paths, *folders, error))
      return FALSE;
  for (GTreeNode *node = g_tree_node_first (paths); node; node = g_tree_node_next (node))
    if (!vss_agent_config_load_file (self, g_tree_node_value (node), TRUE, error))
      return FALSE;
  return TRUE;
}

gboolean
vss_agent_config_check (const VssAgentConfig *self, GError **error)
{
  if (self->default_lease_ms > self->max_lease_ms)
    {
      g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE,
                   "group [freeze]: default-lease-ms (%u) is above max-lease-ms (%u)",
                   self->default_lease_ms, self->max_lease_ms);
      return FALSE;
    }
  if (*self->port == '\0' && *self->socket == '\0')
    {
      g_set_error (error, VSS_AGENT_CONFIG_ERROR, VSS_AGENT_CONFIG_ERROR_VALUE,
                   "group [channel]: neither port nor socket is set, so no host could ever "
                   "reach the agent");
      return FALSE;
    }
  return TRUE;
}

char *
vss_agent_config_to_text (const VssAgentConfig *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const Key *key = &keys[i];
      guint *number = number_at ((VssAgentConfig *)self, key);

      if (key->kind == KIND_NUMBER)
        g_key_file_set_uint64 (file, key->group, key->key, *number);
      else if (key->kind == KIND_LOG_LEVEL)
        g_key_file_set_string (file, key->group, key->key, log_levels[*number]);
      else if (key->kind == KIND_RUNNER)
        g_key_file_set_string (file, key->group, key->key, runners[*number]);
      else
        g_key_file_set_string (file, key->group, key->key,
                               *string_at ((VssAgentConfig *)self, key));
    }
  return g_key_file_to_data (file, NULL, NULL);
}

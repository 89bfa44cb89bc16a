/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the script and what is still to be read of the answers; see the header. Written to and read
 * on the two threads of a link. */
#include "tests/fuzz/scripted-channel.h"

#include <string.h>

#include <json-glib/json-glib.h>

#define SESSION "s"

struct _ScriptedChannel
{
  GObject parent_instance;

  GHashTable *sections; /* command -> GPtrArray of GBytes: its lines */
  GMutex lock; /* of the rest */
  GCond changed;
  GByteArray *unread;
  gboolean ended;
};

static void scripted_channel_init_interface (VssChannelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ScriptedChannel,
                               scripted_channel,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_CHANNEL,
                                                      scripted_channel_init_interface))

#define WRITER                                                                                    \
  "\"writer-id\": \"3c5bbd26-6bb7-4d1e-9f1f-0f0b6a1f6b11\", "                                       \
  "\"instance-id\": \"9a1b9f4e-2f4c-4b43-8b63-5d3b3f3e1c22\", \"name\": \"Database\""
#define WRITER_STATUS                                                                             \
  "{\"writers\": [{" WRITER ", \"state\": \"stable\", \"failure\": \"none\"}]}"
#define HELD                                                                                      \
  "\"volumes\": [{\"mount-point\": \"/a\", \"device-number\": \"8:0\", \"state\": \"held\"}]"
#define THAWED                                                                                    \
  "{\"generation\": 7, \"lease-expired\": false, \"held-us\": 5, \"boot-time-ms\": 9, " HELD "}"
#define FILES "[{\"path\": \"/a/db\", \"filespec\": \"*\", \"recursive\": true}]"

static const struct
{
  const char *command;
  const char *answer;
} honest[] = {
  { "vss-hello",
    "{\"protocol-version\": 1, \"agent-version\": \"1\", \"boot-id\": \"b\", \"session\": "
    "\"" SESSION "\", \"boot-time-ms\": 1, \"features\": [\"writers\"], \"limits\": "
    "{\"max-message-bytes\": 1048576, \"default-lease-ms\": 10000, \"max-lease-ms\": 60000, "
    "\"max-volumes\": 64, \"session-idle-ms\": 10000}}" },
  { "vss-ping", "{\"boot-time-ms\": 5}" },
  { "vss-query-volumes",
    "{\"volumes\": [{\"mount-point\": \"/a\", \"other-mount-points\": [], \"fs-type\": \"ext4\", "
    "\"device\": \"/dev/vda\", \"device-number\": \"8:0\", \"freezability\": \"freezable\", "
    "\"disks\": [{\"name\": \"vda\", \"serial\": \"A\"}], \"disks-complete\": true}]}" },
  { "vss-prepare-for-snapshot",
    "{\"generation\": 7, \"boot-time-ms\": 5, \"drain-us\": [1], " HELD "}" },
  { "vss-freeze",
    "{\"generation\": 7, \"boot-time-ms\": 6, \"lease-end-ms\": 10006, \"freeze-us\": 5, " HELD
    "}" },
  { "vss-renew-lease", "{\"lease-end-ms\": 60006, \"boot-time-ms\": 6}" },
  { "vss-thaw", THAWED },
  { "vss-abort", THAWED },
  { "vss-post-snapshot", WRITER_STATUS },
  { "vss-freeze-status",
    "{\"state\": \"thawed\", \"boot-time-ms\": 5, \"mount-points\": [], \"guard-alive\": true}" },
  { "vss-query-status",
    "{\"agent-version\": \"1\", \"started-ms\": 1, \"boot-time-ms\": 5, \"guard-alive\": true, "
    "\"log\": [{\"boot-time-ms\": 1, \"level\": 6, \"message\": \"m\"}]}" },
  { "vss-gather-writer-metadata",
    "{\"writers\": [{" WRITER ", \"usage\": \"user-data\", \"source\": \"transacted-db\", "
    "\"level\": \"front-end\", \"component-count\": 1}], \"absent\": []}" },
  { "vss-query-writer-components",
    "{\"components\": [{\"type\": \"database\", \"name\": \"db\", \"database-files\": " FILES
    "}]}" },
  { "vss-prepare-for-backup", WRITER_STATUS },
  { "vss-gather-writer-status", WRITER_STATUS },
  { "vss-backup-complete", WRITER_STATUS },
  { "vss-backup-shutdown", WRITER_STATUS },
  { "vss-query-writers", "{\"writers\": [], \"broken\": []}" },
};

/* -- answers; with the lock held -- */

static void
add (ScriptedChannel *self, const void *bytes, gsize length)
{
  g_byte_array_append (self->unread, bytes, (guint) length);
}

static void
add_text (ScriptedChannel *self, const char *text)
{
  add (self, text, strlen (text));
}

/* With "$I" made the id; the rest of the line is any bytes. */
static void
add_line (ScriptedChannel *self, const char *line, gsize length, const char *id)
{
  for (gsize i = 0; i < length; i++)
    {
      if (i + 1 < length && line[i] == '$' && line[i + 1] == 'I')
        {
          add_text (self, id);
          i++;
        }
      else
        {
          add (self, line + i, 1);
        }
    }
}

static void
add_reply (ScriptedChannel *self,
           const char *member,
           const char *value,
           gsize length,
           const char *id)
{
  add_text (self, "{\"");
  add_text (self, member);
  add_text (self, "\": ");
  add_line (self, value, length, id);
  add_text (self, ", \"id\": \"");
  add_text (self, id);
  add_text (self, "\"}\n");
}

static void
add_honest (ScriptedChannel *self, const char *command, const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (honest); i++)
    {
      if (g_str_equal (honest[i].command, command))
        add_reply (self, "return", honest[i].answer, strlen (honest[i].answer), id);
    }
}

static void
add_scripted (ScriptedChannel *self, GBytes *bytes, const char *command, const char *id)
{
  gsize length;
  const char *line = g_bytes_get_data (bytes, &length);

  switch (length > 0 ? line[0] : '\0')
    {
    case '<':
      add_reply (self, "return", line + 1, length - 1, id);
      break;
    case '!':
      add_reply (self, "error", line + 1, length - 1, id);
      break;
    case '^':
      add_text (self, "{\"event\": \"VSS_THAWED\", \"session\": \"" SESSION "\", \"data\": ");
      add_line (self, line + 1, length - 1, id);
      add_text (self, "}\n");
      break;
    case '=':
      add_honest (self, command, id);
      break;
    case '#':
      self->ended = TRUE;
      break;
    case '@':
      add (self, "\xff", 1);
      add_line (self, line + 1, length - 1, id);
      add_text (self, "\n");
      break;
    case '-':
      add_line (self, line + 1, length - 1, id);
      break;
    default:
      add_line (self, line, length, id);
      add_text (self, "\n");
    }
}

static void
answer_command (ScriptedChannel *self, const char *command, const char *id)
{
  GPtrArray *lines = g_hash_table_lookup (self->sections, command);

  for (guint i = 0; lines != NULL && i < lines->len; i++)
    add_scripted (self, g_ptr_array_index (lines, i), command, id);
  if (lines == NULL)
    {
      add_honest (self, command, id);
      return;
    }
  add_text (self, "\n");
  add_reply (self, "error", "{\"class\": \"generic-error\", \"desc\": \"last word\"}", 47, id);
}

static void
answer_sync (ScriptedChannel *self, gint64 number)
{
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  GPtrArray *lines = g_hash_table_lookup (self->sections, "guest-sync-delimited");

  for (guint i = 0; lines != NULL && i < lines->len; i++)
    add_scripted (self, g_ptr_array_index (lines, i), "guest-sync-delimited", id);
  add (self, "\xff", 1);
  add_text (self, "{\"return\": {\"id\": ");
  add_text (self, id);
  add_text (self, "}}\n");
}

static void
answer (ScriptedChannel *self, const char *line, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *message;
  const char *command;

  if (length > 0 && (guint8) line[0] == 0xff)
    {
      line++;
      length--;
    }
  g_assert_true (json_parser_load_from_data (parser, line, (gssize) length, NULL));
  message = json_node_get_object (json_parser_get_root (parser));
  command = json_object_get_string_member (message, "execute");
  if (g_str_equal (command, "guest-sync-delimited"))
    answer_sync (self, json_object_get_int_member (
                           json_object_get_object_member (message, "arguments"), "id"));
  else
    answer_command (self, command, json_object_get_string_member (message, "id"));
}

/* -- the channel -- */

static gboolean
channel_open (VssChannel *channel, gboolean force, GCancellable *cancellable, GError **error)
{
  ScriptedChannel *self = SCRIPTED_CHANNEL (channel);

  g_mutex_lock (&self->lock);
  g_byte_array_set_size (self->unread, 0);
  self->ended = FALSE;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gssize
channel_read (VssChannel *channel, guint8 *buffer, gsize length, GError **error)
{
  ScriptedChannel *self = SCRIPTED_CHANNEL (channel);
  gsize got;

  g_mutex_lock (&self->lock);
  while (self->unread->len == 0 && !self->ended)
    g_cond_wait (&self->changed, &self->lock);
  got = MIN (self->unread->len, length);
  if (got > 0)
    {
      memcpy (buffer, self->unread->data, got);
      g_byte_array_remove_range (self->unread, 0, (guint) got);
    }
  g_mutex_unlock (&self->lock);
  return (gssize) got;
}

static gboolean
channel_write (VssChannel *channel, const guint8 *bytes, gsize length, GError **error)
{
  ScriptedChannel *self = SCRIPTED_CHANNEL (channel);

  g_assert_true (length > 0 && bytes[length - 1] == '\n');
  g_mutex_lock (&self->lock);
  answer (self, (const char *) bytes, length - 1);
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static void
channel_interrupt (VssChannel *channel)
{
  ScriptedChannel *self = SCRIPTED_CHANNEL (channel);

  g_mutex_lock (&self->lock);
  g_byte_array_set_size (self->unread, 0);
  self->ended = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
channel_close (VssChannel *channel)
{
}

static void
scripted_channel_init_interface (VssChannelInterface *iface)
{
  iface->open = channel_open;
  iface->read = channel_read;
  iface->write = channel_write;
  iface->interrupt = channel_interrupt;
  iface->close = channel_close;
}

/* -- life -- */

static void
scripted_channel_finalize (GObject *object)
{
  ScriptedChannel *self = SCRIPTED_CHANNEL (object);

  g_hash_table_unref (self->sections);
  g_byte_array_unref (self->unread);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (scripted_channel_parent_class)->finalize (object);
}

static void
scripted_channel_class_init (ScriptedChannelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = scripted_channel_finalize;
}

static void
scripted_channel_init (ScriptedChannel *self)
{
  self->sections = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_ptr_array_unref);
  self->unread = g_byte_array_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

ScriptedChannel *
scripted_channel_new (const guint8 *script, gsize length)
{
  ScriptedChannel *self = g_object_new (SCRIPTED_TYPE_CHANNEL, NULL);
  GPtrArray *section = NULL;

  for (gsize at = 0; at < length;)
    {
      const guint8 *end = memchr (script + at, '\n', length - at);
      gsize n = end != NULL ? (gsize) (end - script) - at : length - at;

      if (n > 0 && script[at] == ':')
        {
          section = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
          g_hash_table_insert (self->sections, g_strndup ((const char *) script + at + 1, n - 1),
                               section);
        }
      else if (section != NULL)
        {
          g_ptr_array_add (section, g_bytes_new (script + at, n));
        }
      at += n + 1;
    }
  return self;
}

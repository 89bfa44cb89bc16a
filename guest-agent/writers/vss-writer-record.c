/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-record.h. A line for each writer: "writer SET KIND LOCATION NAME", with escapes,
 * after a header. The file is replaced as a whole, so it is never half written. */
#include "guest-agent/writers/vss-writer-record.h"

#include <string.h>

#include <glib/gstdio.h>

#define HEADER "virt-vss writers 1"
/* More than writers can register, twice; whatever is beyond that is no record of ours. */
#define MAX_ENTRIES 512
#define N_FIELDS 5

struct _VssWriterRecord
{
  char *path;
  GPtrArray *entries;
};

static void
entry_free (gpointer data)
{
  VssWriterRecordEntry *entry = data;

  g_free (entry->set_id);
  g_free (entry->location);
  g_free (entry->name);
  g_free (entry);
}

VssWriterRecord *
vss_writer_record_new (const char *path)
{
  VssWriterRecord *self = g_rc_box_new0 (VssWriterRecord);

  self->path = g_strdup (path);
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  return self;
}

VssWriterRecord *
vss_writer_record_ref (VssWriterRecord *self)
{
  return g_rc_box_acquire (self);
}

static void
record_clear (gpointer data)
{
  VssWriterRecord *self = data;

  g_ptr_array_unref (self->entries);
  g_free (self->path);
}

void
vss_writer_record_unref (VssWriterRecord *self)
{
  g_rc_box_release_full (self, record_clear);
}

/* -- reading -- */

static void
load_line (VssWriterRecord *self, const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", N_FIELDS);
  VssWriterRecordEntry *entry;
  VssWireWriterKind kind;

  if (g_strv_length (fields) != N_FIELDS || !g_str_equal (fields[0], "writer") ||
      !vss_wire_writer_kind_from_string (fields[2], &kind) || self->entries->len >= MAX_ENTRIES)
    return;
  entry = g_new0 (VssWriterRecordEntry, 1);
  entry->set_id = g_strcompress (fields[1]);
  entry->kind = kind;
  entry->location = g_strcompress (fields[3]);
  entry->name = g_strcompress (fields[4]);
  entry->is_left_behind = TRUE;
  g_ptr_array_add (self->entries, entry);
}

guint
vss_writer_record_load (VssWriterRecord *self, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (self->path, &text, NULL, &local_error))
    {
      if (!g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                    "can't read the record of frozen writers: ");
      return 0;
    }
  lines = g_strsplit (text, "\n", MAX_ENTRIES + 2);
  if (g_strcmp0 (lines[0], HEADER) != 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "can't read the record of frozen writers %s: it is none", self->path);
      return 0;
    }
  for (char **line = lines + 1; *line; line++)
    load_line (self, *line);
  return self->entries->len;
}

/* -- writing -- */

/* One field: no blanks, no controls. */
static char *
escape (const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);
  g_auto (GStrv) words = g_strsplit (escaped, " ", -1);

  return g_strjoinv ("\\040", words);
}

gboolean
vss_writer_record_write (VssWriterRecord *self, GError **error)
{
  g_autoptr (GString) text = g_string_new (HEADER "\n");

  if (self->entries->len == 0)
    {
      (void)g_unlink (self->path);
      return TRUE;
    }
  for (guint i = 0; i < self->entries->len; i++)
    {
      const VssWriterRecordEntry *entry = g_ptr_array_index (self->entries, i);
      g_autofree char *set_id = escape (entry->set_id);
      g_autofree char *location = escape (entry->location);
      g_autofree char *name = escape (entry->name);

      g_string_append_printf (text, "writer %s %s %s %s\n", set_id,
                              vss_wire_writer_kind_to_string (entry->kind), location, name);
    }
  if (!g_file_set_contents_full (self->path, text->str, (gssize)text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    {
      g_prefix_error (error,
                      "can't write the record of frozen writers, without which none is frozen: ");
      return FALSE;
    }
  return TRUE;
}

/* -- entries -- */

static gboolean
names (const VssWriterRecordEntry *entry, VssWriter *writer)
{
  return entry->kind == vss_writer_get_kind (writer) &&
         g_str_equal (entry->location, vss_writer_get_location (writer));
}

void
vss_writer_record_add (VssWriterRecord *self, const char *set_id, VssWriter *writer)
{
  VssWriterRecordEntry *entry = g_new0 (VssWriterRecordEntry, 1);

  entry->set_id = g_strdup (set_id);
  entry->kind = vss_writer_get_kind (writer);
  entry->location = g_strdup (vss_writer_get_location (writer));
  entry->name = g_strdup (vss_writer_get_name (writer));
  g_ptr_array_add (self->entries, entry);
}

void
vss_writer_record_remove (VssWriterRecord *self, const char *set_id, VssWriter *writer)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const VssWriterRecordEntry *entry = g_ptr_array_index (self->entries, i);

      if (names (entry, writer) && g_str_equal (entry->set_id, set_id))
        {
          g_ptr_array_remove_index (self->entries, i);
          (void)vss_writer_record_write (self, NULL);
          return;
        }
    }
}

const char *
vss_writer_record_find_left_behind (VssWriterRecord *self, VssWriter *writer)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const VssWriterRecordEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->is_left_behind && names (entry, writer))
        return entry->set_id;
    }
  return NULL;
}

guint
vss_writer_record_count (VssWriterRecord *self)
{
  return self->entries->len;
}

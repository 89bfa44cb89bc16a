/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gathers what the guest's writers say of themselves. What the guest says is checked before it is
 * believed: ids are UUIDs, none is there twice, nothing is without end. On the operation's thread;
 * the records are immutable then. */
#include "host-lib/requester/vss-writer-record.h"

#include "protocol/vss-text.h"

#include <string.h>

/* Time for the components of all writers together: an agent knows them, and each message has room
 * for hundreds. One that gives them one by one, each at its limit, would take hours. */
#define COMPONENTS_MS 10000

/* Bytes of all components together, some ten thousand with their files. Each message may be as long
 * as a message can be, and nothing else bounds how many there are. */
#define MAX_COMPONENTS_BYTES (16 * 1024 * 1024)

/* What there still is of both. */
typedef struct
{
  gint64 deadline_us;
  gsize room;
} Budget;

/* -- one record -- */

static void
clear_record (gpointer data)
{
  VssWriterRecord *self = data;

  vss_wire_writer_metadata_free (self->metadata);
  g_ptr_array_unref (self->components);
}

VssWriterRecord *
vss_writer_record_ref (VssWriterRecord *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
vss_writer_record_unref (VssWriterRecord *self)
{
  g_atomic_rc_box_release_full (self, clear_record);
}

/* To be shown; nothing is found by it. */
static void
make_fit (char **text, gsize limit)
{
  char *fit = *text != NULL ? vss_text_sanitise (*text, limit) : NULL;

  g_free (*text);
  *text = fit;
}

static VssWriterRecord *
record_new (VssWireWriterMetadata *metadata)
{
  VssWriterRecord *self = g_atomic_rc_box_new0 (VssWriterRecord);

  make_fit (&metadata->name, VSS_TEXT_MAX_NAME);
  make_fit (&metadata->instance_name, VSS_TEXT_MAX_NAME);
  make_fit (&metadata->restore_service, VSS_TEXT_MAX_MESSAGE);
  make_fit (&metadata->restore_procedure, VSS_TEXT_MAX_MESSAGE);
  self->metadata = metadata;
  self->components =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_writer_component_free);
  return self;
}

gboolean
vss_logical_path_is_same (const char *one, const char *other)
{
  const char *left = one == NULL || g_str_equal (one, "/") ? "" : one;
  const char *right = other == NULL || g_str_equal (other, "/") ? "" : other;

  return g_str_equal (left, right);
}

const VssWireWriterComponent *
vss_writer_record_find_component (const VssWriterRecord *self,
                                  VssComponentType type,
                                  const char *logical_path,
                                  const char *name)
{
  for (guint i = 0; i < self->components->len; i++)
    {
      const VssWireWriterComponent *component = g_ptr_array_index (self->components, i);

      if ((gint)component->type == (gint)type && g_str_equal (component->name, name) &&
          vss_logical_path_is_same (component->logical_path, logical_path))
        return component;
    }
  return NULL;
}

void
vss_absent_writers_add (GPtrArray *absent, const char *name, const char *reason)
{
  VssAbsentWriter *writer;

  if (absent->len >= VSS_MAX_WRITERS)
    return;
  writer = g_new0 (VssAbsentWriter, 1);
  writer->name = vss_text_sanitise (name, VSS_TEXT_MAX_NAME);
  writer->reason = vss_text_sanitise (reason, VSS_TEXT_MAX_MESSAGE);
  g_ptr_array_add (absent, writer);
}

/* -- gathering -- */

static gboolean
is_known (GPtrArray *records, const char *instance_id)
{
  for (guint i = 0; i < records->len; i++)
    {
      const VssWriterRecord *record = g_ptr_array_index (records, i);

      if (g_ascii_strcasecmp (record->metadata->instance_id, instance_id) == 0)
        return TRUE;
    }
  return FALSE;
}

/* What makes a writer one that we can't talk of; NULL if nothing. */
static const char *
find_nonsense (GPtrArray *records, const VssWireWriterMetadata *metadata)
{
  if (!g_uuid_string_is_valid (metadata->writer_id))
    return "its writer id is no UUID";
  if (!g_uuid_string_is_valid (metadata->instance_id))
    return "its instance id is no UUID";
  if (metadata->name[0] == '\0')
    return "it has no name";
  if (is_known (records, metadata->instance_id))
    return "another writer has the same instance id";
  if (records->len >= VSS_MAX_WRITERS)
    return "there are more writers than can be kept";
  if (metadata->component_count > VSS_MAX_COMPONENTS)
    return "it has more components than can be kept";
  return NULL;
}

/* Takes over the elements of @from up to @limit. */
static void
move_components (GPtrArray *to, GPtrArray *from, guint limit)
{
  g_ptr_array_set_free_func (from, NULL);
  for (guint i = 0; i < from->len; i++)
    {
      if (to->len < limit)
        g_ptr_array_add (to, g_ptr_array_index (from, i));
      else
        vss_wire_writer_component_free (g_ptr_array_index (from, i));
    }
  g_ptr_array_set_size (from, 0);
}

static gsize
size_of_text (const char *text)
{
  return sizeof text + (text != NULL ? strlen (text) : 0);
}

/* @files: nullable */
static gsize
size_of_files (GPtrArray *files)
{
  gsize size = 0;

  for (guint i = 0; files != NULL && i < files->len; i++)
    {
      const VssWireWriterFileSet *set = g_ptr_array_index (files, i);

      size += sizeof *set + size_of_text (set->path) + size_of_text (set->filespec) +
              size_of_text (set->alternate_path);
    }
  return size;
}

static gsize
size_of_component (const VssWireWriterComponent *component)
{
  gsize size = sizeof *component + size_of_text (component->logical_path) +
               size_of_text (component->name) + size_of_text (component->caption) +
               size_of_files (component->files) + size_of_files (component->database_files) +
               size_of_files (component->database_log_files);

  for (guint i = 0; component->dependencies != NULL && i < component->dependencies->len; i++)
    {
      const VssWireWriterDependency *dependency = g_ptr_array_index (component->dependencies, i);

      size += sizeof *dependency + size_of_text (dependency->writer_id) +
              size_of_text (dependency->logical_path) + size_of_text (dependency->component_name);
    }
  return size;
}

/* Why no more can be taken, NULL if it can. */
static const char *
spend (Budget *budget, GPtrArray *components)
{
  gsize size = 0;

  if (g_get_monotonic_time () > budget->deadline_us)
    return "the guest takes too long to list its components";
  for (guint i = 0; i < components->len; i++)
    size += size_of_component (g_ptr_array_index (components, i));
  if (size > budget->room)
    return "its components are more than can be kept";
  budget->room -= size;
  return NULL;
}

/* @nonsense: (out) why the writer can't be taken, if it can't. */
static gboolean
gather_components (VssGuest *guest,
                   VssWriterRecord *record,
                   Budget *budget,
                   const char **nonsense,
                   GCancellable *cancellable,
                   GError **error)
{
  while (record->components->len < record->metadata->component_count && *nonsense == NULL)
    {
      g_autoptr (VssWireWriterComponentsResult) more = vss_guest_query_writer_components (
          guest, record->metadata->instance_id, record->components->len, cancellable, error);

      if (more == NULL)
        return FALSE;
      if (more->components->len == 0)
        break;
      *nonsense = spend (budget, more->components);
      move_components (record->components, more->components, record->metadata->component_count);
    }
  record->metadata->component_count = record->components->len;
  return TRUE;
}

/* Takes @metadata over. FALSE only if the guest can't be asked any more. */
static gboolean
add_record (VssGuest *guest,
            GPtrArray *records,
            GPtrArray *absent,
            VssWireWriterMetadata *metadata,
            Budget *budget,
            GCancellable *cancellable,
            GError **error)
{
  const char *nonsense = find_nonsense (records, metadata);
  VssWriterRecord *record;
  gboolean gathered;

  if (nonsense != NULL)
    {
      vss_absent_writers_add (absent, metadata->name, nonsense);
      vss_wire_writer_metadata_free (metadata);
      return TRUE;
    }
  record = record_new (metadata);
  gathered = gather_components (guest, record, budget, &nonsense, cancellable, error);
  if (gathered && nonsense == NULL)
    {
      g_ptr_array_add (records, record);
      return TRUE;
    }
  if (nonsense != NULL)
    vss_absent_writers_add (absent, record->metadata->name, nonsense);
  vss_writer_record_unref (record);
  return gathered;
}

GPtrArray *
vss_writer_records_gather (VssGuest *guest,
                           guint timeout_ms,
                           VssWriterWanted wanted,
                           gpointer user_data,
                           GPtrArray *absent,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (GPtrArray) records =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_writer_record_unref);
  g_autoptr (VssWireGatherWriterMetadataResult) result =
      vss_guest_gather_writer_metadata (guest, timeout_ms, cancellable, error);
  Budget budget = { .room = MAX_COMPONENTS_BYTES };

  if (result == NULL)
    return NULL;
  budget.deadline_us = g_get_monotonic_time () + COMPONENTS_MS * G_TIME_SPAN_MILLISECOND;
  for (guint i = 0; i < result->absent->len; i++)
    {
      const VssWireAbsentWriter *writer = g_ptr_array_index (result->absent, i);

      vss_absent_writers_add (absent, writer->name, writer->reason);
    }
  while (result->writers->len > 0)
    {
      g_autoptr (VssWireWriterMetadata) metadata = g_ptr_array_steal_index (result->writers, 0);

      if (wanted != NULL && !wanted (metadata, user_data))
        continue;
      if (!add_record (guest, records, absent, g_steal_pointer (&metadata), &budget, cancellable,
                       error))
        return NULL;
    }
  return g_steal_pointer (&records);
}

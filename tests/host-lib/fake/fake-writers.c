/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of a fake guest. */
#include "tests/host-lib/fake/fake-writers.h"

/* As many components go into one answer, so that a test needs few to see the next question. */
#define COMPONENTS_PER_ANSWER 2

typedef struct
{
  VssWireWriterMetadata *metadata;
  GPtrArray *components; /* element-type VssWireWriterComponent */
  VssWireWriterState state;
  VssWireWriterFailure failure;
  char *message; /* nullable */
  VssWireWriterEvent failing_event; /* identify: none fails */
  VssWireWriterFailure failing_failure;
  char *failing_message;
  gboolean selected;
  gboolean saw_freeze;
} FakeWriter;

struct _FakeWriters
{
  GMutex lock;
  GPtrArray *writers; /* element-type FakeWriter */
  GPtrArray *absent; /* element-type VssWireAbsentWriter */
  GString *events;
  GString *selection;
};

/* Where an event leads, and where a failure at it does. */
typedef struct
{
  VssWireWriterState next;
  VssWireWriterState failed;
} Transition;

static const Transition transitions[] = {
  [VSS_WIRE_WRITER_EVENT_IDENTIFY]
  = { VSS_WIRE_WRITER_STATE_STABLE, VSS_WIRE_WRITER_STATE_FAILED_AT_IDENTIFY },
  [VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP]
  = { VSS_WIRE_WRITER_STATE_STABLE, VSS_WIRE_WRITER_STATE_FAILED_AT_PREPARE_BACKUP },
  [VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT]
  = { VSS_WIRE_WRITER_STATE_WAITING_FOR_FREEZE,
      VSS_WIRE_WRITER_STATE_FAILED_AT_PREPARE_SNAPSHOT },
  [VSS_WIRE_WRITER_EVENT_FREEZE]
  = { VSS_WIRE_WRITER_STATE_WAITING_FOR_THAW, VSS_WIRE_WRITER_STATE_FAILED_AT_FREEZE },
  [VSS_WIRE_WRITER_EVENT_THAW]
  = { VSS_WIRE_WRITER_STATE_WAITING_FOR_POST_SNAPSHOT, VSS_WIRE_WRITER_STATE_FAILED_AT_THAW },
  [VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT]
  = { VSS_WIRE_WRITER_STATE_WAITING_FOR_BACKUP_COMPLETE,
      VSS_WIRE_WRITER_STATE_FAILED_AT_POST_SNAPSHOT },
  [VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE]
  = { VSS_WIRE_WRITER_STATE_STABLE, VSS_WIRE_WRITER_STATE_FAILED_AT_BACKUP_COMPLETE },
  [VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN]
  = { VSS_WIRE_WRITER_STATE_STABLE, VSS_WIRE_WRITER_STATE_FAILED_AT_BACKUP_SHUTDOWN },
  [VSS_WIRE_WRITER_EVENT_ABORT] = { VSS_WIRE_WRITER_STATE_STABLE, VSS_WIRE_WRITER_STATE_STABLE },
};

static void
fake_writer_free (gpointer data)
{
  FakeWriter *writer = data;

  vss_wire_writer_metadata_free (writer->metadata);
  g_ptr_array_unref (writer->components);
  g_free (writer->message);
  g_free (writer->failing_message);
  g_free (writer);
}

static gpointer
copy (const VssSchemaType *type, gconstpointer value)
{
  g_autoptr (JsonNode) node = vss_schema_value_to_json (type, value);

  return vss_schema_value_from_json (type, node, VSS_WIRE_PARSE_STRICT, NULL);
}

FakeWriters *
fake_writers_new (void)
{
  FakeWriters *self = g_new0 (FakeWriters, 1);

  g_mutex_init (&self->lock);
  self->writers = g_ptr_array_new_with_free_func (fake_writer_free);
  self->absent = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_wire_absent_writer_free);
  self->events = g_string_new (NULL);
  self->selection = g_string_new (NULL);
  return self;
}

void
fake_writers_free (FakeWriters *self)
{
  g_ptr_array_unref (self->writers);
  g_ptr_array_unref (self->absent);
  g_string_free (self->events, TRUE);
  g_string_free (self->selection, TRUE);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* -- the script -- */

char *
fake_writers_id (guint kind, guint number)
{
  return g_strdup_printf ("%08x-0000-4000-8000-%012x", kind, number);
}

VssWireWriterMetadata *
fake_writers_add (FakeWriters *self, guint number, const char *name)
{
  FakeWriter *writer = g_new0 (FakeWriter, 1);

  writer->metadata = vss_wire_writer_metadata_new ();
  writer->metadata->writer_id = fake_writers_id (1, number);
  writer->metadata->instance_id = fake_writers_id (2, number);
  writer->metadata->name = g_strdup (name);
  writer->metadata->usage = VSS_WIRE_USAGE_TYPE_USER_DATA;
  writer->metadata->source = VSS_WIRE_SOURCE_TYPE_TRANSACTED_DB;
  writer->metadata->level = VSS_WIRE_WRITER_LEVEL_BACK_END;
  writer->components
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_wire_writer_component_free);
  writer->state = VSS_WIRE_WRITER_STATE_STABLE;
  g_ptr_array_add (self->writers, writer);
  return writer->metadata;
}

static GPtrArray *
one_file_set (const char *path, const char *filespec)
{
  GPtrArray *sets = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_wire_writer_file_set_free);
  VssWireWriterFileSet *set = vss_wire_writer_file_set_new ();

  set->path = g_strdup (path);
  set->filespec = g_strdup (filespec);
  g_ptr_array_add (sets, set);
  return sets;
}

VssWireWriterComponent *
fake_writers_add_component (FakeWriters *self, const char *name)
{
  FakeWriter *writer = g_ptr_array_index (self->writers, self->writers->len - 1);
  VssWireWriterComponent *component = vss_wire_writer_component_new ();

  component->type = VSS_WIRE_COMPONENT_TYPE_DATABASE;
  component->name = g_strdup (name);
  component->has_selectable = TRUE;
  component->selectable = TRUE;
  component->database_files = one_file_set ("/srv", "*.db");
  component->database_log_files = one_file_set ("/srv", "*.log");
  g_ptr_array_add (writer->components, component);
  writer->metadata->component_count = writer->components->len;
  return component;
}

void
fake_writers_add_absent (FakeWriters *self, const char *name, const char *reason)
{
  VssWireAbsentWriter *absent = vss_wire_absent_writer_new ();

  absent->name = g_strdup (name);
  absent->reason = g_strdup (reason);
  g_ptr_array_add (self->absent, absent);
}

void
fake_writers_fail (FakeWriters *self,
                   const char *name,
                   VssWireWriterEvent event,
                   VssWireWriterFailure failure,
                   const char *message)
{
  for (guint i = 0; i < self->writers->len; i++)
    {
      FakeWriter *writer = g_ptr_array_index (self->writers, i);

      if (!g_str_equal (writer->metadata->name, name))
        continue;
      writer->failing_event = event;
      writer->failing_failure = failure;
      g_free (writer->failing_message);
      writer->failing_message = g_strdup (message);
    }
}

char *
fake_writers_get_events (FakeWriters *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->events->str);
}

char *
fake_writers_get_selection (FakeWriters *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->selection->str);
}

/* -- what the guest is told -- */

static FakeWriter *
find (FakeWriters *self, const char *instance_id)
{
  for (guint i = 0; i < self->writers->len; i++)
    {
      FakeWriter *writer = g_ptr_array_index (self->writers, i);

      if (g_str_equal (writer->metadata->instance_id, instance_id))
        return writer;
    }
  return NULL;
}

static void
unselect (FakeWriters *self)
{
  for (guint i = 0; i < self->writers->len; i++)
    ((FakeWriter *) g_ptr_array_index (self->writers, i))->selected = FALSE;
}

/* With the lock held. */
static void
note_components (FakeWriters *self, GPtrArray *components)
{
  for (guint i = 0; components != NULL && i < components->len; i++)
    {
      const VssWireSelectedComponent *component = g_ptr_array_index (components, i);
      FakeWriter *writer = find (self, component->instance_id);

      g_string_append_printf (self->selection, "%s%s/%s%s", self->selection->len > 0 ? " " : "",
                              writer != NULL ? writer->metadata->name : "?", component->name,
                              !component->has_succeeded ? ""
                              : component->succeeded    ? "=ok"
                                                        : "=failed");
    }
}

void
fake_writers_prepare (FakeWriters *self, const VssWirePrepareForBackupArguments *arguments)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  unselect (self);
  for (guint i = 0; i < arguments->writers->len; i++)
    {
      FakeWriter *writer = find (self, g_ptr_array_index (arguments->writers, i));

      g_assert_nonnull (writer);
      writer->selected = TRUE;
    }
  g_string_assign (self->selection, vss_wire_backup_type_to_string (arguments->backup_type));
  if (arguments->select_components)
    g_string_append (self->selection, " select");
  if (arguments->bootable_system_state)
    g_string_append (self->selection, " bootable");
  if (arguments->partial_file_support)
    g_string_append (self->selection, " partial");
  note_components (self, arguments->components);
}

void
fake_writers_select (FakeWriters *self, const char *const *instance_ids)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  unselect (self);
  for (; *instance_ids != NULL; instance_ids++)
    {
      FakeWriter *writer = find (self, *instance_ids);

      g_assert_nonnull (writer);
      writer->selected = TRUE;
    }
}

void
fake_writers_complete (FakeWriters *self, GPtrArray *components)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_string_truncate (self->selection, 0);
  note_components (self, components);
}

/* Whoever saw Freeze gets exactly one Thaw or Abort; else who has failed is told the end only. */
static gboolean
wants (FakeWriter *writer, VssWireWriterEvent event)
{
  if (!writer->selected)
    return FALSE;
  if (event == VSS_WIRE_WRITER_EVENT_THAW)
    return writer->saw_freeze;
  if (event == VSS_WIRE_WRITER_EVENT_ABORT || event == VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN)
    return TRUE;
  return writer->failure == VSS_WIRE_WRITER_FAILURE_NONE;
}

static void
tell (FakeWriters *self, FakeWriter *writer, VssWireWriterEvent event)
{
  gboolean fails = writer->failing_event == event && event != VSS_WIRE_WRITER_EVENT_IDENTIFY;

  g_string_append_printf (self->events, "%s%s:%s", self->events->len > 0 ? " " : "",
                          writer->metadata->name, vss_wire_writer_event_to_string (event));
  writer->saw_freeze = event == VSS_WIRE_WRITER_EVENT_FREEZE;
  if (fails && writer->failing_failure == VSS_WIRE_WRITER_FAILURE_NONE)
    return;
  if (fails)
    {
      writer->state = transitions[event].failed;
      writer->failure = writer->failing_failure;
      g_free (writer->message);
      writer->message = g_strdup (writer->failing_message);
    }
  else if (writer->failure == VSS_WIRE_WRITER_FAILURE_NONE)
    writer->state = transitions[event].next;
}

void
fake_writers_tell (FakeWriters *self, VssWireWriterEvent event)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->writers->len; i++)
    {
      FakeWriter *writer = g_ptr_array_index (self->writers, i);

      if (wants (writer, event))
        tell (self, writer, event);
    }
}

/* -- what the guest answers -- */

GPtrArray *
fake_writers_get_status (FakeWriters *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_wire_writer_status_free);

  for (guint i = 0; i < self->writers->len; i++)
    {
      FakeWriter *writer = g_ptr_array_index (self->writers, i);
      VssWireWriterStatus *status;

      if (!writer->selected)
        continue;
      status = vss_wire_writer_status_new ();
      status->writer_id = g_strdup (writer->metadata->writer_id);
      status->instance_id = g_strdup (writer->metadata->instance_id);
      status->name = g_strdup (writer->metadata->name);
      status->state = writer->state;
      status->failure = writer->failure;
      status->message = g_strdup (writer->message);
      status->has_application_code = writer->failure != VSS_WIRE_WRITER_FAILURE_NONE;
      status->application_code = status->has_application_code ? 17 : 0;
      status->has_freeze_us = TRUE;
      status->freeze_us = 1200;
      status->has_thaw_us = TRUE;
      status->thaw_us = 3400;
      g_ptr_array_add (all, status);
    }
  return all;
}

VssWireGatherWriterMetadataResult *
fake_writers_get_metadata (FakeWriters *self)
{
  VssWireGatherWriterMetadataResult *result = vss_wire_gather_writer_metadata_result_new ();

  for (guint i = 0; i < self->writers->len; i++)
    g_ptr_array_add (result->writers,
                     copy (&vss_wire_writer_metadata_type,
                           ((FakeWriter *) g_ptr_array_index (self->writers, i))->metadata));
  for (guint i = 0; i < self->absent->len; i++)
    g_ptr_array_add (result->absent, copy (&vss_wire_absent_writer_type,
                                           g_ptr_array_index (self->absent, i)));
  return result;
}

VssWireWriterComponentsResult *
fake_writers_get_components (FakeWriters *self, const char *instance_id, guint first)
{
  VssWireWriterComponentsResult *result = vss_wire_writer_components_result_new ();
  FakeWriter *writer = find (self, instance_id);

  g_assert_nonnull (writer);
  for (guint i = first; i < writer->components->len && i < first + COMPONENTS_PER_ANSWER; i++)
    g_ptr_array_add (result->components, copy (&vss_wire_writer_component_type,
                                               g_ptr_array_index (writer->components, i)));
  return result;
}

VssWireWritersResult *
fake_writers_get_registered (FakeWriters *self)
{
  VssWireWritersResult *result = vss_wire_writers_result_new ();

  for (guint i = 0; i < self->writers->len; i++)
    {
      FakeWriter *writer = g_ptr_array_index (self->writers, i);
      VssWireWriterInfo *info = vss_wire_writer_info_new ();

      info->writer_id = g_strdup (writer->metadata->writer_id);
      info->instance_id = g_strdup (writer->metadata->instance_id);
      info->name = g_strdup (writer->metadata->name);
      info->state = writer->state;
      info->failure = writer->failure;
      info->message = g_strdup (writer->message);
      info->kind = VSS_WIRE_WRITER_KIND_PROGRAM;
      info->location = g_strdup_printf ("/etc/vss-agent/writers.d/%s.writer",
                                        writer->metadata->name);
      info->level = writer->metadata->level;
      g_ptr_array_add (result->writers, info);
    }
  for (guint i = 0; i < self->absent->len; i++)
    g_ptr_array_add (result->broken, copy (&vss_wire_absent_writer_type,
                                           g_ptr_array_index (self->absent, i)));
  return result;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See fake-writer.h. */
#include "tests/guest-agent/writers/fake-writer.h"

#define LIMIT_MS 10000
#define CLASS_ID "11111111-2222-3333-4444-555555555555"

static void fake_writer_iface_init (VssWriterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeWriter,
                               fake_writer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_WRITER, fake_writer_iface_init))

static VssWireWriterKind
get_kind (VssWriter *writer)
{
  return FAKE_WRITER (writer)->kind;
}

static const char *
get_instance_id (VssWriter *writer)
{
  return FAKE_WRITER (writer)->instance_id;
}

static const char *
get_name (VssWriter *writer)
{
  return FAKE_WRITER (writer)->name;
}

static const char *
get_location (VssWriter *writer)
{
  return FAKE_WRITER (writer)->location;
}

static guint
get_timeout_ms (VssWriter *writer, VssWireWriterEvent event)
{
  return FAKE_WRITER (writer)->limit_ms[event];
}

/* -- answers -- */

static void
note (FakeWriter *self, const char *event, const char *mark)
{
  if (self->log)
    g_string_append_printf (self->log, "%s:%s%s ", event, self->name, mark);
}

static gboolean
on_limit (gpointer user_data)
{
  GTask *task = user_data;
  FakeWriter *self = g_task_get_source_object (task);

  vss_writer_clock_cancel (&self->timer);
  self->is_busy = FALSE;
  g_task_return_new_error (task, VSS_WRITER_ERROR, VSS_WRITER_ERROR_TIMEOUT, "it hangs");
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

/* Takes the task. FALSE if the answer is the caller's to give. */
static gboolean
misbehave (FakeWriter *self, GTask *task, FakeConduct conduct, guint limit_ms)
{
  switch (conduct)
    {
    case FAKE_CONDUCT_DIES:
      self->is_busy = FALSE;
      g_task_return_new_error (task, VSS_WRITER_ERROR, VSS_WRITER_ERROR_GONE, "it died");
      g_object_unref (task);
      return TRUE;
    case FAKE_CONDUCT_HANGS:
      self->timer = vss_writer_clock_call_at (
          &self->clock->clock, self->clock->now_us + limit_ms * (gint64)1000, on_limit, task);
      return TRUE;
    case FAKE_CONDUCT_LATE:
      self->late = task;
      return TRUE;
    case FAKE_CONDUCT_OK:
    case FAKE_CONDUCT_RETRYABLE:
    default:
      return FALSE;
    }
}

static void
identify_async (VssWriter *writer, guint timeout_ms, GAsyncReadyCallback callback, gpointer data)
{
  FakeWriter *self = FAKE_WRITER (writer);
  GTask *task = g_task_new (self, NULL, callback, data);
  VssWireWriterIdentifyResult *answer;

  g_assert_false (self->is_forbidden);
  self->told[VSS_WIRE_WRITER_EVENT_IDENTIFY]++;
  self->given_ms[VSS_WIRE_WRITER_EVENT_IDENTIFY] = timeout_ms;
  if (misbehave (self, task, self->conduct[VSS_WIRE_WRITER_EVENT_IDENTIFY], timeout_ms))
    return;
  answer = vss_wire_writer_identify_result_new ();
  answer->writer_id = g_strdup (CLASS_ID);
  answer->name = g_strdup (self->name);
  answer->has_usage = answer->has_source = answer->has_level = TRUE;
  answer->usage = VSS_WIRE_USAGE_TYPE_USER_DATA;
  answer->source = VSS_WIRE_SOURCE_TYPE_OTHER;
  answer->level = self->level;
  answer->has_transaction_manager = TRUE;
  answer->transaction_manager = self->is_transaction_manager;
  answer->has_freeze_timeout_ms = self->rest_limit_ms > 0;
  answer->freeze_timeout_ms = self->rest_limit_ms;
  answer->components =
      g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_writer_component_free);
  for (guint i = 0; i < self->n_components; i++)
    {
      VssWireWriterComponent *component = vss_wire_writer_component_new ();

      component->type = VSS_WIRE_COMPONENT_TYPE_DATABASE;
      component->name = g_strdup_printf ("component-%u", i);
      component->caption = g_strnfill (self->caption_length, 'c');
      g_ptr_array_add (answer->components, component);
    }
  g_task_return_pointer (task, answer, (GDestroyNotify)vss_wire_writer_identify_result_free);
  g_object_unref (task);
}

static VssWireWriterIdentifyResult *
identify_finish (VssWriter *writer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
check_debt (FakeWriter *self, VssWireWriterEvent event)
{
  g_assert_false (self->is_forbidden);
  if (event == VSS_WIRE_WRITER_EVENT_FREEZE)
    g_assert_false (self->is_owed);
  if (event == VSS_WIRE_WRITER_EVENT_THAW)
    g_assert_true (self->is_owed);
  if (event == VSS_WIRE_WRITER_EVENT_THAW || event == VSS_WIRE_WRITER_EVENT_ABORT)
    self->is_owed = FALSE;
  self->is_owed |= event == VSS_WIRE_WRITER_EVENT_FREEZE;
}

static void
send_async (VssWriter *writer,
            const VssWireWriterEventArguments *event,
            GAsyncReadyCallback callback,
            gpointer data)
{
  FakeWriter *self = FAKE_WRITER (writer);
  GTask *task = g_task_new (self, NULL, callback, data);
  VssWireWriterEventResult *answer;

  g_assert_false (self->is_busy);
  check_debt (self, event->event);
  self->is_busy = TRUE;
  note (self, vss_wire_writer_event_to_string (event->event), "");
  self->told[event->event]++;
  self->given_ms[event->event] = event->timeout_ms;
  self->n_given_components = event->components ? event->components->len : G_MAXUINT;
  g_free (self->set_id);
  self->set_id = g_strdup (event->snapshot_set_id);
  if (misbehave (self, task, self->conduct[event->event], event->timeout_ms))
    return;
  answer = vss_wire_writer_event_result_new ();
  if (self->conduct[event->event] == FAKE_CONDUCT_RETRYABLE)
    {
      answer->failure = VSS_WIRE_WRITER_FAILURE_RETRYABLE;
      answer->message = g_strdup ("try again");
      answer->has_application_code = TRUE;
      answer->application_code = 75;
    }
  self->is_busy = FALSE;
  g_task_return_pointer (task, answer, (GDestroyNotify)vss_wire_writer_event_result_free);
  g_object_unref (task);
}

static VssWireWriterEventResult *
send_finish (VssWriter *writer, GAsyncResult *result, GError **error)
{
  note (FAKE_WRITER (writer), "answer", "");
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
fake_writer_answer (FakeWriter *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->late);

  self->is_busy = FALSE;
  g_task_return_pointer (task, vss_wire_writer_event_result_new (),
                         (GDestroyNotify)vss_wire_writer_event_result_free);
  manual_clock_run ();
}

guint
fake_writer_count_releases (FakeWriter *self)
{
  return self->told[VSS_WIRE_WRITER_EVENT_THAW] + self->told[VSS_WIRE_WRITER_EVENT_ABORT];
}

/* -- life -- */

static void
fake_writer_iface_init (VssWriterInterface *iface)
{
  iface->get_kind = get_kind;
  iface->get_instance_id = get_instance_id;
  iface->get_name = get_name;
  iface->get_location = get_location;
  iface->get_timeout_ms = get_timeout_ms;
  iface->identify_async = identify_async;
  iface->identify_finish = identify_finish;
  iface->send_async = send_async;
  iface->send_finish = send_finish;
}

FakeWriter *
fake_writer_new (const char *name, VssWireWriterLevel level, ManualClock *clock, GString *log)
{
  FakeWriter *self = g_object_new (FAKE_TYPE_WRITER, NULL);

  self->name = g_strdup (name);
  self->instance_id = g_uuid_string_random ();
  self->location = g_strdup_printf ("/etc/writers/%s file.writer", name);
  self->kind = VSS_WIRE_WRITER_KIND_PROGRAM;
  self->level = level;
  self->clock = clock;
  self->log = log;
  for (guint i = 0; i < FAKE_N_EVENTS; i++)
    self->limit_ms[i] = LIMIT_MS;
  return self;
}

static void
fake_writer_finalize (GObject *object)
{
  FakeWriter *self = FAKE_WRITER (object);

  vss_writer_clock_cancel (&self->timer);
  g_free (self->name);
  g_free (self->instance_id);
  g_free (self->location);
  g_free (self->set_id);
  G_OBJECT_CLASS (fake_writer_parent_class)->finalize (object);
}

static void
fake_writer_class_init (FakeWriterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_writer_finalize;
}

static void
fake_writer_init (FakeWriter *self)
{
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-program.h. */
#include "guest-agent/writers/vss-writer-program.h"

#include "guest-agent/writers/vss-writer-answer.h"
#include "guest-agent/writers/vss-writer-lane.h"
#include "protocol/vss-text.h"

struct _VssWriterProgram
{
  GObject parent_instance;

  const VssWriterEnvironment *environment;
  VssWriterFile *file;
  char *instance_id;
  char *name;              /* as it has described itself, NULL before */
  VssWriterLane *identity; /* Identify, which may come at any time */
  VssWriterLane *events;
};

static void implement_writer (VssWriterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssWriterProgram,
                               vss_writer_program,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_WRITER, implement_writer))

/* -- who it is -- */

static VssWireWriterKind
get_kind (VssWriter *writer)
{
  return VSS_WIRE_WRITER_KIND_PROGRAM;
}

static const char *
get_instance_id (VssWriter *writer)
{
  return VSS_WRITER_PROGRAM (writer)->instance_id;
}

static const char *
get_name (VssWriter *writer)
{
  VssWriterProgram *self = VSS_WRITER_PROGRAM (writer);

  if (self->name)
    return self->name;
  return self->file->identity->name ? self->file->identity->name : self->file->name;
}

static const char *
get_location (VssWriter *writer)
{
  return VSS_WRITER_PROGRAM (writer)->file->path;
}

static const VssWireWriterIdentifyResult *
peek_identity (VssWriter *writer)
{
  return VSS_WRITER_PROGRAM (writer)->file->identity;
}

static guint
get_timeout_ms (VssWriter *writer, VssWireWriterEvent event)
{
  VssWriterProgram *self = VSS_WRITER_PROGRAM (writer);
  guint own = self->file->limits_ms[event];

  return own ? own : self->environment->get_timeout_ms (self->environment->user_data, event);
}

/* -- Identify -- */

static void
identify_async (VssWriter *writer,
                guint timeout_ms,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  VssWriterProgram *self = VSS_WRITER_PROGRAM (writer);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("{}\n", 3);

  vss_writer_lane_tell (self->identity, task, VSS_WIRE_WRITER_EVENT_IDENTIFY, nothing, timeout_ms);
}

static VssWireWriterIdentifyResult *
read_identity (VssWriterProgram *self, const VssWriterReply *reply, GError **error)
{
  gboolean is_supported = reply->exit != VSS_WRITER_EXIT_NOT_SUPPORTED;
  g_autoptr (JsonNode) said = NULL;

  if (reply->exit != VSS_WRITER_EXIT_DONE && is_supported)
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
                   "%s failed to describe itself: %s (exit status %d)", self->file->argv[0],
                   reply->words ? reply->words : "it gave no reason", reply->status);
      return NULL;
    }
  if (reply->line && is_supported)
    {
      said = vss_writer_answer_parse (reply->line, error);
      if (!said)
        return NULL;
    }
  return vss_writer_answer_to_identity (said, self->file, error);
}

static VssWireWriterIdentifyResult *
identify_finish (VssWriter *writer, GAsyncResult *result, GError **error)
{
  VssWriterProgram *self = VSS_WRITER_PROGRAM (writer);
  g_autoptr (VssWriterReply) reply = g_task_propagate_pointer (G_TASK (result), error);
  VssWireWriterIdentifyResult *identity = reply ? read_identity (self, reply, error) : NULL;

  if (identity)
    {
      g_free (self->name);
      self->name = g_strdup (identity->name);
    }
  return identity;
}

/* -- events -- */

static void
send_async (VssWriter *writer,
            const VssWireWriterEventArguments *event,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  VssWriterProgram *self = VSS_WRITER_PROGRAM (writer);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GBytes) line = vss_writer_answer_make_event (event);

  vss_writer_lane_tell (self->events, task, event->event, line, event->timeout_ms);
}

/* What the exit status says by itself. */
static VssWireWriterFailure
get_failure (const VssWriterReply *reply)
{
  switch (reply->exit)
    {
    case VSS_WRITER_EXIT_DONE:
    case VSS_WRITER_EXIT_NOT_SUPPORTED:
      return VSS_WIRE_WRITER_FAILURE_NONE;
    case VSS_WRITER_EXIT_RETRYABLE:
      return VSS_WIRE_WRITER_FAILURE_RETRYABLE;
    case VSS_WRITER_EXIT_NONRETRYABLE:
    default:
      return VSS_WIRE_WRITER_FAILURE_NONRETRYABLE;
    }
}

/* Of exit status and answer the worse one counts. */
static VssWireWriterEventResult *
read_result (const VssWriterReply *reply, GError **error)
{
  g_autoptr (JsonNode) said = NULL;
  VssWireWriterEventResult *result;

  if (reply->line)
    {
      said = vss_writer_answer_parse (reply->line, error);
      result = said ? vss_writer_answer_to_event (said, error) : NULL;
    }
  else
    result = vss_wire_writer_event_result_new ();
  if (!result)
    return NULL;
  if (result->failure == VSS_WIRE_WRITER_FAILURE_NONE)
    result->failure = get_failure (reply);
  if (!result->message && result->failure != VSS_WIRE_WRITER_FAILURE_NONE)
    result->message =
        reply->words ? g_strdup (reply->words) : g_strdup_printf ("exit status %d", reply->status);
  return result;
}

static VssWireWriterEventResult *
send_finish (VssWriter *writer, GAsyncResult *result, GError **error)
{
  g_autoptr (VssWriterReply) reply = g_task_propagate_pointer (G_TASK (result), error);

  return reply ? read_result (reply, error) : NULL;
}

/* -- life -- */

static void
on_lost (const char *reason, gpointer owner)
{
  g_signal_emit_by_name (owner, "lost", reason);
}

VssWriterProgram *
vss_writer_program_new (const VssWriterEnvironment *environment, VssWriterFile *file)
{
  VssWriterProgram *self = g_object_new (VSS_TYPE_WRITER_PROGRAM, NULL);

  self->environment = environment;
  self->file = file;
  self->identity = vss_writer_lane_new (environment, file, on_lost, G_OBJECT (self));
  self->events = vss_writer_lane_new (environment, file, on_lost, G_OBJECT (self));
  return self;
}

const VssWriterFile *
vss_writer_program_get_file (VssWriterProgram *self)
{
  return self->file;
}

void
vss_writer_program_close (VssWriterProgram *self)
{
  vss_writer_lane_close (self->identity);
  vss_writer_lane_close (self->events);
}

static void
vss_writer_program_finalize (GObject *object)
{
  VssWriterProgram *self = VSS_WRITER_PROGRAM (object);

  vss_writer_lane_free (self->identity);
  vss_writer_lane_free (self->events);
  vss_writer_file_free (self->file);
  g_free (self->instance_id);
  g_free (self->name);
  G_OBJECT_CLASS (vss_writer_program_parent_class)->finalize (object);
}

static void
vss_writer_program_class_init (VssWriterProgramClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_writer_program_finalize;
}

static void
vss_writer_program_init (VssWriterProgram *self)
{
  self->instance_id = g_uuid_string_random ();
}

static void
implement_writer (VssWriterInterface *iface)
{
  iface->get_kind = get_kind;
  iface->get_instance_id = get_instance_id;
  iface->get_name = get_name;
  iface->get_location = get_location;
  iface->peek_identity = peek_identity;
  iface->get_timeout_ms = get_timeout_ms;
  iface->identify_async = identify_async;
  iface->identify_finish = identify_finish;
  iface->send_async = send_async;
  iface->send_finish = send_finish;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-daemon.h. */
#include "guest-agent/writers/vss-writer-daemon.h"

#include "guest-agent/writers/vss-writer-answer.h"
#include "protocol/vss-protocol-error.h"
#include "qapi/vss-wire-dispatch.h"
#include "qapi/vss-wire-marshal.h"

struct _VssWriterDaemon
{
  GObject parent_instance;

  const VssWriterEnvironment *environment;
  VssWriterLink *link;
  char *location;
  char *instance_id;
  VssWireWriterIdentifyResult *identity; /* as it described itself first, NULL before */
  gboolean is_at_rest; /* its answer to Freeze was good, and it was told nothing since */
};

static void implement_writer (VssWriterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (VssWriterDaemon,
                               vss_writer_daemon,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_WRITER, implement_writer))

/* -- who it is -- */

static VssWireWriterKind
get_kind (VssWriter *writer)
{
  return VSS_WIRE_WRITER_KIND_DAEMON;
}

static const char *
get_instance_id (VssWriter *writer)
{
  return VSS_WRITER_DAEMON (writer)->instance_id;
}

static const char *
get_name (VssWriter *writer)
{
  VssWriterDaemon *self = VSS_WRITER_DAEMON (writer);

  return self->identity ? self->identity->name : self->location;
}

static const char *
get_location (VssWriter *writer)
{
  return VSS_WRITER_DAEMON (writer)->location;
}

static const VssWireWriterIdentifyResult *
peek_identity (VssWriter *writer)
{
  return VSS_WRITER_DAEMON (writer)->identity;
}

static guint
get_timeout_ms (VssWriter *writer, VssWireWriterEvent event)
{
  const VssWriterEnvironment *environment = VSS_WRITER_DAEMON (writer)->environment;

  return environment->get_timeout_ms (environment->user_data, event);
}

static gboolean
is_same_identity (const VssWireWriterIdentifyResult *a, const VssWireWriterIdentifyResult *b)
{
  return g_str_equal (a->writer_id, b->writer_id) &&
         g_strcmp0 (a->instance_name, b->instance_name) == 0;
}

gboolean
vss_writer_daemon_is_same (VssWriterDaemon *self, VssWriterDaemon *other)
{
  return self->identity && other->identity && is_same_identity (self->identity, other->identity);
}

/* -- Identify -- */

static void
on_executed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  JsonNode *node = vss_writer_link_execute_finish (VSS_WRITER_LINK (source), result, &error);

  if (node)
    g_task_return_pointer (task, node, (GDestroyNotify)json_node_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
identify_async (VssWriter *writer,
                guint timeout_ms,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  VssWriterDaemon *self = VSS_WRITER_DAEMON (writer);

  vss_writer_link_execute_async (self->link, VSS_WIRE_COMMAND_WRITER_IDENTIFY, NULL, timeout_ms,
                                 on_executed, g_task_new (self, NULL, callback, user_data));
}

static gboolean
keep_identity (VssWriterDaemon *self, VssWireWriterIdentifyResult *identity, GError **error)
{
  g_autoptr (JsonNode) node = NULL;

  if (!self->identity)
    {
      node = vss_wire_writer_identify_result_to_json (identity);
      self->identity =
          vss_wire_writer_identify_result_from_json (node, VSS_WIRE_PARSE_LENIENT, error);
      return self->identity != NULL;
    }
  if (is_same_identity (self->identity, identity) &&
      g_str_equal (self->identity->name, identity->name))
    return TRUE;
  g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
               "the writer has connected as %s and now says that it is %s", self->identity->name,
               identity->name);
  return FALSE;
}

static VssWireWriterIdentifyResult *
identify_finish (VssWriter *writer, GAsyncResult *result, GError **error)
{
  VssWriterDaemon *self = VSS_WRITER_DAEMON (writer);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonNode) said = g_task_propagate_pointer (G_TASK (result), &local_error);
  g_autoptr (VssWireWriterIdentifyResult) identity = NULL;

  if (local_error && local_error->domain == VSS_PROTOCOL_ERROR) /* its own words */
    g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY,
                 "the writer failed to describe itself: %s", local_error->message);
  else if (local_error)
    g_propagate_error (error, g_steal_pointer (&local_error));
  if (!said)
    return NULL;
  identity = vss_writer_answer_to_identity (said, NULL, error);
  return identity && keep_identity (self, identity, error) ? g_steal_pointer (&identity) : NULL;
}

/* -- events -- */

static void
send_async (VssWriter *writer,
            const VssWireWriterEventArguments *event,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  VssWriterDaemon *self = VSS_WRITER_DAEMON (writer);
  GTask *task = g_task_new (self, NULL, callback, user_data);

  self->is_at_rest = FALSE;
  g_task_set_task_data (task, GINT_TO_POINTER (event->event), NULL);
  vss_writer_link_execute_async (self->link, VSS_WIRE_COMMAND_WRITER_EVENT,
                                 vss_wire_writer_event_arguments_to_json (event), event->timeout_ms,
                                 on_executed, task);
}

/* A daemon that doesn't know the command has nothing to do at any event. */
static VssWireWriterEventResult *
take_refusal (const GError *refusal)
{
  const char *error_class = vss_protocol_error_get_class (refusal);
  VssWireWriterEventResult *answer = vss_wire_writer_event_result_new ();

  if (g_strcmp0 (error_class, "command-not-found") == 0)
    return answer;
  answer->failure = VSS_WIRE_WRITER_FAILURE_NONRETRYABLE;
  answer->message = g_strdup (refusal->message);
  return answer;
}

static VssWireWriterEventResult *
send_finish (VssWriter *writer, GAsyncResult *result, GError **error)
{
  VssWriterDaemon *self = VSS_WRITER_DAEMON (writer);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (JsonNode) said = g_task_propagate_pointer (G_TASK (result), &local_error);
  gpointer event = g_task_get_task_data (G_TASK (result));
  VssWireWriterEventResult *answer = NULL;

  if (said)
    answer = vss_writer_answer_to_event (said, error);
  else if (local_error->domain == VSS_PROTOCOL_ERROR)
    answer = take_refusal (local_error);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));
  self->is_at_rest = answer && answer->failure == VSS_WIRE_WRITER_FAILURE_NONE &&
                     GPOINTER_TO_INT (event) == VSS_WIRE_WRITER_EVENT_FREEZE;
  return answer;
}

static void
on_closed (VssWriterLink *link, const char *reason, VssWriterDaemon *self)
{
  g_autofree char *sentence = g_strdup_printf ("%s is gone: %s", self->location, reason);

  if (self->is_at_rest)
    g_signal_emit_by_name (self, "lost", sentence);
  self->is_at_rest = FALSE;
}

/* -- life -- */

VssWriterDaemon *
vss_writer_daemon_new (const VssWriterEnvironment *environment,
                       VssWriterLink *link,
                       const char *location)
{
  VssWriterDaemon *self = g_object_new (VSS_TYPE_WRITER_DAEMON, NULL);

  self->environment = environment;
  self->link = g_object_ref (link);
  self->location = g_strdup (location);
  g_signal_connect_object (link, "closed", G_CALLBACK (on_closed), self, 0);
  return self;
}

static void
vss_writer_daemon_finalize (GObject *object)
{
  VssWriterDaemon *self = VSS_WRITER_DAEMON (object);

  g_object_unref (self->link);
  g_clear_pointer (&self->identity, vss_wire_writer_identify_result_free);
  g_free (self->instance_id);
  g_free (self->location);
  G_OBJECT_CLASS (vss_writer_daemon_parent_class)->finalize (object);
}

static void
vss_writer_daemon_class_init (VssWriterDaemonClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_writer_daemon_finalize;
}

static void
vss_writer_daemon_init (VssWriterDaemon *self)
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

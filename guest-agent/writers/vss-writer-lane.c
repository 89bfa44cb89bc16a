/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-lane.h. */
#include "guest-agent/writers/vss-writer-lane.h"

#include <string.h>

#include "guest-agent/writers/vss-writer-run.h"
#include "guest-agent/writers/vss-writer.h"
#include "qapi/vss-wire-marshal.h"

/* How often it is looked whether file systems are still frozen when something waits to be started:
 * at most for a lease, and only after a run that had to be ended. */
#define FROZEN_US (100 * 1000)

typedef struct
{
  VssWriterLane *lane;
  GTask *task;
  VssWireWriterEvent event;
  GBytes *line;
  guint timeout_ms;
  GSource *timer;
  GBytes *said; /* its answer, NULL before */
} Request;

struct _VssWriterLane
{
  const VssWriterEnvironment *environment;
  const VssWriterFile *file;
  void (*lost) (const char *reason, gpointer owner);
  GObject *owner; /* which owns the lane; kept while it could go within a callback */

  GQueue requests; /* the first is under way if is_telling */
  gboolean is_telling;
  VssWriterRun *run;
  gboolean stays; /* the run has answered Freeze and lives on */
  GSource *frozen_timer;
};

static void go_on (VssWriterLane *self);

/* -- requests -- */

static void
request_free (Request *request)
{
  vss_writer_clock_cancel (&request->timer);
  g_object_unref (request->task);
  g_bytes_unref (request->line);
  g_clear_pointer (&request->said, g_bytes_unref);
  g_free (request);
}

static Request *
get_current (VssWriterLane *self)
{
  return self->is_telling ? g_queue_peek_head (&self->requests) : NULL;
}

/* Takes @reply or @error. */
static void
end_request (VssWriterLane *self, Request *request, VssWriterReply *reply, GError *error)
{
  if (request == get_current (self))
    self->is_telling = FALSE;
  g_queue_remove (&self->requests, request);
  if (error)
    {
      g_task_return_error (request->task, error);
      g_clear_pointer (&reply, vss_writer_reply_free);
    }
  else
    g_task_return_pointer (request->task, reply, (GDestroyNotify)vss_writer_reply_free);
  request_free (request);
}

static GError *
make_error (VssWriterLane *self, Request *request, VssWriterError code, const char *what)
{
  g_autofree char *words = self->run ? vss_writer_run_dup_words (self->run) : NULL;
  const char *name = vss_wire_writer_event_to_string (request->event);

  if (words)
    return g_error_new (VSS_WRITER_ERROR, code, "%s at %s %s; it said: %s", self->file->argv[0],
                        name, what, words);
  return g_error_new (VSS_WRITER_ERROR, code, "%s at %s %s", self->file->argv[0], name, what);
}

void
vss_writer_reply_free (VssWriterReply *reply)
{
  g_clear_pointer (&reply->line, g_bytes_unref);
  g_free (reply->words);
  g_free (reply);
}

static VssWriterReply *
make_reply (VssWriterLane *self, Request *request, int status)
{
  VssWriterReply *reply = g_new0 (VssWriterReply, 1);

  reply->status = status;
  reply->exit = status == VSS_WRITER_STATUS_DONE            ? VSS_WRITER_EXIT_DONE
                : status == VSS_WRITER_STATUS_RETRYABLE     ? VSS_WRITER_EXIT_RETRYABLE
                : status == VSS_WRITER_STATUS_NOT_SUPPORTED ? VSS_WRITER_EXIT_NOT_SUPPORTED
                                                            : VSS_WRITER_EXIT_NONRETRYABLE;
  reply->line = request->said ? g_bytes_ref (request->said) : NULL;
  reply->words = vss_writer_run_dup_words (self->run);
  return reply;
}

static void
give_up_run (VssWriterLane *self)
{
  self->stays = FALSE;
  vss_writer_run_stop (self->run);
}

static gboolean
on_timeout (gpointer user_data)
{
  Request *request = user_data;
  VssWriterLane *self = request->lane;
  g_autofree char *what = g_strdup_printf ("gave no answer within %u ms", request->timeout_ms);
  GError *error = make_error (self, request, VSS_WRITER_ERROR_TIMEOUT, what);

  if (request == get_current (self) && self->run)
    give_up_run (self);
  end_request (self, request, NULL, error);
  return G_SOURCE_REMOVE;
}

/* -- what the run does -- */

static void
on_said (GBytes *line, gpointer user_data)
{
  VssWriterLane *self = user_data;
  Request *request = get_current (self);

  if (!request)
    return; /* it was given up, or is at rest and talks to itself */
  if (!line || request->said)
    {
      give_up_run (self);
      end_request (self, request, NULL,
                   make_error (self, request, VSS_WRITER_ERROR_MALFORMED,
                               line ? "answered more than one line" : "answered without an end"));
      return;
    }
  request->said = g_bytes_ref (line);
  if (self->file->stays && request->event == VSS_WIRE_WRITER_EVENT_FREEZE)
    {
      self->stays = TRUE;
      end_request (self, request, make_reply (self, request, VSS_WRITER_STATUS_DONE), NULL);
    }
}

static char *
describe_end (VssWriterEnd end, int status, const char *message)
{
  switch (end)
    {
    case VSS_WRITER_END_KILLED:
      return g_strdup_printf ("was killed by signal %d (%s)", status, g_strsignal (status));
    case VSS_WRITER_END_NOT_STARTED:
      return g_strdup_printf ("could not be started: %s", message);
    case VSS_WRITER_END_EXITED:
    default:
      return g_strdup_printf ("ended with exit status %d", status);
    }
}

static void
on_ended (VssWriterEnd end, int status, const char *message, gpointer user_data)
{
  VssWriterLane *self = user_data;
  g_autofree char *what = describe_end (end, status, message);
  Request *request = get_current (self);
  gboolean is_lost = self->stays && !request;
  g_autoptr (GObject) keep = g_object_ref (self->owner);

  self->stays = FALSE;
  if (request && end == VSS_WRITER_END_EXITED)
    end_request (self, request, make_reply (self, request, status), NULL);
  else if (request)
    end_request (self, request, NULL, make_error (self, request, VSS_WRITER_ERROR_GONE, what));
  g_clear_pointer (&self->run, vss_writer_run_free);
  if (is_lost)
    {
      g_autofree char *reason =
          g_strdup_printf ("%s %s before it was told to go on", self->file->argv[0], what);

      self->lost (reason, self->owner);
    }
  go_on (self);
}

static const VssWriterRunCallbacks callbacks = { .said = on_said, .ended = on_ended };

/* -- telling -- */

/* Its arguments, and the event as the last one. */
static GPtrArray *
make_arguments (VssWriterLane *self, VssWireWriterEvent event)
{
  GPtrArray *arguments = g_ptr_array_new ();

  for (char **argument = self->file->argv; *argument; argument++)
    g_ptr_array_add (arguments, *argument);
  g_ptr_array_add (arguments, (gpointer)vss_wire_writer_event_to_string (event));
  g_ptr_array_add (arguments, NULL);
  return arguments;
}

static VssWriterRun *
start_run (VssWriterLane *self, Request *request, GError **error)
{
  g_autoptr (VssWriterUser) user = vss_writer_user_find (self->file->user, error);
  g_autoptr (GPtrArray) arguments = make_arguments (self, request->event);
  gboolean keep_open = self->file->stays && request->event == VSS_WIRE_WRITER_EVENT_FREEZE;

  /* Looked at again: it may have been replaced since the key file was read. */
  if (!user || !vss_writer_trust_path (self->file->argv[0], user->uid, error))
    return NULL;
  return vss_writer_run_new (self->environment, self->file->name,
                             (const char *const *)arguments->pdata, user, request->line, keep_open,
                             &callbacks, self, error);
}

static gboolean
ends_stay (VssWireWriterEvent event)
{
  return event == VSS_WIRE_WRITER_EVENT_THAW || event == VSS_WIRE_WRITER_EVENT_ABORT;
}

/* Its limit runs from here. */
static void
watch_limit (VssWriterLane *self, Request *request)
{
  const VssWriterClock *clock = self->environment->clock;

  request->timer = vss_writer_clock_call_at (
      clock, vss_writer_clock_now_us (clock) + (gint64)request->timeout_ms * 1000, on_timeout,
      request);
}

/* TRUE if the request is under way, or has failed; FALSE if it has to wait for the run's end. */
static gboolean
begin_request (VssWriterLane *self, Request *request)
{
  g_autoptr (GError) error = NULL;

  if (self->run && !(self->stays && ends_stay (request->event)))
    {
      if (self->stays)
        give_up_run (self);
      return FALSE;
    }
  self->is_telling = TRUE;
  if (ends_stay (request->event))
    watch_limit (self, request);
  if (self->run)
    {
      vss_writer_run_tell_last (self->run, request->line);
      return TRUE;
    }
  self->run = start_run (self, request, &error);
  if (!self->run)
    end_request (self, request, NULL,
                 make_error (self, request, VSS_WRITER_ERROR_GONE, error->message));
  return TRUE;
}

static gboolean
on_frozen_timer (gpointer user_data)
{
  VssWriterLane *self = user_data;

  vss_writer_clock_cancel (&self->frozen_timer);
  go_on (self);
  return G_SOURCE_REMOVE;
}

/* Nothing is started while file systems are frozen. */
static gboolean
waits_for_thaw (VssWriterLane *self)
{
  const VssWriterClock *clock = self->environment->clock;

  if (!self->environment->is_frozen (self->environment->user_data))
    return FALSE;
  if (!self->frozen_timer)
    self->frozen_timer = vss_writer_clock_call_at (
        clock, vss_writer_clock_now_us (clock) + FROZEN_US, on_frozen_timer, self);
  return TRUE;
}

static void
go_on (VssWriterLane *self)
{
  while (!self->is_telling && !g_queue_is_empty (&self->requests))
    if (waits_for_thaw (self) || !begin_request (self, g_queue_peek_head (&self->requests)))
      return;
}

void
vss_writer_lane_tell (VssWriterLane *self,
                      GTask *task,
                      VssWireWriterEvent event,
                      GBytes *line,
                      guint timeout_ms)
{
  Request *request = g_new0 (Request, 1);

  request->lane = self;
  request->task = g_object_ref (task);
  request->event = event;
  request->line = g_bytes_ref (line);
  request->timeout_ms = timeout_ms;
  /* What ends the standstill is never dropped unsent: it waits for the run before it to end. */
  if (!ends_stay (event))
    watch_limit (self, request);
  g_queue_push_tail (&self->requests, request);
  go_on (self);
}

/* -- life -- */

VssWriterLane *
vss_writer_lane_new (const VssWriterEnvironment *environment,
                     const VssWriterFile *file,
                     void (*lost) (const char *reason, gpointer owner),
                     GObject *owner)
{
  VssWriterLane *self = g_new0 (VssWriterLane, 1);

  self->environment = environment;
  self->file = file;
  self->lost = lost;
  self->owner = owner;
  g_queue_init (&self->requests);
  return self;
}

void
vss_writer_lane_close (VssWriterLane *self)
{
  g_autoptr (GObject) keep = g_object_ref (self->owner);
  Request *request;

  self->stays = FALSE;
  vss_writer_clock_cancel (&self->frozen_timer);
  while ((request = g_queue_peek_head (&self->requests)))
    end_request (self, request, NULL,
                 make_error (self, request, VSS_WRITER_ERROR_GONE, "was ended with the agent"));
  g_clear_pointer (&self->run, vss_writer_run_free);
}

void
vss_writer_lane_free (VssWriterLane *self)
{
  vss_writer_clock_cancel (&self->frozen_timer);
  g_clear_pointer (&self->run, vss_writer_run_free);
  g_free (self);
}

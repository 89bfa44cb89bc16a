/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-part.h. */
#include "guest-agent/writers/vss-writer-part.h"

/* A writer ends by its limit with an error of its own, which says more than ours does. */
#define GRACE_US (500 * 1000)
/* What a writer says goes into statuses: a sentence, not a document. */
#define MAX_MESSAGE_CHARACTERS 1000

/* Longest rest that a writer can ask for, as in the settings. */
#define MAX_REST_MS 600000

/* An event on its way. It may outlive the part's interest in it: a writer may answer late. */
typedef struct
{
  VssWriterPart *part;
  VssWireWriterEvent event;
  VssWriterOrder *order;
} Telling;

struct _VssWriterPart
{
  GObject parent_instance;

  VssWriterSlot *slot;
  const VssWriterClock *clock;
  VssWriterBackup *backup;
  const VssWriterPartWatch *watch; /* NULL once abandoned */
  gpointer watch_data;

  VssWireWriterStatus *status;
  VssWriterStage stage;
  guint rest_limit_ms;
  gboolean is_excluded;
  gboolean was_told; /* anything */
  gboolean was_sent_freeze;
  gboolean is_released; /* Thaw or Abort is on its way */
  gboolean was_sent_release;

  Telling *telling; /* whose answer counts, NULL for none */
  guint limit_ms;
  gint64 limit_us; /* by which it must have answered; counted from when it is sent if 0 */
  VssWriterPartFunc done;
  gpointer done_data;
  guint n_tellings; /* with those whose answer doesn't count any more */

  GSource *limit_timer;
  GSource *rest_timer;
  gint64 sent_us;   /* the last event */
  gint64 frozen_us; /* when it answered Freeze, 0 if it hasn't */
};

G_DEFINE_FINAL_TYPE (VssWriterPart, vss_writer_part, G_TYPE_OBJECT)

static gint64
now_us (VssWriterPart *self)
{
  return vss_writer_clock_now_us (self->clock);
}

static gboolean
is_release (VssWireWriterEvent event)
{
  return event == VSS_WIRE_WRITER_EVENT_THAW || event == VSS_WIRE_WRITER_EVENT_ABORT;
}

/* -- the status -- */

static void
publish (VssWriterPart *self)
{
  vss_writer_slot_set_status (self->slot, self->status, self->backup->set_id);
}

/* The first failure is the one that counts: what is told to clear up doesn't hide it. */
static void
fail (VssWriterPart *self, VssWireWriterFailure failure, const char *message)
{
  if (self->status->failure == VSS_WIRE_WRITER_FAILURE_NONE)
    {
      g_autofree char *text = g_utf8_make_valid (message ? message : "it gave no reason", -1);
      glong length = MIN (g_utf8_strlen (text, -1), MAX_MESSAGE_CHARACTERS);

      self->status->failure = failure;
      self->status->message = g_utf8_substring (text, 0, length);
    }
  publish (self);
  if (self->watch)
    self->watch->failed (self, self->watch_data);
}

static void
note_times (VssWriterPart *self, VssWireWriterEvent event)
{
  gint64 took_us = now_us (self) - self->sent_us;

  if (event == VSS_WIRE_WRITER_EVENT_FREEZE)
    {
      self->status->has_freeze_us = TRUE;
      self->status->freeze_us = took_us;
      self->frozen_us = now_us (self);
    }
  else if (is_release (event))
    {
      self->status->has_thaw_us = TRUE;
      self->status->thaw_us = took_us;
    }
}

/* -- at rest -- */

/* It was not at rest until Thaw. */
static void
break_rest (VssWriterPart *self, VssWireWriterFailure failure, const char *message)
{
  g_autoptr (VssWriterPart) keep = g_object_ref (self);

  if (self->is_released || !vss_writer_state_break (self->status->state, &self->status->state))
    return;
  fail (self, failure, message);
  vss_writer_part_release (self, VSS_WIRE_WRITER_EVENT_ABORT, NULL, NULL);
}

static gboolean
on_rest_limit (gpointer user_data)
{
  VssWriterPart *self = user_data;
  g_autofree char *message =
      g_strdup_printf ("it was at rest for %u ms, its limit, without being told to go on",
                       self->rest_limit_ms);

  vss_writer_clock_cancel (&self->rest_timer);
  break_rest (self, VSS_WIRE_WRITER_FAILURE_TIMEOUT, message);
  return G_SOURCE_REMOVE;
}

static void
on_lost (VssWriterSlot *slot, const char *reason, VssWriterPart *self)
{
  g_autofree char *message = g_strdup_printf ("it was lost while it was at rest: %s", reason);

  break_rest (self, VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING, message);
}

/* -- how an event ends -- */

static void
telling_free (Telling *telling)
{
  telling->part->n_tellings--;
  g_object_unref (telling->part);
  g_free (telling);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Telling, telling_free)

/* Takes it back if the writer doesn't know of it yet. */
static void
withdraw (VssWriterPart *self, Telling *telling)
{
  if (!is_release (telling->event) && vss_writer_slot_withdraw (self->slot, telling->order))
    telling_free (telling);
}

/* From here on the answer doesn't count. */
static void
stop_waiting (VssWriterPart *self)
{
  VssWriterPartFunc done = g_steal_pointer (&self->done);

  self->telling = NULL;
  vss_writer_clock_cancel (&self->limit_timer);
  if (done)
    done (self, self->done_data);
}

static void
settle (VssWriterPart *self,
        VssWireWriterEvent event,
        VssWireWriterFailure failure,
        const char *message)
{
  g_autoptr (VssWriterPart) keep = g_object_ref (self);
  gboolean is_done = failure == VSS_WIRE_WRITER_FAILURE_NONE;
  VssWriterPartFunc done = g_steal_pointer (&self->done);
  gpointer done_data = self->done_data;

  vss_writer_state_next (self->status->state, event,
                         is_done ? VSS_WRITER_OUTCOME_DONE : VSS_WRITER_OUTCOME_FAILED,
                         &self->status->state);
  self->telling = NULL;
  vss_writer_clock_cancel (&self->limit_timer);
  if (!is_done)
    fail (self, failure, message);
  else
    publish (self);
  if (event == VSS_WIRE_WRITER_EVENT_FREEZE && is_done)
    self->rest_timer = vss_writer_clock_call_at (
        self->clock, self->sent_us + self->rest_limit_ms * (gint64)1000, on_rest_limit, self);
  if (event == VSS_WIRE_WRITER_EVENT_FREEZE && !is_done && self->was_sent_freeze)
    vss_writer_part_release (self, VSS_WIRE_WRITER_EVENT_ABORT, NULL, NULL);
  if (done)
    done (self, done_data);
}

static void
check_idle (VssWriterPart *self)
{
  if (self->watch && vss_writer_part_is_idle (self))
    self->watch->idle (self, self->watch_data);
}

static gboolean
on_limit (gpointer user_data)
{
  g_autoptr (VssWriterPart) self = g_object_ref (user_data);
  Telling *telling = self->telling;
  VssWireWriterEvent event = telling->event;
  gboolean is_rest =
      event == VSS_WIRE_WRITER_EVENT_FREEZE && self->limit_ms == self->rest_limit_ms;
  g_autofree char *message =
      g_strdup_printf ("there was no answer to %s within %u ms",
                       vss_wire_writer_event_to_string (event), self->limit_ms);

  withdraw (self, telling);
  settle (self, event,
          is_rest ? VSS_WIRE_WRITER_FAILURE_TIMEOUT : VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING,
          message);
  check_idle (self);
  return G_SOURCE_REMOVE;
}

static VssWireWriterFailure
failure_of (const GError *error)
{
  if (g_error_matches (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_MALFORMED) ||
      g_error_matches (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_IDENTITY))
    return VSS_WIRE_WRITER_FAILURE_NONRETRYABLE;
  return VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING;
}

static void
on_told (const VssWireWriterEventResult *result, const GError *error, gpointer user_data)
{
  Telling *telling = user_data;
  g_autoptr (VssWriterPart) self = g_object_ref (telling->part);
  VssWireWriterEvent event = telling->event;
  gboolean counts = self->telling == telling;

  telling_free (telling);
  if (counts && result)
    {
      note_times (self, event);
      if (result->has_application_code && self->status->failure == VSS_WIRE_WRITER_FAILURE_NONE)
        {
          self->status->has_application_code = TRUE;
          self->status->application_code = result->application_code;
        }
      settle (self, event, result->failure, result->message);
    }
  else if (counts)
    settle (self, event, failure_of (error), error->message);
  check_idle (self);
}

/* -- telling -- */

static void
watch_limit (VssWriterPart *self, gint64 limit_us)
{
  vss_writer_clock_cancel (&self->limit_timer);
  self->limit_timer = vss_writer_clock_call_at (self->clock, limit_us + GRACE_US, on_limit, self);
}

static void
note_release (VssWriterPart *self)
{
  self->was_sent_release = TRUE;
  if (self->frozen_us)
    {
      self->status->has_held_us = TRUE;
      self->status->held_us = self->sent_us - self->frozen_us;
    }
  if (self->watch && self->was_sent_freeze)
    self->watch->released (self, self->watch_data);
}

static void
on_sent (VssWireWriterEventArguments *arguments, gpointer user_data)
{
  Telling *telling = user_data;
  VssWriterPart *self = telling->part;
  gboolean counts = self->telling == telling;

  self->sent_us = now_us (self);
  self->was_told = TRUE;
  arguments->timeout_ms = self->limit_ms;
  if (counts && self->limit_us)
    arguments->timeout_ms = (guint32)MAX ((self->limit_us - self->sent_us) / 1000, 1);
  else if (counts)
    watch_limit (self, self->sent_us + self->limit_ms * (gint64)1000);
  self->status->has_last_event = TRUE;
  self->status->last_event = telling->event;
  if (telling->event == VSS_WIRE_WRITER_EVENT_FREEZE)
    self->was_sent_freeze = TRUE;
  if (is_release (telling->event))
    note_release (self);
  publish (self);
}

static void
start (VssWriterPart *self, VssWireWriterEvent event, VssWriterPartFunc done, gpointer done_data)
{
  VssWriter *writer = vss_writer_slot_get_writer (self->slot);
  Telling *telling = g_new0 (Telling, 1);

  telling->part = g_object_ref (self);
  telling->event = event;
  self->n_tellings++;
  self->telling = telling;
  self->done = done;
  self->done_data = done_data;
  telling->order = vss_writer_slot_tell (
      self->slot,
      vss_writer_backup_make_event (self->backup, event, vss_writer_get_instance_id (writer)),
      on_sent, on_told, telling);
}

static guint
own_limit (VssWriterPart *self, VssWireWriterEvent event)
{
  guint limit_ms = vss_writer_get_timeout_ms (vss_writer_slot_get_writer (self->slot), event);

  return event == VSS_WIRE_WRITER_EVENT_FREEZE ? MIN (limit_ms, self->rest_limit_ms) : limit_ms;
}

void
vss_writer_part_tell (VssWriterPart *self,
                      VssWireWriterEvent event,
                      guint limit_ms,
                      VssWriterPartFunc done,
                      gpointer user_data)
{
  if (self->telling)
    {
      withdraw (self, self->telling);
      stop_waiting (self);
    }
  self->limit_ms = MIN (own_limit (self, event), limit_ms);
  if (self->limit_ms == 0)
    {
      self->done = done;
      self->done_data = user_data;
      settle (self, event, VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING,
              "the time for all writers together was over before it could be told");
      return;
    }
  self->limit_us = now_us (self) + self->limit_ms * (gint64)1000;
  watch_limit (self, self->limit_us);
  start (self, event, done, user_data);
}

void
vss_writer_part_release (VssWriterPart *self,
                         VssWireWriterEvent event,
                         VssWriterPartFunc done,
                         gpointer user_data)
{
  g_autoptr (VssWriterPart) keep = g_object_ref (self);
  VssWriterPartFunc waiting = NULL;
  gpointer waiting_data = self->done_data;
  gboolean is_busy;

  if (self->telling && !self->is_released)
    {
      withdraw (self, self->telling);
      self->telling = NULL;
      vss_writer_clock_cancel (&self->limit_timer);
      waiting = g_steal_pointer (&self->done);
    }
  if (vss_writer_part_takes (self, event))
    {
      is_busy = self->n_tellings > 0;
      self->is_released = TRUE;
      vss_writer_clock_cancel (&self->rest_timer);
      self->limit_ms = own_limit (self, event);
      self->limit_us = 0;
      start (self, event, is_busy ? NULL : done, user_data);
      if (!is_busy)
        done = NULL;
    }
  if (waiting)
    waiting (self, waiting_data);
  if (done)
    done (self, user_data);
}

/* -- questions -- */

VssWriterSlot *
vss_writer_part_get_slot (VssWriterPart *self)
{
  return self->slot;
}

VssWriterStage
vss_writer_part_get_stage (VssWriterPart *self)
{
  return self->stage;
}

VssWireWriterStatus *
vss_writer_part_dup_status (VssWriterPart *self)
{
  return vss_writer_status_copy (self->status);
}

VssWireWriterState
vss_writer_part_get_state (VssWriterPart *self)
{
  return self->status->state;
}

void
vss_writer_part_exclude (VssWriterPart *self)
{
  self->is_excluded = TRUE;
}

gboolean
vss_writer_part_takes (VssWriterPart *self, VssWireWriterEvent event)
{
  gboolean is_end =
      event == VSS_WIRE_WRITER_EVENT_ABORT || event == VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN;

  if (is_release (event) && self->is_released)
    return FALSE;
  if (is_end ? !self->was_told : self->is_excluded)
    return FALSE;
  return vss_writer_state_takes (self->status->state, event);
}

gboolean
vss_writer_part_is_idle (VssWriterPart *self)
{
  return self->n_tellings == 0;
}

gboolean
vss_writer_part_owes_release (VssWriterPart *self)
{
  return self->was_sent_freeze && !self->was_sent_release;
}

gboolean
vss_writer_part_was_sent_freeze (VssWriterPart *self)
{
  return self->was_sent_freeze;
}

/* -- life -- */

static void
read_description (VssWriterPart *self, guint rest_limit_ms)
{
  const VssWireWriterIdentifyResult *answer = vss_writer_slot_get_answer (self->slot);

  self->rest_limit_ms = rest_limit_ms;
  if (!answer)
    {
      self->status->state = VSS_WIRE_WRITER_STATE_FAILED_AT_IDENTIFY;
      self->status->failure = VSS_WIRE_WRITER_FAILURE_NOT_RESPONDING;
      self->status->message =
          g_strdup ("it has not described itself; gather the writers' metadata first");
      return;
    }
  self->stage = answer->has_transaction_manager && answer->transaction_manager
                    ? VSS_WRITER_STAGE_TRANSACTION_MANAGER
                    : (VssWriterStage)answer->level;
  if (answer->has_freeze_timeout_ms && answer->freeze_timeout_ms > 0)
    self->rest_limit_ms = MIN (answer->freeze_timeout_ms, MAX_REST_MS);
}

VssWriterPart *
vss_writer_part_new (VssWriterSlot *slot,
                     VssWriterBackup *backup,
                     guint rest_limit_ms,
                     const VssWriterPartWatch *watch,
                     gpointer user_data)
{
  VssWriterPart *self = g_object_new (VSS_TYPE_WRITER_PART, NULL);

  self->slot = g_object_ref (slot);
  self->clock = vss_writer_slot_get_clock (slot);
  self->backup = vss_writer_backup_ref (backup);
  self->watch = watch;
  self->watch_data = user_data;
  self->status = vss_writer_slot_make_status (slot);
  read_description (self, rest_limit_ms);
  vss_writer_slot_begin (slot, backup->set_id);
  publish (self);
  g_signal_connect_object (slot, "lost", G_CALLBACK (on_lost), self, 0);
  return self;
}

void
vss_writer_part_abandon (VssWriterPart *self)
{
  self->watch = NULL;
}

static void
vss_writer_part_finalize (GObject *object)
{
  VssWriterPart *self = VSS_WRITER_PART (object);

  vss_writer_clock_cancel (&self->limit_timer);
  vss_writer_clock_cancel (&self->rest_timer);
  vss_wire_writer_status_free (self->status);
  vss_writer_backup_unref (self->backup);
  g_object_unref (self->slot);
  G_OBJECT_CLASS (vss_writer_part_parent_class)->finalize (object);
}

static void
vss_writer_part_class_init (VssWriterPartClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_writer_part_finalize;
}

static void
vss_writer_part_init (VssWriterPart *self)
{
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-writer-operation.h. */
#include "guest-agent/writers/vss-writer-operation.h"

#include "guest-agent/writers/vss-writer-events.h"

/* A writer that failed at Freeze is waited for this long when it is sent Abort: its application
 * should run before file systems are frozen under it, but the others stand still meanwhile. */
#define ABORT_BEFORE_FREEZE_US (1000 * 1000)

struct _VssWriterOperation
{
  GObject parent_instance;

  const VssWriterClock *clock;
  VssWriterRecord *record;
  guint rest_limit_ms;
  gconstpointer owner;
  VssWriterBackup *backup;
  GPtrArray *parts;
  VssWriterPhase phase;

  VssWriterEvents *events; /* that are being told, NULL if none */
  GTask *task;             /* who waits for them, NULL if nobody */
  guint limit_ms;          /* of the task */
  GSource *settle_timer;   /* waits for Aborts of writers that failed at Freeze */
  gint64 freeze_started_us;
  gint64 freeze_us;

  gboolean is_held_back;
  VssWireWriterEvent release; /* Thaw or Abort, if release_wanted */
  gboolean release_wanted;
  gboolean release_done;
  GTask *post_task; /* PostSnapshot that waits for Thaw */
  GTask *shutdown_task;
  gboolean shutdown_wanted;
  gboolean shutdown_done;
  gboolean was_idle;
};

G_DEFINE_FINAL_TYPE (VssWriterOperation, vss_writer_operation, G_TYPE_OBJECT)

static gboolean
move (VssWriterOperation *self, VssWriterCall call)
{
  return vss_writer_phase_next (self->phase, call, &self->phase);
}

/* -- what goes on -- */

static void advance (VssWriterOperation *self);

static gboolean
are_parts_idle (VssWriterOperation *self)
{
  for (guint i = 0; i < self->parts->len; i++)
    if (!vss_writer_part_is_idle (g_ptr_array_index (self->parts, i)))
      return FALSE;
  return TRUE;
}

gboolean
vss_writer_operation_is_idle (VssWriterOperation *self)
{
  return !self->events && !self->settle_timer && are_parts_idle (self) &&
         (!self->release_wanted || self->release_done) &&
         (!self->shutdown_wanted || self->shutdown_done) && !self->post_task;
}

static void
check_idle (VssWriterOperation *self)
{
  gboolean is_idle = vss_writer_operation_is_idle (self);

  if (is_idle && !self->was_idle)
    {
      self->was_idle = TRUE;
      g_signal_emit_by_name (self, "idle");
    }
  self->was_idle = is_idle;
}

static void
return_task (GTask **place)
{
  g_autoptr (GTask) task = g_steal_pointer (place);

  if (task)
    g_task_return_boolean (task, TRUE);
}

static gboolean
owes_abort_answer (VssWriterOperation *self)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      VssWriterPart *part = g_ptr_array_index (self->parts, i);

      if (vss_writer_part_get_state (part) == VSS_WIRE_WRITER_STATE_FAILED_AT_FREEZE &&
          !vss_writer_part_is_idle (part))
        return TRUE;
    }
  return FALSE;
}

/* Those whose Freeze was never sent are owed nothing. */
static void
forget_unsent (VssWriterOperation *self)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      VssWriterPart *part = g_ptr_array_index (self->parts, i);

      if (!vss_writer_part_was_sent_freeze (part))
        vss_writer_record_remove (self->record, self->backup->set_id,
                                  vss_writer_slot_get_writer (vss_writer_part_get_slot (part)));
    }
}

static void
end_freeze (VssWriterOperation *self)
{
  vss_writer_clock_cancel (&self->settle_timer);
  forget_unsent (self);
  return_task (&self->task);
}

static gboolean
on_settled (gpointer user_data)
{
  g_autoptr (VssWriterOperation) self = g_object_ref (user_data);

  end_freeze (self);
  advance (self);
  return G_SOURCE_REMOVE;
}

static void
on_freeze_told (VssWriterOperation *self)
{
  gint64 now_us = vss_writer_clock_now_us (self->clock);
  gint64 limit_us = now_us + ABORT_BEFORE_FREEZE_US;

  self->freeze_us = now_us - self->freeze_started_us;
  if (self->limit_ms != G_MAXUINT)
    limit_us = MIN (limit_us, self->freeze_started_us + self->limit_ms * (gint64)1000);
  if (owes_abort_answer (self) && limit_us > now_us)
    self->settle_timer = vss_writer_clock_call_at (self->clock, limit_us, on_settled, self);
  else
    end_freeze (self);
}

static void
on_freeze_done (gpointer user_data)
{
  g_autoptr (VssWriterOperation) self = g_object_ref (user_data);

  on_freeze_told (self);
  advance (self);
}

static void
on_release_done (gpointer user_data)
{
  g_autoptr (VssWriterOperation) self = g_object_ref (user_data);

  self->release_done = TRUE;
  forget_unsent (self);
  advance (self);
}

static void
on_shutdown_done (gpointer user_data)
{
  g_autoptr (VssWriterOperation) self = g_object_ref (user_data);

  self->shutdown_done = TRUE;
  return_task (&self->shutdown_task);
  advance (self);
}

static void
on_task_done (gpointer user_data)
{
  g_autoptr (VssWriterOperation) self = g_object_ref (user_data);

  return_task (&self->task);
  advance (self);
}

static void
run (VssWriterOperation *self,
     VssWireWriterEvent event,
     guint limit_ms,
     void (*done) (gpointer user_data))
{
  self->was_idle = FALSE;
  vss_writer_events_run (self->parts, self->clock, event, limit_ms, done, self, &self->events);
}

static guint
limit_of (GTask *task)
{
  return task ? GPOINTER_TO_UINT (g_task_get_task_data (task)) : G_MAXUINT;
}

/* What comes next, if nothing is under way: what is owed, PostSnapshot, the end. */
static void
advance (VssWriterOperation *self)
{
  if (self->events || self->settle_timer)
    return;
  if (self->release_wanted && !self->release_done)
    {
      if (!self->is_held_back)
        run (self, self->release, G_MAXUINT, on_release_done);
    }
  else if (self->post_task)
    {
      self->task = g_steal_pointer (&self->post_task);
      run (self, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT, limit_of (self->task), on_task_done);
    }
  else if (self->shutdown_wanted && !self->shutdown_done)
    run (self, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN, limit_of (self->shutdown_task),
         on_shutdown_done);
  else
    check_idle (self);
}

/* -- telling -- */

static gboolean
record_freeze (VssWriterOperation *self, GError **error)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      VssWriterPart *part = g_ptr_array_index (self->parts, i);

      if (vss_writer_part_takes (part, VSS_WIRE_WRITER_EVENT_FREEZE))
        vss_writer_record_add (self->record, self->backup->set_id,
                               vss_writer_slot_get_writer (vss_writer_part_get_slot (part)));
    }
  if (vss_writer_record_count (self->record) == 0 || vss_writer_record_write (self->record, error))
    return TRUE;
  forget_unsent (self);
  return FALSE;
}

static void
tell_now (VssWriterOperation *self, VssWireWriterEvent event)
{
  void (*done) (gpointer user_data) = on_task_done;

  if (event == VSS_WIRE_WRITER_EVENT_FREEZE)
    {
      self->freeze_started_us = vss_writer_clock_now_us (self->clock);
      done = on_freeze_done;
    }
  run (self, event, self->limit_ms, done);
}

static gboolean
check_call (VssWriterOperation *self, VssWireWriterEvent event, GError **error)
{
  gboolean waits = event == VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT ||
                   event == VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN;
  VssWriterPhase next;
  VssWriterCall call;

  if (!vss_writer_call_of_event (event, &call) ||
      !vss_writer_phase_next (self->phase, call, &next))
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE,
                   "can't tell the writers of snapshot set %s %s: it isn't their turn",
                   self->backup->set_id, vss_wire_writer_event_to_string (event));
      return FALSE;
    }
  if (!waits && (self->events || self->settle_timer))
    {
      g_set_error (error, VSS_WRITER_ERROR, VSS_WRITER_ERROR_STATE,
                   "can't tell the writers of snapshot set %s %s: something else is still being "
                   "told; wait for it",
                   self->backup->set_id, vss_wire_writer_event_to_string (event));
      return FALSE;
    }
  self->phase = next;
  return TRUE;
}

void
vss_writer_operation_tell_async (VssWriterOperation *self,
                                 VssWireWriterEvent event,
                                 guint limit_ms,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (VssWriterOperation) keep = g_object_ref (self);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  g_task_set_task_data (task, GUINT_TO_POINTER (limit_ms), NULL);
  if (!check_call (self, event, &error) ||
      (event == VSS_WIRE_WRITER_EVENT_FREEZE && !record_freeze (self, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  self->was_idle = FALSE;
  if (event == VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN)
    {
      self->shutdown_wanted = TRUE;
      self->shutdown_task = g_steal_pointer (&task);
      advance (self);
    }
  else if (event == VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT)
    {
      self->post_task = g_steal_pointer (&task);
      advance (self);
    }
  else
    {
      self->limit_ms = limit_ms;
      self->task = g_steal_pointer (&task);
      tell_now (self, event);
    }
}

gboolean
vss_writer_operation_tell_finish (VssWriterOperation *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* -- thaw and abort -- */

void
vss_writer_operation_set_at_rest (VssWriterOperation *self)
{
  move (self, VSS_WRITER_CALL_REST);
}

static void
want_release (VssWriterOperation *self, VssWireWriterEvent event)
{
  self->release_wanted = TRUE;
  self->release = event;
  self->was_idle = FALSE;
}

void
vss_writer_operation_thaw (VssWriterOperation *self)
{
  g_autoptr (VssWriterOperation) keep = g_object_ref (self);

  if (!move (self, VSS_WRITER_CALL_THAW))
    {
      vss_writer_operation_give_up (self, FALSE);
      return;
    }
  want_release (self, VSS_WIRE_WRITER_EVENT_THAW);
  advance (self);
}

/* Whoever waits for what is being told is told that it was given up. */
static void
cancel (VssWriterOperation *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  g_clear_pointer (&self->events, vss_writer_events_cancel);
  vss_writer_clock_cancel (&self->settle_timer);
  if (task)
    g_task_return_new_error (task, VSS_WRITER_ERROR, VSS_WRITER_ERROR_ABORTED,
                             "snapshot set %s was given up meanwhile", self->backup->set_id);
}

void
vss_writer_operation_give_up (VssWriterOperation *self, gboolean and_end)
{
  g_autoptr (VssWriterOperation) keep = g_object_ref (self);

  if (move (self, VSS_WRITER_CALL_GIVE_UP))
    {
      want_release (self, VSS_WIRE_WRITER_EVENT_ABORT);
      cancel (self);
    }
  if (and_end && move (self, VSS_WRITER_CALL_SHUTDOWN))
    {
      self->shutdown_wanted = TRUE;
      self->was_idle = FALSE;
    }
  advance (self);
}

void
vss_writer_operation_hold_back (VssWriterOperation *self, gboolean hold_back)
{
  g_autoptr (VssWriterOperation) keep = g_object_ref (self);

  self->is_held_back = hold_back;
  advance (self);
}

/* -- writers -- */

static void
on_part_released (VssWriterPart *part, gpointer user_data)
{
  VssWriterOperation *self = user_data;

  vss_writer_record_remove (self->record, self->backup->set_id,
                            vss_writer_slot_get_writer (vss_writer_part_get_slot (part)));
}

static void
on_part_failed (VssWriterPart *part, gpointer user_data)
{
  VssWriterOperation *self = user_data;
  g_autoptr (VssWireWriterStatus) status = vss_writer_part_dup_status (part);
  g_autofree char *text = g_strdup_printf (
      "the writer %s is %s in snapshot set %s: %s (%s)", status->name,
      vss_wire_writer_state_to_string (status->state), self->backup->set_id, status->message,
      vss_wire_writer_failure_to_string (status->failure));

  g_signal_emit_by_name (self, "failed", text);
}

static void
on_part_idle (VssWriterPart *part, gpointer user_data)
{
  g_autoptr (VssWriterOperation) self = g_object_ref (user_data);

  if (self->settle_timer && !owes_abort_answer (self))
    {
      end_freeze (self);
      advance (self);
    }
  check_idle (self);
}

static const VssWriterPartWatch watch = { on_part_released, on_part_failed, on_part_idle };

static VssWriterPart *
find_part (VssWriterOperation *self, VssWriterSlot *slot)
{
  for (guint i = 0; i < self->parts->len; i++)
    if (vss_writer_part_get_slot (g_ptr_array_index (self->parts, i)) == slot)
      return g_ptr_array_index (self->parts, i);
  return NULL;
}

void
vss_writer_operation_set_writers (VssWriterOperation *self, GPtrArray *slots)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      VssWriterPart *part = g_ptr_array_index (self->parts, i);

      if (!g_ptr_array_find (slots, vss_writer_part_get_slot (part), NULL))
        vss_writer_part_exclude (part);
    }
  for (guint i = 0; i < slots->len; i++)
    {
      VssWriterSlot *slot = g_ptr_array_index (slots, i);

      if (!find_part (self, slot))
        g_ptr_array_add (self->parts, vss_writer_part_new (slot, self->backup, self->rest_limit_ms,
                                                           &watch, self));
    }
}

GPtrArray *
vss_writer_operation_get_statuses (VssWriterOperation *self)
{
  GPtrArray *statuses = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_writer_status_free);

  for (guint i = 0; i < self->parts->len; i++)
    g_ptr_array_add (statuses, vss_writer_part_dup_status (g_ptr_array_index (self->parts, i)));
  return statuses;
}

guint
vss_writer_operation_get_longest_ms (VssWriterOperation *self, VssWireWriterEvent event)
{
  return vss_writer_events_get_longest_ms (self->parts, event);
}

gint64
vss_writer_operation_get_freeze_us (VssWriterOperation *self)
{
  return self->freeze_us;
}

const char *
vss_writer_operation_get_set_id (VssWriterOperation *self)
{
  return self->backup->set_id;
}

gconstpointer
vss_writer_operation_get_owner (VssWriterOperation *self)
{
  return self->owner;
}

VssWriterPhase
vss_writer_operation_get_phase (VssWriterOperation *self)
{
  return self->phase;
}

VssWriterBackup *
vss_writer_operation_get_backup (VssWriterOperation *self)
{
  return self->backup;
}

guint
vss_writer_operation_count (VssWriterOperation *self)
{
  return self->parts->len;
}

/* -- life -- */

VssWriterOperation *
vss_writer_operation_new (const char *set_id,
                          const VssWriterClock *clock,
                          VssWriterRecord *record,
                          guint rest_limit_ms,
                          gconstpointer owner)
{
  VssWriterOperation *self = g_object_new (VSS_TYPE_WRITER_OPERATION, NULL);

  self->backup = vss_writer_backup_new (set_id);
  self->clock = clock;
  self->record = vss_writer_record_ref (record);
  self->rest_limit_ms = rest_limit_ms;
  self->owner = owner;
  return self;
}

static void
vss_writer_operation_dispose (GObject *object)
{
  VssWriterOperation *self = VSS_WRITER_OPERATION (object);

  cancel (self);
  for (guint i = 0; i < self->parts->len; i++)
    vss_writer_part_abandon (g_ptr_array_index (self->parts, i));
  G_OBJECT_CLASS (vss_writer_operation_parent_class)->dispose (object);
}

static void
vss_writer_operation_finalize (GObject *object)
{
  VssWriterOperation *self = VSS_WRITER_OPERATION (object);

  g_ptr_array_unref (self->parts);
  vss_writer_backup_unref (self->backup);
  vss_writer_record_unref (self->record);
  G_OBJECT_CLASS (vss_writer_operation_parent_class)->finalize (object);
}

static void
vss_writer_operation_class_init (VssWriterOperationClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = vss_writer_operation_dispose;
  G_OBJECT_CLASS (klass)->finalize = vss_writer_operation_finalize;
  g_signal_new ("idle", VSS_TYPE_WRITER_OPERATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 0);
  g_signal_new ("failed", VSS_TYPE_WRITER_OPERATION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
vss_writer_operation_init (VssWriterOperation *self)
{
  self->parts = g_ptr_array_new_with_free_func (g_object_unref);
  self->was_idle = TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thawing, asked for or not: every file system at once, each by its own thread; then the guard is
 * disarmed and whoever waits gets the answer. Valid in every state. */
#include "guest-agent/freeze/vss-freezer-private.h"

#include "guest-agent/freeze/vss-freeze-record.h"

/* What FITHAW could not thaw is tried again after this, for as long as it takes. */
#define RETRY_US (500 * 1000)

static VssWireHoldResult *
copy_hold (const VssWireHoldResult *hold)
{
  VssWireHoldResult *copy = vss_wire_hold_result_new ();

  *copy = *hold;
  copy->mount_point = g_strdup (hold->mount_point);
  copy->device_number = g_strdup (hold->device_number);
  copy->reason = g_strdup (hold->reason);
  return copy;
}

/* The last result as of now, or that nothing was frozen. */
static VssWireThawResult *
copy_last_result (VssFreezer *self)
{
  VssWireThawResult *copy = vss_wire_thaw_result_new ();
  const VssWireThawResult *last = self->last_result;

  copy->boot_time_ms = vss_freezer_now_ms (self);
  if (last == NULL)
    {
      return copy;
    }
  copy->generation = last->generation;
  copy->lease_expired = last->lease_expired;
  copy->held_us = last->held_us;
  for (guint i = 0; i < last->volumes->len; i++)
    {
      g_ptr_array_add (copy->volumes, copy_hold (last->volumes->pdata[i]));
    }
  return copy;
}

static void
return_nothing (VssFreezer *self,
                GTask      *task)
{
  VssWireThawResult *result = vss_wire_thaw_result_new ();

  result->boot_time_ms = vss_freezer_now_ms (self);
  g_task_return_pointer (task, result, (GDestroyNotify) vss_wire_thaw_result_free);
}

static void
return_last (VssFreezer *self,
             GTask      *task)
{
  g_task_return_pointer (task, copy_last_result (self),
                         (GDestroyNotify) vss_wire_thaw_result_free);
}

/* A thaw that nobody asked for came before the host's: whatever was frozen until then was not held
 * until the host's thaw. At the lease's end "somebody else" was the guard. */
static void
lower_unasked (VssFreezer             *self,
               const VssFreezerVolume *volume,
               VssWireHoldResult      *hold)
{
  if (hold->state == VSS_WIRE_HOLD_STATE_HELD || hold->state == VSS_WIRE_HOLD_STATE_FLUSHED
      || (self->lease_expired && volume->to_freeze && !volume->dropped))
    {
      hold->state = VSS_WIRE_HOLD_STATE_NOT_HELD;
      g_free (hold->reason);
      hold->reason = g_strdup_printf ("thawed unasked: %s", self->thaw_reason);
    }
}

static VssWireThawResult *
make_result (VssFreezer *self)
{
  VssWireThawResult *result = vss_wire_thaw_result_new ();
  gint64 end_us = self->freeze_start_us;

  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];
      VssWireHoldResult *hold = vss_freezer_describe (volume);
      g_auto (VssFsHoldStatus) status = { 0 };

      if (self->thaw_reason != NULL)
        {
          lower_unasked (self, volume, hold);
        }
      g_ptr_array_add (result->volumes, hold);
      if (volume->hold != NULL)
        {
          vss_fs_hold_get_status (volume->hold, &status);
          end_us = status.thaw_us >= 0 ? MAX (end_us, status.ended_us) : end_us;
        }
    }
  result->generation = self->generation;
  result->lease_expired = self->lease_expired;
  result->held_us = self->freeze_start_us > 0 ? end_us - self->freeze_start_us : 0;
  result->boot_time_ms = vss_freezer_now_ms (self);
  return result;
}

void
vss_freezer_end_holds (VssFreezer *self)
{
  vss_freezer_clear_source (&self->lease_timer);
  if (self->armed)
    {
      vss_guard_client_disarm (self->guard, (guint64) self->generation);
      self->armed = FALSE;
    }
  if (self->recorded)
    {
      if (self->rcu_expedited >= 0)
        {
          vss_kernel_set_rcu_expedited (self->kernel, self->rcu_expedited);
        }
      vss_freeze_record_remove (self->record_path);
      self->recorded = FALSE;
    }
  vss_freezer_set_holding (self, FALSE);
}

static char *
list_still_frozen (VssFreezer *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];
      g_auto (VssFsHoldStatus) status = { 0 };

      if (volume->hold == NULL)
        {
          continue;
        }
      vss_fs_hold_get_status (volume->hold, &status);
      if (status.frozen)
        {
          g_ptr_array_add (names, volume->entry->mount_point);
        }
    }
  if (names->len == 0)
    {
      return NULL;
    }
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}

static void
fail_freeze (VssFreezer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->freeze_task);

  if (task != NULL)
    {
      g_task_return_new_error (task, VSS_FREEZER_ERROR, self->freeze_failure,
                               "can't hold the file systems still: %s",
                               self->thaw_reason != NULL ? self->thaw_reason
                                                         : "thawed or aborted meanwhile");
    }
}

/* Takes the tasks first: their callbacks may ask for more. */
static void
answer_thaws (VssFreezer *self,
              const char *still_frozen)
{
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->thaw_tasks);

  self->thaw_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    {
      if (still_frozen == NULL)
        {
          return_last (self, tasks->pdata[i]);
          continue;
        }
      g_task_return_new_error (tasks->pdata[i], VSS_FREEZER_ERROR,
                               VSS_WIRE_ERROR_CLASS_THAW_FAILED,
                               "can't thaw %s; it is tried again all the time, look at its disk",
                               still_frozen);
    }
}

static gboolean
retry (gpointer user_data)
{
  VssFreezer *self = user_data;

  vss_freezer_begin_thaw (self, g_steal_pointer (&self->thaw_reason));
  return G_SOURCE_REMOVE;
}

static void
thaw_failed (VssFreezer *self,
             const char *still_frozen)
{
  vss_freezer_move (self, VSS_FREEZE_EVENT_THAW_FAILED);
  self->step = VSS_FREEZER_STEP_NONE;
  vss_freezer_set_timer (self, &self->lease_timer,
                         vss_kernel_boot_time_us (self->kernel) + RETRY_US, retry);
  fail_freeze (self);
  answer_thaws (self, still_frozen);
}

void
vss_freezer_thaw_advance (VssFreezer *self)
{
  g_autoptr (VssFreezer) alive = g_object_ref (self);
  g_autofree char *still_frozen = list_still_frozen (self);
  g_autofree char *reason = NULL;
  gboolean was_frozen = self->freeze_start_us > 0;
  gint64 generation = self->generation;

  if (still_frozen != NULL)
    {
      thaw_failed (self, still_frozen);
      return;
    }
  g_clear_pointer (&self->last_result, vss_wire_thaw_result_free);
  self->last_result = make_result (self);
  vss_freezer_end_holds (self);
  vss_freezer_move (self, VSS_FREEZE_EVENT_THAWED);
  self->step = VSS_FREEZER_STEP_NONE;
  fail_freeze (self);
  answer_thaws (self, NULL);
  reason = g_steal_pointer (&self->thaw_reason);
  if (self->forget)
    {
      vss_freezer_move (self, VSS_FREEZE_EVENT_GIVE_UP);
      vss_freezer_forget_set (self);
    }
  if (reason != NULL && was_frozen)
    {
      g_signal_emit_by_name (self, "thawed", generation, reason);
    }
}

void
vss_freezer_begin_thaw (VssFreezer *self,
                        char       *reason)
{
  g_autofree char *new_reason = reason;

  if (!vss_freezer_move (self, VSS_FREEZE_EVENT_THAW))
    {
      return;
    }
  if (self->thaw_reason == NULL)
    {
      self->thaw_reason = g_steal_pointer (&new_reason);
    }
  self->step = VSS_FREEZER_STEP_THAW;
  vss_freezer_clear_source (&self->timer);
  vss_freezer_clear_source (&self->lease_timer);
  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL)
        {
          vss_fs_hold_thaw (volume->hold);
        }
    }
  if (!vss_freezer_is_any_busy (self))
    {
      vss_event_fd_signal (self->event);
    }
}

/* Prepared but never frozen: the generation is spent, so that a freeze that comes late is refused.
 */
static void
cancel_prepared (VssFreezer *self)
{
  vss_freezer_move (self, VSS_FREEZE_EVENT_CANCEL);
  g_clear_pointer (&self->last_result, vss_wire_thaw_result_free);
  self->freeze_start_us = 0;
  self->lease_expired = FALSE;
  self->thaw_reason = g_strdup ("it was never frozen");
  self->last_result = make_result (self);
  g_clear_pointer (&self->thaw_reason, g_free);
}

static gboolean
is_stale (VssFreezer                 *self,
          const VssWireThawArguments *arguments)
{
  if (!arguments->has_generation)
    {
      return FALSE;
    }
  if (self->generation != 0)
    {
      return arguments->generation != self->generation;
    }
  return self->last_result == NULL || arguments->generation != self->last_result->generation;
}

void
vss_freezer_thaw_async (VssFreezer                 *self,
                        const VssWireThawArguments *arguments,
                        GAsyncReadyCallback         callback,
                        gpointer                    user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (is_stale (self, arguments))
    {
      g_task_return_new_error (task, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_STALE_GENERATION,
                               "can't thaw generation %" G_GINT64_FORMAT
                               ": it is not the one prepared last",
                               arguments->generation);
      return;
    }
  switch (self->state)
    {
    case VSS_WIRE_FREEZE_STATE_FREEZING:
    case VSS_WIRE_FREEZE_STATE_FROZEN:
    case VSS_WIRE_FREEZE_STATE_THAWING:
      g_ptr_array_add (self->thaw_tasks, g_steal_pointer (&task));
      vss_freezer_begin_thaw (self, NULL);
      break;
    case VSS_WIRE_FREEZE_STATE_PREPARED:
      cancel_prepared (self);
      return_last (self, task);
      break;
    case VSS_WIRE_FREEZE_STATE_PREPARING:
      return_nothing (self, task);
      break;
    case VSS_WIRE_FREEZE_STATE_HELD:
    case VSS_WIRE_FREEZE_STATE_THAWED:
      return_last (self, task);
      break;
    }
}

void
vss_freezer_abort_async (VssFreezer                  *self,
                         const VssWireAbortArguments *arguments,
                         GAsyncReadyCallback          callback,
                         gpointer                     user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (arguments->snapshot_set_id != NULL
      && g_strcmp0 (arguments->snapshot_set_id, self->set_id) != 0)
    {
      return_nothing (self, task);
      return;
    }
  switch (self->state)
    {
    case VSS_WIRE_FREEZE_STATE_FREEZING:
    case VSS_WIRE_FREEZE_STATE_FROZEN:
    case VSS_WIRE_FREEZE_STATE_THAWING:
      self->forget = TRUE;
      g_ptr_array_add (self->thaw_tasks, g_steal_pointer (&task));
      vss_freezer_begin_thaw (self, NULL);
      break;
    case VSS_WIRE_FREEZE_STATE_PREPARING:
      vss_freezer_prepare_fail (self, g_error_new (VSS_FREEZER_ERROR,
                                                   VSS_WIRE_ERROR_CLASS_BAD_STATE,
                                                   "the snapshot set was given up while it was "
                                                   "being prepared"));
      return_nothing (self, task);
      break;
    case VSS_WIRE_FREEZE_STATE_PREPARED:
    case VSS_WIRE_FREEZE_STATE_HELD:
      vss_freezer_move (self, VSS_FREEZE_EVENT_GIVE_UP);
      vss_freezer_forget_set (self);
      return_nothing (self, task);
      break;
    case VSS_WIRE_FREEZE_STATE_THAWED:
      return_nothing (self, task);
      break;
    }
}

VssWireThawResult *
vss_freezer_thaw_finish (VssFreezer   *self,
                         GAsyncResult *result,
                         GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

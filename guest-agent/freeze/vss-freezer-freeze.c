/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vss-freeze: synchronise what can't be frozen, write the record, arm the guard, look at deadline
 * and session once more, then FIFREEZE level by level. */
#include "guest-agent/freeze/vss-freezer-private.h"

#include "guest-agent/freeze/vss-freeze-record.h"

static gboolean
lease_is_over (gpointer user_data)
{
  VssFreezer *self = user_data;

  self->lease_expired = TRUE;
  self->freeze_failure = VSS_WIRE_ERROR_CLASS_HOLD_LOST;
  vss_freezer_begin_thaw (self, g_strdup ("the lease ran out"));
  return G_SOURCE_REMOVE;
}

void
vss_freezer_watch_lease (VssFreezer *self)
{
  vss_freezer_set_timer (self, &self->lease_timer, self->lease_end_ms * 1000, lease_is_over);
}

static gboolean
freeze_timed_out (gpointer user_data)
{
  VssFreezer *self = user_data;

  self->freeze_failure = VSS_WIRE_ERROR_CLASS_FLUSH_TIMEOUT;
  vss_freezer_begin_thaw (self, g_strdup ("freezing took too long"));
  return G_SOURCE_REMOVE;
}

/* Nothing was frozen; the generation is spent all the same. */
static void
refuse (VssFreezer       *self,
        VssWireErrorClass class,
        const char       *why)
{
  self->freeze_failure = class;
  vss_freezer_begin_thaw (self, g_strdup (why));
}

/* From here on the same file systems are armed, recorded and frozen. */
static void
choose (VssFreezer *self)
{
  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssFreezerVolume *volume = self->volumes->pdata[i];
      g_auto (VssFsHoldStatus) status = { 0 };

      if (volume->hold == NULL)
        {
          continue;
        }
      vss_fs_hold_get_status (volume->hold, &status);
      volume->to_freeze = vss_fs_hold_is_freezable (volume->hold)
                          && status.state == VSS_WIRE_HOLD_STATE_HELD
                          && vss_fs_hold_get_fd (volume->hold) >= 0;
    }
}

/* Without those that turned out to be somebody else's. */
static gboolean
write_record (VssFreezer *self,
              GError    **error)
{
  g_autoptr (GPtrArray) file_systems = g_ptr_array_new ();
  VssFreezeRecord record = {
    .set_id = self->set_id,
    .generation = self->generation,
    .lease_end_ms = self->lease_end_ms,
    .rcu_expedited = self->rcu_expedited,
    .file_systems = file_systems,
  };

  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->to_freeze && !volume->dropped)
        {
          g_ptr_array_add (file_systems, (gpointer) vss_fs_hold_get_file_system (volume->hold));
        }
    }
  return vss_freeze_record_write (&record, self->record_path, error);
}

static void
frozen (VssFreezer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->freeze_task);
  VssWireFreezeResult *result = vss_wire_freeze_result_new ();
  gint64 end_us = self->freeze_start_us;

  vss_freezer_clear_source (&self->timer);
  vss_freezer_move (self, VSS_FREEZE_EVENT_FROZEN);
  self->step = VSS_FREEZER_STEP_NONE;
  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];
      g_auto (VssFsHoldStatus) status = { 0 };

      g_ptr_array_add (result->volumes, vss_freezer_describe (volume));
      if (volume->hold != NULL)
        {
          vss_fs_hold_get_status (volume->hold, &status);
          end_us = status.freeze_us >= 0 ? MAX (end_us, status.ended_us) : end_us;
        }
    }
  result->generation = self->generation;
  result->lease_end_ms = self->lease_end_ms;
  result->freeze_us = end_us - self->freeze_start_us;
  result->boot_time_ms = vss_freezer_now_ms (self);
  g_task_return_pointer (task, result, (GDestroyNotify) vss_wire_freeze_result_free);
}

/* Tells the guard and the record about file systems that somebody else has frozen. */
static void
drop_foreign (VssFreezer *self)
{
  gboolean changed = FALSE;
  guint index = 0;

  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssFreezerVolume *volume = self->volumes->pdata[i];
      g_auto (VssFsHoldStatus) status = { 0 };

      if (!volume->to_freeze)
        {
          continue;
        }
      vss_fs_hold_get_status (volume->hold, &status);
      if (status.foreign && !volume->dropped)
        {
          volume->dropped = TRUE;
          changed = TRUE;
          vss_guard_client_drop (self->guard, (guint64) self->generation, index);
        }
      index++;
    }
  if (changed)
    {
      /* The old record stays if this fails: it names one file system too many. */
      (void) write_record (self, NULL);
    }
}

static gboolean
order_level (VssFreezer *self)
{
  gboolean any = FALSE;

  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->entry->level == self->level && volume->to_freeze)
        {
          vss_fs_hold_order (volume->hold, VSS_FS_ORDER_FREEZE, self->lease_end_ms * 1000);
          any = TRUE;
        }
    }
  return any;
}

/* The next level that has something to freeze; the answer after the last. */
static void
go_on_with_levels (VssFreezer *self)
{
  self->step = VSS_FREEZER_STEP_LEVEL;
  while (self->level < self->plan->n_levels)
    {
      if (order_level (self))
        {
          return;
        }
      self->level++;
    }
  frozen (self);
}

/* Everything is ready. The last look and the first FIFREEZE are in one go. */
static void
start_levels (VssFreezer *self)
{
  if (self->rcu_expedited >= 0)
    {
      vss_kernel_set_rcu_expedited (self->kernel, 1);
    }
  if (!self->session_is_alive (self->session_data))
    {
      refuse (self, VSS_WIRE_ERROR_CLASS_HOLD_LOST, "the host has hung up before the freeze");
      return;
    }
  if (vss_freezer_now_ms (self) >= self->deadline_ms)
    {
      refuse (self, VSS_WIRE_ERROR_CLASS_DEADLINE_PASSED,
              "the time by which the freeze had to start is over");
      return;
    }
  vss_freezer_set_holding (self, TRUE);
  vss_freezer_watch_lease (self);
  self->freeze_start_us = vss_kernel_boot_time_us (self->kernel);
  self->level = 0;
  go_on_with_levels (self);
}

static void
guard_armed (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (VssFreezer) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean armed = vss_guard_client_arm_finish (VSS_GUARD_CLIENT (source), result, &error);

  if (self->step != VSS_FREEZER_STEP_ARM)
    {
      /* Thawed or aborted meanwhile; the guard was told. */
      return;
    }
  if (!armed)
    {
      refuse (self, VSS_WIRE_ERROR_CLASS_GUARD_MISSING, error->message);
      return;
    }
  start_levels (self);
}

/* Descriptors in the order of the volumes: drop_foreign() counts on it. */
static void
arm_guard (VssFreezer *self)
{
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GArray) tids = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];
      int fd;
      int tid;

      if (!volume->to_freeze)
        {
          continue;
        }
      fd = vss_fs_hold_get_fd (volume->hold);
      tid = vss_fs_hold_get_thread_id (volume->hold);
      g_array_append_val (fds, fd);
      g_array_append_val (tids, tid);
    }
  if (fds->len == 0)
    {
      start_levels (self);
      return;
    }
  self->step = VSS_FREEZER_STEP_ARM;
  self->armed = TRUE;
  vss_guard_client_arm_async (self->guard, (guint64) self->generation, self->lease_end_ms,
                              (const int *) fds->data, (const int *) tids->data, fds->len,
                              guard_armed, g_object_ref (self));
}

static void
flushed (VssFreezer *self,
         guint       lease_ms)
{
  g_autoptr (GError) error = NULL;
  gint64 now_ms = vss_freezer_now_ms (self);

  self->lease_end_ms = now_ms + lease_ms;
  self->max_lease_end_ms = now_ms + self->config.max_lease_ms;
  self->rcu_expedited = vss_kernel_get_rcu_expedited (self->kernel);
  choose (self);
  if (!write_record (self, &error))
    {
      refuse (self, VSS_WIRE_ERROR_CLASS_GENERIC_ERROR, error->message);
      return;
    }
  self->recorded = TRUE;
  arm_guard (self);
}

void
vss_freezer_freeze_advance (VssFreezer *self)
{
  if (self->step == VSS_FREEZER_STEP_FLUSH)
    {
      flushed (self, GPOINTER_TO_UINT (g_task_get_task_data (self->freeze_task)));
      return;
    }
  drop_foreign (self);
  if (!vss_freezer_is_any_busy (self))
    {
      self->level++;
      go_on_with_levels (self);
    }
}

static gboolean
is_generation (VssFreezer                   *self,
               const VssWireFreezeArguments *arguments,
               GError                      **error)
{
  if (self->generation != 0 && arguments->generation == self->generation)
    {
      return TRUE;
    }
  g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_STALE_GENERATION,
               "can't freeze generation %" G_GINT64_FORMAT ": it is not the one prepared last",
               arguments->generation);
  return FALSE;
}

static void
set_bad_state (VssFreezer *self,
               GError    **error)
{
  g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_BAD_STATE,
               "can't freeze: the guest is %s; prepare the set again",
               vss_wire_freeze_state_to_string (self->state));
}

gboolean
vss_freezer_may_freeze (VssFreezer                   *self,
                        const VssWireFreezeArguments *arguments,
                        GError                      **error)
{
  VssWireFreezeState next;

  if (!is_generation (self, arguments, error))
    {
      return FALSE;
    }
  if (!vss_freeze_state_next (self->state, VSS_FREEZE_EVENT_FREEZE, &next))
    {
      set_bad_state (self, error);
      return FALSE;
    }
  if (vss_freezer_now_ms (self) >= arguments->deadline_ms)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_DEADLINE_PASSED,
                   "can't freeze: the time by which the freeze had to start is over");
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_freeze (VssFreezer                   *self,
              const VssWireFreezeArguments *arguments,
              GError                      **error)
{
  if (!is_generation (self, arguments, error))
    {
      return FALSE;
    }
  if (!vss_freezer_move (self, VSS_FREEZE_EVENT_FREEZE))
    {
      set_bad_state (self, error);
      return FALSE;
    }
  return TRUE;
}

static void
order_flushes (VssFreezer *self)
{
  self->step = VSS_FREEZER_STEP_FLUSH;
  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL && !vss_fs_hold_is_freezable (volume->hold)
          && vss_fs_hold_get_fd (volume->hold) >= 0)
        {
          vss_fs_hold_order (volume->hold, VSS_FS_ORDER_FLUSH, 0);
        }
    }
}

void
vss_freezer_freeze_async (VssFreezer                   *self,
                          const VssWireFreezeArguments *arguments,
                          gboolean                    (*session_is_alive) (gpointer user_data),
                          GAsyncReadyCallback           callback,
                          gpointer                      user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  guint lease_ms = self->config.default_lease_ms;
  GError *error = NULL;

  if (!check_freeze (self, arguments, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (arguments->has_lease_ms && arguments->lease_ms > 0)
    {
      lease_ms = arguments->lease_ms;
    }
  lease_ms = MIN (lease_ms, self->config.max_lease_ms);
  g_task_set_task_data (task, GUINT_TO_POINTER (lease_ms), NULL);
  self->freeze_task = g_steal_pointer (&task);
  self->session_is_alive = session_is_alive;
  self->session_data = user_data;
  self->deadline_ms = arguments->deadline_ms;
  self->freeze_failure = VSS_WIRE_ERROR_CLASS_HOLD_LOST;
  self->lease_expired = FALSE;
  self->freeze_start_us = 0;
  vss_freezer_set_timer (self, &self->timer,
                         vss_kernel_boot_time_us (self->kernel) + arguments->timeout_ms * 1000LL,
                         freeze_timed_out);
  order_flushes (self);
  if (!vss_freezer_is_any_busy (self))
    {
      vss_freezer_freeze_advance (self);
    }
}

VssWireFreezeResult *
vss_freezer_freeze_finish (VssFreezer   *self,
                           GAsyncResult *result,
                           GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vss-prepare-for-snapshot: plan, open, drain. Nothing is frozen here. */
#include "guest-agent/freeze/vss-freezer-private.h"

/* A round of syncfs that was this short left next to nothing for FIFREEZE to write. */
#define DRAINED_US (10 * 1000)

static void
complete (VssFreezer *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->prepare_task);
  VssWirePrepareForSnapshotResult *result = vss_wire_prepare_for_snapshot_result_new ();

  vss_freezer_clear_source (&self->timer);
  vss_freezer_move (self, VSS_FREEZE_EVENT_PREPARED);
  self->step = VSS_FREEZER_STEP_NONE;
  self->last_generation = MAX (self->last_generation + 1, vss_freezer_now_ms (self));
  self->generation = self->last_generation;

  result->generation = self->generation;
  result->boot_time_ms = vss_freezer_now_ms (self);
  g_array_append_vals (result->drain_us, self->drain_us->data, self->drain_us->len);
  for (guint i = 0; i < self->volumes->len; i++)
    {
      g_ptr_array_add (result->volumes, vss_freezer_describe (self->volumes->pdata[i]));
    }
  g_task_return_pointer (task, result, (GDestroyNotify) vss_wire_prepare_for_snapshot_result_free);
}

void
vss_freezer_prepare_fail (VssFreezer *self,
                          GError     *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->prepare_task);

  vss_freezer_clear_source (&self->timer);
  vss_freezer_move (self, VSS_FREEZE_EVENT_GIVE_UP);
  vss_freezer_forget_set (self);
  g_task_return_error (task, error);
}

static void
start_round (VssFreezer *self)
{
  self->step = VSS_FREEZER_STEP_DRAIN;
  self->round_start_us = vss_kernel_boot_time_us (self->kernel);
  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL && vss_fs_hold_get_fd (volume->hold) >= 0)
        {
          vss_fs_hold_order (volume->hold, VSS_FS_ORDER_DRAIN, 0);
        }
    }
}

static gboolean
has_open_holds (VssFreezer *self)
{
  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL && vss_fs_hold_get_fd (volume->hold) >= 0)
        {
          return TRUE;
        }
    }
  return FALSE;
}

/* Another round is of use if the last one had something to write, and will fit if the time left is
 * more than it took. */
static gboolean
wants_round (VssFreezer *self)
{
  gint64 now_us = vss_kernel_boot_time_us (self->kernel);
  gint64 last_us;

  if (!has_open_holds (self) || self->drain_us->len >= MAX (self->config.drain_rounds, 1))
    {
      return FALSE;
    }
  if (self->drain_us->len == 0)
    {
      return TRUE;
    }
  last_us = g_array_index (self->drain_us, gint64, self->drain_us->len - 1);
  return last_us > DRAINED_US && self->prepare_end_us - now_us > last_us;
}

void
vss_freezer_prepare_advance (VssFreezer *self)
{
  if (self->step == VSS_FREEZER_STEP_DRAIN)
    {
      gint64 round_us = vss_kernel_boot_time_us (self->kernel) - self->round_start_us;

      g_array_append_val (self->drain_us, round_us);
    }
  if (wants_round (self))
    {
      start_round (self);
      return;
    }
  complete (self);
}

/* Names a file system that is still at it; there is one. */
static const char *
name_busy (VssFreezer *self)
{
  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL && vss_fs_hold_is_busy (volume->hold))
        {
          return volume->entry->mount_point;
        }
    }
  return "nothing";
}

static gboolean
prepare_timed_out (gpointer user_data)
{
  VssFreezer *self = user_data;
  const char *what = self->step == VSS_FREEZER_STEP_OPEN ? "opening" : "writing back";

  vss_freezer_prepare_fail (self, g_error_new (VSS_FREEZER_ERROR,
                                               VSS_WIRE_ERROR_CLASS_FLUSH_TIMEOUT,
                                               "can't prepare the snapshot: %s %s takes too long; "
                                               "try again when less is written",
                                               what, name_busy (self)));
  return G_SOURCE_REMOVE;
}

/* A file system with a thread of an earlier set still inside a call is refused: the new one would
 * get stuck as well. */
static gboolean
check_stuck (VssFreezer *self,
             GError    **error)
{
  for (guint i = 0; i < self->stuck->len; i++)
    {
      const VssFileSystem *fs = vss_fs_hold_get_file_system (self->stuck->pdata[i]);

      if (!vss_fs_hold_is_busy (self->stuck->pdata[i]))
        {
          continue;
        }
      for (guint j = 0; j < self->plan->entries->len; j++)
        {
          const VssFreezePlanEntry *entry = self->plan->entries->pdata[j];

          if (g_str_equal (entry->fs->device_number, fs->device_number))
            {
              g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_FLUSH_TIMEOUT,
                           "can't prepare the snapshot: the kernel is still busy with %s from an "
                           "earlier set; look at its disk",
                           entry->mount_point);
              return FALSE;
            }
        }
    }
  return TRUE;
}

/* The record has to be written and removed while everything in the plan is frozen. */
static gboolean
check_record_place (VssFreezer *self,
                    GError    **error)
{
  const VssFileSystem *holder = vss_mount_table_find_holder (self->plan->table, self->record_path);

  for (guint i = 0; i < self->plan->entries->len; i++)
    {
      const VssFreezePlanEntry *entry = self->plan->entries->pdata[i];

      if (entry->fs == holder && entry->freezability == VSS_WIRE_FREEZABILITY_FREEZABLE)
        {
          g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_NOT_FREEZABLE,
                       "can't freeze %s: the freeze record %s lies on it; put that on a tmpfs",
                       entry->mount_point, self->record_path);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
make_plan (VssFreezer                               *self,
           const VssWirePrepareForSnapshotArguments *arguments,
           GError                                  **error)
{
  g_autoptr (VssMountTable) table = vss_kernel_read_mounts (self->kernel, error);

  if (table == NULL)
    {
      return FALSE;
    }
  self->plan = vss_freeze_plan_new (table, arguments->mount_points, self->config.max_volumes,
                                    error);
  return self->plan != NULL && check_record_place (self, error) && check_stuck (self, error);
}

static gboolean
start_holds (VssFreezer *self,
             GError    **error)
{
  for (guint i = 0; i < self->plan->entries->len; i++)
    {
      const VssFreezePlanEntry *entry = self->plan->entries->pdata[i];
      VssFreezerVolume *volume = g_new0 (VssFreezerVolume, 1);

      volume->entry = entry;
      g_ptr_array_add (self->volumes, volume);
      if (entry->freezability != VSS_WIRE_FREEZABILITY_FREEZABLE
          && entry->freezability != VSS_WIRE_FREEZABILITY_FLUSHABLE)
        {
          continue;
        }
      volume->hold = vss_fs_hold_new (self->kernel, self->plan->table, entry, self->event, error);
      if (volume->hold == NULL)
        {
          return FALSE;
        }
    }
  return TRUE;
}

/* What stands in the way of preparing this set now. */
static gboolean
check_start (VssFreezer *self,
             const char *set_id,
             GError    **error)
{
  g_autoptr (GError) guard_error = NULL;
  VssWireFreezeState next;

  if (self->set_id != NULL && g_strcmp0 (self->set_id, set_id) != 0)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_BUSY,
                   "can't prepare snapshot set %s: set %s of %s is under way since %"
                   G_GINT64_FORMAT " ms after boot (%s)",
                   set_id, self->set_id, self->requester, self->since_ms,
                   vss_wire_freeze_state_to_string (self->state));
      return FALSE;
    }
  if (!vss_freeze_state_next (self->state, VSS_FREEZE_EVENT_PREPARE, &next))
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_BAD_STATE,
                   "can't prepare snapshot set %s: it is %s already", set_id,
                   vss_wire_freeze_state_to_string (self->state));
      return FALSE;
    }
  if (!vss_guard_client_connect (self->guard, &guard_error))
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_GUARD_MISSING,
                   "can't prepare snapshot set %s: %s", set_id, guard_error->message);
      return FALSE;
    }
  return TRUE;
}

void
vss_freezer_prepare_async (VssFreezer                               *self,
                           const VssWirePrepareForSnapshotArguments *arguments,
                           const char                               *requester,
                           GAsyncReadyCallback                       callback,
                           gpointer                                  user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  if (!check_start (self, arguments->snapshot_set_id, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  vss_freezer_forget_set (self);
  vss_freezer_move (self, VSS_FREEZE_EVENT_PREPARE);
  self->step = VSS_FREEZER_STEP_OPEN;
  self->set_id = g_strdup (arguments->snapshot_set_id);
  self->requester = g_strdup (requester != NULL ? requester : "somebody");
  self->since_ms = vss_freezer_now_ms (self);
  self->prepare_end_us = vss_kernel_boot_time_us (self->kernel) + arguments->timeout_ms * 1000LL;
  self->prepare_task = g_steal_pointer (&task);
  if (!make_plan (self, arguments, &error) || !start_holds (self, &error))
    {
      vss_freezer_prepare_fail (self, error);
      return;
    }
  vss_freezer_set_timer (self, &self->timer, self->prepare_end_us, prepare_timed_out);
  /* Nothing to open is ready at once. */
  vss_event_fd_signal (self->event);
}

VssWirePrepareForSnapshotResult *
vss_freezer_prepare_finish (VssFreezer   *self,
                            GAsyncResult *result,
                            GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

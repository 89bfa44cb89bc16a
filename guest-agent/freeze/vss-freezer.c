/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the freezer always has: its parts, its state, the event source that its threads wake it
 * by, and the calls that don't wait. */
#include "guest-agent/freeze/vss-freezer-private.h"

#include <glib-unix.h>

G_DEFINE_TYPE (VssFreezer, vss_freezer, G_TYPE_OBJECT)

G_DEFINE_QUARK (vss-freezer-error-quark, vss_freezer_error)

/* Whoever drops a freezer that holds something waits this long for the thaw; the guard has it in
 * hand after that. */
#define LAST_THAW_LIMIT_US (2 * G_USEC_PER_SEC)
#define LAST_THAW_PAUSE_US 1000

enum
{
  SIGNAL_THAWED,
  SIGNAL_NOTIFY_FROZEN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

gboolean
vss_freezer_move (VssFreezer    *self,
                  VssFreezeEvent event)
{
  return vss_freeze_state_next (self->state, event, &self->state);
}

gint64
vss_freezer_now_ms (VssFreezer *self)
{
  return vss_kernel_boot_time_us (self->kernel) / 1000;
}

gboolean
vss_freezer_is_any_busy (VssFreezer *self)
{
  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL && vss_fs_hold_is_busy (volume->hold))
        {
          return TRUE;
        }
    }
  return FALSE;
}

void
vss_freezer_clear_source (GSource **source)
{
  if (*source != NULL)
    {
      g_source_destroy (*source);
      g_clear_pointer (source, g_source_unref);
    }
}

void
vss_freezer_set_timer (VssFreezer *self,
                       GSource   **timer,
                       gint64      at_us,
                       GSourceFunc callback)
{
  vss_freezer_clear_source (timer);
  *timer = vss_kernel_boot_timer_new (self->kernel, at_us);
  g_source_set_callback (*timer, callback, self, NULL);
  g_source_attach (*timer, self->context);
}

static void
volume_free (VssFreezerVolume *volume)
{
  g_clear_pointer (&volume->hold, vss_fs_hold_unref);
  g_free (volume);
}

static void
prune_stuck (VssFreezer *self)
{
  for (guint i = self->stuck->len; i > 0; i--)
    {
      if (!vss_fs_hold_is_busy (self->stuck->pdata[i - 1]))
        {
          g_ptr_array_remove_index_fast (self->stuck, i - 1);
        }
    }
}

void
vss_freezer_forget_set (VssFreezer *self)
{
  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL)
        {
          vss_fs_hold_dismiss (volume->hold);
          g_ptr_array_add (self->stuck, g_steal_pointer (&volume->hold));
        }
    }
  prune_stuck (self);
  g_ptr_array_set_size (self->volumes, 0);
  g_clear_pointer (&self->plan, vss_freeze_plan_free);
  g_clear_pointer (&self->set_id, g_free);
  g_clear_pointer (&self->requester, g_free);
  g_array_set_size (self->drain_us, 0);
  self->generation = 0;
  self->step = VSS_FREEZER_STEP_NONE;
  self->forget = FALSE;
}

void
vss_freezer_set_holding (VssFreezer *self,
                         gboolean    holding)
{
  if (self->holding != holding)
    {
      self->holding = holding;
      /* A core waits for every thread to end, and the sentinels can't while they are blocked: a
       * crash would be known to the guard at the lease's end only. */
      vss_kernel_set_core_dumps (self->kernel, !holding);
      g_signal_emit (self, signals[SIGNAL_NOTIFY_FROZEN], 0, holding);
    }
}

VssWireHoldResult *
vss_freezer_describe (const VssFreezerVolume *volume)
{
  VssWireHoldResult *result = vss_wire_hold_result_new ();
  g_auto (VssFsHoldStatus) status = { 0 };

  result->mount_point = g_utf8_make_valid (volume->entry->mount_point, -1);
  result->device_number = g_strdup (volume->entry->fs->device_number);
  if (volume->hold == NULL)
    {
      result->state = volume->entry->freezability == VSS_WIRE_FREEZABILITY_READ_ONLY
                        ? VSS_WIRE_HOLD_STATE_READ_ONLY
                        : VSS_WIRE_HOLD_STATE_NOT_HELD;
      result->reason = g_strdup (volume->entry->reason);
      return result;
    }
  vss_fs_hold_get_status (volume->hold, &status);
  result->state = status.state;
  result->reason = g_steal_pointer (&status.reason);
  result->has_freeze_us = status.freeze_us >= 0;
  result->freeze_us = MAX (status.freeze_us, 0);
  result->has_thaw_us = status.thaw_us >= 0;
  result->thaw_us = MAX (status.thaw_us, 0);
  return result;
}

static gboolean
event_ready (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  g_autoptr (VssFreezer) self = g_object_ref (user_data);

  vss_event_fd_clear (self->event);
  prune_stuck (self);
  if (vss_freezer_is_any_busy (self))
    {
      if (self->step == VSS_FREEZER_STEP_LEVEL)
        {
          vss_freezer_freeze_advance (self);
        }
      return G_SOURCE_CONTINUE;
    }
  switch (self->step)
    {
    case VSS_FREEZER_STEP_OPEN:
    case VSS_FREEZER_STEP_DRAIN:
      vss_freezer_prepare_advance (self);
      break;
    case VSS_FREEZER_STEP_FLUSH:
    case VSS_FREEZER_STEP_LEVEL:
      vss_freezer_freeze_advance (self);
      break;
    case VSS_FREEZER_STEP_THAW:
      vss_freezer_thaw_advance (self);
      break;
    case VSS_FREEZER_STEP_ARM:
    case VSS_FREEZER_STEP_NONE:
      break;
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
needs_guard (VssFreezer *self)
{
  return self->state == VSS_WIRE_FREEZE_STATE_FREEZING
         || self->state == VSS_WIRE_FREEZE_STATE_FROZEN;
}

static void
guard_lost (VssGuardClient *guard,
            VssFreezer     *self)
{
  if (needs_guard (self) && self->step != VSS_FREEZER_STEP_ARM)
    {
      self->freeze_failure = VSS_WIRE_ERROR_CLASS_GUARD_MISSING;
      vss_freezer_begin_thaw (self, g_strdup ("the thaw guard was lost"));
    }
}

static void
guard_expired (VssGuardClient *guard,
               guint64         generation,
               VssFreezer     *self)
{
  if (needs_guard (self) && generation == (guint64) self->generation)
    {
      self->lease_expired = TRUE;
      self->freeze_failure = VSS_WIRE_ERROR_CLASS_HOLD_LOST;
      vss_freezer_begin_thaw (self, g_strdup ("the lease ran out"));
    }
}

VssFreezer *
vss_freezer_new (const VssFreezerConfig *config,
                 VssKernel              *kernel,
                 VssGuardClient         *guard)
{
  VssFreezer *self = g_object_new (VSS_TYPE_FREEZER, NULL);

  self->config = *config;
  self->record_path = g_strdup (config->record_path);
  self->config.record_path = self->record_path;
  self->kernel = g_object_ref (kernel);
  self->guard = g_object_ref (guard);
  g_signal_connect_object (guard, "lost", G_CALLBACK (guard_lost), self, 0);
  g_signal_connect_object (guard, "expired", G_CALLBACK (guard_expired), self, 0);
  /* Generations of an agent that was restarted are higher than its predecessor's. */
  self->last_generation = vss_freezer_now_ms (self);
  return self;
}

VssWireLeaseResult *
vss_freezer_renew_lease (VssFreezer                       *self,
                         const VssWireRenewLeaseArguments *arguments,
                         GError                          **error)
{
  VssWireLeaseResult *result;

  if (arguments->generation != self->generation)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_STALE_GENERATION,
                   "can't renew the lease of generation %" G_GINT64_FORMAT
                   ": it is not the one prepared last",
                   arguments->generation);
      return NULL;
    }
  if (self->state != VSS_WIRE_FREEZE_STATE_FROZEN || self->thaw_reason != NULL
      || vss_freezer_now_ms (self) >= self->lease_end_ms)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_HOLD_LOST,
                   "can't renew the lease: the file systems are not frozen (%s)",
                   vss_wire_freeze_state_to_string (self->state));
      return NULL;
    }
  self->lease_end_ms = MIN (vss_freezer_now_ms (self) + arguments->lease_ms,
                            self->max_lease_end_ms);
  vss_freezer_watch_lease (self);
  if (self->armed
      && !vss_guard_client_renew (self->guard, (guint64) self->generation, self->lease_end_ms))
    {
      self->freeze_failure = VSS_WIRE_ERROR_CLASS_GUARD_MISSING;
      vss_freezer_begin_thaw (self, g_strdup ("the thaw guard was lost"));
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_HOLD_LOST,
                   "can't renew the lease: the thaw guard was lost");
      return NULL;
    }
  result = vss_wire_lease_result_new ();
  result->lease_end_ms = self->lease_end_ms;
  result->boot_time_ms = vss_freezer_now_ms (self);
  return result;
}

gboolean
vss_freezer_post_snapshot (VssFreezer *self,
                           const char *snapshot_set_id,
                           GError    **error)
{
  if (g_strcmp0 (self->set_id, snapshot_set_id) != 0)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND,
                   "can't finish snapshot set %s: it is not under way in this guest",
                   snapshot_set_id);
      return FALSE;
    }
  if (!vss_freezer_move (self, VSS_FREEZE_EVENT_FINISH))
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_BAD_STATE,
                   "can't finish snapshot set %s: the guest is %s; thaw it first",
                   snapshot_set_id, vss_wire_freeze_state_to_string (self->state));
      return FALSE;
    }
  vss_freezer_forget_set (self);
  return TRUE;
}

static void
list_frozen (VssFreezer *self,
             GPtrArray  *mount_points)
{
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
          g_ptr_array_add (mount_points, g_utf8_make_valid (volume->entry->mount_point, -1));
        }
    }
}

VssWireFreezeStatusResult *
vss_freezer_get_status (VssFreezer *self)
{
  VssWireFreezeStatusResult *result = vss_wire_freeze_status_result_new ();

  result->state = self->state;
  result->boot_time_ms = vss_freezer_now_ms (self);
  result->has_generation = self->generation != 0;
  result->generation = self->generation;
  result->snapshot_set_id = g_strdup (self->set_id);
  result->requester = g_strdup (self->requester);
  result->has_since_ms = self->set_id != NULL;
  result->since_ms = self->since_ms;
  result->has_lease_end_ms = self->holding;
  result->lease_end_ms = self->lease_end_ms;
  result->guard_alive = vss_guard_client_is_alive (self->guard);
  list_frozen (self, result->mount_points);
  return result;
}

gboolean
vss_freezer_is_frozen (VssFreezer *self)
{
  return self->holding;
}

const char *
vss_freezer_get_unasked_reason (VssFreezer *self)
{
  return self->thaw_reason;
}

/* The last resort: an owner aborts first, which doesn't block. */
static void
thaw_and_wait (VssFreezer *self)
{
  gint64 limit_us = g_get_monotonic_time () + LAST_THAW_LIMIT_US;

  for (guint i = 0; i < self->volumes->len; i++)
    {
      const VssFreezerVolume *volume = self->volumes->pdata[i];

      if (volume->hold != NULL)
        {
          vss_fs_hold_thaw (volume->hold);
        }
    }
  while (vss_freezer_is_any_busy (self) && g_get_monotonic_time () < limit_us)
    {
      g_usleep (LAST_THAW_PAUSE_US);
    }
  if (!vss_freezer_is_any_busy (self))
    {
      vss_freezer_end_holds (self);
    }
}

static void
vss_freezer_dispose (GObject *object)
{
  VssFreezer *self = VSS_FREEZER (object);

  vss_freezer_clear_source (&self->timer);
  vss_freezer_clear_source (&self->lease_timer);
  vss_freezer_clear_source (&self->event_source);
  if (self->holding || self->armed)
    {
      thaw_and_wait (self);
    }
  vss_freezer_forget_set (self);
  G_OBJECT_CLASS (vss_freezer_parent_class)->dispose (object);
}

static void
vss_freezer_finalize (GObject *object)
{
  VssFreezer *self = VSS_FREEZER (object);

  g_ptr_array_unref (self->volumes);
  g_ptr_array_unref (self->stuck);
  g_ptr_array_unref (self->thaw_tasks);
  g_array_unref (self->drain_us);
  vss_event_fd_unref (self->event);
  g_clear_object (&self->kernel);
  g_clear_object (&self->guard);
  g_main_context_unref (self->context);
  g_free (self->record_path);
  g_free (self->thaw_reason);
  g_clear_pointer (&self->last_result, vss_wire_thaw_result_free);
  G_OBJECT_CLASS (vss_freezer_parent_class)->finalize (object);
}

static void
vss_freezer_class_init (VssFreezerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = vss_freezer_dispose;
  object_class->finalize = vss_freezer_finalize;

  signals[SIGNAL_THAWED] = g_signal_new ("thawed", VSS_TYPE_FREEZER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_STRING);
  signals[SIGNAL_NOTIFY_FROZEN] = g_signal_new ("notify-frozen", VSS_TYPE_FREEZER,
                                                G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
vss_freezer_init (VssFreezer *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->volumes = g_ptr_array_new_with_free_func ((GDestroyNotify) volume_free);
  self->stuck = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_fs_hold_unref);
  self->thaw_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  self->drain_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->rcu_expedited = -1;
  self->event = vss_event_fd_new ();
  self->event_source = g_unix_fd_source_new (vss_event_fd_get_fd (self->event), G_IO_IN);
  g_source_set_callback (self->event_source, G_SOURCE_FUNC (event_ready), self, NULL);
  g_source_attach (self->event_source, self->context);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See fake-freezer.h. */
#include "tests/guest-agent/fake-freezer.h"

#include "guest-agent/freeze/vss-volumes.h"

struct _VssFreezer
{
  GObject parent_instance;

  VssWireFreezeState state;
  gint64 generation;
  GHashTable *counts; /* operation → GUINT */
  gboolean is_paused;
  gboolean fail_prepare;
  GTask *paused; /* the operation that waits, NULL if none */
  gboolean (*session_is_alive) (gpointer user_data);
  gpointer alive_data;
  char *left_behind; /* by a former agent */
  const char *unasked_reason;
};

G_DEFINE_FINAL_TYPE (VssFreezer, vss_freezer, G_TYPE_OBJECT)
G_DEFINE_QUARK (fake_freezer_error, vss_freezer_error)

static void
count (VssFreezer *self, const char *operation)
{
  guint so_far = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, operation));

  g_hash_table_insert (self->counts, (gpointer)operation, GUINT_TO_POINTER (so_far + 1));
}

guint
fake_freezer_count (VssFreezer *self, const char *operation)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, operation));
}

VssWireFreezeState
fake_freezer_get_state (VssFreezer *self)
{
  return self->state;
}

void
fake_freezer_pause (VssFreezer *self)
{
  self->is_paused = TRUE;
}

void
fake_freezer_fail_prepare (VssFreezer *self)
{
  self->fail_prepare = TRUE;
}

static GPtrArray *
one_volume (void)
{
  GPtrArray *volumes = g_ptr_array_new_with_free_func ((GDestroyNotify)vss_wire_hold_result_free);
  VssWireHoldResult *volume = vss_wire_hold_result_new ();

  volume->mount_point = g_strdup ("/");
  volume->device_number = g_strdup ("254:1");
  volume->state = VSS_WIRE_HOLD_STATE_HELD;
  g_ptr_array_add (volumes, volume);
  return volumes;
}

static void
set_state (VssFreezer *self, VssWireFreezeState state)
{
  gboolean was_frozen = self->state == VSS_WIRE_FREEZE_STATE_FROZEN;
  gboolean is_frozen = state == VSS_WIRE_FREEZE_STATE_FROZEN;

  self->state = state;
  if (was_frozen != is_frozen)
    g_signal_emit_by_name (self, "notify-frozen", is_frozen);
}

static void
fail (GTask *task, VssWireErrorClass error_class, const char *text)
{
  g_task_return_new_error (task, VSS_FREEZER_ERROR, error_class, "%s", text);
}

/* -- prepare -- */

static void
complete_prepare (GTask *task)
{
  VssFreezer *self = g_task_get_source_object (task);
  VssWirePrepareForSnapshotResult *result;

  if (self->fail_prepare)
    {
      self->fail_prepare = FALSE;
      set_state (self, VSS_WIRE_FREEZE_STATE_THAWED);
      fail (task, VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND, "no such mount point");
      return;
    }
  set_state (self, VSS_WIRE_FREEZE_STATE_PREPARED);
  result = vss_wire_prepare_for_snapshot_result_new ();
  result->generation = ++self->generation;
  g_ptr_array_unref (result->volumes);
  result->volumes = one_volume ();
  g_task_return_pointer (task, result, (GDestroyNotify)vss_wire_prepare_for_snapshot_result_free);
}

static void
complete_freeze (GTask *task)
{
  VssFreezer *self = g_task_get_source_object (task);
  VssWireFreezeResult *result;

  if (!self->session_is_alive (self->alive_data))
    {
      set_state (self, VSS_WIRE_FREEZE_STATE_PREPARED);
      fail (task, VSS_WIRE_ERROR_CLASS_HOLD_LOST, "the host has gone");
      return;
    }
  set_state (self, VSS_WIRE_FREEZE_STATE_FROZEN);
  result = vss_wire_freeze_result_new ();
  result->generation = self->generation;
  g_ptr_array_unref (result->volumes);
  result->volumes = one_volume ();
  g_task_return_pointer (task, result, (GDestroyNotify)vss_wire_freeze_result_free);
}

static void
complete (GTask *task)
{
  if (g_str_equal (g_task_get_name (task), "prepare"))
    complete_prepare (task);
  else
    complete_freeze (task);
  g_object_unref (task);
}

static void
begin (VssFreezer *self, const char *operation, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  count (self, operation);
  g_task_set_name (task, operation);
  if (self->paused)
    {
      fail (task, VSS_WIRE_ERROR_CLASS_BAD_STATE, "something else is under way");
      g_object_unref (task);
    }
  else if (self->is_paused)
    self->paused = task;
  else
    complete (task);
}

void
fake_freezer_resume (VssFreezer *self)
{
  self->is_paused = FALSE;
  if (self->paused)
    complete (g_steal_pointer (&self->paused));
}

void
vss_freezer_prepare_async (VssFreezer *self,
                           const VssWirePrepareForSnapshotArguments *arguments,
                           const char *requester,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  if (self->state == VSS_WIRE_FREEZE_STATE_THAWED)
    set_state (self, VSS_WIRE_FREEZE_STATE_PREPARING);
  begin (self, "prepare", callback, user_data);
}

VssWirePrepareForSnapshotResult *
vss_freezer_prepare_finish (VssFreezer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
vss_freezer_freeze_async (VssFreezer *self,
                          const VssWireFreezeArguments *arguments,
                          gboolean (*session_is_alive) (gpointer user_data),
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) refused = NULL;

  if (self->state == VSS_WIRE_FREEZE_STATE_PREPARED && arguments->generation == self->generation)
    {
      self->session_is_alive = session_is_alive;
      self->alive_data = user_data;
      set_state (self, VSS_WIRE_FREEZE_STATE_FREEZING);
      begin (self, "freeze", callback, user_data);
      return;
    }
  refused = g_task_new (self, NULL, callback, user_data);
  fail (refused, VSS_WIRE_ERROR_CLASS_STALE_GENERATION, "it is not the one prepared last");
}

VssWireFreezeResult *
vss_freezer_freeze_finish (VssFreezer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
vss_freezer_may_freeze (VssFreezer *self, const VssWireFreezeArguments *arguments, GError **error)
{
  return self->state == VSS_WIRE_FREEZE_STATE_PREPARED &&
         arguments->generation == self->generation;
}

const char *
vss_freezer_get_unasked_reason (VssFreezer *self)
{
  return self->unasked_reason;
}

VssWireLeaseResult *
vss_freezer_renew_lease (VssFreezer *self,
                         const VssWireRenewLeaseArguments *arguments,
                         GError **error)
{
  if (arguments->generation != self->generation)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_STALE_GENERATION,
                   "generation is not %" G_GINT64_FORMAT, self->generation);
      return NULL;
    }
  return vss_wire_lease_result_new ();
}

/* -- thaw -- */

static void
end (VssFreezer *self,
     const char *operation,
     VssWireFreezeState state,
     GAsyncReadyCallback callback,
     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  VssWireThawResult *result = vss_wire_thaw_result_new ();

  count (self, operation);
  if (self->state == VSS_WIRE_FREEZE_STATE_FROZEN)
    {
      result->generation = self->generation;
      g_ptr_array_unref (result->volumes);
      result->volumes = one_volume ();
    }
  set_state (self, state);
  if (self->paused)
    {
      fail (self->paused, VSS_WIRE_ERROR_CLASS_HOLD_LOST, "aborted");
      g_clear_object (&self->paused);
    }
  g_task_return_pointer (task, result, (GDestroyNotify)vss_wire_thaw_result_free);
}

void
vss_freezer_thaw_async (VssFreezer *self,
                        const VssWireThawArguments *arguments,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  end (self, "thaw", VSS_WIRE_FREEZE_STATE_HELD, callback, user_data);
}

void
vss_freezer_abort_async (VssFreezer *self,
                         const VssWireAbortArguments *arguments,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  end (self, "abort", VSS_WIRE_FREEZE_STATE_THAWED, callback, user_data);
}

VssWireThawResult *
vss_freezer_thaw_finish (VssFreezer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
fake_freezer_expire (VssFreezer *self)
{
  self->unasked_reason = "the lease ran out";
  set_state (self, VSS_WIRE_FREEZE_STATE_HELD);
  g_signal_emit_by_name (self, "thawed", self->generation, self->unasked_reason);
  self->unasked_reason = NULL;
}

/* -- the rest -- */

gboolean
vss_freezer_post_snapshot (VssFreezer *self, const char *snapshot_set_id, GError **error)
{
  if (self->paused || self->state == VSS_WIRE_FREEZE_STATE_FROZEN)
    {
      g_set_error (error, VSS_FREEZER_ERROR, VSS_WIRE_ERROR_CLASS_BAD_STATE, "not thawed yet");
      return FALSE;
    }
  set_state (self, VSS_WIRE_FREEZE_STATE_THAWED);
  return TRUE;
}

VssWireFreezeStatusResult *
vss_freezer_get_status (VssFreezer *self)
{
  VssWireFreezeStatusResult *status = vss_wire_freeze_status_result_new ();

  status->state = self->state;
  status->guard_alive = TRUE;
  return status;
}

gboolean
vss_freezer_is_frozen (VssFreezer *self)
{
  return self->state == VSS_WIRE_FREEZE_STATE_FROZEN;
}

VssWireVolumesResult *
vss_volumes_query (const char *root, GError **error)
{
  return vss_wire_volumes_result_new ();
}

/* -- for whole agents -- */

#define FREEZER_KEY "fake-freezer"
#define LEFT_BEHIND_KEY "fake-freezer-left-behind"

VssFreezer *
vss_freezer_new (const VssFreezerConfig *config, VssKernel *kernel, VssGuardClient *guard)
{
  VssFreezer *self = fake_freezer_new ();

  g_object_set_data (G_OBJECT (kernel), FREEZER_KEY, self);
  self->left_behind = g_strdup (g_object_get_data (G_OBJECT (kernel), LEFT_BEHIND_KEY));
  return self;
}

VssFreezer *
fake_freezer_of_kernel (VssKernel *kernel)
{
  return g_object_get_data (G_OBJECT (kernel), FREEZER_KEY);
}

void
fake_freezer_leave_behind (VssKernel *kernel, const char *what)
{
  g_object_set_data_full (G_OBJECT (kernel), LEFT_BEHIND_KEY, g_strdup (what), g_free);
}

char *
vss_freezer_recover (VssFreezer *self, GError **error)
{
  return g_steal_pointer (&self->left_behind);
}

VssFreezer *
fake_freezer_new (void)
{
  return g_object_new (VSS_TYPE_FREEZER, NULL);
}

static void
vss_freezer_finalize (GObject *object)
{
  VssFreezer *self = VSS_FREEZER (object);

  g_hash_table_unref (self->counts);
  g_free (self->left_behind);
  G_OBJECT_CLASS (vss_freezer_parent_class)->finalize (object);
}

static void
vss_freezer_class_init (VssFreezerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_freezer_finalize;
  g_signal_new ("thawed", VSS_TYPE_FREEZER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                G_TYPE_INT64, G_TYPE_STRING);
  g_signal_new ("notify-frozen", VSS_TYPE_FREEZER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
vss_freezer_init (VssFreezer *self)
{
  self->state = VSS_WIRE_FREEZE_STATE_THAWED;
  self->counts = g_hash_table_new (g_str_hash, g_str_equal);
}

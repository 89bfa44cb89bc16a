/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "freezer-rig.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "guest-agent/guard/vss-guard-socket.h"
#include "guest-agent/guard/vss-guard.h"

/* A test that waits this long has failed. */
#define LIMIT_US (20 * G_USEC_PER_SEC)
/* A guard that doesn't answer is given up after this. */
#define GUARD_TIMEOUT_MS 200

struct _Rig
{
  char *folder;
  char *record;
  char *socket;
  FakeKernel *kernel;
  VssFreezer *freezer;
  VssGuardKernel guard_kernel;
  VssGuard *guard;
  GThread *guard_thread;
  int stop_fd;
  int silent_fd;
  gboolean alive;
  guint n_notified;
  char *unasked;
  gint64 generation;
  GAsyncResult *prepare_result;
  GAsyncResult *freeze_result;
  GAsyncResult *thaw_result;
  guint n_waiting;
};

static gpointer
run_guard (gpointer user_data)
{
  g_assert_true (vss_guard_run (user_data));
  return NULL;
}

static void
start_guard (Rig *self)
{
  self->guard_kernel = fake_kernel_for_guard (self->kernel);
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  self->guard = vss_guard_new (self->socket, &self->guard_kernel, self->stop_fd);
  g_assert_nonnull (self->guard);
  self->guard_thread = g_thread_new ("guard", run_guard, self->guard);
}

void
rig_kill_guard (Rig *self)
{
  guint64 one = 1;

  if (self->guard == NULL)
    {
      return;
    }
  g_assert_cmpint (write (self->stop_fd, &one, sizeof one), ==, sizeof one);
  g_thread_join (self->guard_thread);
  g_clear_pointer (&self->guard, vss_guard_free);
  close (self->stop_fd);
}

static void
thawed_unasked (VssFreezer *freezer,
                gint64      generation,
                const char *reason,
                Rig        *self)
{
  g_assert_cmpint (generation, ==, self->generation);
  g_free (self->unasked);
  self->unasked = g_strdup (reason);
}

static void
notify_frozen (VssFreezer *freezer,
               gboolean    frozen,
               Rig        *self)
{
  g_assert_cmpint (frozen, ==, vss_freezer_is_frozen (freezer));
  self->n_notified++;
}

Rig *
rig_new (RigGuard guard)
{
  Rig *self = g_new0 (Rig, 1);
  g_autoptr (VssGuardClient) client = NULL;
  VssFreezerConfig config = {
    .default_lease_ms = 10000,
    .max_lease_ms = 60000,
    .max_volumes = 8,
    .drain_rounds = 2,
  };

  self->folder = g_dir_make_tmp ("freezer-XXXXXX", NULL);
  self->record = g_build_filename (self->folder, "record", NULL);
  self->socket = g_build_filename (self->folder, "guard.sock", NULL);
  self->kernel = fake_kernel_new ();
  self->alive = TRUE;
  self->silent_fd = -1;
  if (guard == RIG_GUARD_ALIVE)
    {
      start_guard (self);
    }
  else if (guard == RIG_GUARD_SILENT)
    {
      self->silent_fd = vss_guard_socket_listen (self->socket);
    }
  client = vss_guard_client_new (self->socket,
                                 guard == RIG_GUARD_SILENT ? GUARD_TIMEOUT_MS : 0);
  config.record_path = self->record;
  self->freezer = vss_freezer_new (&config, VSS_KERNEL (self->kernel), client);
  g_signal_connect (self->freezer, "thawed", G_CALLBACK (thawed_unasked), self);
  g_signal_connect (self->freezer, "notify-frozen", G_CALLBACK (notify_frozen), self);
  return self;
}

void
rig_free (Rig *self)
{
  fake_kernel_release (self->kernel);
  g_clear_object (&self->prepare_result);
  g_clear_object (&self->freeze_result);
  g_clear_object (&self->thaw_result);
  g_signal_handlers_disconnect_by_data (self->freezer, self);
  g_object_unref (self->freezer);
  rig_kill_guard (self);
  if (self->silent_fd >= 0)
    {
      close (self->silent_fd);
    }
  g_unlink (self->socket);
  g_unlink (self->record);
  g_rmdir (self->folder);
  g_object_unref (self->kernel);
  g_free (self->unasked);
  g_free (self->folder);
  g_free (self->record);
  g_free (self->socket);
  g_free (self);
}

FakeKernel *
rig_get_kernel (Rig *self)
{
  return self->kernel;
}

VssFreezer *
rig_get_freezer (Rig *self)
{
  return self->freezer;
}

const char *
rig_get_record (Rig *self)
{
  return self->record;
}

void
rig_hang_up (Rig *self)
{
  self->alive = FALSE;
}

static void
prepare_done (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Rig *self = user_data;

  g_set_object (&self->prepare_result, result);
  self->n_waiting--;
}

static void
freeze_done (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Rig *self = user_data;

  g_set_object (&self->freeze_result, result);
  self->n_waiting--;
}

static void
thaw_done (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Rig *self = user_data;

  g_set_object (&self->thaw_result, result);
  self->n_waiting--;
}

void
rig_prepare (Rig        *self,
             const char *set_id,
             const char *mount_points)
{
  g_autoptr (VssWirePrepareForSnapshotArguments) arguments =
    vss_wire_prepare_for_snapshot_arguments_new ();
  g_auto (GStrv) words = g_strsplit (mount_points, " ", -1);

  arguments->snapshot_set_id = g_strdup (set_id);
  arguments->timeout_ms = 5000;
  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
    {
      g_ptr_array_add (arguments->mount_points, g_strdup (words[i]));
    }
  self->n_waiting++;
  vss_freezer_prepare_async (self->freezer, arguments, "test", prepare_done, self);
}

static gboolean
session_is_alive (gpointer user_data)
{
  Rig *self = user_data;

  return self->alive;
}

void
rig_freeze_with (Rig   *self,
                 gint64 generation,
                 gint64 deadline_ms,
                 guint  lease_ms)
{
  VssWireFreezeArguments arguments = {
    .generation = generation,
    .deadline_ms = deadline_ms,
    .timeout_ms = 5000,
    .has_lease_ms = lease_ms > 0,
    .lease_ms = lease_ms,
  };

  self->n_waiting++;
  vss_freezer_freeze_async (self->freezer, &arguments, session_is_alive, freeze_done, self);
}

void
rig_freeze (Rig  *self,
            guint lease_ms)
{
  gint64 now_ms = vss_kernel_boot_time_us (VSS_KERNEL (self->kernel)) / 1000;

  rig_freeze_with (self, self->generation, now_ms + 1000, lease_ms);
}

void
rig_thaw (Rig *self)
{
  VssWireThawArguments arguments = { 0 };

  self->n_waiting++;
  vss_freezer_thaw_async (self->freezer, &arguments, thaw_done, self);
}

void
rig_abort (Rig *self)
{
  VssWireAbortArguments arguments = { 0 };

  self->n_waiting++;
  vss_freezer_abort_async (self->freezer, &arguments, thaw_done, self);
}

gboolean
rig_is_waiting (Rig *self)
{
  return self->n_waiting > 0;
}

static gboolean
wake_up (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

void
rig_run_until (Rig       *self,
               gboolean (*condition) (Rig *self))
{
  gint64 limit_us = g_get_monotonic_time () + LIMIT_US;
  /* What threads do doesn't always wake the loop. */
  guint timer = g_timeout_add (1, wake_up, NULL);

  while (!condition (self))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, limit_us);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
}

static gboolean
is_hanging (Rig *self)
{
  return fake_kernel_is_hanging (self->kernel);
}

void
rig_run_until_hanging (Rig *self)
{
  rig_run_until (self, is_hanging);
}

VssWireFreezeState
rig_get_state (Rig *self)
{
  g_autoptr (VssWireFreezeStatusResult) status = vss_freezer_get_status (self->freezer);

  return status->state;
}

void
rig_run_until_state (Rig               *self,
                     VssWireFreezeState state)
{
  gint64 limit_us = g_get_monotonic_time () + LIMIT_US;
  guint timer = g_timeout_add (1, wake_up, NULL);

  while (rig_get_state (self) != state)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, limit_us);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
}

static VssWireErrorClass
get_class (const GError *error)
{
  g_assert_cmpstr (g_quark_to_string (error->domain), ==,
                   g_quark_to_string (VSS_FREEZER_ERROR));
  /* Lower case, without a full stop. */
  g_assert_false (g_str_has_suffix (error->message, "."));
  g_test_message ("%s", error->message);
  return (VssWireErrorClass) error->code;
}

static gboolean
has_prepare (Rig *self)
{
  return self->prepare_result != NULL;
}

VssWirePrepareForSnapshotResult *
rig_wait_prepare (Rig               *self,
                  VssWireErrorClass *error_class)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  VssWirePrepareForSnapshotResult *answer;

  rig_run_until (self, has_prepare);
  result = g_steal_pointer (&self->prepare_result);
  answer = vss_freezer_prepare_finish (self->freezer, result, &error);
  if (answer == NULL)
    {
      *error_class = get_class (error);
      return NULL;
    }
  self->generation = answer->generation;
  return answer;
}

static gboolean
has_freeze (Rig *self)
{
  return self->freeze_result != NULL;
}

VssWireFreezeResult *
rig_wait_freeze (Rig               *self,
                 VssWireErrorClass *error_class)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  VssWireFreezeResult *answer;

  rig_run_until (self, has_freeze);
  result = g_steal_pointer (&self->freeze_result);
  answer = vss_freezer_freeze_finish (self->freezer, result, &error);
  if (answer == NULL)
    {
      *error_class = get_class (error);
    }
  return answer;
}

static gboolean
has_thaw (Rig *self)
{
  return self->thaw_result != NULL;
}

VssWireThawResult *
rig_wait_thaw (Rig               *self,
               VssWireErrorClass *error_class)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  VssWireThawResult *answer;

  rig_run_until (self, has_thaw);
  result = g_steal_pointer (&self->thaw_result);
  answer = vss_freezer_thaw_finish (self->freezer, result, &error);
  if (answer == NULL)
    {
      *error_class = get_class (error);
    }
  return answer;
}

void
rig_expect_prepared (Rig        *self,
                     const char *mount_points)
{
  g_autoptr (VssWirePrepareForSnapshotResult) answer = NULL;
  VssWireErrorClass error_class;

  rig_prepare (self, RIG_SET, mount_points);
  answer = rig_wait_prepare (self, &error_class);
  g_assert_nonnull (answer);
}

void
rig_expect_frozen (Rig  *self,
                   guint lease_ms)
{
  g_autoptr (VssWireFreezeResult) answer = NULL;
  VssWireErrorClass error_class;

  rig_freeze (self, lease_ms);
  answer = rig_wait_freeze (self, &error_class);
  g_assert_nonnull (answer);
}

char *
rig_describe (GPtrArray *volumes)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireHoldResult *hold = volumes->pdata[i];

      g_string_append_printf (text, "%s%s=%s", i > 0 ? " " : "", hold->mount_point,
                              vss_wire_hold_state_to_string (hold->state));
      /* Whatever isn't held says why. */
      g_assert_true (hold->state == VSS_WIRE_HOLD_STATE_HELD
                     || hold->state == VSS_WIRE_HOLD_STATE_READ_ONLY || hold->reason != NULL);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

const char *
rig_get_unasked (Rig *self)
{
  return self->unasked;
}

void
rig_assert_clean (Rig *self)
{
  g_assert_false (fake_kernel_is_frozen (self->kernel, "/one"));
  g_assert_false (fake_kernel_is_frozen (self->kernel, "/two"));
  g_assert_false (fake_kernel_is_frozen (self->kernel, "/"));
  g_assert_cmpint (fake_kernel_get_rcu (self->kernel), ==, 0);
  g_assert_false (g_file_test (self->record, G_FILE_TEST_EXISTS));
  g_assert_false (vss_freezer_is_frozen (self->freezer));
  g_assert_true (fake_kernel_allows_core_dumps (self->kernel));
  /* Told once when it began and once when it ended, each time. */
  g_assert_cmpuint (self->n_notified % 2, ==, 0);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that does what a test tells it. */
#include "tests/host-lib/fake/fake-guest.h"

#define GENERATION 41

struct _FakeGuest
{
  GObject parent_instance;

  GMutex lock;
  GCond changed;
  VssWireVolumesResult *volumes;
  VssWireHelloResult *hello;
  FakeWriters *writers;
  GHashTable *failures; /* step -> code */
  char *death; /* nullable; a step */
  gint death_code;
  gboolean dead;
  char *hang; /* nullable; a step */
  char *lost_at_freeze; /* nullable, as the next two */
  char *lost_at_thaw;
  char *hidden_at_thaw;
  gboolean lease_expired;
  gint64 freeze_generation;
  gint64 thaw_generation;
  gint64 lease_left_ms;
  guint lease_ms;
  GStrv prepared;
  gboolean open;
  gboolean frozen;
  GString *calls;
  FakeGuestHook hook;
  gpointer hook_data;
};

static void fake_guest_init_interface (VssGuestInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeGuest,
                               fake_guest,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (VSS_TYPE_GUEST, fake_guest_init_interface))

static VssWireVolumesResult *
copy_volumes (VssWireVolumesResult *volumes)
{
  g_autoptr (JsonNode) node = vss_schema_value_to_json (&vss_wire_volumes_result_type, volumes);

  return vss_schema_value_from_json (&vss_wire_volumes_result_type, node, VSS_WIRE_PARSE_STRICT,
                                     NULL);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  FakeGuest *self = data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
hang (FakeGuest *self, GCancellable *cancellable)
{
  gulong handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);

  g_mutex_lock (&self->lock);
  while (!g_cancellable_is_cancelled (cancellable))
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, handler);
}

/* Every step begins here. @work: what changes in the guest, done unless it is dead. */
static gboolean
begin (FakeGuest *self,
       const char *step,
       void (*work) (FakeGuest *self),
       GCancellable *cancellable,
       GError **error)
{
  gint code = 0;

  if (self->hook != NULL)
    self->hook (step, self->hook_data);
  g_mutex_lock (&self->lock);
  if (self->calls->len > 0)
    g_string_append_c (self->calls, ' ');
  g_string_append (self->calls, step);
  if (g_strcmp0 (self->death, step) == 0)
    self->dead = TRUE;
  if (!self->dead && work != NULL)
    work (self);
  code = self->dead ? self->death_code
                    : GPOINTER_TO_INT (g_hash_table_lookup (self->failures, step));
  g_hash_table_remove (self->failures, step);
  g_mutex_unlock (&self->lock);
  if (g_strcmp0 (self->hang, step) == 0)
    hang (self, cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (code == 0)
    return TRUE;
  g_set_error (error, VSS_ERROR, code, "%s failed in the fake guest", step);
  return FALSE;
}

/* -- the interface -- */

static void
do_open (FakeGuest *self)
{
  self->open = TRUE;
}

static gboolean
fake_open (VssGuest *guest,
           const char *requester,
           gboolean force,
           GCancellable *cancellable,
           GError **error)
{
  return begin (FAKE_GUEST (guest), "open", do_open, cancellable, error);
}

static void
do_close (FakeGuest *self)
{
  self->open = FALSE;
  self->frozen = FALSE; /* a hang-up thaws */
}

static void
fake_close (VssGuest *guest)
{
  FakeGuest *self = FAKE_GUEST (guest);

  g_mutex_lock (&self->lock);
  if (self->open)
    g_string_append (self->calls, " close");
  do_close (self);
  g_mutex_unlock (&self->lock);
}

static gboolean
fake_has_lease (VssGuest *guest)
{
  return TRUE;
}

static const VssWireHelloResult *
fake_get_hello (VssGuest *guest)
{
  return FAKE_GUEST (guest)->hello;
}

static VssWireVolumesResult *
fake_query_volumes (VssGuest *guest, GCancellable *cancellable, GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  if (!begin (self, "volumes", NULL, cancellable, error))
    return NULL;
  return copy_volumes (self->volumes);
}

static GPtrArray *
make_holds (FakeGuest *self, const char *lost, const char *hidden)
{
  GPtrArray *holds = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_wire_hold_result_free);

  for (guint i = 0; self->prepared != NULL && self->prepared[i] != NULL; i++)
    {
      VssWireHoldResult *hold;

      if (g_strcmp0 (self->prepared[i], hidden) == 0)
        continue;
      hold = vss_wire_hold_result_new ();
      hold->mount_point = g_strdup (self->prepared[i]);
      hold->device_number = g_strdup ("8:0");
      hold->state = VSS_WIRE_HOLD_STATE_HELD;
      if (g_strcmp0 (self->prepared[i], lost) == 0)
        {
          hold->state = VSS_WIRE_HOLD_STATE_NOT_HELD;
          hold->reason = g_strdup ("somebody thawed it");
        }
      g_ptr_array_add (holds, hold);
    }
  return holds;
}

static void
do_prepare (FakeGuest *self)
{
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_SNAPSHOT);
}

static VssWirePrepareForSnapshotResult *
fake_prepare (VssGuest *guest,
              const char *snapshot_set_id,
              const char *const *mount_points,
              guint timeout_ms,
              const char *const *writers,
              guint writers_timeout_ms,
              GCancellable *cancellable,
              GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);
  VssWirePrepareForSnapshotResult *result;

  g_assert_true (g_uuid_string_is_valid (snapshot_set_id));
  g_strfreev (self->prepared);
  self->prepared = g_strdupv ((GStrv) mount_points);
  if (writers != NULL)
    fake_writers_select (self->writers, writers);
  if (!begin (self, "prepare", do_prepare, cancellable, error))
    return NULL;
  result = vss_wire_prepare_for_snapshot_result_new ();
  result->writers = fake_writers_get_status (self->writers);
  result->generation = GENERATION;
  return result;
}

static void
do_freeze (FakeGuest *self)
{
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_FREEZE);
  self->frozen = TRUE;
}

static VssWireFreezeResult *
fake_freeze (VssGuest *guest,
             gint64 generation,
             guint timeout_ms,
             guint lease_ms,
             guint writers_timeout_ms,
             GCancellable *cancellable,
             GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);
  VssWireFreezeResult *result;

  g_assert_cmpint (generation, ==, GENERATION);
  self->lease_ms = lease_ms;
  if (!begin (self, "freeze", do_freeze, cancellable, error))
    return NULL;
  result = vss_wire_freeze_result_new ();
  result->generation = self->freeze_generation;
  result->boot_time_ms = 1000;
  result->lease_end_ms
      = 1000 + (self->lease_left_ms >= 0 ? self->lease_left_ms : (gint64) lease_ms);
  g_ptr_array_unref (result->volumes);
  result->volumes = make_holds (self, self->lost_at_freeze, NULL);
  result->writers = fake_writers_get_status (self->writers);
  return result;
}

static VssWireLeaseResult *
fake_renew_lease (VssGuest *guest, gint64 generation, guint lease_ms, GError **error)
{
  VssWireLeaseResult *result;

  if (!begin (FAKE_GUEST (guest), "renew", NULL, NULL, error))
    return NULL;
  result = vss_wire_lease_result_new ();
  result->boot_time_ms = 1000;
  result->lease_end_ms = 1000 + (gint64) lease_ms;
  return result;
}

static void
do_thaw (FakeGuest *self)
{
  self->frozen = FALSE;
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_THAW);
}

static void
do_abort (FakeGuest *self)
{
  self->frozen = FALSE;
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_ABORT);
}

static VssWireThawResult *
make_thaw_result (FakeGuest *self)
{
  VssWireThawResult *result = vss_wire_thaw_result_new ();

  result->generation = self->thaw_generation;
  result->lease_expired = self->lease_expired;
  result->held_us = 4711;
  g_ptr_array_unref (result->volumes);
  result->volumes = make_holds (self, self->lost_at_thaw, self->hidden_at_thaw);
  return result;
}

static VssWireThawResult *
fake_thaw (VssGuest *guest, gint64 generation, GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  g_assert_cmpint (generation, ==, GENERATION);
  if (!begin (self, "thaw", do_thaw, NULL, error))
    return NULL;
  return make_thaw_result (self);
}

static VssWireThawResult *
fake_abort (VssGuest *guest, const char *snapshot_set_id, GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  if (!begin (self, "abort", do_abort, NULL, error))
    return NULL;
  return make_thaw_result (self);
}

/* What became of the writers, if the step @step succeeds. */
static VssWireWriterStatusResult *
tell_writers (FakeGuest *self,
              const char *step,
              void (*work) (FakeGuest *self),
              GCancellable *cancellable,
              GError **error)
{
  VssWireWriterStatusResult *result;

  if (!begin (self, step, work, cancellable, error))
    return NULL;
  result = vss_wire_writer_status_result_new ();
  g_ptr_array_unref (result->writers);
  result->writers = fake_writers_get_status (self->writers);
  return result;
}

static void
do_post_snapshot (FakeGuest *self)
{
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_POST_SNAPSHOT);
}

static VssWireWriterStatusResult *
fake_post_snapshot (VssGuest *guest,
                    const char *snapshot_set_id,
                    guint writers_timeout_ms,
                    GError **error)
{
  return tell_writers (FAKE_GUEST (guest), "post-snapshot", do_post_snapshot, NULL, error);
}

static VssWireFreezeStatusResult *
fake_freeze_status (VssGuest *guest, GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);
  VssWireFreezeStatusResult *result;

  if (!begin (self, "freeze-status", NULL, NULL, error))
    return NULL;
  result = vss_wire_freeze_status_result_new ();
  result->state = self->frozen ? VSS_WIRE_FREEZE_STATE_FROZEN : VSS_WIRE_FREEZE_STATE_THAWED;
  result->boot_time_ms = 1000;
  result->has_lease_end_ms = self->frozen;
  result->lease_end_ms = 3500;
  result->requester = self->frozen ? g_strdup ("some\033body") : NULL;
  result->guard_alive = TRUE;
  for (guint i = 0; self->frozen && i < self->volumes->volumes->len; i++)
    g_ptr_array_add (result->mount_points,
                     g_strdup (((VssWireVolume *) g_ptr_array_index (self->volumes->volumes, i))
                                   ->mount_point));
  return result;
}

static VssWireStatusResult *
fake_query_status (VssGuest *guest, GError **error)
{
  VssWireStatusResult *result;
  VssWireLogEntry *entry;

  if (!begin (FAKE_GUEST (guest), "status", NULL, NULL, error))
    return NULL;
  result = vss_wire_status_result_new ();
  result->agent_version = g_strdup ("1.2.3");
  result->guard_alive = TRUE;
  entry = vss_wire_log_entry_new ();
  entry->boot_time_ms = 12345;
  entry->message = g_strdup ("thawed");
  g_ptr_array_add (result->log, entry);
  return result;
}

/* -- writers -- */

static VssWireGatherWriterMetadataResult *
fake_gather_writer_metadata (VssGuest *guest,
                             guint timeout_ms,
                             GCancellable *cancellable,
                             GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  if (!begin (self, "gather-metadata", NULL, cancellable, error))
    return NULL;
  return fake_writers_get_metadata (self->writers);
}

static VssWireWriterComponentsResult *
fake_query_writer_components (VssGuest *guest,
                              const char *instance_id,
                              guint first,
                              GCancellable *cancellable,
                              GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  if (!begin (self, "components", NULL, cancellable, error))
    return NULL;
  return fake_writers_get_components (self->writers, instance_id, first);
}

static VssWireWritersResult *
fake_query_writers (VssGuest *guest, GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  if (!begin (self, "query-writers", NULL, NULL, error))
    return NULL;
  return fake_writers_get_registered (self->writers);
}

static void
do_prepare_for_backup (FakeGuest *self)
{
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_PREPARE_FOR_BACKUP);
}

static VssWireWriterStatusResult *
fake_prepare_for_backup (VssGuest *guest,
                         const VssWirePrepareForBackupArguments *arguments,
                         GCancellable *cancellable,
                         GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  fake_writers_prepare (self->writers, arguments);
  return tell_writers (self, "prepare-for-backup", do_prepare_for_backup, cancellable, error);
}

static VssWireWriterStatusResult *
fake_gather_writer_status (VssGuest *guest,
                           const char *snapshot_set_id,
                           guint timeout_ms,
                           GCancellable *cancellable,
                           GError **error)
{
  return tell_writers (FAKE_GUEST (guest), "writer-status", NULL, cancellable, error);
}

static void
do_backup_complete (FakeGuest *self)
{
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_BACKUP_COMPLETE);
}

static VssWireWriterStatusResult *
fake_backup_complete (VssGuest *guest,
                      const char *snapshot_set_id,
                      GPtrArray *components,
                      guint timeout_ms,
                      GCancellable *cancellable,
                      GError **error)
{
  FakeGuest *self = FAKE_GUEST (guest);

  fake_writers_complete (self->writers, components);
  return tell_writers (self, "backup-complete", do_backup_complete, cancellable, error);
}

static void
do_backup_shutdown (FakeGuest *self)
{
  fake_writers_tell (self->writers, VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN);
}

static VssWireWriterStatusResult *
fake_backup_shutdown (VssGuest *guest,
                      const char *snapshot_set_id,
                      guint timeout_ms,
                      GError **error)
{
  return tell_writers (FAKE_GUEST (guest), "backup-shutdown", do_backup_shutdown, NULL, error);
}

static void
fake_guest_init_interface (VssGuestInterface *iface)
{
  iface->open = fake_open;
  iface->close = fake_close;
  iface->has_lease = fake_has_lease;
  iface->get_hello = fake_get_hello;
  iface->query_volumes = fake_query_volumes;
  iface->prepare = fake_prepare;
  iface->freeze = fake_freeze;
  iface->renew_lease = fake_renew_lease;
  iface->thaw = fake_thaw;
  iface->abort = fake_abort;
  iface->post_snapshot = fake_post_snapshot;
  iface->freeze_status = fake_freeze_status;
  iface->query_status = fake_query_status;
  iface->gather_writer_metadata = fake_gather_writer_metadata;
  iface->query_writer_components = fake_query_writer_components;
  iface->query_writers = fake_query_writers;
  iface->prepare_for_backup = fake_prepare_for_backup;
  iface->gather_writer_status = fake_gather_writer_status;
  iface->backup_complete = fake_backup_complete;
  iface->backup_shutdown = fake_backup_shutdown;
}

/* -- life -- */

static void
fake_guest_finalize (GObject *object)
{
  FakeGuest *self = FAKE_GUEST (object);

  vss_wire_volumes_result_free (self->volumes);
  vss_wire_hello_result_free (self->hello);
  fake_writers_free (self->writers);
  g_hash_table_unref (self->failures);
  g_free (self->death);
  g_free (self->hang);
  g_free (self->lost_at_freeze);
  g_free (self->lost_at_thaw);
  g_free (self->hidden_at_thaw);
  g_strfreev (self->prepared);
  g_string_free (self->calls, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (fake_guest_parent_class)->finalize (object);
}

static void
fake_guest_class_init (FakeGuestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_guest_finalize;
}

static void
fake_guest_init (FakeGuest *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->volumes = vss_wire_volumes_result_new ();
  self->hello = vss_wire_hello_result_new ();
  self->writers = fake_writers_new ();
  self->hello->limits = vss_wire_limits_new ();
  self->hello->limits->default_lease_ms = 10000;
  self->hello->limits->max_lease_ms = 60000;
  self->hello->limits->session_idle_ms = 10000;
  self->failures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->calls = g_string_new (NULL);
  self->freeze_generation = GENERATION;
  self->thaw_generation = GENERATION;
  self->lease_left_ms = -1;
}

FakeGuest *
fake_guest_new (void)
{
  return g_object_new (FAKE_TYPE_GUEST, NULL);
}

/* -- the script -- */

VssWireVolume *
fake_guest_add_volume (FakeGuest *self, const char *mount_point, const char *serials)
{
  g_auto (GStrv) names = g_strsplit (serials, ",", -1);
  VssWireVolume *volume = vss_wire_volume_new ();

  volume->mount_point = g_strdup (mount_point);
  volume->fs_type = g_strdup ("ext4");
  volume->device = g_strdup ("/dev/vdx");
  volume->device_number = g_strdup ("8:0");
  volume->freezability = VSS_WIRE_FREEZABILITY_FREEZABLE;
  volume->disks_complete = TRUE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      VssWireDisk *disk = vss_wire_disk_new ();

      disk->name = g_strdup_printf ("sd%s", names[i]);
      disk->serial = g_strdup (names[i]);
      g_ptr_array_add (volume->disks, disk);
    }
  g_ptr_array_add (self->volumes->volumes, volume);
  return volume;
}

void
fake_guest_fail (FakeGuest *self, const char *step, gint code)
{
  g_hash_table_insert (self->failures, g_strdup (step), GINT_TO_POINTER (code));
}

void
fake_guest_die_at (FakeGuest *self, const char *step, gint code)
{
  self->death = g_strdup (step);
  self->death_code = code;
}

void
fake_guest_hang_at (FakeGuest *self, const char *step)
{
  self->hang = g_strdup (step);
}

void
fake_guest_set_hook (FakeGuest *self, FakeGuestHook hook, gpointer user_data)
{
  self->hook = hook;
  self->hook_data = user_data;
}

void
fake_guest_lose_at_freeze (FakeGuest *self, const char *mount_point)
{
  self->lost_at_freeze = g_strdup (mount_point);
}

void
fake_guest_lose_at_thaw (FakeGuest *self, const char *mount_point)
{
  self->lost_at_thaw = g_strdup (mount_point);
}

void
fake_guest_hide_at_thaw (FakeGuest *self, const char *mount_point)
{
  self->hidden_at_thaw = g_strdup (mount_point);
}

void
fake_guest_expire_lease (FakeGuest *self)
{
  self->lease_expired = TRUE;
}

void
fake_guest_answer_generation (FakeGuest *self, gint64 at_freeze, gint64 at_thaw)
{
  self->freeze_generation = at_freeze;
  self->thaw_generation = at_thaw;
}

void
fake_guest_set_lease_left (FakeGuest *self, gint64 left_ms)
{
  self->lease_left_ms = left_ms;
}

char *
fake_guest_get_calls (FakeGuest *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->calls->str);
}

guint
fake_guest_count (FakeGuest *self, const char *step)
{
  g_autofree char *calls = fake_guest_get_calls (self);
  g_auto (GStrv) words = g_strsplit (calls, " ", -1);
  guint count = 0;

  for (guint i = 0; words[i] != NULL; i++)
    count += g_str_equal (words[i], step);
  return count;
}

gboolean
fake_guest_is_frozen (FakeGuest *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->frozen;
}

gboolean
fake_guest_is_open (FakeGuest *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->open;
}

guint
fake_guest_get_lease_ms (FakeGuest *self)
{
  return self->lease_ms;
}

FakeWriters *
fake_guest_get_writers (FakeGuest *self)
{
  if (!g_ptr_array_find_with_equal_func (self->hello->features, VSS_GUEST_FEATURE_WRITERS,
                                         g_str_equal, NULL))
    g_ptr_array_add (self->hello->features, g_strdup (VSS_GUEST_FEATURE_WRITERS));
  return self->writers;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main object's calls that make a set: adding volumes, and DoSnapshotSet, which runs the
 * coordinator on a thread of its own. */
#include "host-lib/requester/vss-backup-components-private.h"

#include "host-lib/coordinator/vss-snapshot-run.h"
#include "host-lib/vss-snapshot-set-private.h"

#include <string.h>

/* -- volumes -- */

static gboolean
is_any_provider (const char *provider_id)
{
  return provider_id == NULL || g_str_equal (provider_id, VSS_ID_NULL);
}

static gboolean
is_our_provider (VssBackupComponents *self, const char *provider_id)
{
  const VssProviderProp *properties = vss_provider_gate_get_properties (self->gate);

  return is_any_provider (provider_id)
         || g_ascii_strcasecmp (provider_id, properties->provider_id) == 0;
}

/* Disks have no slash; everything else is the guest's to know. */
static gboolean
needs_guest (VssBackupComponents *self, const char *volume_name)
{
  return self->policy != VSS_POLICY_CRASH || volume_name[0] == '/'
         || g_str_has_prefix (volume_name, "uuid:");
}

static gboolean
check_volume_arguments (VssCall call,
                        const char *volume_name,
                        const char *provider_id,
                        gpointer result,
                        GError **error)
{
  if (volume_name == NULL || volume_name[0] == '\0')
    return vss_components_refuse (call, error, "no volume is named");
  if (!g_utf8_validate (volume_name, -1, NULL))
    return vss_components_refuse (call, error, "the volume's name is no UTF-8");
  if (result == NULL)
    return vss_components_refuse (call, error, "there is nowhere to put the result");
  return provider_id == NULL || vss_components_check_id (call, provider_id, error);
}

/* With a provider named, VSS has a code of its own for what that one doesn't take. */
static gboolean
fail_volume (VssCall call, const char *provider_id, GError **error, GError *cause)
{
  if (!is_any_provider (provider_id)
      && g_error_matches (cause, VSS_ERROR, VSS_E_VOLUME_NOT_SUPPORTED))
    cause->code = VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER;
  return vss_call_fail (call, error, cause);
}

static gboolean
is_in_set (const VssSnapshotSet *set, const VssSetVolume *volume)
{
  for (guint i = 0; i < set->volumes->len; i++)
    {
      if (vss_set_volume_is_same (g_ptr_array_index (set->volumes, i), volume))
        return TRUE;
    }
  return FALSE;
}

static VssSetVolume *
resolve_new (VssBackupComponents *self, const char *volume_name, GError **error)
{
  VssSetVolume *volume;

  if (self->set->volumes->len >= VSS_MAX_VOLUMES)
    {
      g_set_error (error, VSS_ERROR, VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED,
                   "cannot add '%s': the set has %u volumes already, and takes no more",
                   volume_name, self->set->volumes->len);
      return NULL;
    }
  /* Made anew where the guest had not been needed before. */
  if (self->map != NULL && !vss_volume_map_has_guest (self->map) && !self->guest_open
      && self->no_guest == NULL && needs_guest (self, volume_name))
    g_clear_pointer (&self->map, vss_volume_map_free);
  if (self->map == NULL)
    self->map = vss_components_make_map (self, needs_guest (self, volume_name), error);
  if (self->map == NULL)
    return NULL;
  volume = vss_volume_map_resolve (self->map, volume_name, error);
  if (volume == NULL || !is_in_set (self->set, volume))
    return volume;
  g_set_error (error, VSS_ERROR, VSS_E_OBJECT_ALREADY_EXISTS, "'%s' is in the set already",
               volume_name);
  vss_set_volume_free (volume);
  return NULL;
}

/**
 * vss_backup_components_add_to_snapshot_set:
 * @self: the object
 * @volume_name: a disk such as "vda", a mount point of the guest such as "/var/lib/postgresql", or
 *   "uuid:" and a file system's UUID
 * @provider_id: (nullable): the provider's UUID; %NULL or %VSS_ID_NULL for any
 * @snapshot_id: (out) (transfer full): the UUID that the volume's snapshot will have
 * @error: return location for an error
 *
 * Adds a volume to the set. A file system brings all disks under it, a disk all file systems on
 * it: a set never holds half a file system.
 *
 * VSS: IVssBackupComponents::AddToSnapshotSet
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND if there is no such volume,
 * %VSS_E_OBJECT_ALREADY_EXISTS if it is in the set already,
 * %VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED beyond 64,
 * %VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED if a disk carries too many sets,
 * %VSS_E_VOLUME_NOT_SUPPORTED, %VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER,
 * %VSS_E_NESTED_VOLUME_LIMIT for an image file within the guest, %VSS_E_PROVIDER_NOT_REGISTERED,
 * %VSS_E_SNAPSHOT_SET_IN_PROGRESS, %VSS_E_ACCESSDENIED, %VSS_E_PROVIDER_VETO,
 * %VSS_E_UNEXPECTED_PROVIDER_ERROR, %VSS_E_UNEXPECTED
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_add_to_snapshot_set (VssBackupComponents *self,
                                           const char *volume_name,
                                           const char *provider_id,
                                           char **snapshot_id,
                                           GError **error)
{
  const VssCall call = VSS_CALL_ADD_TO_SNAPSHOT_SET;
  VssSetVolume *volume;
  GError *cause = NULL;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!check_volume_arguments (call, volume_name, provider_id, snapshot_id, error)
      || !vss_components_check (self, call, error))
    return FALSE;
  if (!is_our_provider (self, provider_id))
    return vss_call_fail (call, error,
                          g_error_new (VSS_ERROR, VSS_E_PROVIDER_NOT_REGISTERED,
                                       "there is no provider %s", provider_id));
  volume = resolve_new (self, volume_name, &cause);
  if (volume == NULL)
    return fail_volume (call, provider_id, error, cause);
  *snapshot_id = g_strdup (volume->snapshot_id);
  g_ptr_array_add (self->set->volumes, volume);
  return TRUE;
}

/* What is only for now: a quota says nothing about the volume. */
static gboolean
is_refusal (const GError *error)
{
  return g_error_matches (error, VSS_ERROR, VSS_E_VOLUME_NOT_SUPPORTED)
         || g_error_matches (error, VSS_ERROR, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER);
}

static gboolean
ask_whether_supported (VssBackupComponents *self,
                       const char *volume_name,
                       gboolean *supported,
                       GError **error)
{
  gboolean was_open = self->guest_open;
  g_autoptr (VssVolumeMap) map
      = vss_components_make_map (self, needs_guest (self, volume_name), error);
  g_autoptr (GError) cause = NULL;
  VssSetVolume *volume;

  if (!was_open)
    vss_components_close_guest (self);
  if (map == NULL)
    return FALSE;
  volume = vss_volume_map_resolve (map, volume_name, &cause);
  if (volume == NULL && !is_refusal (cause)
      && !g_error_matches (cause, VSS_ERROR, VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED))
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  *supported = !is_refusal (cause);
  vss_set_volume_free (volume);
  return TRUE;
}

/**
 * vss_backup_components_is_volume_supported:
 * @self: the object
 * @provider_id: (nullable): the provider's UUID; %NULL or %VSS_ID_NULL for any
 * @volume_name: as for vss_backup_components_add_to_snapshot_set()
 * @supported: (out): whether it can be in a set
 * @error: return location for an error
 *
 * Tells whether a volume can be in a set, whatever its disks carry at the moment. Asks the guest's
 * agent, if it can be had, and blocks as long as that takes.
 *
 * VSS: IVssBackupComponents::IsVolumeSupported
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE, %VSS_E_OBJECT_NOT_FOUND if there is no such volume,
 * %VSS_E_NESTED_VOLUME_LIMIT, %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED
 *
 * Returns: %TRUE if @supported was set
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_is_volume_supported (VssBackupComponents *self,
                                           const char *provider_id,
                                           const char *volume_name,
                                           gboolean *supported,
                                           GError **error)
{
  const VssCall call = VSS_CALL_IS_VOLUME_SUPPORTED;
  GError *cause = NULL;
  gboolean answer = FALSE;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (!check_volume_arguments (call, volume_name, provider_id, supported, error)
      || !vss_components_check (self, call, error))
    return FALSE;
  if (!ask_whether_supported (self, volume_name, &answer, &cause))
    return vss_call_fail (call, error, cause);
  *supported = answer && is_our_provider (self, provider_id);
  return TRUE;
}

/* -- making the set -- */

typedef struct
{
  VssBackupComponents *self;
  VssAsync *async;
} Phases;

static void
on_phase (const char *phase, const char *object, gpointer user_data)
{
  Phases *phases = user_data;

  vss_components_tell (phases->self, phases->async, phase, object, 0, 0);
}

static void
fill_set (VssBackupComponents *self, VssSnapshotSet *set)
{
  set->context = self->context;
  set->policy = self->policy;
  set->lease_ms = self->lease_ms;
}

static gboolean
is_prepared (VssBackupComponents *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->state.prepared;
}

/* Who takes part, if PrepareForBackup was left out; NULL if the guest knows, or nobody does. */
static GStrv
choose_writers (VssBackupComponents *self)
{
  if (is_prepared (self))
    return NULL;
  vss_components_select_writers (self);
  return vss_components_list_selected (self);
}

static VssRunOptions
run_options (VssBackupComponents *self,
             VssProvider *provider,
             const char *const *writers,
             Phases *phases)
{
  return (VssRunOptions){
    .provider = provider,
    .guest = self->guest_open ? self->guest : NULL,
    .no_guest = self->no_guest,
    .writers = writers,
    .requester = self->requester,
    .phase = phases != NULL ? on_phase : NULL,
    .phase_data = phases,
  };
}

static gboolean
do_set (VssAsync *async,
        GObject *owner,
        gpointer data,
        GCancellable *cancellable,
        GError **error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);
  Phases phases = { self, async };
  g_auto (GStrv) writers = NULL;
  VssRunOptions options;
  GError *cause = NULL;
  gboolean made;

  fill_set (self, self->set);
  writers = choose_writers (self);
  g_ptr_array_unref (self->set->writers);
  self->set->writers = g_ptr_array_ref (self->writers);
  if (self->reservation != NULL)
    vss_set_reservation_pause (self->reservation);
  /* Nothing to do, as in VSS: the writers' files may all be elsewhere. */
  if (self->set->volumes->len == 0)
    {
      vss_set_writers_unselect (self->writers);
      return TRUE;
    }
  options = run_options (self, vss_provider_gate_enter (self->gate),
                         (const char *const *) writers, &phases);
  made = vss_snapshot_run (&options, self->set, cancellable, &cause);
  vss_provider_gate_leave (self->gate);
  return made || vss_call_fail (VSS_CALL_DO_SNAPSHOT_SET, error, cause);
}

static void
set_done (GObject *owner, gpointer data, const GError *error)
{
  VssBackupComponents *self = VSS_BACKUP_COMPONENTS (owner);

  /* Done with the guest: others may have it. */
  vss_components_close_guest (self);
  self->writers_wait = error == NULL && vss_set_writers_count_selected (self->writers) > 0;
  if (error == NULL && self->set->volumes->len > 0)
    g_clear_pointer (&self->reservation, vss_set_reservation_leave);
  else
    g_clear_pointer (&self->reservation, vss_set_reservation_free);
  self->owns_set
      = error == NULL && self->set->volumes->len > 0 && !vss_context_is_kept (self->context);
  if (self->owns_set)
    self->keeper = vss_owner_keeper_start (self->gate, self->set);
  g_mutex_lock (&self->lock);
  self->state.set = error == NULL ? VSS_SET_PROGRESS_DONE : VSS_SET_PROGRESS_FAILED;
  vss_components_ended (self);
  g_mutex_unlock (&self->lock);
}

/**
 * vss_backup_components_do_snapshot_set:
 * @self: the object
 * @error: return location for an error
 *
 * Makes the set: all its disks at one point in time, with the guest's file systems held still.
 * Either the whole set exists afterwards, or nothing of it. What was reached is in the set's
 * record, see vss_backup_components_get_snapshot_set(). Cancelled before the disks are
 * snapshotted, it undoes everything.
 *
 * In contexts with writers those that take part come to rest for it. One that fails does not fail
 * the set, as in VSS, but lowers the level that it reaches; with %VSS_POLICY_REQUIRE_APPLICATION
 * the set is rolled back. What became of each is in the set's record, and see
 * vss_backup_components_gather_writer_status().
 *
 * VSS: IVssBackupComponents::DoSnapshotSet. There is no snapshot of less than what the policy
 * asks for.
 *
 * Errors: %VSS_E_BAD_STATE; of the operation: %VSS_E_FLUSH_WRITES_TIMEOUT if the guest could not be
 * frozen, %VSS_E_HOLD_WRITES_TIMEOUT if it was not held until the disks were snapshotted,
 * %VSS_E_INSUFFICIENT_STORAGE, %VSS_E_PROVIDER_VETO if libvirt or QEMU refused for a reason,
 * another set came first, or a writer failed that the policy needs,
 * %VSS_E_TRANSACTION_FREEZE_TIMEOUT or %VSS_E_TRANSACTION_THAW_TIMEOUT if a transaction manager
 * missed its limit, %VSS_E_NESTED_VOLUME_LIMIT, %VSS_E_REBOOT_REQUIRED if a file system can't
 * be thawed, %VSS_E_ACCESSDENIED, %VSS_E_UNEXPECTED_PROVIDER_ERROR, %VSS_E_UNEXPECTED
 *
 * Returns: (transfer full): the operation
 *
 * Since: 0.1
 */
VssAsync *
vss_backup_components_do_snapshot_set (VssBackupComponents *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, VSS_CALL_DO_SNAPSHOT_SET, error))
    return NULL;
  g_mutex_lock (&self->lock);
  self->state.set = VSS_SET_PROGRESS_DOING;
  g_mutex_unlock (&self->lock);
  return vss_components_start (self, do_set, set_done, NULL, NULL);
}

/**
 * vss_backup_components_dry_run:
 * @self: the object
 * @error: return location for an error
 *
 * Checks everything that vss_backup_components_do_snapshot_set() would check, without touching
 * anything. It goes on after the first thing that is wrong: the set's findings name all that would
 * make it fail (%VSS_FINDING_FATAL; with the code that DoSnapshotSet would have), that makes it
 * weaker, or that is worth knowing. Blocks.
 *
 * VSS has nothing like it.
 *
 * Errors: %VSS_E_BAD_STATE; those of DoSnapshotSet if it could not be looked at all
 *
 * Returns: (transfer full): the set as it would be made; its level is what can be expected at most,
 *   %VSS_CONSISTENCY_NONE if it can't be made
 *
 * Since: 0.1
 */
VssSnapshotSet *
vss_backup_components_dry_run (VssBackupComponents *self, GError **error)
{
  g_autoptr (VssSnapshotSet) set = NULL;
  VssRunOptions options;
  GError *cause = NULL;
  gboolean possible;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), NULL);
  if (!vss_components_check (self, VSS_CALL_DRY_RUN, error))
    return NULL;
  set = vss_snapshot_set_copy (self->set);
  fill_set (self, set);
  if (!is_prepared (self))
    vss_components_select_writers (self);
  g_ptr_array_unref (set->writers);
  set->writers = vss_set_writers_copy (self->writers);
  options = run_options (self, vss_provider_gate_enter (self->gate), NULL, NULL);
  possible = vss_snapshot_run_preview (&options, set, NULL, &cause);
  vss_provider_gate_leave (self->gate);
  if (possible)
    return g_steal_pointer (&set);
  vss_call_fail (VSS_CALL_DRY_RUN, error, cause);
  return NULL;
}

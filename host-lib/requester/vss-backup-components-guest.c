/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The main object's way to the guest: opening its agent, which is the lock of the virtual machine,
 * and asking what there is to snapshot. Called by the other files, on the requester's thread or an
 * operation's, never both at a time. */
#include "host-lib/requester/vss-backup-components-private.h"

#include "host-lib/guest/vss-guest-reopen.h"
#include "host-lib/requester/vss-frozen-leftover.h"
#include "host-lib/vss-snapshot-set-private.h"

/* VSS_E_SNAPSHOT_SET_IN_PROGRESS, with who it is if the records tell. */
static gboolean
refuse_if_in_progress (VssBackupComponents *self, GError **error)
{
  g_autoptr (GPtrArray) sets = vss_provider_gate_list_sets (self->gate, error);
  const VssSnapshotSet *other = vss_find_set_in_progress (sets);

  if (sets == NULL)
    return FALSE;
  if (other == NULL || (self->set != NULL && g_str_equal (other->id, self->set->id)))
    return TRUE;
  return vss_refuse_in_progress (other, self->domain_name, error);
}

/* Opens it, and undoes what a dead requester left there. */
static gboolean
open_thawed (VssBackupComponents *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) sets = NULL;

  if (!vss_guest_open (self->guest, self->requester, FALSE, cancellable, error))
    return FALSE;
  if (vss_guest_has_lease (self->guest))
    return TRUE;
  sets = vss_provider_gate_list_sets (self->gate, error);
  if (sets != NULL && vss_thaw_leftover (self->guest, sets, self->domain_name, NULL, error))
    return TRUE;
  vss_guest_close (self->guest);
  return FALSE;
}

gboolean
vss_components_open_guest (VssBackupComponents *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (self->guest_open)
    return TRUE;
  if (open_thawed (self, cancellable, &failure))
    {
      self->guest_open = TRUE;
      g_clear_pointer (&self->no_guest, g_free);
      return TRUE;
    }
  g_free (self->no_guest);
  self->no_guest = g_strdup (failure->message);
  if (g_error_matches (failure, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
    {
      g_autoptr (GError) who = NULL;

      if (!refuse_if_in_progress (self, &who)
          && g_error_matches (who, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
        {
          g_propagate_error (error, g_steal_pointer (&who));
          return FALSE;
        }
    }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

gboolean
vss_components_reopen_guest (VssBackupComponents *self,
                             GCancellable *cancellable,
                             GError **error)
{
  if (!self->guest_open)
    self->guest_open = vss_guest_reopen (self->guest, self->requester, cancellable, error);
  return self->guest_open;
}

void
vss_components_close_guest (VssBackupComponents *self)
{
  if (self->guest_open)
    vss_guest_close (self->guest);
  self->guest_open = FALSE;
}

void
vss_components_abort_guest (VssBackupComponents *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) thawed = NULL;

  if (self->guest_open && self->set != NULL)
    {
      thawed = vss_guest_abort (self->guest, self->set->id, &error);
      if (thawed == NULL)
        g_debug ("%s; hanging up instead", error->message);
    }
  vss_components_close_guest (self);
}

VssVolumeMap *
vss_components_make_map (VssBackupComponents *self, gboolean with_guest, GError **error)
{
  g_autoptr (GPtrArray) disks = vss_provider_gate_list_disks (self->gate, error);
  g_autoptr (GError) no_agent = NULL;
  VssWireVolumesResult *volumes = NULL;

  if (disks == NULL)
    return NULL;
  if (with_guest && !vss_components_open_guest (self, NULL, &no_agent)
      && g_error_matches (no_agent, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
    {
      g_propagate_error (error, g_steal_pointer (&no_agent));
      return NULL;
    }
  if (self->guest_open)
    volumes = vss_guest_query_volumes (self->guest, NULL, &no_agent);
  else if (no_agent == NULL)
    no_agent = g_error_new_literal (VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
                                    self->no_guest != NULL ? self->no_guest : "not asked");
  return vss_volume_map_new (g_steal_pointer (&disks), volumes, no_agent);
}

/* -- the lock -- */

/* The guest's channel has one opener; where no guest is asked, the records say who is at it. */
static gboolean
take_lock (VssBackupComponents *self, GError **error)
{
  g_autoptr (GError) no_guest = NULL;

  if (self->policy != VSS_POLICY_CRASH && !vss_components_open_guest (self, NULL, &no_guest)
      && g_error_matches (no_guest, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
    {
      g_propagate_error (error, g_steal_pointer (&no_guest));
      return FALSE;
    }
  return refuse_if_in_progress (self, error);
}

/**
 * vss_backup_components_start_snapshot_set:
 * @self: the object
 * @snapshot_set_id: (out) (transfer full): the new set's UUID
 * @error: return location for an error
 *
 * Begins a new, empty snapshot set. From here on nobody else can make one of this virtual machine,
 * until the set is made, given up or the object is released. Opens the guest's agent, unless the
 * policy is %VSS_POLICY_CRASH; without an agent the set can still be made of disks, at the level
 * that is reached then. Blocks up to ten seconds.
 *
 * VSS: IVssBackupComponents::StartSnapshotSet
 *
 * Errors: %VSS_E_INVALIDARG, %VSS_E_BAD_STATE, %VSS_E_SNAPSHOT_SET_IN_PROGRESS, %VSS_E_UNEXPECTED
 *
 * Returns: %TRUE on success
 *
 * Since: 0.1
 */
gboolean
vss_backup_components_start_snapshot_set (VssBackupComponents *self,
                                          char **snapshot_set_id,
                                          GError **error)
{
  GError *cause = NULL;

  g_return_val_if_fail (VSS_IS_BACKUP_COMPONENTS (self), FALSE);
  if (snapshot_set_id == NULL)
    return vss_components_refuse (VSS_CALL_START_SNAPSHOT_SET, error,
                                  "there is nowhere to put the set's id");
  if (!vss_components_check (self, VSS_CALL_START_SNAPSHOT_SET, error))
    return FALSE;
  if (!take_lock (self, &cause))
    return vss_call_fail (VSS_CALL_START_SNAPSHOT_SET, error, cause);
  self->set = vss_snapshot_set_new ();
  self->set->id = g_uuid_string_random ();
  self->set->domain_name = g_strdup (self->domain_name);
  self->set->domain_uuid = g_strdup (self->domain_uuid);
  self->set->host_name = g_strdup (self->host_name);
  self->set->provider_id
      = g_strdup (vss_provider_gate_get_properties (self->gate)->provider_id);
  self->set->context = self->context;
  self->set->policy = self->policy;
  self->set->owner.requester = g_strdup (self->requester);
  self->reservation = vss_set_reservation_take (self->gate, self->set, &cause);
  if (self->reservation == NULL)
    {
      vss_components_close_guest (self);
      g_clear_pointer (&self->set, vss_snapshot_set_free);
      return vss_call_fail (VSS_CALL_START_SNAPSHOT_SET, error, cause);
    }
  g_mutex_lock (&self->lock);
  self->state.set = VSS_SET_PROGRESS_OPEN;
  g_mutex_unlock (&self->lock);
  *snapshot_set_id = g_strdup (self->set->id);
  return TRUE;
}

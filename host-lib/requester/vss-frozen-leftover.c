/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thaws a guest whose requester died. Called by the main object before it begins a set, and by
 * the virtual machine's object when it recovers. */
#include "host-lib/requester/vss-frozen-leftover.h"

#include "host-lib/vss-snapshot-set-private.h"

static const VssSnapshotSet *
find_unfinished (GPtrArray *sets, gboolean alive)
{
  for (guint i = 0; sets != NULL && i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if ((set->state == VSS_SET_PREPARING || set->state == VSS_SET_COMMITTING)
          && vss_set_owner_is_alive (&set->owner, g_get_real_time ()) == alive)
        return set;
    }
  return NULL;
}

const VssSnapshotSet *
vss_find_set_in_progress (GPtrArray *sets)
{
  return find_unfinished (sets, TRUE);
}

const VssSnapshotSet *
vss_find_set_left_over (GPtrArray *sets)
{
  return find_unfinished (sets, FALSE);
}

static gboolean
is_frozen (VssGuest *guest, gboolean *frozen, GError **error)
{
  g_autoptr (VssWireFreezeStatusResult) status = vss_guest_freeze_status (guest, error);

  if (status != NULL)
    *frozen = status->state == VSS_WIRE_FREEZE_STATE_FROZEN;
  return status != NULL;
}

gboolean
vss_thaw_leftover (VssGuest *guest,
                   GPtrArray *sets,
                   const char *name,
                   gboolean *thawed,
                   GError **error)
{
  g_autoptr (VssWireThawResult) result = NULL;
  gboolean frozen = FALSE;

  if (thawed != NULL)
    *thawed = FALSE;
  if (vss_guest_has_lease (guest))
    return TRUE;
  if (!is_frozen (guest, &frozen, error))
    return FALSE;
  if (!frozen)
    return TRUE;
  if (vss_find_set_in_progress (sets) != NULL || vss_find_set_left_over (sets) == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                   "the file systems of '%s' are frozen through QEMU's guest agent by somebody "
                   "else; wait until that is done, or thaw them with 'virt-vss thaw %s --force'",
                   name, name);
      return FALSE;
    }
  g_info ("thawing '%s', which a requester left frozen", name);
  result = vss_guest_abort (guest, NULL, error);
  if (thawed != NULL)
    *thawed = result != NULL;
  return result != NULL;
}

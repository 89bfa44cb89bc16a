/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps and removes the record of a set that is only begun. On the worker thread. */
#include "host-lib/providers/libvirt/vss-reserve.h"

#include "host-lib/providers/libvirt/vss-preflight.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/vss-snapshot-set-private.h"

/* How long the owner counts as living after each renewal. */
#define OWNER_LEASE_US (60 * G_USEC_PER_SEC)

/* What a dead requester left is no hindrance: the run puts it right first. */
static gboolean
check_free (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);
  g_autoptr (GPtrArray) others = view == NULL ? NULL : vss_record_list_domain (view, NULL);

  if (others == NULL)
    return FALSE;
  for (guint i = 0; i < others->len; i++)
    {
      const VssSnapshotSet *other = g_ptr_array_index (others, i);
      g_autoptr (GError) found = NULL;

      if (g_strcmp0 (other->id, set->id) == 0 || vss_preflight_check_other (other, &found)
          || found->code != VSS_E_SNAPSHOT_SET_IN_PROGRESS)
        continue;
      g_propagate_error (error, g_steal_pointer (&found));
      return FALSE;
    }
  return TRUE;
}

gboolean
vss_reserve_set (VssLibvirtSession *session, VssSnapshotSet *set, GError **error)
{
  if (!check_free (session, set, error))
    return FALSE;
  if (!vss_libvirt_session_is_running (session))
    return TRUE; /* a set of it will be refused */
  set->state = VSS_SET_PREPARING;
  vss_set_owner_fill (&set->owner, set->owner.requester, OWNER_LEASE_US);
  if (!vss_record_touch (session, set, error))
    return FALSE;
  /* libvirt's metadata has no compare-and-swap: both of two see the other here, and step back. */
  if (check_free (session, set, error))
    return TRUE;
  vss_unreserve_set (session, set->id, NULL);
  return FALSE;
}

static const VssSnapshotSet *
find (const GPtrArray *sets, const char *set_id)
{
  for (guint i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      if (g_strcmp0 (set->id, set_id) == 0)
        return set;
    }
  return NULL;
}

gboolean
vss_unreserve_set (VssLibvirtSession *session, const char *set_id, GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);
  g_autoptr (GPtrArray) sets = view == NULL ? NULL : vss_record_list_domain (view, NULL);
  const VssSnapshotSet *set;

  if (sets == NULL)
    return FALSE;
  set = find (sets, set_id);
  if (set == NULL || set->state != VSS_SET_PREPARING || set->disks->len > 0
      || !vss_set_owner_is_self (&set->owner))
    return TRUE;
  return vss_record_remove (session, set, error);
}

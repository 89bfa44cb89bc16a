/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks before a set: this file walks through them. On the worker thread; changes nothing. */
#include "host-lib/providers/libvirt/vss-preflight.h"

#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/vss-finding-private.h"
#include "host-lib/vss-snapshot-set-private.h"

/* A record that its owner left in the middle blocks as well, but with another advice. */
gboolean
vss_preflight_check_other (const VssSnapshotSet *other, GError **error)
{
  gint64 now_us = g_get_real_time ();
  g_autofree char *owner = vss_set_owner_describe (&other->owner, now_us);

  if (other->state == VSS_SET_CREATED)
    return TRUE;
  if (vss_set_owner_is_alive (&other->owner, now_us))
    g_set_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                 "set %s of domain %s is in progress (%s) by %s; wait until it is done", other->id,
                 other->domain_name, vss_set_state_to_string (other->state), owner);
  else
    g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
                 "set %s of domain %s was left half-way (%s) by %s; run 'virt-vss recover %s' first",
                 other->id, other->domain_name, vss_set_state_to_string (other->state), owner,
                 other->domain_name);
  return FALSE;
}

gboolean
vss_preflight_check_others (const VssDomainView *view, const VssSnapshotSet *set, GError **error)
{
  g_autoptr (GPtrArray) damaged = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) others = vss_record_list_domain (view, damaged);

  if (damaged->len > 0)
    {
      g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
                   "the record of set %s in the metadata of domain %s is damaged; run 'virt-vss "
                   "recover %s' first",
                   (const char *)g_ptr_array_index (damaged, 0), view->name, view->name);
      return FALSE;
    }
  for (guint i = 0; i < others->len; i++)
    {
      const VssSnapshotSet *other = g_ptr_array_index (others, i);

      if (g_strcmp0 (other->id, set->id) != 0 && !vss_preflight_check_other (other, error))
        return FALSE;
    }
  return TRUE;
}

const VssDiskView *
vss_preflight_find_disk (const VssDomainView *view, const char *target, GError **error)
{
  const VssDiskView *disk = vss_domain_view_find (view, target);

  if (disk == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                   "domain %s has no disk %s; 'virt-vss volumes %s' names those that it has",
                   view->name, target, view->name);
      return NULL;
    }
  if (!disk->disk->supported)
    {
      g_set_error (error, VSS_ERROR, disk->disk->unsupported_code, "cannot take a set: %s",
                   disk->disk->unsupported_reason);
      return NULL;
    }
  return disk;
}

/* Folder -> GPtrArray of its disks' VssDiskView. */
static void
add_to_folder (GHashTable *folders, const VssDiskView *disk)
{
  g_autofree char *folder = g_path_get_dirname (disk->disk->path);
  GPtrArray *disks = g_hash_table_lookup (folders, folder);

  if (disks == NULL)
    {
      disks = g_ptr_array_new ();
      g_hash_table_insert (folders, g_steal_pointer (&folder), disks);
    }
  g_ptr_array_add (disks, (gpointer)disk);
}

static gboolean
check_disks (VssLibvirtSession *session,
             const VssDomainView *view,
             const VssHostSettings *settings,
             VssSnapshotSet *set,
             GHashTable *folders,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GPtrArray) sets = vss_record_list_domain (view, NULL);

  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);
      GError *failure = NULL;
      const VssDiskView *found = vss_preflight_find_disk (view, disk->target, &failure);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        {
          g_clear_error (&failure);
          return FALSE;
        }
      if (found == NULL)
        {
          vss_findings_take_error (set->findings, VSS_FINDING_FATAL, disk->target, failure);
          continue;
        }
      vss_preflight_disk (session, found, sets, settings, set);
      add_to_folder (folders, found);
    }
  return TRUE;
}

gboolean
vss_preflight (VssLibvirtSession *session,
               VssSnapshotSet *set,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                          (GDestroyNotify)g_ptr_array_unref);
  VssHostSettings settings;
  GHashTableIter iter;
  gpointer folder, disks;

  if (view == NULL)
    return FALSE;
  vss_host_settings_load (&settings);
  if (!vss_preflight_domain (session, view, set))
    return TRUE;
  if (!check_disks (session, view, &settings, set, folders, cancellable, error))
    return FALSE;
  g_hash_table_iter_init (&iter, folders);
  while (g_hash_table_iter_next (&iter, &folder, &disks))
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      vss_preflight_folder (session, folder, disks, &settings, set);
    }
  return TRUE;
}

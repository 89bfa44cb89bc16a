/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks before a set. On the worker thread; changes nothing. */
#include "host-lib/providers/libvirt/vss-preflight.h"

#include "host-lib/providers/libvirt/vss-overlay.h"
#include "host-lib/providers/libvirt/vss-pool.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/vss-snapshot-set-private.h"

/* An overlay begins with some 200 KiB and takes everything the guest writes until the set is
 * deleted: with less than this free a busy guest is stopped by a full disk within seconds. */
#define FREE_MIN (G_GUINT64_CONSTANT (64) * 1024 * 1024)

static gboolean veto (GError **error, gint code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
veto (GError **error, gint code, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, VSS_ERROR, code, text);
  return FALSE;
}

static gboolean
check_state (VssLibvirtSession *session, GError **error)
{
  int state = 0;

  if (virDomainGetState (session->domain, &state, NULL, 0) < 0)
    {
      vss_libvirt_set_error (error, "cannot ask for the state of domain %s", session->domain_name);
      return FALSE;
    }
  if (state == VIR_DOMAIN_RUNNING || state == VIR_DOMAIN_PAUSED)
    return TRUE;
  return veto (error, VSS_E_BAD_STATE, "cannot take a set of domain %s: it is not running",
               session->domain_name);
}

static gboolean
check_domain_job (VssLibvirtSession *session, GError **error)
{
  virDomainJobInfo info = { 0 };

  if (virDomainGetJobInfo (session->domain, &info) < 0)
    {
      vss_libvirt_set_error (error, "cannot ask for the jobs of domain %s", session->domain_name);
      return FALSE;
    }
  if (info.type == VIR_DOMAIN_JOB_NONE)
    return TRUE;
  return veto (error, VSS_E_PROVIDER_VETO,
               "cannot take a set of domain %s: a migration, a save or another job of libvirt runs "
               "on it; wait for its end",
               session->domain_name);
}

/* A record that its owner left in the middle blocks as well, but with another advice. */
static gboolean
check_other (const VssSnapshotSet *other, GError **error)
{
  gint64 now_us = g_get_real_time ();
  gint64 age = MAX (0, (now_us - other->owner.renewed_us) / G_USEC_PER_SEC);

  if (other->state == VSS_SET_CREATED)
    return TRUE;
  if (vss_set_owner_is_alive (&other->owner, now_us))
    return veto (error, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                 "set %s of domain %s is in progress (%s): %s, process %" G_GINT64_FORMAT
                 " on %s, last heard of %" G_GINT64_FORMAT " s ago",
                 other->id, other->domain_name, vss_set_state_to_string (other->state),
                 other->owner.requester != NULL ? other->owner.requester : "somebody",
                 other->owner.pid, other->owner.host != NULL ? other->owner.host : "unknown", age);
  return veto (error, VSS_E_PROVIDER_VETO,
               "set %s of domain %s was left half-way (%s): run recover first", other->id,
               other->domain_name, vss_set_state_to_string (other->state));
}

gboolean
vss_preflight_check_others (const VssDomainView *view, const VssSnapshotSet *set, GError **error)
{
  g_autoptr (GPtrArray) damaged = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) others = vss_record_list_domain (view, damaged);

  if (damaged->len > 0)
    return veto (error, VSS_E_PROVIDER_VETO,
                 "the record of set %s in the metadata of domain %s is damaged: run recover first",
                 (const char *)g_ptr_array_index (damaged, 0), view->name);
  for (guint i = 0; i < others->len; i++)
    {
      const VssSnapshotSet *other = g_ptr_array_index (others, i);

      if (g_strcmp0 (other->id, set->id) != 0 && !check_other (other, error))
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
      veto (error, VSS_E_OBJECT_NOT_FOUND, "domain %s has no disk %s", view->name, target);
      return NULL;
    }
  if (!disk->disk->supported)
    {
      veto (error, disk->disk->unsupported_code, "cannot take a set: %s",
            disk->disk->unsupported_reason);
      return NULL;
    }
  return disk;
}

static guint
count_sets (const GPtrArray *sets, const char *target)
{
  guint count = 0;

  for (guint i = 0; i < sets->len; i++)
    count += vss_snapshot_set_find_disk (g_ptr_array_index (sets, i), target) != NULL;
  return count;
}

static gboolean
check_disk (VssLibvirtSession *session,
            const VssDiskView *disk,
            const GPtrArray *sets,
            GError **error)
{
  const char *target = disk->disk->target;
  virDomainBlockJobInfo info = { 0 };

  if (disk->mirror_job != NULL || virDomainGetBlockJobInfo (session->domain, target, &info, 0) > 0)
    return veto (error, VSS_E_PROVIDER_VETO,
                 "cannot take a set with disk %s of domain %s: a block job runs on it; wait for "
                 "its end",
                 target, session->domain_name);
  if (count_sets (sets, target) >= VSS_SETS_MAX || disk->chain->len > 2 * VSS_SETS_MAX)
    return veto (error, VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED,
                 "cannot take a set with disk %s of domain %s: it carries %u sets in a chain of %u "
                 "images, at most %d sets are possible; delete some",
                 target, session->domain_name, count_sets (sets, target), disk->chain->len,
                 VSS_SETS_MAX);
  return TRUE;
}

static gboolean
check_folder (VssLibvirtSession *session,
              const char *image,
              const char *set_id,
              GHashTable *seen,
              GError **error)
{
  g_autofree char *folder = g_path_get_dirname (image);
  g_autofree char *overlay = vss_overlay_path (folder, image, set_id);
  g_autofree char *name = g_path_get_basename (overlay);
  g_autoptr (VssPool) pool = NULL;
  virStorageVolPtr volume;
  guint64 available = 0;

  if (!g_hash_table_add (seen, g_strdup (folder)))
    return TRUE;
  pool = vss_pool_open (session, folder, error);
  if (pool == NULL || !vss_pool_get_free (pool, &available, error))
    return FALSE;
  if (available < FREE_MIN)
    return veto (error, VSS_E_INSUFFICIENT_STORAGE,
                 "cannot make overlays in %s: %" G_GUINT64_FORMAT
                 " MiB are free, at least %" G_GUINT64_FORMAT " are needed",
                 folder, available >> 20, FREE_MIN >> 20);
  volume = vss_pool_find_file (pool, name, NULL);
  if (volume == NULL)
    return TRUE;
  virStorageVolFree (volume);
  return veto (error, VSS_E_PROVIDER_VETO, "cannot make overlay %s: the file exists", overlay);
}

gboolean
vss_preflight (VssLibvirtSession *session,
               const VssSnapshotSet *set,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (VssDomainView) view = NULL;
  g_autoptr (GPtrArray) sets = NULL;
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!check_state (session, error) || !check_domain_job (session, error))
    return FALSE;
  view = vss_domain_view_load (session->domain, 0, error);
  if (view == NULL || !vss_preflight_check_others (view, set, error))
    return FALSE;
  sets = vss_record_list_domain (view, NULL);
  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);
      const VssDiskView *found = vss_preflight_find_disk (view, disk->target, error);

      if (found == NULL || !check_disk (session, found, sets, error) ||
          !check_folder (session, found->disk->path, set->id, folders, error) ||
          g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads sizes of overlays: from the kernel where the files are this host's and can be seen, else
 * from libvirt's storage pool. On the thread of whoever asks. */
#include "host-lib/providers/libvirt/vss-overlay-usage.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-pool.h"

/* The unit of st_blocks. */
#define BLOCK 512

typedef struct
{
  VssLibvirtSession *session;
  gboolean local;
  gboolean running;
  GHashTable *pools; /* (element-type utf8 VssPool): opened when needed */
} VssReader;

static gboolean
read_locally (VssOverlayInfo *info)
{
  struct stat file;
  struct statvfs fs;

  if (stat (info->path, &file) < 0 || statvfs (info->path, &fs) < 0)
    return FALSE;
  info->allocation = (guint64) file.st_blocks * BLOCK;
  info->length = (guint64) file.st_size;
  info->free = (guint64) fs.f_bavail * fs.f_frsize;
  info->space = (guint64) fs.f_blocks * fs.f_frsize;
  info->storage = g_strdup_printf ("device %" G_GUINT64_FORMAT, (guint64) file.st_dev);
  return TRUE;
}

static VssPool *
find_pool (VssReader *self, const char *folder, GError **error)
{
  VssPool *pool = g_hash_table_lookup (self->pools, folder);

  if (pool != NULL)
    return pool;
  pool = vss_pool_open (self->session, folder, error);
  if (pool != NULL)
    g_hash_table_insert (self->pools, g_strdup (folder), pool);
  return pool;
}

static gboolean
read_volume (VssOverlayInfo *info, virStorageVolPtr volume, GError **error)
{
  virStorageVolInfo used;
  virStorageVolInfo physical;

  if (virStorageVolGetInfo (volume, &used) < 0
      || virStorageVolGetInfoFlags (volume, &physical, VIR_STORAGE_VOL_GET_PHYSICAL) < 0)
    {
      vss_libvirt_set_error (error, "cannot ask for the size of %s", info->path);
      return FALSE;
    }
  info->allocation = used.allocation;
  info->length = physical.allocation;
  return TRUE;
}

static gboolean
read_through_libvirt (VssReader *self, VssOverlayInfo *info, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (info->path);
  g_autofree char *name = g_path_get_basename (info->path);
  VssPool *pool = find_pool (self, folder, error);
  virStorageVolPtr volume;
  gboolean known;

  if (pool == NULL)
    return FALSE;
  volume = vss_pool_find_file (pool, name, error);
  if (volume == NULL)
    return FALSE;
  known = read_volume (info, volume, error)
          && vss_pool_get_space (pool, &info->free, &info->space, error);
  virStorageVolFree (volume);
  if (known)
    info->storage = g_steal_pointer (&folder);
  return known;
}

static VssOverlayInfo *
read_overlay (VssReader *self, const VssSnapshotSet *set, const VssSetDisk *disk, gboolean active)
{
  VssOverlayInfo *info = g_new0 (VssOverlayInfo, 1);
  g_autoptr (GError) error = NULL;

  info->snapshot_set_id = g_strdup (set->id);
  info->target = g_strdup (disk->target);
  info->path = g_strdup (disk->overlay);
  info->active = active;
  info->capacity = disk->capacity;
  info->created_us = set->created_us;
  info->read_us = g_get_real_time ();
  if ((!self->local || !read_locally (info)) && !read_through_libvirt (self, info, &error))
    info->problem = g_strdup (error != NULL ? error->message : "there is no such file");
  return info;
}

static void
add_overlays (VssReader *self,
              const VssDomainView *view,
              const VssSnapshotSet *set,
              GPtrArray *overlays)
{
  for (guint i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);
      const VssDiskView *seen = vss_domain_view_find (view, disk->target);
      int position = seen != NULL ? vss_disk_view_position (seen, disk->overlay) : -1;

      if (position >= 0)
        g_ptr_array_add (overlays, read_overlay (self, set, disk, self->running && position == 0));
    }
}

GPtrArray *
vss_overlay_usage_list (VssLibvirtSession *session, GPtrArray *sets, GError **error)
{
  g_autoptr (VssDomainView) view = vss_domain_view_load (session->domain, 0, error);
  g_autoptr (GHashTable) pools
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) vss_pool_close);
  VssReader reader = { .session = session, .pools = pools };
  GPtrArray *overlays;

  if (view == NULL)
    return NULL;
  reader.local = vss_libvirt_session_is_local (session);
  reader.running = vss_libvirt_session_is_running (session);
  overlays = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_overlay_info_free);
  for (guint i = 0; i < sets->len; i++)
    add_overlays (&reader, view, g_ptr_array_index (sets, i), overlays);
  return overlays;
}

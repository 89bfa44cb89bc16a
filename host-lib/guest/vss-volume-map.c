/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's file systems laid over the domain's disks: see the header for the rule. */
#include "host-lib/guest/vss-volume-map.h"

#include "host-lib/guest/vss-answer-check.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "protocol/vss-text.h"

#include <string.h>

#define UUID_PREFIX "uuid:"

struct _VssVolumeMap
{
  GPtrArray *disks;
  VssWireVolumesResult *answer; /* nullable */
  GError *agent_error; /* nullable */
  GPtrArray *volumes;
  VssDiskMatch *match;
};

/* What a name was found to be; exactly one is set. */
typedef struct
{
  VssMappedVolume *volume;
  const VssDomainDisk *disk;
} Found;

static void
add_once (GPtrArray *array, const void *item)
{
  if (!g_ptr_array_find (array, item, NULL))
    g_ptr_array_add (array, (gpointer) item);
}

VssVolumeMap *
vss_volume_map_new (GPtrArray *disks, VssWireVolumesResult *volumes, const GError *agent_error)
{
  VssVolumeMap *self = g_new0 (VssVolumeMap, 1);

  self->disks = disks;
  self->answer = volumes;
  self->agent_error = agent_error != NULL ? g_error_copy (agent_error) : NULL;
  self->match = vss_disk_match_new (disks, volumes);
  self->volumes = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_mapped_volume_free);
  for (guint i = 0; volumes != NULL && i < volumes->volumes->len; i++)
    g_ptr_array_add (self->volumes,
                     vss_mapped_volume_new (g_ptr_array_index (volumes->volumes, i), self->match,
                                            disks));
  return self;
}

void
vss_volume_map_free (VssVolumeMap *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->volumes);
  vss_disk_match_free (self->match);
  g_ptr_array_unref (self->disks);
  g_clear_pointer (&self->answer, vss_wire_volumes_result_free);
  g_clear_error (&self->agent_error);
  g_free (self);
}

GPtrArray *
vss_volume_map_get_volumes (VssVolumeMap *self)
{
  return self->volumes;
}

GPtrArray *
vss_volume_map_get_disks (VssVolumeMap *self)
{
  return self->disks;
}

gboolean
vss_volume_map_has_guest (VssVolumeMap *self)
{
  return self->answer != NULL;
}

/* -- finding -- */

static gboolean
is_mounted_at (const VssWireVolume *volume, const char *mount_point)
{
  if (g_str_equal (volume->mount_point, mount_point))
    return TRUE;
  for (guint i = 0; i < volume->other_mount_points->len; i++)
    {
      if (g_str_equal (g_ptr_array_index (volume->other_mount_points, i), mount_point))
        return TRUE;
    }
  return FALSE;
}

static VssMappedVolume *
find_volume (VssVolumeMap *self, const char *mount_point, const char *uuid)
{
  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssMappedVolume *mapped = g_ptr_array_index (self->volumes, i);

      if (mount_point != NULL && is_mounted_at (mapped->volume, mount_point))
        return mapped;
      if (uuid != NULL && mapped->volume->uuid != NULL && vss_mapped_volume_is_reachable (mapped)
          && g_ascii_strcasecmp (mapped->volume->uuid, uuid) == 0)
        return mapped;
    }
  return NULL;
}

static const VssDomainDisk *
find_disk (VssVolumeMap *self, const char *target)
{
  for (guint i = 0; i < self->disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (self->disks, i);

      if (g_str_equal (disk->target, target))
        return disk;
    }
  return NULL;
}

static char *
without_trailing_slashes (const char *path)
{
  gsize length = strlen (path);

  while (length > 1 && path[length - 1] == '/')
    length--;
  return g_strndup (path, length);
}

static gboolean
find (VssVolumeMap *self, const char *name, Found *found, GError **error)
{
  gboolean by_uuid = g_str_has_prefix (name, UUID_PREFIX);
  g_autofree char *path = without_trailing_slashes (name);

  *found = (Found){ NULL, NULL };
  if (name[0] == '\0' || g_str_equal (name, UUID_PREFIX))
    {
      g_set_error (error, VSS_ERROR, VSS_E_INVALIDARG,
                   "'%s' names no volume: give a disk such as vda, a mount point of the guest, or "
                   "uuid: and the file system's UUID",
                   name);
      return FALSE;
    }
  if (name[0] != '/' && !by_uuid)
    {
      /* No disk is called as a mount point of Windows is. */
      found->disk = find_disk (self, name);
      if (found->disk == NULL && !g_str_has_prefix (name, VSS_ANSWER_ELSEWHERE))
        found->volume = find_volume (self, name, NULL);
      if (found->volume != NULL)
        return TRUE;
      if (found->disk == NULL)
        g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND, "the domain has no disk '%s'",
                     name);
      return found->disk != NULL;
    }
  found->volume = find_volume (self, by_uuid ? NULL : path,
                               by_uuid ? name + strlen (UUID_PREFIX) : NULL);
  if (found->volume == NULL && self->answer == NULL)
    g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                 "cannot find volume '%s' without the guest's agent (%s); a disk such as vda can "
                 "be named without it",
                 name, self->agent_error != NULL ? self->agent_error->message : "not asked");
  else if (found->volume == NULL)
    g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                 "the guest has no file system '%s' on a block device", name);
  return found->volume != NULL;
}

/* -- closing over disks and file systems -- */

static gboolean
check_disk (const VssDomainDisk *disk, GError **error)
{
  if (!disk->supported)
    {
      g_set_error (error, VSS_ERROR, disk->unsupported_code, "disk '%s' can't be in a set: %s",
                   disk->target, disk->unsupported_reason);
      return FALSE;
    }
  if (disk->sets >= disk->sets_max)
    {
      g_set_error (error, VSS_ERROR, VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED,
                   "disk '%s' carries %u sets already, and may carry %u: delete one first "
                   "('virt-vss list' names them)",
                   disk->target, disk->sets, disk->sets_max);
      return FALSE;
    }
  return TRUE;
}

/* @named: it was asked for, and doesn't only come with its disks. */
static gboolean
check_volume (const VssMappedVolume *mapped, gboolean named, GError **error)
{
  gint code = named ? mapped->code : mapped->obstacle_code;
  g_autofree char *name = NULL;

  if (code == 0)
    return TRUE;
  name = vss_text_sanitise (mapped->volume->mount_point, VSS_TEXT_MAX_MESSAGE);
  g_set_error (error, VSS_ERROR, code, "file system '%s' can't be in a set: %s", name,
               named ? mapped->problem : mapped->obstacle);
  return FALSE;
}

static gboolean
touches (const VssMappedVolume *mapped, GPtrArray *disks)
{
  for (guint i = 0; i < mapped->disks->len; i++)
    {
      if (g_ptr_array_find (disks, g_ptr_array_index (mapped->disks, i), NULL))
        return TRUE;
    }
  return FALSE;
}

static void
add_all (GPtrArray *array, GPtrArray *items)
{
  for (guint i = 0; i < items->len; i++)
    add_once (array, g_ptr_array_index (items, i));
}

/* Grows @disks and @volumes until neither draws in anything more. */
static gboolean
close_over (VssVolumeMap *self, GPtrArray *disks, GPtrArray *volumes, GError **error)
{
  guint before;

  do
    {
      before = disks->len + volumes->len;
      for (guint i = 0; i < self->volumes->len; i++)
        {
          VssMappedVolume *mapped = g_ptr_array_index (self->volumes, i);

          if (!touches (mapped, disks))
            continue;
          if (!check_volume (mapped, FALSE, error))
            return FALSE;
          add_once (volumes, mapped);
          add_all (disks, mapped->disks);
        }
    }
  while (disks->len + volumes->len > before);
  for (guint i = 0; i < disks->len; i++)
    {
      if (!check_disk (g_ptr_array_index (disks, i), error))
        return FALSE;
    }
  return TRUE;
}

/* Whether one of @disks is none that the guest is known to have. */
static gboolean
has_unknown (VssVolumeMap *self, GPtrArray *disks)
{
  for (guint i = 0; i < disks->len; i++)
    {
      if (!vss_disk_match_is_taken (self->match, g_ptr_array_index (disks, i)))
        return TRUE;
    }
  return FALSE;
}

/* Adds to the file systems of a set those that may be on its @disks: all whose disks aren't fully
 * known, and those on a disk of the guest that may be one of them. */
static void
add_possible (VssVolumeMap *self, GPtrArray *disks, GPtrArray *volumes)
{
  gboolean unknown = has_unknown (self, disks);

  for (guint i = 0; i < self->volumes->len; i++)
    {
      VssMappedVolume *mapped = g_ptr_array_index (self->volumes, i);

      if (!mapped->volume->disks_complete || (!mapped->complete && unknown))
        add_once (volumes, mapped);
    }
}

static GStrv
targets_of (GPtrArray *disks)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < disks->len; i++)
    g_strv_builder_add (builder, ((const VssDomainDisk *) g_ptr_array_index (disks, i))->target);
  return g_strv_builder_end (builder);
}

VssSetVolume *
vss_volume_map_resolve (VssVolumeMap *self, const char *name, GError **error)
{
  g_autoptr (GPtrArray) all_disks = g_ptr_array_new ();
  g_autoptr (GPtrArray) all_volumes = g_ptr_array_new ();
  g_autoptr (GPtrArray) own_disks = g_ptr_array_new ();
  VssSetVolume *volume;
  Found found;

  if (!find (self, name, &found, error)
      || (found.volume != NULL && !check_volume (found.volume, TRUE, error)))
    return NULL;
  if (found.volume != NULL)
    add_all (own_disks, found.volume->disks);
  else
    add_once (own_disks, found.disk);
  add_all (all_disks, own_disks);
  if (!close_over (self, all_disks, all_volumes, error))
    return NULL;
  volume = vss_set_volume_new ();
  volume->snapshot_id = g_uuid_string_random ();
  volume->name = g_strdup (name);
  g_strfreev (volume->disks);
  volume->disks = targets_of (own_disks);
  if (found.volume != NULL)
    {
      volume->mount_point = g_strdup (found.volume->volume->mount_point);
      volume->fs_type = g_strdup (found.volume->volume->fs_type);
      volume->fs_uuid = g_strdup (found.volume->volume->uuid);
    }
  return volume;
}

static VssSetDisk *
make_set_disk (const VssDomainDisk *disk)
{
  VssSetDisk *set_disk = vss_set_disk_new ();

  set_disk->target = g_strdup (disk->target);
  set_disk->image = g_strdup (disk->path);
  set_disk->image_format = g_strdup (disk->format);
  set_disk->capacity = disk->capacity;
  return set_disk;
}

GStrv
vss_volume_map_complete_set (VssVolumeMap *self, VssSnapshotSet *set, GError **error)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  g_autoptr (GPtrArray) volumes = g_ptr_array_new ();
  g_autoptr (GStrvBuilder) mount_points = g_strv_builder_new ();

  for (guint i = 0; i < set->volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (set->volumes, i);
      Found found;

      if (!find (self, volume->mount_point != NULL ? volume->mount_point : volume->name, &found,
                 error)
          || (found.volume != NULL && !check_volume (found.volume, TRUE, error)))
        return NULL;
      if (found.volume != NULL)
        add_all (disks, found.volume->disks);
      else
        add_once (disks, found.disk);
    }
  if (!close_over (self, disks, volumes, error))
    return NULL;
  vss_domain_disks_sort (self->disks, disks);
  add_possible (self, disks, volumes);
  g_ptr_array_set_size (set->disks, 0);
  for (guint i = 0; i < disks->len; i++)
    g_ptr_array_add (set->disks, make_set_disk (g_ptr_array_index (disks, i)));
  for (guint i = 0; i < volumes->len; i++)
    {
      const VssMappedVolume *mapped = g_ptr_array_index (volumes, i);

      g_strv_builder_add (mount_points, mapped->volume->mount_point);
    }
  return g_strv_builder_end (mount_points);
}

gboolean
vss_set_volume_is_same (const VssSetVolume *a, const VssSetVolume *b)
{
  if (a->mount_point != NULL || b->mount_point != NULL)
    return g_strcmp0 (a->mount_point, b->mount_point) == 0;
  return g_strcmp0 (a->name, b->name) == 0;
}

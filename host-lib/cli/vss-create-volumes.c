/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes into a new set, and what of the domain doesn't: see the header. Pure functions. */
#include "host-lib/cli/vss-create-volumes.h"

#include "host-lib/cli/vss-output.h"

/* Naming a volume twice is naming it. */
static void
add_name (GPtrArray *names, const char *name)
{
  if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
    {
      g_ptr_array_add (names, g_strdup (name));
    }
}

GPtrArray *
vss_create_choose_volumes (GPtrArray *volumes, const char *const *requested, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  guint i;

  for (i = 0; requested != NULL && requested[i] != NULL; i++)
    {
      add_name (names, requested[i]);
    }
  for (i = 0; i < volumes->len && (requested == NULL || requested[0] == NULL); i++)
    {
      const VssVolumeInfo *volume = g_ptr_array_index (volumes, i);

      if (volume->supported)
        {
          add_name (names, volume->name);
        }
    }
  if (names->len == 0)
    {
      g_set_error (error,
                   VSS_ERROR,
                   VSS_E_OBJECT_NOT_FOUND,
                   "no volume can be snapshotted: '" VSS_CLI_PROGRAM " volumes' says why");
      return NULL;
    }
  return g_steal_pointer (&names);
}

static gboolean
has_disk (const VssSnapshotSet *set, const char *target)
{
  guint i;

  for (i = 0; i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      if (g_strcmp0 (disk->target, target) == 0)
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
has_all_disks (const VssSnapshotSet *set, const VssVolumeInfo *volume)
{
  gboolean all = volume->disks != NULL && volume->disks[0] != NULL;
  guint i;

  for (i = 0; all && volume->disks[i] != NULL; i++)
    {
      all = has_disk (set, volume->disks[i]);
    }
  return all;
}

static gboolean
has_volume (const VssSnapshotSet *set, const VssVolumeInfo *volume)
{
  guint i;

  for (i = 0; i < set->volumes->len; i++)
    {
      const VssSetVolume *member = g_ptr_array_index (set->volumes, i);

      if (g_strcmp0 (member->name, volume->name) == 0
          || (volume->mount_point != NULL
              && g_strcmp0 (member->mount_point, volume->mount_point) == 0))
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
was_held (const VssSnapshotSet *set, const VssVolumeInfo *volume)
{
  guint i;

  for (i = 0; i < set->holds->len; i++)
    {
      const VssSetHold *hold = g_ptr_array_index (set->holds, i);

      if (g_strcmp0 (hold->mount_point, volume->mount_point) == 0)
        {
          return TRUE;
        }
    }
  return FALSE;
}

/* NULL: @volume is in the set. */
static VssLeftOut *
judge (const VssVolumeInfo *volume, const VssSnapshotSet *set)
{
  if (has_volume (set, volume))
    {
      return NULL;
    }
  if (!has_all_disks (set, volume))
    {
      return vss_left_out_new (volume,
                               volume->supported        ? NULL
                               : volume->reason != NULL ? volume->reason
                                                        : "not supported");
    }
  /* Its disk was copied for another volume's sake; the file system on it need not be at rest. */
  if (volume->mount_point != NULL && set->holds->len > 0 && !was_held (set, volume))
    {
      return vss_left_out_new (volume, "not held, although its disk is in the set");
    }
  return NULL;
}

GPtrArray *
vss_create_list_left_out (GPtrArray *volumes, const VssSnapshotSet *set)
{
  GPtrArray *left_out = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_left_out_free);
  guint i;

  for (i = 0; i < volumes->len; i++)
    {
      VssLeftOut *entry = judge (g_ptr_array_index (volumes, i), set);

      if (entry != NULL)
        {
          g_ptr_array_add (left_out, entry);
        }
    }
  return left_out;
}

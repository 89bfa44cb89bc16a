/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step of a run that only looks: which disks and file systems the set consists of now, and
 * what speaks against it. */
#include "host-lib/coordinator/vss-snapshot-run-private.h"

#include "host-lib/guest/vss-volume-map.h"
#include "protocol/vss-text.h"

static VssVolumeMap *
make_map (VssRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) disks = NULL;
  g_autoptr (GError) no_agent = NULL;
  VssWireVolumesResult *volumes = NULL;

  disks = vss_provider_list_disks (run->provider, cancellable, error);
  if (disks == NULL)
    return NULL;
  /* Also where nothing is frozen: the volumes may have been named by mount point. */
  if (run->options->guest != NULL)
    {
      volumes = vss_guest_query_volumes (run->options->guest, cancellable, error);
      if (volumes == NULL)
        return NULL;
    }
  else
    {
      no_agent = g_error_new_literal (VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
                                      run->no_freeze != NULL ? run->no_freeze : "no agent");
    }
  return vss_volume_map_new (g_steal_pointer (&disks), volumes, no_agent);
}

static char *
find_unfreezable (VssVolumeMap *map, GStrv mount_points)
{
  GPtrArray *volumes = vss_volume_map_get_volumes (map);

  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireVolume *volume
          = ((const VssMappedVolume *) g_ptr_array_index (volumes, i))->volume;
      g_autofree char *name = NULL;
      g_autofree char *reason = NULL;

      if (volume->freezability != VSS_WIRE_FREEZABILITY_UNSUPPORTED
          || !g_strv_contains ((const char *const *) mount_points, volume->mount_point))
        continue;
      name = vss_text_sanitise (volume->mount_point, VSS_TEXT_MAX_MESSAGE);
      reason = vss_text_sanitise (volume->reason != NULL ? volume->reason : "no reason was given",
                                  VSS_TEXT_MAX_MESSAGE);
      return g_strdup_printf ("file system '%s' can't be frozen: %s", name, reason);
    }
  return NULL;
}

/* Nothing is called better than it can be proven: a disk without a file system may well be in use
 * by somebody who writes to it directly. */
static void
expect_level (VssRun *run, VssVolumeMap *map)
{
  char *weakness = NULL;

  if (run->no_freeze == NULL && run->mount_points[0] == NULL)
    run->no_freeze = g_strdup ("no file system is mounted on the disks of the set");
  weakness = run->no_freeze != NULL ? g_strdup (run->no_freeze)
                                    : find_unfreezable (map, run->mount_points);
  g_free (run->set->weakness);
  run->set->weakness = weakness;
  run->set->consistency = weakness == NULL ? VSS_CONSISTENCY_FILESYSTEM : VSS_CONSISTENCY_CRASH;
}

static gboolean
may_be_weak (VssPolicy policy)
{
  return policy == VSS_POLICY_REPORT || policy == VSS_POLICY_CRASH;
}

gboolean
vss_run_preflight (VssRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssVolumeMap) map = make_map (run, cancellable, error);

  if (map == NULL)
    return FALSE;
  run->mount_points = vss_volume_map_complete_set (map, run->set, error);
  if (run->mount_points == NULL)
    return FALSE;
  expect_level (run, map);
  if (run->set->consistency < VSS_CONSISTENCY_FILESYSTEM && !may_be_weak (run->set->policy))
    {
      g_set_error (error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT,
                   "policy %s can't be met: %s", vss_policy_to_string (run->set->policy),
                   run->set->weakness);
      return FALSE;
    }
  return vss_provider_preflight (run->provider, run->set, cancellable, error);
}

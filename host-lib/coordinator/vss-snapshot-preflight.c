/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step of a run that only looks: which disks and file systems the set consists of now, and
 * everything that speaks against it or makes it weaker. It goes on after the first finding, so that
 * whoever has to mend something hears of all of it at once. On the run's worker thread. */
#include "host-lib/coordinator/vss-snapshot-run-private.h"

#include "host-lib/coordinator/vss-writer-proof.h"
#include "host-lib/guest/vss-volume-map.h"
#include "host-lib/vss-finding-private.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "protocol/vss-text.h"

static gboolean
was_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* -- the volumes -- */

/* @known: whether the guest could be asked, if there is one. FALSE only if the host's own disks
 * can't be listed, or it was cancelled. */
static VssVolumeMap *
make_map (VssRun *run, gboolean *known, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) disks = NULL;
  g_autoptr (GError) no_agent = NULL;
  VssWireVolumesResult *volumes = NULL;

  *known = TRUE;
  disks = vss_provider_list_disks (run->provider, cancellable, error);
  if (disks == NULL)
    return NULL;
  /* Also where nothing is frozen: the volumes may have been named by mount point. */
  if (run->options->guest == NULL)
    {
      no_agent = g_error_new_literal (VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
                                      run->no_freeze != NULL ? run->no_freeze : "no agent");
      return vss_volume_map_new (g_steal_pointer (&disks), NULL, no_agent);
    }
  volumes = vss_guest_query_volumes (run->options->guest, cancellable, &no_agent);
  if (volumes == NULL && was_cancelled (no_agent))
    {
      g_propagate_error (error, g_steal_pointer (&no_agent));
      return NULL;
    }
  *known = volumes != NULL;
  if (volumes == NULL)
    vss_findings_take_error (run->set->findings, VSS_FINDING_FATAL, run->set->domain_name,
                             g_error_copy (no_agent));
  return vss_volume_map_new (g_steal_pointer (&disks), volumes, no_agent);
}

/* Each volume by itself, then all together. */
static void
inspect_volumes (VssRun *run, VssVolumeMap *map)
{
  VssSnapshotSet *set = run->set;
  GError *failure = NULL;

  for (guint i = 0; i < set->volumes->len; i++)
    {
      const VssSetVolume *volume = g_ptr_array_index (set->volumes, i);
      const char *name = volume->mount_point != NULL ? volume->mount_point : volume->name;
      VssSetVolume *found = vss_volume_map_resolve (map, name, &failure);

      vss_set_volume_free (found);
      if (found == NULL)
        vss_findings_take_error (set->findings, VSS_FINDING_FATAL, volume->name,
                                 g_steal_pointer (&failure));
    }
  if (vss_findings_has_fatal (set->findings))
    return;
  run->mount_points = vss_volume_map_complete_set (map, set, &failure);
  if (run->mount_points == NULL)
    vss_findings_take_error (set->findings, VSS_FINDING_FATAL, set->domain_name, failure);
}

/* -- the guest -- */

/* Somebody may be at it over another channel. */
static void
inspect_freeze (VssRun *run)
{
  g_autoptr (VssWireFreezeStatusResult) status = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *requester = NULL;
  gint64 since_ms;

  if (run->guest == NULL)
    return;
  status = vss_guest_freeze_status (run->guest, &error);
  if (status == NULL)
    {
      g_debug ("%s", error->message);
      return;
    }
  if (status->state == VSS_WIRE_FREEZE_STATE_THAWED
      || g_strcmp0 (status->snapshot_set_id, run->set->id) == 0)
    return;
  requester = vss_text_sanitise (status->requester != NULL ? status->requester : "somebody",
                                 VSS_TEXT_MAX_NAME);
  if (!status->has_since_ms
      || __builtin_sub_overflow (status->boot_time_ms, status->since_ms, &since_ms))
    since_ms = 0;
  vss_findings_add (run->set->findings, VSS_FINDING_FATAL, VSS_E_SNAPSHOT_SET_IN_PROGRESS,
                    run->set->domain_name,
                    "the guest of '%s' is held by %s (%s, for %" G_GINT64_FORMAT
                    " s); wait until it is done, or free it with 'virt-vss thaw %s'",
                    run->set->domain_name, requester,
                    vss_wire_freeze_state_to_string (status->state), MAX (since_ms, 0) / 1000,
                    run->set->domain_name);
}

/* -- the level -- */

static gboolean
may_be_weak (VssPolicy policy)
{
  return policy == VSS_POLICY_REPORT || policy == VSS_POLICY_CRASH;
}

/* One reason why the set is not going to be better than it is; the first is noted in it. */
static void
add_weakness (VssRun *run, const char *object, const char *reason)
{
  VssSnapshotSet *set = run->set;

  if (set->weakness == NULL)
    set->weakness = g_strdup (reason);
  set->consistency = VSS_CONSISTENCY_CRASH;
  if (set->policy == VSS_POLICY_CRASH)
    return;
  if (may_be_weak (set->policy))
    vss_findings_add (set->findings, VSS_FINDING_WEAKENS, VSS_E_HOLD_WRITES_TIMEOUT, object, "%s",
                      reason);
  else
    vss_findings_add (set->findings, VSS_FINDING_FATAL, VSS_E_HOLD_WRITES_TIMEOUT, object,
                      "policy %s can't be met: %s; mend that, or ask for less with policy report",
                      vss_policy_to_string (set->policy), reason);
}

static void
inspect_file_systems (VssRun *run, VssVolumeMap *map)
{
  GPtrArray *volumes = vss_volume_map_get_volumes (map);

  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireVolume *volume
          = ((const VssMappedVolume *) g_ptr_array_index (volumes, i))->volume;
      g_autofree char *name = NULL;
      g_autofree char *reason = NULL;
      g_autofree char *text = NULL;

      if (volume->freezability != VSS_WIRE_FREEZABILITY_UNSUPPORTED
          || !g_strv_contains ((const char *const *) run->mount_points, volume->mount_point))
        continue;
      name = vss_text_sanitise (volume->mount_point, VSS_TEXT_MAX_MESSAGE);
      reason = vss_text_sanitise (volume->reason != NULL ? volume->reason : "no reason was given",
                                  VSS_TEXT_MAX_MESSAGE);
      text = g_strdup_printf ("file system '%s' can't be frozen: %s", name, reason);
      add_weakness (run, name, text);
    }
}

void
vss_run_note_caveat (VssRun *run)
{
  const char *caveat = run->guest != NULL ? vss_guest_get_caveat (run->guest) : NULL;

  if (caveat != NULL && run->set->weakness == NULL)
    run->set->weakness = g_strdup (caveat);
}

/* Nothing is called better than it can be proven: a disk without a file system may well be in use
 * by somebody who writes to it directly. */
static void
expect_level (VssRun *run, VssVolumeMap *map)
{
  g_clear_pointer (&run->set->weakness, g_free);
  run->set->consistency = vss_run_has_writers (run) ? VSS_CONSISTENCY_APPLICATION
                                                    : VSS_CONSISTENCY_FILESYSTEM;
  if (run->no_freeze == NULL && run->mount_points[0] == NULL)
    run->no_freeze = g_strdup ("no file system is mounted on the disks of the set");
  if (run->no_freeze != NULL)
    add_weakness (run, run->set->domain_name, run->no_freeze);
  else
    inspect_file_systems (run, map);
  if (run->set->consistency >= VSS_CONSISTENCY_FILESYSTEM)
    vss_run_note_caveat (run);
}

gboolean
vss_run_inspect (VssRun *run, GCancellable *cancellable, GError **error)
{
  gboolean known;
  g_autoptr (VssVolumeMap) map = NULL;

  g_ptr_array_set_size (run->set->findings, 0);
  map = make_map (run, &known, cancellable, error);
  if (map == NULL)
    return FALSE;
  if (known)
    inspect_volumes (run, map);
  if (!vss_provider_preflight (run->provider, run->set, cancellable, error))
    return FALSE;
  inspect_freeze (run);
  if (run->mount_points != NULL)
    expect_level (run, map);
  if (vss_findings_has_fatal (run->set->findings))
    run->set->consistency = VSS_CONSISTENCY_NONE;
  return TRUE;
}

gboolean
vss_run_preflight (VssRun *run, GCancellable *cancellable, GError **error)
{
  return vss_run_inspect (run, cancellable, error)
         && vss_findings_check (run->set->findings, error);
}

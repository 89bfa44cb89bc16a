/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a run in which the guest is involved: drain, freeze, commit, thaw. Between freeze
 * and thaw nothing is done but the commit. */
#include "host-lib/coordinator/vss-hold-proof.h"
#include "host-lib/coordinator/vss-lease-keeper.h"
#include "host-lib/coordinator/vss-snapshot-run-private.h"
#include "host-lib/coordinator/vss-writer-proof.h"
#include "host-lib/guest/vss-writer-limits.h"

#include <gio/gio.h>

/* Nothing is held up while the guest drains, but the host's overlays wait: half a minute writes
 * gigabytes back even to a slow disk, and a guest that writes faster than that never ends. */
#define DRAIN_TIMEOUT_MS 30000

/* Freezing writes back what the last round of draining left: milliseconds. VSS gives flush and
 * hold together the same ten seconds. */
#define FREEZE_TIMEOUT_MS 10000

/* What a commit is assumed to take, and for each disk on top of that: libvirt's transaction was
 * measured at 13 ms for one disk and 112 ms for 16, and replacing an AppArmor profile for each
 * disk multiplies that. A lease that is shorter is renewed before the commit. */
#define COMMIT_MS 300
#define COMMIT_DISK_MS 50

static gboolean
may_be_weak (VssRun *run)
{
  return run->set->policy == VSS_POLICY_REPORT || run->set->policy == VSS_POLICY_CRASH;
}

static gboolean
refuse_weakness (VssRun *run, const char *weakness, GError **error)
{
  g_set_error (error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT, "policy %s was not met: %s",
               vss_policy_to_string (run->set->policy), weakness);
  return FALSE;
}

/* -- drain and freeze -- */

/* What was asked for, within what the guest grants. */
static guint
lease_of (VssRun *run)
{
  const VssWireHelloResult *hello = vss_guest_get_hello (run->guest);
  gint64 lease_ms = run->set->lease_ms;

  if (hello != NULL && lease_ms <= 0)
    lease_ms = hello->limits->default_lease_ms;
  if (hello != NULL)
    lease_ms = MIN (lease_ms, hello->limits->max_lease_ms);
  return (guint) CLAMP (lease_ms, 1, G_MAXINT);
}

gboolean
vss_run_drain (VssRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssWirePrepareForSnapshotResult) prepared = NULL;

  run->lease_ms = lease_of (run);
  run->set->lease_ms = run->lease_ms;
  prepared = vss_guest_prepare (run->guest, run->set->id,
                                (const char *const *) run->mount_points, DRAIN_TIMEOUT_MS,
                                run->options->writers,
                                vss_run_has_writers (run) ? VSS_WRITERS_PREPARE_SNAPSHOT_MS : 0,
                                cancellable, error);
  if (prepared == NULL)
    return FALSE;
  run->generation = prepared->generation;
  return vss_run_note_prepared_writers (run, prepared->writers, error);
}

static gint64
lease_left_ms (VssRun *run)
{
  gint64 left_ms
      = vss_lease_left_ms (run->frozen->lease_end_ms, run->frozen->boot_time_ms, run->lease_ms);

  return left_ms - (g_get_monotonic_time () - run->frozen_at_us) / 1000;
}

/* NULL if the lease covers the commit, else in words what is wrong with it. */
static char *
check_lease (VssRun *run)
{
  gint64 needed_ms = COMMIT_MS + (gint64) COMMIT_DISK_MS * run->set->disks->len;
  g_autoptr (VssWireLeaseResult) renewed = NULL;
  g_autoptr (GError) error = NULL;

  if (!vss_guest_has_lease (run->guest) || lease_left_ms (run) >= needed_ms)
    return NULL;
  renewed = vss_guest_renew_lease (run->guest, run->generation, run->lease_ms, &error);
  if (renewed == NULL)
    return g_strdup_printf ("the lease is too short for the commit: %s", error->message);
  run->frozen->lease_end_ms = renewed->lease_end_ms;
  run->frozen->boot_time_ms = renewed->boot_time_ms;
  run->frozen_at_us = g_get_monotonic_time ();
  if (lease_left_ms (run) >= needed_ms)
    return NULL;
  return g_strdup_printf ("a lease of %u ms is too short for a commit of %u disks, which may take "
                          "%" G_GINT64_FORMAT " ms; ask for a longer one",
                          run->lease_ms, run->set->disks->len, needed_ms);
}

/* Whatever is wrong already is not going to be better after the commit. */
static gboolean
check_frozen (VssRun *run, GError **error)
{
  g_autofree char *weakness = NULL;

  if (run->frozen->generation != run->generation)
    {
      g_set_error (error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT,
                   "the guest froze generation %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT,
                   run->frozen->generation, run->generation);
      return FALSE;
    }
  if (may_be_weak (run))
    return TRUE;
  weakness = vss_hold_find_gap (run->frozen->volumes, (const char *const *) run->mount_points);
  if (weakness == NULL)
    weakness = check_lease (run);
  return weakness == NULL || refuse_weakness (run, weakness, error);
}

/* A freeze that takes most of its lease leaves too little for the commit: given up before. */
static guint
freeze_timeout_of (const VssRun *run)
{
  return MAX (MIN (FREEZE_TIMEOUT_MS, run->lease_ms - run->lease_ms / 4), 1);
}

gboolean
vss_run_freeze (VssRun *run, GCancellable *cancellable, GError **error)
{
  run->frozen = vss_guest_freeze (run->guest, run->generation,
                                  freeze_timeout_of (run), run->lease_ms,
                                  vss_run_has_writers (run) ? VSS_WRITERS_FREEZE_MS : 0,
                                  cancellable, error);
  run->frozen_at_us = g_get_monotonic_time ();
  return run->frozen != NULL && vss_run_note_frozen_writers (run, run->frozen->writers, error)
         && check_frozen (run, error);
}

/* -- commit -- */

gboolean
vss_run_commit (VssRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssLeaseKeeper) keeper = NULL;
  gint64 begin_us;

  if (run->frozen != NULL && vss_guest_has_lease (run->guest))
    keeper = vss_lease_keeper_start (run->guest, run->generation, run->lease_ms,
                                     MAX (lease_left_ms (run), 1));
  begin_us = g_get_monotonic_time ();
  run->committed = vss_provider_commit (run->provider, run->set, error);
  run->set->commit_us = g_get_monotonic_time () - begin_us;
  run->set->created_us = g_get_real_time ();
  return run->committed;
}

/* -- thaw -- */

gboolean
vss_run_abort_guest (VssRun *run, GError **error)
{
  g_autoptr (VssWireThawResult) thawed = NULL;

  if (run->released)
    return TRUE;
  run->released = TRUE;
  thawed = vss_guest_abort (run->guest, run->set->id, error);
  /* A guest that can't be told is hung up on, which thaws as well. */
  if (thawed == NULL)
    vss_guest_close (run->guest);
  return thawed != NULL;
}

/* Asks for the thaw, and makes sure of it if there is no answer. */
static VssWireThawResult *
thaw (VssRun *run, GError **error)
{
  g_autoptr (GError) abort_error = NULL;
  VssWireThawResult *thawed = vss_guest_thaw (run->guest, run->generation, error);

  if (thawed == NULL && !vss_run_abort_guest (run, &abort_error))
    g_info ("%s", abort_error->message);
  return thawed;
}

gboolean
vss_run_thaw (VssRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (VssWireThawResult) thawed = NULL;
  g_autoptr (GError) failure = NULL;

  thawed = thaw (run, &failure);
  vss_hold_prove (run->set, (const char *const *) run->mount_points, run->generation, thawed,
                  failure != NULL ? failure->message : NULL);
  if (g_error_matches (failure, VSS_ERROR, VSS_E_REBOOT_REQUIRED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (run->set->consistency >= VSS_CONSISTENCY_FILESYSTEM)
    vss_run_note_caveat (run);
  if (run->set->consistency < VSS_CONSISTENCY_FILESYSTEM && !may_be_weak (run))
    return refuse_weakness (run, run->set->weakness, error);
  return vss_run_prove_writers (run, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path of one snapshot set: the table of steps and the driver that walks it, forth and, when
 * something fails, back. Called on a worker thread. */
#include "host-lib/coordinator/vss-snapshot-run-private.h"

#include "host-lib/coordinator/vss-writer-proof.h"
#include "host-lib/vss-set-writer.h"
#include "host-lib/vss-snapshot-set-private.h"

#include <gio/gio.h>

/* Lease of the owner while the set is made. It isn't renewed in that time, since a renewal would
 * take the domain's job lock within the freeze; so it covers the longest way through all steps. A
 * process that died is recognised sooner on its own host. */
#define RUN_OWNER_LEASE_US (10 * 60 * G_USEC_PER_SEC)

typedef gboolean (*StepFunc) (VssRun *run, GCancellable *cancellable, GError **error);
typedef gboolean (*UndoFunc) (VssRun *run, GError **error);

typedef struct
{
  const char *phase;
  StepFunc run;
  UndoFunc undo; /* nullable */
  gboolean undo_if_failed; /* a failed step may have done its work all the same */
  gboolean cancellable; /* may be given up before and within it */
  gboolean of_guest; /* left out where nothing is frozen */
} Step;

gboolean
vss_context_is_kept (gint context)
{
  return (context & VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE) != 0;
}

/* -- steps outside of the window -- */

/* @user_data: element-type utf8; each id once. */
static void
on_recovered (const char *snapshot_set_id, const char *what, gpointer user_data)
{
  GPtrArray *ids = user_data;

  g_info ("leftover of snapshot set %s: %s", snapshot_set_id, what);
  if (!g_ptr_array_find_with_equal_func (ids, snapshot_set_id, g_str_equal, NULL))
    g_ptr_array_add (ids, g_strdup (snapshot_set_id));
}

static gboolean
recover (VssRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  gboolean whole
      = vss_provider_recover (run->provider, on_recovered, ids, cancellable, error);

  /* A dead requester's writers still wait for it. */
  for (guint i = 0; i < ids->len; i++)
    vss_run_shut_writers_down (run, g_ptr_array_index (ids, i));
  return whole;
}

static gboolean
make_overlays (VssRun *run, GCancellable *cancellable, GError **error)
{
  vss_set_owner_fill (&run->set->owner, run->options->requester, RUN_OWNER_LEASE_US);
  return vss_provider_prepare (run->provider, run->set, cancellable, error);
}

static gboolean
pre_commit (VssRun *run, GCancellable *cancellable, GError **error)
{
  vss_set_owner_fill (&run->set->owner, run->options->requester, RUN_OWNER_LEASE_US);
  return vss_provider_pre_commit (run->provider, run->set, error);
}

/* The guest first: the next requester waits for it. */
static gboolean
finish (VssRun *run, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) warning = NULL;

  if (run->frozen != NULL && !run->released)
    {
      run->released = TRUE;
      if (!vss_run_tell_post_snapshot (run, &warning))
        {
          g_debug ("%s", warning->message);
          g_clear_error (&warning);
          vss_guest_close (run->guest);
        }
    }
  /* The end of the session tells those that were prepared. */
  if (run->frozen == NULL)
    vss_set_writers_unselect (run->set->writers);
  vss_set_owner_fill (&run->set->owner, run->options->requester, VSS_OWNER_LEASE_US);
  if (!vss_provider_post_commit (run->provider, run->set, error))
    {
      if (run->frozen != NULL && vss_run_has_writers (run))
        vss_run_shut_writers_down (run, run->set->id);
      return FALSE;
    }
  /* Nobody's any more; if that can't be recorded, the lease runs out by itself. */
  if (vss_context_is_kept (run->set->context)
      && !vss_provider_release_owner (run->provider, run->set, &warning))
    g_info ("snapshot set %s keeps its owner for a minute: %s", run->set->id,
               warning->message);
  return TRUE;
}

static gboolean
roll_back (VssRun *run, GError **error)
{
  if (run->options->phase != NULL)
    run->options->phase ("rollback", run->set->id, run->options->phase_data);
  return vss_provider_rollback (run->provider, run->set, error);
}

/* In this order, undone backwards: the guest is always thawed before the host is tidied up.
 * Nothing may be given up any more once the commit was tried. */
static const Step steps[] = {
  { "recover", recover, NULL, FALSE, TRUE, FALSE },
  { "preflight", vss_run_preflight, NULL, FALSE, TRUE, FALSE },
  { "overlays", make_overlays, roll_back, FALSE, TRUE, FALSE },
  { "drain", vss_run_drain, vss_run_abort_guest, TRUE, TRUE, TRUE },
  { "pre-commit", pre_commit, NULL, FALSE, TRUE, FALSE },
  { "freeze", vss_run_freeze, NULL, FALSE, TRUE, TRUE },
  { "commit", vss_run_commit, NULL, FALSE, TRUE, FALSE },
  { "thaw", vss_run_thaw, NULL, FALSE, FALSE, TRUE },
  { "finish", finish, NULL, FALSE, FALSE, FALSE },
};

/* -- the driver -- */

/* Undoes the first @count steps. Everything is tried, and what fails is added to @error. */
static void
undo (VssRun *run, guint count, GError **error)
{
  while (count-- > 0)
    {
      g_autoptr (GError) failure = NULL;

      if (steps[count].undo == NULL || (steps[count].of_guest && run->no_freeze != NULL)
          || steps[count].undo (run, &failure))
        continue;
      g_info ("undoing snapshot set %s: %s", run->set->id, failure->message);
      /* A guest that can't be brought back weighs more than what had gone wrong before. */
      if (g_error_matches (failure, VSS_ERROR, VSS_E_REBOOT_REQUIRED))
        g_prefix_error (&failure, "%s; and then: ", (*error)->message);
      else
        g_prefix_error (&failure, "%s; undoing it was not complete: ", (*error)->message);
      if (!g_error_matches (failure, VSS_ERROR, VSS_E_REBOOT_REQUIRED))
        {
          failure->domain = (*error)->domain;
          failure->code = (*error)->code;
        }
      g_error_free (*error);
      *error = g_steal_pointer (&failure);
    }
}

static gboolean
walk (VssRun *run, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      const Step *step = &steps[i];
      GError *failure = NULL;

      if (step->cancellable && g_cancellable_set_error_if_cancelled (cancellable, &failure))
        {
          undo (run, i, &failure);
          g_propagate_error (error, failure);
          return FALSE;
        }
      if (step->of_guest && run->no_freeze != NULL)
        continue;
      if (run->options->phase != NULL)
        run->options->phase (step->phase, run->set->id, run->options->phase_data);
      if (!step->run (run, step->cancellable ? cancellable : NULL, &failure))
        {
          undo (run, step->undo_if_failed ? i + 1 : i, &failure);
          g_propagate_error (error, failure);
          return FALSE;
        }
    }
  return TRUE;
}

static void
run_init (VssRun *run, const VssRunOptions *options, VssSnapshotSet *set)
{
  *run = (VssRun){ 0 };
  run->options = options;
  run->provider = options->provider;
  run->guest = set->policy != VSS_POLICY_CRASH ? options->guest : NULL;
  run->set = set;
  if (set->policy == VSS_POLICY_CRASH)
    run->no_freeze = g_strdup ("no freeze was asked for");
  else if (run->guest == NULL)
    run->no_freeze = g_strdup (options->no_guest != NULL ? options->no_guest : "no agent");
}

static void
run_clear (VssRun *run)
{
  g_strfreev (run->mount_points);
  g_free (run->no_freeze);
  g_clear_pointer (&run->frozen, vss_wire_freeze_result_free);
}

gboolean
vss_snapshot_run (const VssRunOptions *options,
                  VssSnapshotSet *set,
                  GCancellable *cancellable,
                  GError **error)
{
  VssRun run;
  gboolean made;

  run_init (&run, options, set);
  made = walk (&run, cancellable, error);
  run_clear (&run);
  return made;
}

gboolean
vss_snapshot_run_preview (const VssRunOptions *options,
                          VssSnapshotSet *set,
                          GCancellable *cancellable,
                          GError **error)
{
  VssRun run;
  gboolean possible;

  run_init (&run, options, set);
  possible = vss_run_inspect (&run, cancellable, error);
  run_clear (&run);
  return possible;
}

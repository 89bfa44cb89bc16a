/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of the guest's writers in a run. A writer's failure is not the set's: it lowers the
 * level, and only a policy that needs the level makes it an error. A transaction manager's missed
 * limit is an error of its own, as in VSS. On the run's worker thread. */
#include "host-lib/coordinator/vss-writer-proof.h"

#include "host-lib/guest/vss-writer-limits.h"
#include "host-lib/vss-set-writer.h"

gboolean
vss_run_has_writers (VssRun *run)
{
  return run->guest != NULL && vss_set_writers_count_selected (run->set->writers) > 0;
}

static gboolean
is_at (const VssSetWriter *writer, VssWriterState state)
{
  return writer->selected && writer->failure == VSS_S_OK && writer->state == state;
}

/* -- in words -- */

static char *
describe (const VssSetWriter *writer)
{
  const char *code = vss_error_to_name (writer->failure);

  if (writer->failure == VSS_S_OK)
    return g_strdup_printf ("writer '%s' did not come through the freeze: it is in state %s",
                            writer->name, vss_writer_state_to_string (writer->state));
  return g_strdup_printf ("writer '%s' failed (%s, %s)%s%s", writer->name,
                          vss_writer_state_to_string (writer->state),
                          code != NULL ? code : "unknown code", writer->message != NULL ? ": " : "",
                          writer->message != NULL ? writer->message : "");
}

/* The first selected writer that has failed. */
static const VssSetWriter *
find_failed (GPtrArray *writers)
{
  for (guint i = 0; i < writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (writers, i);

      if (writer->selected && writer->failure != VSS_S_OK)
        return writer;
    }
  return NULL;
}

/* The first selected writer that didn't take part whole. */
static const VssSetWriter *
find_missing (GPtrArray *writers)
{
  for (guint i = 0; i < writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (writers, i);

      if (writer->selected && !writer->took_part)
        return writer;
    }
  return NULL;
}

/* -- decisions -- */

/* A transaction manager that stands in @state because it missed a limit. */
static gboolean
check_managers (VssRun *run, VssWriterState state, gint code, GError **error)
{
  for (guint i = 0; i < run->set->writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (run->set->writers, i);
      g_autofree char *what = NULL;

      if (!writer->selected || !writer->transaction_manager || writer->state != state ||
          (writer->failure != VSS_E_WRITERERROR_TIMEOUT &&
           writer->failure != VSS_E_WRITER_NOT_RESPONDING))
        continue;
      what = describe (writer);
      g_set_error (error, VSS_ERROR, code,
                   "the transactions of the guest could not be held together: %s; look at that "
                   "application in the guest, and try again",
                   what);
      return FALSE;
    }
  return TRUE;
}

static gboolean
refuse_writer (VssRun *run, const VssSetWriter *writer, GError **error)
{
  g_autofree char *what = describe (writer);

  g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
               "policy %s was not met: %s; mend that in the guest, leave the writer out, or ask "
               "for less with policy report",
               vss_policy_to_string (run->set->policy), what);
  return FALSE;
}

/* @writer: nullable; the one that is amiss. */
static gboolean
decide (VssRun *run, const VssSetWriter *writer, GError **error)
{
  return writer == NULL || run->set->policy != VSS_POLICY_REQUIRE_APPLICATION ||
         refuse_writer (run, writer, error);
}

gboolean
vss_run_note_prepared_writers (VssRun *run, GPtrArray *statuses, GError **error)
{
  if (!vss_run_has_writers (run))
    return TRUE;
  vss_set_writers_update (run->set->writers, statuses);
  return decide (run, find_failed (run->set->writers), error);
}

/* Who is at rest now may have taken part; it is proven after the thaw. */
gboolean
vss_run_note_frozen_writers (VssRun *run, GPtrArray *statuses, GError **error)
{
  if (!vss_run_has_writers (run))
    return TRUE;
  vss_set_writers_update (run->set->writers, statuses);
  for (guint i = 0; i < run->set->writers->len; i++)
    {
      VssSetWriter *writer = g_ptr_array_index (run->set->writers, i);

      writer->took_part = is_at (writer, VSS_WS_WAITING_FOR_THAW);
    }
  return check_managers (run, VSS_WS_FAILED_AT_FREEZE, VSS_E_TRANSACTION_FREEZE_TIMEOUT, error) &&
         decide (run, find_missing (run->set->writers), error);
}

/* -- after the thaw -- */

/* A guest that can't tell any more has no writers that are known to be good. */
static void
ask (VssRun *run)
{
  g_autoptr (VssWireWriterStatusResult) result = NULL;
  g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  if (!run->released)
    result = vss_guest_gather_writer_status (run->guest, run->set->id, VSS_WRITERS_THAW_MS, NULL,
                                             &error);
  if (error != NULL)
    g_info ("%s", error->message);
  vss_set_writers_update (run->set->writers, result != NULL ? result->writers : nothing);
}

static void
note_who_took_part (GPtrArray *writers)
{
  for (guint i = 0; i < writers->len; i++)
    {
      VssSetWriter *writer = g_ptr_array_index (writers, i);

      writer->took_part = writer->took_part && is_at (writer, VSS_WS_WAITING_FOR_POST_SNAPSHOT);
    }
}

gboolean
vss_run_prove_writers (VssRun *run, GError **error)
{
  VssSnapshotSet *set = run->set;
  const VssSetWriter *missing;

  if (!vss_run_has_writers (run))
    return TRUE;
  ask (run);
  note_who_took_part (set->writers);
  if (!check_managers (run, VSS_WS_FAILED_AT_THAW, VSS_E_TRANSACTION_THAW_TIMEOUT, error))
    return FALSE;
  missing = find_missing (set->writers);
  if (missing == NULL)
    {
      if (set->consistency == VSS_CONSISTENCY_FILESYSTEM)
        set->consistency = VSS_CONSISTENCY_APPLICATION;
      return TRUE;
    }
  if (!decide (run, missing, error))
    return FALSE;
  /* What is wrong with the file systems is wrong with everything. */
  if (set->consistency >= VSS_CONSISTENCY_FILESYSTEM)
    {
      g_free (set->weakness);
      set->weakness = describe (missing);
    }
  g_message ("snapshot set %s is not consistent for applications: %s", set->id,
             set->weakness != NULL ? set->weakness : missing->name);
  return TRUE;
}

/* -- the end -- */

gboolean
vss_run_tell_post_snapshot (VssRun *run, GError **error)
{
  gboolean any = vss_run_has_writers (run);
  g_autoptr (VssWireWriterStatusResult) result = vss_guest_post_snapshot (
      run->guest, run->set->id, any ? VSS_WRITERS_POST_SNAPSHOT_MS : 0, error);

  if (result == NULL)
    return FALSE;
  if (any)
    vss_set_writers_update (run->set->writers, result->writers);
  return TRUE;
}

void
vss_run_shut_writers_down (VssRun *run, const char *snapshot_set_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterStatusResult) result = NULL;

  if (run->guest == NULL)
    return;
  result = vss_guest_backup_shutdown (run->guest, snapshot_set_id, VSS_WRITERS_SHUTDOWN_MS, &error);
  if (result == NULL)
    g_info ("%s", error->message);
}

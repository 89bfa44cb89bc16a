/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of calls: each call in each state, against what VSS's pages and requesters in use ask
 * for, written down here a second time, as conditions instead of a table. */
#include "host-lib/requester/vss-sequence.h"

static gboolean
is_initialised (const VssSequence *s)
{
  return s->mode == VSS_MODE_BACKUP;
}

static gboolean
has_no_set_yet (const VssSequence *s)
{
  return s->set == VSS_SET_PROGRESS_NONE || s->set == VSS_SET_PROGRESS_OPEN;
}

static gboolean
was_gathered (const VssSequence *s)
{
  return s->gather == VSS_GATHER_DONE || s->gather == VSS_GATHER_FREED;
}

static gboolean
may_create (const VssSequence *s)
{
  return is_initialised (s) && s->kind != VSS_KIND_ALL && !s->pending;
}

static gboolean
is_expected (const VssSequence *s, VssCall call)
{
  switch (call)
    {
    case VSS_CALL_CREATE:
      return TRUE;
    case VSS_CALL_INITIALIZE_FOR_BACKUP:
      return s->mode == VSS_MODE_NONE;
    case VSS_CALL_SET_CONTEXT:
      return is_initialised (s) && !s->context_set && s->set == VSS_SET_PROGRESS_NONE
             && !s->pending;
    case VSS_CALL_SET_BACKUP_STATE:
      return is_initialised (s) && has_no_set_yet (s) && !s->prepared && !s->pending;
    case VSS_CALL_GATHER_WRITER_METADATA:
      return may_create (s) && has_no_set_yet (s) && s->gather == VSS_GATHER_NO;
    case VSS_CALL_GET_WRITER_METADATA_COUNT:
    case VSS_CALL_GET_WRITER_METADATA:
    case VSS_CALL_FREE_WRITER_METADATA:
    case VSS_CALL_GET_ABSENT_WRITERS:
      return is_initialised (s) && s->gather == VSS_GATHER_DONE;
    case VSS_CALL_ENABLE_WRITER_CLASSES:
    case VSS_CALL_DISABLE_WRITER_CLASSES:
    case VSS_CALL_DISABLE_WRITER_INSTANCES:
      return is_initialised (s);
    case VSS_CALL_ADD_COMPONENT:
      return may_create (s) && s->kind == VSS_KIND_WRITERS && was_gathered (s)
             && has_no_set_yet (s) && !s->prepared;
    case VSS_CALL_GATHER_WRITER_STATUS:
      return may_create (s) && was_gathered (s);
    case VSS_CALL_GET_WRITER_STATUS_COUNT:
    case VSS_CALL_GET_WRITER_STATUS:
    case VSS_CALL_GET_WRITER_STATUS_EX:
      return is_initialised (s) && s->status;
    case VSS_CALL_SET_BACKUP_SUCCEEDED:
      return may_create (s) && s->kind == VSS_KIND_WRITERS && s->set == VSS_SET_PROGRESS_DONE
             && !s->completed;
    case VSS_CALL_START_SNAPSHOT_SET:
      return may_create (s) && s->set == VSS_SET_PROGRESS_NONE;
    case VSS_CALL_ADD_TO_SNAPSHOT_SET:
    case VSS_CALL_DRY_RUN:
      return may_create (s) && s->set == VSS_SET_PROGRESS_OPEN;
    case VSS_CALL_PREPARE_FOR_BACKUP:
      return may_create (s) && s->kind == VSS_KIND_WRITERS && s->set == VSS_SET_PROGRESS_OPEN
             && s->state_set && !s->prepared && was_gathered (s);
    case VSS_CALL_DO_SNAPSHOT_SET:
      return may_create (s) && s->set == VSS_SET_PROGRESS_OPEN
             && (s->kind == VSS_KIND_NO_WRITERS || was_gathered (s));
    case VSS_CALL_BACKUP_COMPLETE:
      return may_create (s) && s->kind == VSS_KIND_WRITERS && s->set == VSS_SET_PROGRESS_DONE
             && s->prepared && !s->completed;
    case VSS_CALL_GET_SNAPSHOT_PROPERTIES:
    case VSS_CALL_ABORT_BACKUP:
      return is_initialised (s);
    case VSS_CALL_IS_VOLUME_SUPPORTED:
    case VSS_CALL_QUERY:
    case VSS_CALL_DELETE_SNAPSHOTS:
    case VSS_CALL_SAVE_AS_XML:
    case VSS_CALL_GET_SNAPSHOT_SET:
    case VSS_CALL_DELETE_SNAPSHOT_SET:
    case VSS_CALL_FREE_WRITER_STATUS:
      return is_initialised (s) && !s->pending;
    case VSS_CALL_SET_OPTION:
      return s->mode != VSS_MODE_CLOSED && has_no_set_yet (s) && !s->pending;
    case VSS_N_CALLS:
      break;
    }
  g_assert_not_reached ();
}

static VssSequence
state_of (guint number)
{
  VssSequence s;

  s.mode = number % (VSS_MODE_CLOSED + 1);
  number /= VSS_MODE_CLOSED + 1;
  s.kind = number % (VSS_KIND_ALL + 1);
  number /= VSS_KIND_ALL + 1;
  s.gather = number % (VSS_GATHER_FREED + 1);
  number /= VSS_GATHER_FREED + 1;
  s.set = number % (VSS_SET_PROGRESS_FAILED + 1);
  number /= VSS_SET_PROGRESS_FAILED + 1;
  s.context_set = number & 1;
  s.state_set = (number >> 1) & 1;
  s.prepared = (number >> 2) & 1;
  s.completed = (number >> 3) & 1;
  s.pending = (number >> 4) & 1;
  s.status = (number >> 5) & 1;
  return s;
}

#define N_STATES                                                                                  \
  ((VSS_MODE_CLOSED + 1) * (VSS_KIND_ALL + 1) * (VSS_GATHER_FREED + 1)                            \
   * (VSS_SET_PROGRESS_FAILED + 1) * 64)

static void
test_every_call_in_every_state (void)
{
  guint allowed = 0;

  for (guint number = 0; number < N_STATES; number++)
    {
      VssSequence state = state_of (number);

      for (VssCall call = 0; call < VSS_N_CALLS; call++)
        {
          g_autoptr (GError) error = NULL;
          gboolean may = vss_sequence_check (&state, call, &error);

          if (may != is_expected (&state, call))
            g_error ("%s in state %u: %s", vss_call_get_name (call), number,
                     may ? "allowed" : error->message);
          allowed += may;
          g_assert_true (may == (error == NULL));
          if (error == NULL)
            continue;
          g_assert_true (error->domain == VSS_ERROR);
          g_assert_true (vss_call_may_return (call, error->code));
          if (vss_call_may_return (call, VSS_E_BAD_STATE))
            g_assert_cmpint (error->code, ==, VSS_E_BAD_STATE);
          g_assert_nonnull (strstr (error->message, vss_call_get_name (call)));
        }
    }
  g_assert_cmpuint (allowed, >, 0);
}

/* What it says is what has to be done. */
static void
test_words (void)
{
  VssSequence state = { .mode = VSS_MODE_BACKUP };
  g_autoptr (GError) error = NULL;

  g_assert_false (vss_sequence_check (&state, VSS_CALL_DO_SNAPSHOT_SET, &error));
  g_assert_cmpstr (error->message, ==,
                   "DoSnapshotSet is out of order: no snapshot set was started; call "
                   "StartSnapshotSet first");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sequence/every-call-in-every-state", test_every_call_in_every_state);
  g_test_add_func ("/sequence/words", test_words);
  return g_test_run ();
}

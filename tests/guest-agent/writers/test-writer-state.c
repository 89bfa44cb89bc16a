/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every row of the table of writers' states: what a writer may be told, and where that leads. */
#include "guest-agent/writers/vss-writer-state.h"

typedef struct
{
  VssWireWriterState state;
  VssWireWriterEvent event;
  VssWireWriterState done;
  VssWireWriterState failed;
} Row;

#define ROW(state, event, done, failed)                                                            \
  {                                                                                                \
    VSS_WIRE_WRITER_STATE_##state, VSS_WIRE_WRITER_EVENT_##event, VSS_WIRE_WRITER_STATE_##done,    \
        VSS_WIRE_WRITER_STATE_##failed                                                             \
  }

/* The path of an operation. Everything else is refused, but for what holds of all states. */
static const Row rows[] = {
  ROW (STABLE, PREPARE_FOR_BACKUP, STABLE, FAILED_AT_PREPARE_BACKUP),
  ROW (STABLE, PREPARE_FOR_SNAPSHOT, WAITING_FOR_FREEZE, FAILED_AT_PREPARE_SNAPSHOT),
  ROW (STABLE, BACKUP_SHUTDOWN, STABLE, FAILED_AT_BACKUP_SHUTDOWN),
  ROW (STABLE, ABORT, STABLE, UNKNOWN),
  ROW (WAITING_FOR_FREEZE, FREEZE, WAITING_FOR_THAW, FAILED_AT_FREEZE),
  ROW (WAITING_FOR_FREEZE, BACKUP_SHUTDOWN, STABLE, FAILED_AT_BACKUP_SHUTDOWN),
  ROW (WAITING_FOR_FREEZE, ABORT, STABLE, UNKNOWN),
  ROW (WAITING_FOR_THAW, THAW, WAITING_FOR_POST_SNAPSHOT, FAILED_AT_THAW),
  ROW (WAITING_FOR_THAW, ABORT, STABLE, FAILED_AT_THAW),
  ROW (WAITING_FOR_POST_SNAPSHOT, POST_SNAPSHOT, WAITING_FOR_BACKUP_COMPLETE,
       FAILED_AT_POST_SNAPSHOT),
  ROW (WAITING_FOR_POST_SNAPSHOT, BACKUP_SHUTDOWN, STABLE, FAILED_AT_BACKUP_SHUTDOWN),
  ROW (WAITING_FOR_BACKUP_COMPLETE, BACKUP_COMPLETE, STABLE, FAILED_AT_BACKUP_COMPLETE),
  ROW (WAITING_FOR_BACKUP_COMPLETE, BACKUP_SHUTDOWN, STABLE, FAILED_AT_BACKUP_SHUTDOWN),
};

static const Row *
find_row (guint state, guint event)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].state == state && rows[i].event == event)
      return &rows[i];
  return NULL;
}

/* Told only how things end, and staying as it is. */
static gboolean
stays (guint state, guint event)
{
  gboolean is_end =
      event == VSS_WIRE_WRITER_EVENT_ABORT || event == VSS_WIRE_WRITER_EVENT_BACKUP_SHUTDOWN;

  return event == VSS_WIRE_WRITER_EVENT_IDENTIFY ||
         (is_end && (state == VSS_WIRE_WRITER_STATE_UNKNOWN || vss_writer_state_is_failed (state)));
}

static void
test_every_cell (void)
{
  for (guint state = 0; state < VSS_WRITER_N_STATES; state++)
    for (guint event = 0; event < VSS_WRITER_N_EVENTS; event++)
      {
        const Row *row = find_row (state, event);
        gboolean takes = row || stays (state, event);

        g_assert_cmpint (vss_writer_state_takes (state, event), ==, takes);
        for (guint outcome = 0; outcome < VSS_WRITER_N_OUTCOMES; outcome++)
          {
            VssWireWriterState expected = state;
            VssWireWriterState next = VSS_WIRE_WRITER_STATE_FAILED_AT_PRE_RESTORE;
            gboolean moved = vss_writer_state_next (state, event, outcome, &next);

            g_assert_cmpint (moved, ==, takes);
            if (row)
              expected = outcome == VSS_WRITER_OUTCOME_DONE ? row->done : row->failed;
            g_assert_cmpint (next, ==,
                             takes ? expected : VSS_WIRE_WRITER_STATE_FAILED_AT_PRE_RESTORE);
          }
      }
}

static void
test_identify_changes_nothing (void)
{
  for (guint state = 0; state < VSS_WRITER_N_STATES; state++)
    {
      VssWireWriterState next = VSS_WIRE_WRITER_STATE_UNKNOWN;

      g_assert_true (vss_writer_state_next (state, VSS_WIRE_WRITER_EVENT_IDENTIFY,
                                            VSS_WRITER_OUTCOME_FAILED, &next));
      g_assert_cmpint (next, ==, state);
    }
}

static void
test_only_rest_breaks (void)
{
  for (guint state = 0; state < VSS_WRITER_N_STATES; state++)
    {
      VssWireWriterState next = state;
      gboolean breaks = vss_writer_state_break (state, &next);

      g_assert_cmpint (breaks, ==, state == VSS_WIRE_WRITER_STATE_WAITING_FOR_THAW);
      g_assert_cmpint (next, ==, breaks ? VSS_WIRE_WRITER_STATE_FAILED_AT_THAW : state);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/writer-state/every-cell", test_every_cell);
  g_test_add_func ("/writer-state/identify-changes-nothing", test_identify_changes_nothing);
  g_test_add_func ("/writer-state/only-rest-breaks", test_only_rest_breaks);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path of an operation: what may follow what, and that it ends. */
#include "guest-agent/writers/vss-writer-phase.h"

typedef struct
{
  VssWriterCall call;
  VssWriterPhase phase;
} Step;

#define STEP(call, phase)                                                                          \
  {                                                                                                \
    VSS_WRITER_CALL_##call, VSS_WRITER_PHASE_##phase                                               \
  }

static const Step path[] = {
  STEP (PREPARE_BACKUP, BEGUN), STEP (PREPARE_SNAPSHOT, PREPARED), STEP (FREEZE, FREEZING),
  STEP (REST, AT_REST),         STEP (THAW, THAWED),               STEP (POST, POSTED),
  STEP (COMPLETE, COMPLETED),   STEP (SHUTDOWN, ENDED),
};

static void
test_path (void)
{
  VssWriterPhase phase = VSS_WRITER_PHASE_NEW;

  for (gsize i = 0; i < G_N_ELEMENTS (path); i++)
    {
      g_assert_true (vss_writer_phase_next (phase, path[i].call, &phase));
      g_assert_cmpint (phase, ==, path[i].phase);
    }
}

static gboolean
ends (VssWriterPhase phase)
{
  VssWriterPhase next = phase;

  return vss_writer_phase_next (phase, VSS_WRITER_CALL_SHUTDOWN, &next) &&
         next == VSS_WRITER_PHASE_ENDED;
}

/* Before Thaw it is given up first, and then it ends; after Thaw there is no giving up. */
static void
test_always_ends (void)
{
  for (guint phase = 0; phase < VSS_WRITER_N_PHASES; phase++)
    {
      VssWriterPhase next = phase;
      gboolean given_up = vss_writer_phase_next (phase, VSS_WRITER_CALL_GIVE_UP, &next);

      g_assert_cmpint (given_up, ==, phase < VSS_WRITER_PHASE_THAWED);
      if (given_up)
        g_assert_cmpint (next, ==, VSS_WRITER_PHASE_ABORTED);
      g_assert_cmpint (ends (next), ==, next != VSS_WRITER_PHASE_ENDED);
    }
}

/* Nobody is frozen twice, nor thawed without having been frozen. */
static void
test_once (void)
{
  for (guint phase = 0; phase < VSS_WRITER_N_PHASES; phase++)
    {
      VssWriterPhase next = phase;

      g_assert_cmpint (vss_writer_phase_next (phase, VSS_WRITER_CALL_FREEZE, &next), ==,
                       phase == VSS_WRITER_PHASE_PREPARED);
      next = phase;
      g_assert_cmpint (vss_writer_phase_next (phase, VSS_WRITER_CALL_THAW, &next), ==,
                       phase == VSS_WRITER_PHASE_AT_REST);
    }
}

static void
test_events (void)
{
  VssWriterCall call;

  g_assert_true (vss_writer_call_of_event (VSS_WIRE_WRITER_EVENT_FREEZE, &call));
  g_assert_cmpint (call, ==, VSS_WRITER_CALL_FREEZE);
  g_assert_false (vss_writer_call_of_event (VSS_WIRE_WRITER_EVENT_IDENTIFY, &call));
  g_assert_false (vss_writer_call_of_event (VSS_WIRE_WRITER_EVENT_THAW, &call));
  g_assert_false (vss_writer_call_of_event (VSS_WIRE_WRITER_EVENT_ABORT, &call));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/writer-phase/path", test_path);
  g_test_add_func ("/writer-phase/always-ends", test_always_ends);
  g_test_add_func ("/writer-phase/once", test_once);
  g_test_add_func ("/writer-phase/events", test_events);
  return g_test_run ();
}

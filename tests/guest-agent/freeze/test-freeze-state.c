/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks the table of states: what must be true of every one of them. */
#include "guest-agent/freeze/vss-freeze-state.h"

static gboolean
holds_something (VssWireFreezeState state)
{
  return state == VSS_WIRE_FREEZE_STATE_FREEZING || state == VSS_WIRE_FREEZE_STATE_FROZEN
         || state == VSS_WIRE_FREEZE_STATE_THAWING;
}

/* Whether @state leads to thawed without another set being prepared. */
static gboolean
leads_home (VssWireFreezeState state,
            guint              depth)
{
  if (state == VSS_WIRE_FREEZE_STATE_THAWED)
    {
      return TRUE;
    }
  for (guint event = 0; depth > 0 && event < VSS_FREEZE_N_EVENTS; event++)
    {
      VssWireFreezeState next;

      if (event != VSS_FREEZE_EVENT_PREPARE && vss_freeze_state_next (state, event, &next)
          && leads_home (next, depth - 1))
        {
          return TRUE;
        }
    }
  return FALSE;
}

static void
test_every_state_leads_home (void)
{
  for (guint state = 0; state < VSS_FREEZE_N_STATES; state++)
    {
      g_assert_true (leads_home (state, VSS_FREEZE_N_STATES));
    }
}

static void
test_nothing_frozen_is_forgotten (void)
{
  for (guint state = 0; state < VSS_FREEZE_N_STATES; state++)
    {
      for (guint event = 0; event < VSS_FREEZE_N_EVENTS; event++)
        {
          VssWireFreezeState next;

          if (holds_something (state) && vss_freeze_state_next (state, event, &next)
              && !holds_something (next))
            {
              /* The only way out. */
              g_assert_cmpint (state, ==, VSS_WIRE_FREEZE_STATE_THAWING);
              g_assert_cmpint (event, ==, VSS_FREEZE_EVENT_THAWED);
            }
        }
    }
}

static void
test_freezes_only_what_is_prepared (void)
{
  VssWireFreezeState next = VSS_WIRE_FREEZE_STATE_THAWED;

  for (guint state = 0; state < VSS_FREEZE_N_STATES; state++)
    {
      g_assert_cmpint (vss_freeze_state_next (state, VSS_FREEZE_EVENT_FREEZE, &next), ==,
                       state == VSS_WIRE_FREEZE_STATE_PREPARED);
    }
  g_assert_cmpint (next, ==, VSS_WIRE_FREEZE_STATE_FREEZING);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/freeze-state/every-state-leads-home", test_every_state_leads_home);
  g_test_add_func ("/freeze-state/nothing-frozen-is-forgotten", test_nothing_frozen_is_forgotten);
  g_test_add_func ("/freeze-state/freezes-only-what-is-prepared",
                   test_freezes_only_what_is_prepared);
  return g_test_run ();
}

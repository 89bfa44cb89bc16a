/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the freezer's states. */
#include "guest-agent/freeze/vss-freeze-state.h"

#define NO 0
#define TO(state) (VSS_WIRE_FREEZE_STATE_##state + 1)

/* One more than the next state, so that what isn't named is refused. */
static const guint8 table[VSS_FREEZE_N_STATES][VSS_FREEZE_N_EVENTS] = {
  [VSS_WIRE_FREEZE_STATE_THAWED] = {
    [VSS_FREEZE_EVENT_PREPARE] = TO (PREPARING),
  },
  [VSS_WIRE_FREEZE_STATE_PREPARING] = {
    [VSS_FREEZE_EVENT_PREPARED] = TO (PREPARED),
    [VSS_FREEZE_EVENT_GIVE_UP] = TO (THAWED),
  },
  [VSS_WIRE_FREEZE_STATE_PREPARED] = {
    [VSS_FREEZE_EVENT_PREPARE] = TO (PREPARING),
    [VSS_FREEZE_EVENT_GIVE_UP] = TO (THAWED),
    [VSS_FREEZE_EVENT_FREEZE] = TO (FREEZING),
    [VSS_FREEZE_EVENT_CANCEL] = TO (HELD),
    [VSS_FREEZE_EVENT_FINISH] = TO (THAWED),
  },
  [VSS_WIRE_FREEZE_STATE_FREEZING] = {
    [VSS_FREEZE_EVENT_FROZEN] = TO (FROZEN),
    [VSS_FREEZE_EVENT_THAW] = TO (THAWING),
  },
  [VSS_WIRE_FREEZE_STATE_FROZEN] = {
    [VSS_FREEZE_EVENT_THAW] = TO (THAWING),
  },
  [VSS_WIRE_FREEZE_STATE_THAWING] = {
    [VSS_FREEZE_EVENT_THAWED] = TO (HELD),
    [VSS_FREEZE_EVENT_THAW_FAILED] = TO (FROZEN),
  },
  [VSS_WIRE_FREEZE_STATE_HELD] = {
    [VSS_FREEZE_EVENT_PREPARE] = TO (PREPARING),
    [VSS_FREEZE_EVENT_GIVE_UP] = TO (THAWED),
    [VSS_FREEZE_EVENT_FINISH] = TO (THAWED),
  },
};

gboolean
vss_freeze_state_next (VssWireFreezeState  state,
                       VssFreezeEvent      event,
                       VssWireFreezeState *next)
{
  guint8 entry = table[state][event];

  if (entry == NO)
    {
      return FALSE;
    }
  *next = (VssWireFreezeState) (entry - 1);
  return TRUE;
}

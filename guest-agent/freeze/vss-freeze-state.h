/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path of a snapshot set through the freezer, as a table: which event takes which state to
 * which. Read by the freezer, walked by its test. */
#pragma once

#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

typedef enum
{
  VSS_FREEZE_EVENT_PREPARE, /* vss-prepare-for-snapshot */
  VSS_FREEZE_EVENT_PREPARED, /* opened and drained */
  VSS_FREEZE_EVENT_GIVE_UP, /* before anything was frozen: forget what is prepared */
  VSS_FREEZE_EVENT_FREEZE, /* vss-freeze */
  VSS_FREEZE_EVENT_CANCEL, /* the generation is spent without a freeze */
  VSS_FREEZE_EVENT_FROZEN, /* all levels are done */
  VSS_FREEZE_EVENT_THAW, /* asked for, or the lease is over, or the guard is lost */
  VSS_FREEZE_EVENT_THAWED, /* nothing is frozen any more */
  VSS_FREEZE_EVENT_THAW_FAILED, /* something still is */
  VSS_FREEZE_EVENT_FINISH, /* vss-post-snapshot */
  VSS_FREEZE_N_EVENTS
} VssFreezeEvent;

#define VSS_FREEZE_N_STATES (VSS_WIRE_FREEZE_STATE_HELD + 1)

/* FALSE if @event has no place in @state; @next is untouched then. */
gboolean vss_freeze_state_next (VssWireFreezeState state,
                                VssFreezeEvent event,
                                VssWireFreezeState *next);

G_END_DECLS

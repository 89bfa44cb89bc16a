/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The freezer from inside; its source is cut by phase: vss-freezer.c (what is always there),
 * -recover.c, -prepare.c, -freeze.c, -thaw.c. Everything on the main thread. */
#pragma once

#include "guest-agent/freeze/vss-event-fd.h"
#include "guest-agent/freeze/vss-freeze-plan.h"
#include "guest-agent/freeze/vss-freeze-state.h"
#include "guest-agent/freeze/vss-freezer.h"
#include "guest-agent/freeze/vss-fs-hold.h"

G_BEGIN_DECLS

/* What the threads were last told to do; the next step follows when none is busy any more. */
typedef enum
{
  VSS_FREEZER_STEP_NONE,
  VSS_FREEZER_STEP_OPEN,
  VSS_FREEZER_STEP_DRAIN,
  VSS_FREEZER_STEP_FLUSH,
  VSS_FREEZER_STEP_ARM, /* the guard was told to arm; no thread is at it */
  VSS_FREEZER_STEP_LEVEL,
  VSS_FREEZER_STEP_THAW,
} VssFreezerStep;

typedef struct
{
  const VssFreezePlanEntry *entry;
  VssFsHold *hold; /* NULL if there is nothing to do for it */
  gboolean to_freeze; /* the guard has its descriptor and the record names it */
  gboolean dropped; /* both were told that it isn't ours */
} VssFreezerVolume;

struct _VssFreezer
{
  GObject parent_instance;

  VssFreezerConfig config;
  char *record_path;
  VssKernel *kernel;
  VssGuardClient *guard;
  GMainContext *context;
  VssEventFd *event;
  GSource *event_source;
  GPtrArray *stuck; /* (element-type VssFsHold): dismissed, but still inside a call */

  VssWireFreezeState state;
  VssFreezerStep step;
  gint64 last_generation;
  GSource *timer; /* of the command under way: prepare's or freeze's limit */
  GSource *lease_timer;

  /* the set under way */
  gint64 generation; /* 0 if none */
  char *set_id;
  char *requester;
  gint64 since_ms;
  VssFreezePlan *plan;
  GPtrArray *volumes; /* (element-type VssFreezerVolume) */

  /* prepare */
  GTask *prepare_task;
  gint64 prepare_end_us;
  gint64 round_start_us;
  GArray *drain_us;

  /* freeze */
  GTask *freeze_task;
  gboolean (*session_is_alive) (gpointer user_data);
  gpointer session_data;
  gint64 deadline_ms;
  gint64 lease_end_ms;
  gint64 max_lease_end_ms;
  gint64 freeze_start_us;
  guint level;
  gboolean armed;
  gboolean recorded;
  gboolean holding; /* vss_freezer_is_frozen() */
  int rcu_expedited; /* what to restore, negative if nothing */

  /* thaw */
  GPtrArray *thaw_tasks; /* (element-type GTask) */
  char *thaw_reason; /* why unasked; NULL if asked for */
  VssWireErrorClass freeze_failure; /* what the freeze under way fails with */
  gboolean lease_expired;
  gboolean forget; /* vss-abort: the set is given up */
  VssWireThawResult *last_result;
};

/* vss-freezer.c */
gboolean vss_freezer_move (VssFreezer *self, VssFreezeEvent event);
gint64 vss_freezer_now_ms (VssFreezer *self);
gboolean vss_freezer_is_any_busy (VssFreezer *self);
void vss_freezer_clear_source (GSource **source);
void vss_freezer_set_timer (VssFreezer *self,
                            GSource **timer,
                            gint64 at_us,
                            GSourceFunc callback);
/* Dismisses the threads and forgets the set, but not the last result. */
void vss_freezer_forget_set (VssFreezer *self);
/* FALSE becomes TRUE and back, with the signal. */
void vss_freezer_set_holding (VssFreezer *self, gboolean holding);
/* (transfer full): what is, was or would be achieved for @volume */
VssWireHoldResult *vss_freezer_describe (const VssFreezerVolume *volume);

/* vss-freezer-prepare.c */
void vss_freezer_prepare_advance (VssFreezer *self);
/* Ends a prepare under way with an error. */
void vss_freezer_prepare_fail (VssFreezer *self, GError *error);

/* vss-freezer-freeze.c */
void vss_freezer_freeze_advance (VssFreezer *self);
/* Thaws by itself at the lease's end, should the guard not have done it. */
void vss_freezer_watch_lease (VssFreezer *self);

/* vss-freezer-thaw.c */
/* @reason: why unasked (taken), NULL if asked for. */
void vss_freezer_begin_thaw (VssFreezer *self, char *reason);
void vss_freezer_thaw_advance (VssFreezer *self);
/* Nothing is frozen any more: disarms the guard, restores what was set, removes the record. */
void vss_freezer_end_holds (VssFreezer *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds the guest's file systems still for one snapshot set at a time and proves it: drain,
 * parallel FIFREEZE, sentinels, lease, parallel FITHAW. Owned by the agent; its functions are
 * called on the main thread and complete there, the kernel's calls run in threads of their own.
 * Results are the wire's own types: what a command answers is what the freezer found. */
#pragma once

#include <gio/gio.h>

#include "qapi/vss-wire-types.h"

#include "guest-agent/freeze/vss-kernel.h"
#include "guest-agent/guard/vss-guard-client.h"

G_BEGIN_DECLS

#define VSS_TYPE_FREEZER (vss_freezer_get_type ())
G_DECLARE_FINAL_TYPE (VssFreezer, vss_freezer, VSS, FREEZER, GObject)

#define VSS_FREEZER_ERROR (vss_freezer_error_quark ())
/* The codes are the wire's: a #VssWireErrorClass. */
GQuark vss_freezer_error_quark (void);

typedef struct
{
  guint default_lease_ms;
  guint max_lease_ms;
  guint max_volumes;
  guint drain_rounds;
  const char *record_path; /* the freeze record, in /run */
} VssFreezerConfig;

/* @kernel: the system calls (a fake in unit tests). @guard: the thaw guard's client; nothing is
 * frozen while it has no guard. Both are kept by reference. */
VssFreezer *vss_freezer_new (const VssFreezerConfig *config,
                             VssKernel *kernel,
                             VssGuardClient *guard);

/* Undoes what a former agent left: thaws what its record names, restores rcu_expedited, removes
 * the record. Returns what was found and undone as a sentence, NULL if there was nothing.
 * Blocks (start-up only). */
char *vss_freezer_recover (VssFreezer *self, GError **error);

void vss_freezer_prepare_async (VssFreezer *self,
                                const VssWirePrepareForSnapshotArguments *arguments,
                                const char *requester,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
VssWirePrepareForSnapshotResult *vss_freezer_prepare_finish (VssFreezer *self,
                                                             GAsyncResult *result,
                                                             GError **error);

/* Whether vss_freezer_freeze_async() would go ahead now: generation, state and deadline. Changes
 * nothing. */
gboolean vss_freezer_may_freeze (VssFreezer *self,
                                 const VssWireFreezeArguments *arguments,
                                 GError **error);

/* @session_is_alive: called on the main thread right before the first FIFREEZE, in the same
 * dispatch: FALSE refuses the freeze (the host has hung up meanwhile). */
void vss_freezer_freeze_async (VssFreezer *self,
                               const VssWireFreezeArguments *arguments,
                               gboolean (*session_is_alive) (gpointer user_data),
                               GAsyncReadyCallback callback,
                               gpointer user_data);
VssWireFreezeResult *vss_freezer_freeze_finish (VssFreezer *self,
                                                GAsyncResult *result,
                                                GError **error);

VssWireLeaseResult *vss_freezer_renew_lease (VssFreezer *self,
                                             const VssWireRenewLeaseArguments *arguments,
                                             GError **error);

/* Thaw and abort are valid in every state, also while prepare or freeze is under way (those then
 * complete with an error once the kernel lets them). */
void vss_freezer_thaw_async (VssFreezer *self,
                             const VssWireThawArguments *arguments,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
void vss_freezer_abort_async (VssFreezer *self,
                              const VssWireAbortArguments *arguments,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* of both */
VssWireThawResult *vss_freezer_thaw_finish (VssFreezer *self,
                                            GAsyncResult *result,
                                            GError **error);

gboolean vss_freezer_post_snapshot (VssFreezer *self,
                                    const char *snapshot_set_id,
                                    GError **error);

VssWireFreezeStatusResult *vss_freezer_get_status (VssFreezer *self);

/* Whether log lines must stay in memory for now: from right before the first FIFREEZE until
 * everything is thawed. */
gboolean vss_freezer_is_frozen (VssFreezer *self);

/* While and right after something is thawed, "notify-frozen" included: why, if nobody has asked for
 * it; else NULL. */
const char *vss_freezer_get_unasked_reason (VssFreezer *self);

/* Signals (main thread):
 * "thawed" (gint64 generation, const char *reason): thawed without being asked.
 * "notify-frozen" (gboolean frozen): vss_freezer_is_frozen() has changed. */

G_END_DECLS

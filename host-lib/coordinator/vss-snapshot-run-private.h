/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the steps of a run share. Only the run's own files include it. */
#pragma once

#include "host-lib/coordinator/vss-snapshot-run.h"

G_BEGIN_DECLS

typedef struct
{
  const VssRunOptions *options;
  VssProvider *provider;
  VssGuest *guest; /* nullable: nothing is frozen */
  VssSnapshotSet *set;
  GStrv mount_points; /* of all file systems on the set's disks */
  char *no_freeze; /* nullable: why nothing is frozen */
  gint64 generation;
  guint lease_ms;
  VssWireFreezeResult *frozen; /* nullable before the freeze */
  gint64 frozen_at_us; /* our clock when the guest's answer came */
  gboolean committed; /* the commit returned success */
  gboolean released; /* the guest was told: thawed and free, or aborted */
} VssRun;

/* The file systems, the disks, and what the provider says of them: everything that is found goes
 * into the set's findings, with the level that can be expected (NONE if one is fatal). FALSE only
 * if it could not be looked at all. */
gboolean vss_run_inspect (VssRun *run, GCancellable *cancellable, GError **error);
/* The same, and fails if a finding is fatal. */
gboolean vss_run_preflight
 (VssRun *run, GCancellable *cancellable, GError **error);

/* Notes what the guest that holds the set can't do, unless something worse is noted. */
void vss_run_note_caveat (VssRun *run);

/* The window. */
gboolean vss_run_drain (VssRun *run, GCancellable *cancellable, GError **error);
gboolean vss_run_freeze (VssRun *run, GCancellable *cancellable, GError **error);
gboolean vss_run_commit (VssRun *run, GCancellable *cancellable, GError **error);
gboolean vss_run_thaw (VssRun *run, GCancellable *cancellable, GError **error);
/* Thaws and frees the guest, if it was not told yet. Gives up with a hang-up. */
gboolean vss_run_abort_guest (VssRun *run, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path of one snapshot set, from looking for leftovers to the finished record: a table of
 * steps, each with its undo. Called by the requester's object on a worker thread; one run at a
 * time for a provider and a guest. */
#pragma once

#include "host-lib/guest/vss-guest.h"
#include "host-lib/providers/vss-provider.h"

G_BEGIN_DECLS

/* Lease of the owner in the record of a finished set that lives with its object, which renews it
 * three times in that time: two renewals may fail. */
#define VSS_OWNER_LEASE_US (60 * G_USEC_PER_SEC)

/* Called right before a phase begins; @object is nullable. */
typedef void (*VssRunPhaseFunc) (const char *phase, const char *object, gpointer user_data);

typedef struct
{
  VssProvider *provider;
  VssGuest *guest; /* nullable: nothing is frozen; else open */
  const char *no_guest; /* nullable: why there is none, for the record */
  const char *const *writers; /* nullable: those of PrepareForBackup; who takes part */
  const char *requester;
  VssRunPhaseFunc phase; /* nullable */
  gpointer phase_data;
} VssRunOptions;

/* Makes the set. @set has its id, names, volumes, context, policy and lease_ms; the rest is filled
 * in. On failure everything is undone: the guest thawed, no file and no record left; what could
 * not be undone is in the message. Until the commit, @cancellable undoes everything, too
 * (G_IO_ERROR_CANCELLED). Other errors are VSS_ERROR. */
gboolean vss_snapshot_run (const VssRunOptions *options,
                           VssSnapshotSet *set,
                           GCancellable *cancellable,
                           GError **error);

/* Checks whatever can be checked without changing anything, and fills @set with its disks, the
 * findings and the level that can be expected (VSS_CONSISTENCY_NONE: it can't be made). FALSE only
 * if it could not be looked at. */
gboolean vss_snapshot_run_preview (const VssRunOptions *options,
                                   VssSnapshotSet *set,
                                   GCancellable *cancellable,
                                   GError **error);

/* Whether sets of @context stay when their object goes. */
gboolean vss_context_is_kept (gint context);

G_END_DECLS

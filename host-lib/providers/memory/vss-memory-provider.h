/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A provider whose disks and sets are only in memory: the second implementation of the seam, for
 * tests of whatever calls a provider. Any step can be told to fail; the calls are recorded. All
 * functions may be called on any thread. */
#pragma once

#include "host-lib/providers/vss-provider.h"

G_BEGIN_DECLS

#define VSS_MEMORY_PROVIDER_ID "6f1d2a0c-8f0b-4c0e-9d53-0d9f5f6b7a11"

#define VSS_TYPE_MEMORY_PROVIDER (vss_memory_provider_get_type ())
G_DECLARE_FINAL_TYPE (VssMemoryProvider, vss_memory_provider, VSS, MEMORY_PROVIDER, GObject)

/* Called on entry of a step, on the thread of the call, with @set NULL where the step has none. */
typedef void (*VssMemoryHook) (const char *step, VssSnapshotSet *set, gpointer user_data);

VssMemoryProvider *vss_memory_provider_new (void);

/* A supported qcow2 disk; change the returned one to make it something else. (transfer none) */
VssDomainDisk *vss_memory_provider_add_disk (VssMemoryProvider *self, const char *target);
/* A set that is there already, in whatever state. */
void vss_memory_provider_add_set (VssMemoryProvider *self, const VssSnapshotSet *set);

/* The next call of @step ("preflight", "prepare", "pre-commit", "commit", "post-commit",
 * "rollback", "delete", "list-disks", "list-sets", "renew", "release", "recover") fails. */
void vss_memory_provider_fail (VssMemoryProvider *self,
                               const char *step,
                               gint code,
                               const char *message);
void vss_memory_provider_set_hook (VssMemoryProvider *self, VssMemoryHook hook, gpointer data);

/* The steps so far, in order, as one text: "preflight prepare commit". (transfer full) */
char *vss_memory_provider_get_calls (VssMemoryProvider *self);
guint vss_memory_provider_count_sets (VssMemoryProvider *self);

G_END_DECLS

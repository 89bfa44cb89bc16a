/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that would make a set fail, looked for before anything is touched. On the worker
 * thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-libvirt-session.h"
#include "host-lib/vss-host-settings.h"

G_BEGIN_DECLS

/* Adds what is found to the findings of @set. FALSE only if libvirt could not be asked, or it was
 * cancelled. */
gboolean vss_preflight (VssLibvirtSession *session,
                        VssSnapshotSet *set,
                        GCancellable *cancellable,
                        GError **error);

/* VSS_E_SNAPSHOT_SET_IN_PROGRESS if another set of the domain is under way, VSS_E_PROVIDER_VETO if
 * one was left half-way. */
gboolean vss_preflight_check_other (const VssSnapshotSet *other, GError **error);
gboolean
vss_preflight_check_others (const VssDomainView *view, const VssSnapshotSet *set, GError **error);

/* The supported disk of that target, or NULL with what is wrong with it. */
const VssDiskView *
vss_preflight_find_disk (const VssDomainView *view, const char *target, GError **error);

/* -- its parts, each in a file of its own -- */

/* The connection, the domain's state and jobs, other sets. FALSE if there is no use in going on:
 * what was found is fatal. */
gboolean
vss_preflight_domain (VssLibvirtSession *session, const VssDomainView *view, VssSnapshotSet *set);
/* Block jobs, and how many sets the disk carries. @sets: of the domain */
void vss_preflight_disk (VssLibvirtSession *session,
                         const VssDiskView *disk,
                         const GPtrArray *sets,
                         const VssHostSettings *settings,
                         VssSnapshotSet *set);
/* One folder in which overlays of @set will be. @disks: (element-type VssDiskView), those whose
 * overlays come there */
void vss_preflight_folder (VssLibvirtSession *session,
                           const char *folder,
                           const GPtrArray *disks,
                           const VssHostSettings *settings,
                           VssSnapshotSet *set);

G_END_DECLS

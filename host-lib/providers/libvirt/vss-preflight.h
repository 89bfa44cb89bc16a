/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that would make a set fail, looked for before anything is touched. On the worker
 * thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* Most sets that one disk may carry. libvirt and QEMU follow chains of up to 200 images; each one
 * makes reads slower. */
#define VSS_SETS_MAX 64

gboolean vss_preflight (VssLibvirtSession *session,
                        const VssSnapshotSet *set,
                        GCancellable *cancellable,
                        GError **error);

/* VSS_E_SNAPSHOT_SET_IN_PROGRESS if another set of the domain is under way, VSS_E_PROVIDER_VETO if
 * one was left half-way. */
gboolean
vss_preflight_check_others (const VssDomainView *view, const VssSnapshotSet *set, GError **error);

/* The supported disk of that target, or NULL with what is wrong with it. */
const VssDiskView *
vss_preflight_find_disk (const VssDomainView *view, const char *target, GError **error);

G_END_DECLS

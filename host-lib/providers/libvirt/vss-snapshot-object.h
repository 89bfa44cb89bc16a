/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The libvirt snapshot object of a persistent set, so that virsh shows it. Only metadata: the
 * images are the set's. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* What libvirt takes for the commit: all disks of the set, no other. */
char *vss_snapshot_object_commit_xml (const VssSnapshotSet *set, GStrv other_disks);

/* @domain_xml: the domain's as it was before the commit. */
gboolean vss_snapshot_object_add (VssLibvirtSession *session,
                                  const VssSnapshotSet *set,
                                  const char *domain_xml,
                                  GStrv other_disks,
                                  GError **error);
/* Fine if there is none. */
gboolean
vss_snapshot_object_remove (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error);

G_END_DECLS

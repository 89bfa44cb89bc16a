/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the records of a domain's sets are kept: one metadata element for each set, and a copy as
 * a file beside its overlays in case the domain's metadata is lost. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* Metadata first, then the copies: the old copy goes only when the new one is complete. */
gboolean vss_record_save (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error);
/* Only the running domain's metadata: cheap, for what changes often. */
gboolean vss_record_touch (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error);
/* Makes this process the owner of what a dead one left, or of a complete set that is to go. Of two
 * who try at the same time one gets it. VSS_E_SNAPSHOT_SET_IN_PROGRESS if somebody else is at it.
 */
gboolean vss_record_claim (VssLibvirtSession *session,
                           VssSnapshotSet *set,
                           const char *requester,
                           gint64 lease_us,
                           GError **error);
/* Renews the lease (@lease_us > 0), or gives the set up (0), but only in a record that still names
 * this process: somebody else may have taken the set over. VSS_E_OBJECT_NOT_FOUND if it is gone. */
gboolean
vss_record_renew (VssLibvirtSession *session, VssSnapshotSet *set, gint64 lease_us, GError **error);
/* Copies first, the metadata last: while anything is left, something names it. */
gboolean vss_record_remove (VssLibvirtSession *session, const VssSnapshotSet *set, GError **error);

/* The sets that the domain's metadata names. @damaged: nullable; gets the ids of what can't be
 * read. (element-type VssSnapshotSet) */
GPtrArray *vss_record_list_domain (const VssDomainView *view, GPtrArray *damaged);
/* The same, and those that only copies in the folders of the domain's disks still name. */
GPtrArray *vss_record_list_all (VssLibvirtSession *session,
                                const VssDomainView *view,
                                GPtrArray *damaged,
                                GError **error);

/* "vm.vss-<id>.3.set.xml" -> id and 3. */
gboolean vss_record_parse_name (const char *name, char **id, guint *generation);

G_END_DECLS

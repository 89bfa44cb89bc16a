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

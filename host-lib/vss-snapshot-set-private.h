/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only the library does with the record of a set; not in its symbol map. */
#pragma once

#include "host-lib/vss-snapshot-set.h"

G_BEGIN_DECLS

VssSnapshotSet *vss_snapshot_set_new (void);
VssSetDisk *vss_set_disk_new (void);
void vss_set_disk_free (VssSetDisk *self);
VssSetVolume *vss_set_volume_new (void);
void vss_set_volume_free (VssSetVolume *self);
VssSetHold *vss_set_hold_new (void);
void vss_set_hold_free (VssSetHold *self);

/* Fills @owner with this process. */
void vss_set_owner_fill (VssSetOwner *owner, const char *requester, gint64 lease_us);
/* Nobody owns the set any more. */
void vss_set_owner_clear (VssSetOwner *owner);
/* Whether @owner is this process. */
gboolean vss_set_owner_is_self (const VssSetOwner *owner);
/* "virt-vss (process 4711 on host1, for 3 s)" */
char *vss_set_owner_describe (const VssSetOwner *owner, gint64 now_us);
/* Whether the owner counts as living at @now_us (UTC). */
gboolean vss_set_owner_is_alive (const VssSetOwner *owner, gint64 now_us);

/* Largest record: libvirt carries the domain's XML in every event and message. */
#define VSS_SET_XML_MAX (64 * 1024)

/* "preparing", "committing", "created", "deleting" */
const char *vss_set_state_to_string (VssSetState state);

/* The disk of that target, NULL if the set has none. */
VssSetDisk *vss_snapshot_set_find_disk (const VssSnapshotSet *self, const char *target);
/* Whether the context says that the set goes when its owner goes. */
gboolean vss_snapshot_set_is_auto_release (const VssSnapshotSet *self);

/* The XML of the record: one element without a namespace (libvirt adds the one under which it
 * keeps the element) and without a DTD. Reading takes any namespace, ignores what it doesn't
 * know, and refuses what it can't be: VSS_E_CORRUPT_XML_DOCUMENT. */
char *vss_snapshot_set_to_xml (const VssSnapshotSet *self);
VssSnapshotSet *vss_snapshot_set_from_xml (const char *xml, GError **error);

G_END_DECLS

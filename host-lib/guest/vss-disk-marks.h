/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tells one disk from another, seen from both sides: whether the marks of a domain's disk fit
 * those that the guest reads. Pure functions, any thread. */
#pragma once

#include "host-lib/providers/vss-provider.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* Each is FALSE where one side doesn't know. */
gboolean vss_disk_serial_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk);
gboolean vss_disk_wwn_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk);
gboolean vss_disk_place_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk);

/* These are TRUE only if both sides know, and differ. */
gboolean vss_disk_size_differs (const VssDomainDisk *disk, const VssWireDisk *guest_disk);
gboolean vss_disk_serial_differs (const VssDomainDisk *disk, const VssWireDisk *guest_disk);

/* Whether two names that the guest gives may mean one disk: nothing that is known of both differs.
 */
gboolean vss_guest_disks_may_be_same (const VssWireDisk *a, const VssWireDisk *b);

/* Gives @guest_disk all marks of @disk in the guest's form, for one that is known to be it. */
void vss_disk_marks_copy (VssWireDisk *guest_disk, const VssDomainDisk *disk);

G_END_DECLS

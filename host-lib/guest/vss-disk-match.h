/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the domain's disks a disk is that the guest names. Pure function, any thread. */
#pragma once

#include "host-lib/providers/vss-provider.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

/* NULL if none or more than one of @disks (element-type VssDomainDisk) fits. What the guest says
 * is a hint: the serial number, else the world wide name, else the address, and never against the
 * size. (transfer none) */
const VssDomainDisk *vss_disk_match (GPtrArray *disks, const VssWireDisk *guest_disk);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the domain's disks each disk is that the guest names: by the serial number, else the
 * world wide name, else where it is plugged in. What the guest says is a hint: never against the
 * size, nor against a serial number that both have; and of two that say they are the same disk
 * neither is believed. Made of two answers, changed by nothing; one thread at a time. */
#pragma once

#include "host-lib/providers/vss-provider.h"
#include "qapi/vss-wire-types.h"

G_BEGIN_DECLS

typedef struct _VssDiskMatch VssDiskMatch;

/* @disks: (element-type VssDomainDisk), @answer: (nullable); both are kept by the caller, and
 * outlive it. */
VssDiskMatch *vss_disk_match_new (GPtrArray *disks, const VssWireVolumesResult *answer);
void vss_disk_match_free (VssDiskMatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssDiskMatch, vss_disk_match_free)

/* NULL if it can't be told. @guest_disk is one of the answer's. (transfer none) */
const VssDomainDisk *vss_disk_match_find (VssDiskMatch *self, const VssWireDisk *guest_disk);

/* Whether one of the guest's disks is known to be @disk: then no other one is. */
gboolean vss_disk_match_is_taken (VssDiskMatch *self, const VssDomainDisk *disk);

G_END_DECLS

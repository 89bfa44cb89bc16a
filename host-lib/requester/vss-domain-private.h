/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The making of a virtual machine's object and of what it tells. */
#pragma once

#include <libvirt/libvirt.h>

#include "host-lib/guest/vss-guest.h"
#include "host-lib/guest/vss-volume-map.h"
#include "host-lib/requester/vss-domain.h"

G_BEGIN_DECLS

/* For tests and other ways to a virtual machine: takes references. */
VssDomain *vss_domain_new (VssProvider *provider,
                           VssGuest *guest,
                           const char *name,
                           const char *uuid);

/* What the files of this class share. libvirt's domain: NULL in tests; stays @self's. */
virDomainPtr vss_domain_get_libvirt (VssDomain *self);
VssProvider *vss_domain_get_provider (VssDomain *self);
VssGuest *vss_domain_get_guest (VssDomain *self);
/* Who we are to the guest. */
const char *vss_domain_get_requester_name (void);

/* (transfer full) (element-type VssVolumeInfo): all file systems, and the disks without one. */
GPtrArray *vss_volume_info_list (VssVolumeMap *map);

VssDomainStatus *vss_domain_status_new (void);
void vss_domain_status_fill (VssDomainStatus *self,
                             const VssWireFreezeStatusResult *freeze,
                             const VssWireStatusResult *agent);

/* @texts: (element-type utf8) (nullable) */
GStrv vss_strv_of_guest (GPtrArray *texts);

G_END_DECLS

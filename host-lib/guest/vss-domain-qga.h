/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's guest agent as libvirt reaches it. */
#pragma once

#include <libvirt/libvirt.h>

#include "host-lib/guest/vss-qga.h"

G_BEGIN_DECLS

#define VSS_TYPE_DOMAIN_QGA (vss_domain_qga_get_type ())
G_DECLARE_FINAL_TYPE (VssDomainQga, vss_domain_qga, VSS, DOMAIN_QGA, GObject)

/* Opens a connection of its own to where @domain is. */
VssDomainQga *vss_domain_qga_new (virDomainPtr domain);

/* libvirt's answer about file systems as records; whatever is no usable text is left out.
 * (element-type VssQgaFileSystem) */
GPtrArray *vss_domain_qga_read_parameters (virTypedParameterPtr parameters, int count);

G_END_DECLS

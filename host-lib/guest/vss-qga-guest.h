/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest without our agent, but with QEMU's: file systems can be frozen and thawed, and that is
 * all. There are no writers, no lease in the guest, and no proof that nobody thawed and froze
 * again meanwhile. */
#pragma once

#include "host-lib/guest/vss-guest.h"
#include "host-lib/guest/vss-qga.h"

G_BEGIN_DECLS

#define VSS_TYPE_QGA_GUEST (vss_qga_guest_get_type ())
G_DECLARE_FINAL_TYPE (VssQgaGuest, vss_qga_guest, VSS, QGA_GUEST, GObject)

/* Keeps a reference of @qga. @name: the virtual machine's, for messages. */
VssQgaGuest *vss_qga_guest_new (VssQga *qga, const char *name);

G_END_DECLS

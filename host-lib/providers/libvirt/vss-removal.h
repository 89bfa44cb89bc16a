/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The removal of an overlay, with the proof that nobody uses it and that its data is elsewhere.
 * Every file that this provider removes goes through here. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* Removes the overlay of @disk. Refuses (VSS_E_PROVIDER_VETO, naming who or what) if a QEMU has it
 * open, a domain's definition names it, its image lock is held, or it holds data that was not
 * merged. A missing file is fine. @ask_qemu: also where the image lock could be looked at. */
gboolean vss_removal_of_overlay (VssLibvirtSession *session,
                                 const VssSnapshotSet *set,
                                 const VssSetDisk *disk,
                                 gboolean ask_qemu,
                                 GError **error);

G_END_DECLS

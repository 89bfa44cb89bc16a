/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The removal of overlays, with the proof that nobody uses them and that their data is elsewhere.
 * Every file that this provider removes goes through here. On the worker thread. */
#pragma once

#include "host-lib/providers/libvirt/vss-libvirt-session.h"

G_BEGIN_DECLS

/* Whether the overlay of @disk may go. Refuses (VSS_E_PROVIDER_VETO, naming who or what) if a QEMU
 * has it open, a domain's definition names it, its image lock is held, or it holds data that was
 * not merged. A missing file is fine. @ask_qemu: also where the image lock could be looked at. */
gboolean vss_removal_check (VssLibvirtSession *session,
                            const VssSnapshotSet *set,
                            const VssSetDisk *disk,
                            gboolean ask_qemu,
                            GError **error);

/* Removes every overlay of @set, but only if every one of them may go. */
gboolean vss_removal_of_overlays (VssLibvirtSession *session,
                                  const VssSnapshotSet *set,
                                  gboolean ask_qemu,
                                  GError **error);

G_END_DECLS

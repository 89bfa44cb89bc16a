/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest by whichever agent answers: our own first, else QEMU's. Chosen anew at each open. */
#pragma once

#include <libvirt/libvirt.h>

#include "host-lib/guest/vss-guest.h"

G_BEGIN_DECLS

#define VSS_TYPE_GUEST_CHOICE (vss_guest_choice_get_type ())
G_DECLARE_FINAL_TYPE (VssGuestChoice, vss_guest_choice, VSS, GUEST_CHOICE, GObject)

/* Keeps references of both. @fallback is only asked where @preferred says that there is nobody
 * (VSS_E_WRITER_INFRASTRUCTURE); its VSS_E_OBJECT_NOT_FOUND is not worth telling. */
VssGuestChoice *vss_guest_choice_new (VssGuest *preferred, VssGuest *fallback);

/* The guest of a domain: with our agent on its channel, or with QEMU's. */
VssGuest *vss_guest_choice_new_for_domain (virDomainPtr domain);

G_END_DECLS

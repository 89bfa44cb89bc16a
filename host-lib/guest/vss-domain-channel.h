/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's channel of a libvirt domain, through whatever URI libvirt is reached by. */
#pragma once

#include <libvirt/libvirt.h>

#include "host-lib/guest/vss-channel-state.h"
#include "host-lib/guest/vss-channel.h"

G_BEGIN_DECLS

#define VSS_TYPE_DOMAIN_CHANNEL (vss_domain_channel_get_type ())
G_DECLARE_FINAL_TYPE (VssDomainChannel, vss_domain_channel, VSS, DOMAIN_CHANNEL, GObject)

/* A channel of @domain. Each time it is opened it connects to libvirt for itself: the thread that
 * waits for the guest would get in the way of every other call on the same connection. */
VssDomainChannel *vss_domain_channel_new (virDomainPtr domain);

/* What libvirt says now. */
gboolean vss_domain_channel_read_state (virDomainPtr domain,
                                        VssChannelState *state,
                                        GError **error);

/* "running", "paused", "shut off", ... of a virDomainState. */
const char *vss_domain_state_text (int state);

G_END_DECLS

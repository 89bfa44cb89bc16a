/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt knows of the agent's channel of a domain. Pure function, any thread. */
#pragma once

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

/* The name of the agent's virtio port. */
#define VSS_CHANNEL_NAME "org.virtvss.agent.0"

typedef enum
{
  VSS_CHANNEL_ABSENT, /* the domain has none */
  VSS_CHANNEL_UNKNOWN, /* libvirt does not say whether the guest has opened it */
  VSS_CHANNEL_DISCONNECTED,
  VSS_CHANNEL_CONNECTED,
} VssChannelState;

/* @xml: the live domain's. */
gboolean vss_channel_state_read (const char *xml, VssChannelState *state, GError **error);

G_END_DECLS

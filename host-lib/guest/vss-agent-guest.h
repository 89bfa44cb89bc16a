/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that runs our agent, reached over a channel. */
#pragma once

#include "host-lib/guest/vss-channel.h"
#include "host-lib/guest/vss-guest.h"

G_BEGIN_DECLS

#define VSS_TYPE_AGENT_GUEST (vss_agent_guest_get_type ())
G_DECLARE_FINAL_TYPE (VssAgentGuest, vss_agent_guest, VSS, AGENT_GUEST, GObject)

/* Keeps a reference of @channel. @name: the virtual machine's, for messages. */
VssAgentGuest *vss_agent_guest_new (VssChannel *channel, const char *name);

G_END_DECLS

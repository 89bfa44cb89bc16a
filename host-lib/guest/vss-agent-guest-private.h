/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the agent guest share. Called on worker threads. */
#pragma once

#include "host-lib/guest/vss-agent-guest.h"
#include "host-lib/guest/vss-agent-link.h"
#include "qapi/vss-wire-client.h"

G_BEGIN_DECLS

struct _VssAgentGuest
{
  GObject parent_instance;

  char *name;
  VssAgentLink *link;
  VssWireClient client;
  VssWireHelloResult *hello; /* nullable before open */
};

/* The host is heard regularly while an operation or a snapshot set is under way. */
void vss_agent_guest_set_keep_alive (VssAgentGuest *self, gboolean on);

/* The methods for the guest's writers. */
void vss_agent_guest_init_writers (VssGuestInterface *iface);

G_END_DECLS

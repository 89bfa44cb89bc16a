/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A channel in memory: the agent's connection at one end, a host at the other. */
#pragma once

#include "guest-agent/channel/vss-connection.h"
#include "tests/guest-agent/agent-rig.h"

G_BEGIN_DECLS

typedef struct
{
  VssConnection *connection;
  RigHost *host;
  gboolean is_full; /* takes no bytes */
  gboolean is_hung_up;
  gboolean is_dropped;
} Channel;

void channel_init (Channel *channel, AgentRig *rig, const char *name);
/* Closes the connection, which must be gone then. */
void channel_clear (Channel *channel);

/* Bytes of a host, for one that speaks for itself; @user_data is the channel. */
void channel_send (gpointer user_data, const guint8 *bytes, gsize length);

G_END_DECLS

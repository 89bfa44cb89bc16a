/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's ways to writers: the folders of programs and the socket for daemons, built from the
 * settings. Owned by the agent, main thread. */
#pragma once

#include "guest-agent/vss-agent-services.h"

G_BEGIN_DECLS

typedef struct _VssAgentWriters VssAgentWriters;

/* @services and @clock must outlive it. */
VssAgentWriters *vss_agent_writers_new (VssAgentServices *services, const VssWriterClock *clock);

/* Reads the folders and listens on the socket. FALSE if that can't be listened on. */
gboolean vss_agent_writers_start (VssAgentWriters *self, GError **error);

/* Looks into the folders again. */
void vss_agent_writers_reload (VssAgentWriters *self);

/* Ends what runs and hangs up. */
void vss_agent_writers_free (VssAgentWriters *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssAgentWriters, vss_agent_writers_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest agent: builds freezer, port and socket from the settings, runs them on the main
 * context of the thread that made it, and takes them down without leaving anything frozen. Owned
 * by main() or a test; as many as one likes can live in a process. */
#pragma once

#include "guest-agent/channel/vss-port-system.h"
#include "guest-agent/freeze/vss-freezer.h"
#include "guest-agent/vss-agent-config.h"
#include "guest-agent/vss-agent-log.h"

G_BEGIN_DECLS

typedef struct _VssAgent VssAgent;

/* @config and @log must outlive the agent. @kernel and @guard are kept by reference.
 * @port_system: the kernel's ports, or a test's. */
VssAgent *vss_agent_new (const VssAgentConfig *config,
                         VssAgentLog *log,
                         VssKernel *kernel,
                         VssGuardClient *guard,
                         const VssPortSystem *port_system,
                         gpointer port_system_data);

/* After vss_agent_stop(), or when nothing is under way. */
void vss_agent_free (VssAgent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssAgent, vss_agent_free)

/* Undoes what a former agent left behind, then opens the channels. Fails if the socket can't be
 * listened on; a port that isn't there yet is waited for. Blocks while undoing. */
gboolean vss_agent_start (VssAgent *self, GError **error);

/* Closes the channels, thaws whatever is frozen and tells the writers; @on_stopped is called once
 * that is done. */
typedef void (*VssAgentStoppedFunc) (gpointer user_data);
void vss_agent_stop (VssAgent *self, VssAgentStoppedFunc on_stopped, gpointer user_data);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The virtio-serial port to the host: opened when it appears, kept open until it vanishes (closing
 * and opening again loses data), read on edges. Owned by the agent, main thread. */
#pragma once

#include "guest-agent/channel/vss-connection.h"
#include "guest-agent/channel/vss-port-system.h"

G_BEGIN_DECLS

typedef struct _VssPort VssPort;

/* @path: such as /dev/virtio-ports/org.virtvss.agent.0. @system: the kernel, or a test's. */
VssPort *vss_port_new (VssAgentServices *services,
                       const char *path,
                       const VssPortSystem *system,
                       gpointer system_data);

/* Hangs up and closes. */
void vss_port_free (VssPort *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssPort, vss_port_free)

/* Opens the port, now or as soon as it appears. */
void vss_port_start (VssPort *self);

gboolean vss_port_is_open (VssPort *self);
/* Whether a host has the other end open, as last seen. */
gboolean vss_port_is_connected (VssPort *self);

G_END_DECLS

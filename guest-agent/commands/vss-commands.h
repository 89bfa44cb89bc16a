/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of the wire: check, call, answer. One file for each file of the schema. Called by
 * the connection that a command came over, on the main thread; answers come at once or once the
 * freezer is done. */
#pragma once

#include "qapi/vss-wire-dispatch.h"

#include "guest-agent/channel/vss-connection.h"

G_BEGIN_DECLS

/* Carries a command out and answers it. @arguments: NULL for none. */
void vss_commands_execute (VssConnection *connection,
                           const char *name,
                           const char *id,
                           JsonNode *arguments);

/* Each file fills its commands in; user_data of the handlers is the VssConnection. */
void vss_hello_commands_register (VssWireHandlers *handlers);
void vss_volumes_commands_register (VssWireHandlers *handlers);
void vss_freeze_commands_register (VssWireHandlers *handlers);
void vss_status_commands_register (VssWireHandlers *handlers);
void vss_writers_commands_register (VssWireHandlers *handlers);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-commands.h. */
#include "guest-agent/commands/vss-commands.h"

void
vss_commands_execute (VssConnection *connection,
                      const char *name,
                      const char *id,
                      JsonNode *arguments)
{
  VssWireHandlers handlers = { 0 };
  g_autoptr (GError) error = NULL;

  vss_hello_commands_register (&handlers);
  vss_volumes_commands_register (&handlers);
  vss_freeze_commands_register (&handlers);
  vss_status_commands_register (&handlers);
  vss_writers_commands_register (&handlers);
  if (!vss_wire_dispatch (&handlers, connection, name, id, arguments, &error))
    vss_connection_reply_error (connection, id, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command of volumes.json. Reads the kernel's tables only, so it answers at once. */
#include "guest-agent/commands/vss-commands.h"

#include "guest-agent/freeze/vss-volumes.h"
#include "qapi/vss-wire-marshal.h"

static void
vss_query_volumes (gpointer user_data, const char *id)
{
  VssConnection *connection = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireVolumesResult) result = vss_volumes_query (NULL, &error);

  if (result)
    vss_connection_reply (connection, id, vss_wire_volumes_result_to_json (result));
  else
    vss_connection_reply_error (connection, id, error);
}

void
vss_volumes_commands_register (VssWireHandlers *handlers)
{
  handlers->vss_query_volumes = vss_query_volumes;
}

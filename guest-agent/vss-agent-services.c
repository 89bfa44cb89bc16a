/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-services.h. */
#include "guest-agent/vss-agent-services.h"

#include "guest-agent/vss-agent-memory.h"

gint64
vss_agent_services_now_ms (VssAgentServices *self)
{
  return self->boot_time_ms (self->clock_data);
}

static void
on_notify_frozen (VssFreezer *freezer, gboolean frozen, VssWriterOperations *writers)
{
  vss_writer_operations_set_frozen (writers, frozen, vss_freezer_get_unasked_reason (freezer));
}

void
vss_agent_services_connect_writers (VssAgentServices *self)
{
  g_signal_connect_object (self->freezer, "notify-frozen", G_CALLBACK (on_notify_frozen),
                           self->writers, 0);
}

void
vss_agent_services_rest (VssAgentServices *self)
{
  if (!vss_hold_get_holder (self->hold) && !vss_freezer_is_frozen (self->freezer))
    vss_agent_memory_release ();
}

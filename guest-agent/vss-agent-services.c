/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-services.h. */
#include "guest-agent/vss-agent-services.h"

#include "guest-agent/vss-agent-memory.h"

gint64
vss_agent_services_now_ms (VssAgentServices *self)
{
  return self->boot_time_ms (self->clock_data);
}

void
vss_agent_services_rest (VssAgentServices *self)
{
  if (!vss_hold_get_holder (self->hold) && !vss_freezer_is_frozen (self->freezer))
    vss_agent_memory_release ();
}

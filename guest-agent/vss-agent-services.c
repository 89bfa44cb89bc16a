/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-agent-services.h. */
#include "guest-agent/vss-agent-services.h"

gint64
vss_agent_services_now_ms (VssAgentServices *self)
{
  return self->boot_time_ms (self->clock_data);
}

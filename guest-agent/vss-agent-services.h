/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent's connections and commands share: settings, log, freezer, writers, clock and
 * who has the guest. Owned by the agent (or a test) and outliving every connection; main thread. */
#pragma once

#include "guest-agent/vss-agent-config.h"
#include "guest-agent/vss-agent-log.h"
#include "guest-agent/vss-hold.h"
#include "guest-agent/freeze/vss-freezer.h"
#include "guest-agent/writers/vss-writer-operations.h"

G_BEGIN_DECLS

typedef struct _VssAgentWriters VssAgentWriters;

typedef struct
{
  const VssAgentConfig *config;
  VssAgentLog *log;
  VssFreezer *freezer;
  VssHold *hold;
  VssWriterOperations *writers;
  VssAgentWriters *writer_ways; /* to programs and daemons; NULL in tests without */
  gint64 (*boot_time_ms) (gpointer clock_data);
  gpointer clock_data;
  const char *machine_id; /* NULL if the guest has none */
  const char *boot_id;
  gint64 started_ms;
  const char *recovered; /* what was undone at the start, NULL if nothing */
} VssAgentServices;

/* The guest's CLOCK_BOOTTIME. */
gint64 vss_agent_services_now_ms (VssAgentServices *self);

/* From here on no writer is told anything while file systems are frozen, and those at rest are told
 * to go on when they are not any more. */
void vss_agent_services_connect_writers (VssAgentServices *self);

/* A session or a set has ended: if nothing is under way any more, what it took is given back. */
void vss_agent_services_rest (VssAgentServices *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of the agent's channels and commands start from: services over the fake freezer with
 * a clock that the test sets and a log that it reads, and a host's end of the wire. */
#pragma once

#include "guest-agent/vss-agent-services.h"
#include "protocol/vss-session.h"
#include "tests/guest-agent/fake-freezer.h"

G_BEGIN_DECLS

typedef struct
{
  VssAgentServices services;
  VssAgentConfig *config;
  gint64 now_ms;
  VssWriterClock writer_clock; /* the same one */
  VssWriterRegistry *registry;
  char *record; /* of frozen writers */
  GString *log; /* the lines written, each with its newline */
} AgentRig;

AgentRig *agent_rig_new (void);
void agent_rig_free (AgentRig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentRig, agent_rig_free)

/* Runs what is ready in the main loop, without waiting. */
void agent_rig_run (void);

/* The host's end: @send takes its bytes to the agent. */
typedef struct
{
  VssSession *session;
  char *name; /* of the session with the agent, once opened */
  void (*send) (gpointer user_data, const guint8 *bytes, gsize length);
  gpointer user_data;
  gint64 now_ms;
  GPtrArray *replies; /* of VssSessionEvent */
} RigHost;

RigHost *rig_host_new (void (*send) (gpointer, const guint8 *, gsize), gpointer user_data);
void rig_host_free (RigHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RigHost, rig_host_free)

/* Bytes of the agent. */
void rig_host_receive (RigHost *host, const guint8 *bytes, gsize length);

/* Synchronises only. Waits in the main loop. */
void rig_host_synchronise (RigHost *host);

/* Synchronises and says hello as @requester. Waits in the main loop. */
void rig_host_open (RigHost *host, const char *requester);

/* Sends a command; @arguments: JSON text, or NULL. The id is good until the reply is taken. */
const char *rig_host_send (RigHost *host, const char *command, const char *arguments);

/* Runs the main loop until the reply to @id is there: it, or NULL and the error class. */
JsonObject *rig_host_wait (RigHost *host, const char *id, char **error_class);

/* Both. With @expected_class NULL the command must succeed, else fail with that class. */
JsonObject *rig_host_execute (RigHost *host,
                              const char *command,
                              const char *arguments,
                              const char *expected_class);

/* The next event of the agent that is there already; NULL if none. */
VssSessionEvent *rig_host_take_event (RigHost *host);

G_END_DECLS

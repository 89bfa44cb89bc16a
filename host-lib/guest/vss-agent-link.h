/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session over a channel, made blocking: one thread reads, one writes and lets time pass, any
 * thread may send a command and wait for its answer. Owned by an agent guest. */
#pragma once

#include <json-glib/json-glib.h>

#include "host-lib/guest/vss-channel.h"

G_BEGIN_DECLS

#define VSS_TYPE_AGENT_LINK (vss_agent_link_get_type ())
G_DECLARE_FINAL_TYPE (VssAgentLink, vss_agent_link, VSS, AGENT_LINK, GObject)

/* Keeps a reference of @channel. */
VssAgentLink *vss_agent_link_new (VssChannel *channel);

/* Opens the channel and gets in step with the peer within @timeout_ms. Errors: the channel's, and
 * VSS_PROTOCOL_ERROR, G_IO_ERROR_CANCELLED. */
gboolean vss_agent_link_open (VssAgentLink *self,
                              gboolean force,
                              gint64 timeout_ms,
                              GCancellable *cancellable,
                              GError **error);

/* Hangs up; whoever waits is told VSS_PROTOCOL_ERROR_CLOSED. Can be opened again. */
void vss_agent_link_close (VssAgentLink *self);

/* Sends @command and waits. @arguments: transfer full, nullable. From the answer to vss-hello on,
 * commands belong to the session that it names. Errors: VSS_PROTOCOL_ERROR,
 * G_IO_ERROR_CANCELLED. */
JsonNode *vss_agent_link_execute (VssAgentLink *self,
                                  const char *command,
                                  JsonNode *arguments,
                                  gint64 timeout_ms,
                                  GCancellable *cancellable,
                                  GError **error);

/* Whether the last command was not answered within its limit. */
gboolean vss_agent_link_is_silent (VssAgentLink *self);

/* 0: off. */
void vss_agent_link_set_keep_alive (VssAgentLink *self, gint64 interval_ms);

G_END_DECLS

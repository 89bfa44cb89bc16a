/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command whose answer comes later, and what commands check before they begin and do when they
 * end. Called by the commands, main thread. */
#pragma once

#include "guest-agent/commands/vss-commands.h"

G_BEGIN_DECLS

typedef struct
{
  VssConnection *connection;
  char *id;
  guint64 epoch; /* of the session that asked */
  VssWriterOperation *operation; /* whose writers take part, NULL for none */
  gpointer arguments;            /* a copy for later, NULL for none */
  GDestroyNotify arguments_free;
} VssCall;

VssCall *vss_call_new (VssConnection *connection, const char *id, VssWriterOperation *operation);
void vss_call_free (VssCall *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssCall, vss_call_free)

VssAgentServices *vss_call_get_services (VssCall *self);

/* Whether the session that asked is still there. */
gboolean vss_call_is_alive (gpointer self);

/* Logs that @what failed, answers so, and frees the guest if nothing is under way. */
void vss_call_fail (VssCall *self, const char *what, const GError *error);

/* What became of the operation's writers, NULL without one. */
GPtrArray *vss_call_get_statuses (VssCall *self);
/* Answers with that. */
void vss_call_reply_statuses (VssCall *self);

/* Frees the guest for others once neither the freezer nor an operation has it. */
void vss_command_settle (VssAgentServices *services);

/* Logs and answers that it is refused. */
void vss_command_refuse (VssConnection *connection, const char *id, const GError *error);

/* Nobody else has the guest; refuses otherwise. */
gboolean vss_command_check_hold (VssConnection *connection, const char *id);
/* Takes the guest for a host that is still there; refuses otherwise. */
gboolean vss_command_take_hold (VssConnection *connection, const char *id);

/* The writers with these instance ids, without those that aren't registered (any more):
 * (element-type VssWriterSlot). */
GPtrArray *vss_command_find_writers (VssAgentServices *services, GPtrArray *instance_ids);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a failed command of the agent is in VSS's codes. Pure functions, any thread. */
#pragma once

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

/* What a command is for: decides what the loss of the agent means. */
typedef enum
{
  VSS_AGENT_CALL_ASK, /* outside of a set */
  VSS_AGENT_CALL_BEFORE_HOLD, /* on the way to the freeze, the freeze included */
  VSS_AGENT_CALL_HOLD, /* from the freeze on */
  VSS_AGENT_CALL_AFTER, /* the set is complete */
} VssAgentCall;

/* Turns @cause (transfer full; of VSS_PROTOCOL_ERROR, VSS_WIRE_ERROR, or a channel) into an error
 * of VSS_ERROR that begins with "cannot @attempt in the guest of @name"; G_IO_ERROR_CANCELLED and
 * VSS_ERROR go through as they are. */
void vss_agent_error_propagate (GError **error,
                                GError *cause,
                                VssAgentCall call,
                                const char *attempt,
                                const char *name);

G_END_DECLS

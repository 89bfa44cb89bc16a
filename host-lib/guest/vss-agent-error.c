/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a failed command of the agent is in VSS's codes: a table by the agent's error class, and
 * one by what is lost with the agent. */
#include "host-lib/guest/vss-agent-error.h"

#include "protocol/vss-protocol-error.h"
#include "qapi/runtime/vss-wire-error.h"
#include "qapi/vss-wire-types.h"

#include <gio/gio.h>

typedef struct
{
  gint code;
  const char *advice; /* nullable */
} ClassRule;

/* By VssWireErrorClass; a class of a newer agent counts as a generic error. */
static const ClassRule class_rules[] = {
  [VSS_WIRE_ERROR_CLASS_GENERIC_ERROR] = { VSS_E_UNEXPECTED, NULL },
  [VSS_WIRE_ERROR_CLASS_COMMAND_NOT_FOUND]
  = { VSS_E_WRITER_INFRASTRUCTURE, "update vss-agent in the guest" },
  [VSS_WIRE_ERROR_CLASS_BAD_ARGUMENTS] = { VSS_E_UNEXPECTED, NULL },
  [VSS_WIRE_ERROR_CLASS_NO_SESSION] = { 0, NULL }, /* the agent was restarted: lost */
  [VSS_WIRE_ERROR_CLASS_BAD_STATE] = { VSS_E_UNEXPECTED, NULL },
  [VSS_WIRE_ERROR_CLASS_BUSY]
  = { VSS_E_SNAPSHOT_SET_IN_PROGRESS, "wait until the other snapshot set is done" },
  [VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND] = { VSS_E_OBJECT_NOT_FOUND, NULL },
  [VSS_WIRE_ERROR_CLASS_DEADLINE_PASSED]
  = { VSS_E_FLUSH_WRITES_TIMEOUT, "the guest was too busy to begin in time; try again" },
  [VSS_WIRE_ERROR_CLASS_STALE_GENERATION] = { VSS_E_HOLD_WRITES_TIMEOUT, NULL },
  [VSS_WIRE_ERROR_CLASS_FLUSH_TIMEOUT]
  = { VSS_E_FLUSH_WRITES_TIMEOUT, "everything was thawed; try again when less is written" },
  [VSS_WIRE_ERROR_CLASS_HOLD_LOST] = { VSS_E_HOLD_WRITES_TIMEOUT, NULL },
  [VSS_WIRE_ERROR_CLASS_GUARD_MISSING]
  = { VSS_E_WRITER_INFRASTRUCTURE,
      "nothing is frozen without the thaw guard: start vss-thaw-guard.service in the guest" },
  [VSS_WIRE_ERROR_CLASS_NOT_FREEZABLE] = { VSS_E_HOLD_WRITES_TIMEOUT, NULL },
  [VSS_WIRE_ERROR_CLASS_THAW_FAILED]
  = { VSS_E_REBOOT_REQUIRED, "thaw it in the guest with fsfreeze -u, or restart the guest" },
};

/* The agent is lost: gone, silent, or not speaking our language any more. */
static const gint lost_codes[] = {
  [VSS_AGENT_CALL_ASK] = VSS_E_WRITER_INFRASTRUCTURE,
  [VSS_AGENT_CALL_BEFORE_HOLD] = VSS_E_FLUSH_WRITES_TIMEOUT,
  [VSS_AGENT_CALL_HOLD] = VSS_E_HOLD_WRITES_TIMEOUT,
  [VSS_AGENT_CALL_AFTER] = VSS_E_UNEXPECTED,
};

static ClassRule
rule_of (const GError *cause, VssAgentCall call)
{
  const char *name = vss_protocol_error_get_class (cause);
  ClassRule rule = { 0, NULL };
  VssWireErrorClass error_class;

  if (name != NULL)
    {
      if (!vss_wire_error_class_from_string (name, &error_class))
        error_class = VSS_WIRE_ERROR_CLASS_GENERIC_ERROR;
      rule = class_rules[error_class];
    }
  if (rule.code == 0)
    rule.code = lost_codes[call];
  return rule;
}

static const char *
lost_text (const GError *cause)
{
  if (g_error_matches (cause, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_TIMEOUT))
    return "the agent did not answer in time: ";
  if (g_error_matches (cause, VSS_PROTOCOL_ERROR, VSS_PROTOCOL_ERROR_CLOSED))
    return "the connection to the agent was lost: ";
  if (cause->domain == VSS_WIRE_ERROR)
    return "the agent's answer makes no sense: ";
  return "";
}

void
vss_agent_error_propagate (GError **error,
                           GError *cause,
                           VssAgentCall call,
                           const char *attempt,
                           const char *name)
{
  ClassRule rule;

  if (cause->domain == VSS_ERROR || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, cause);
      return;
    }
  rule = rule_of (cause, call);
  g_set_error (error, VSS_ERROR, rule.code, "cannot %s in the guest of '%s': %s%s%s%s", attempt,
               name, lost_text (cause), cause->message, rule.advice != NULL ? "; " : "",
               rule.advice != NULL ? rule.advice : "");
  g_error_free (cause);
}

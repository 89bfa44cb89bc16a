/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The boxed type that describes guest and agent, and how it is made of the agent's answers. No
 * state. */
#include "host-lib/requester/vss-domain-private.h"

#include "host-lib/coordinator/vss-lease-keeper.h"
#include "host-lib/guest/vss-answer-check.h"
#include "protocol/vss-text.h"

#include <string.h>

/* Names in a list: twice the most file systems that an agent freezes at once. */
#define MAX_TEXTS 256

G_DEFINE_BOXED_TYPE (VssDomainStatus,
                     vss_domain_status,
                     vss_domain_status_copy,
                     vss_domain_status_free)

VssDomainStatus *
vss_domain_status_new (void)
{
  VssDomainStatus *self = g_new0 (VssDomainStatus, 1);

  self->lease_left_ms = -1;
  self->agent_uptime_ms = -1;
  return self;
}

/**
 * vss_domain_status_copy:
 * @self: a state
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
VssDomainStatus *
vss_domain_status_copy (const VssDomainStatus *self)
{
  VssDomainStatus *copy = g_new0 (VssDomainStatus, 1);

  *copy = *self;
  copy->vm_state = g_strdup (self->vm_state);
  copy->agent_error = g_strdup (self->agent_error);
  copy->agent_version = g_strdup (self->agent_version);
  copy->freeze_state = g_strdup (self->freeze_state);
  copy->freeze_owner = g_strdup (self->freeze_owner);
  copy->frozen = g_strdupv (self->frozen);
  copy->recovered = g_strdup (self->recovered);
  copy->log = g_strdupv (self->log);
  return copy;
}

/**
 * vss_domain_status_free:
 * @self: (nullable): a state
 *
 * Frees it with all its texts.
 *
 * Since: 0.1
 */
void
vss_domain_status_free (VssDomainStatus *self)
{
  if (self == NULL)
    return;
  g_free (self->vm_state);
  g_free (self->agent_error);
  g_free (self->agent_version);
  g_free (self->freeze_state);
  g_free (self->freeze_owner);
  g_strfreev (self->frozen);
  g_free (self->recovered);
  g_strfreev (self->log);
  g_free (self);
}

GStrv
vss_strv_of_guest (GPtrArray *texts)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; texts != NULL && i < MIN (texts->len, MAX_TEXTS); i++)
    {
      const char *text = g_ptr_array_index (texts, i);
      g_autofree char *cut = NULL;

      if (strlen (text) > VSS_ANSWER_MAX_PATH)
        cut = vss_text_sanitise (text, VSS_ANSWER_MAX_PATH);
      g_strv_builder_add (builder, cut != NULL ? cut : text);
    }
  return g_strv_builder_end (builder);
}

static GStrv
log_lines (GPtrArray *entries)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < entries->len; i++)
    {
      const VssWireLogEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *message = vss_text_sanitise (entry->message, VSS_TEXT_MAX_MESSAGE);
      gint64 at_ms = MAX (entry->boot_time_ms, 0);
      g_autofree char *line = g_strdup_printf ("%" G_GINT64_FORMAT ".%03d %s", at_ms / 1000,
                                               (int) (at_ms % 1000), message);

      g_strv_builder_add (builder, line);
    }
  return g_strv_builder_end (builder);
}

static char *
sanitised (const char *text)
{
  return text != NULL ? vss_text_sanitise (text, VSS_TEXT_MAX_MESSAGE) : NULL;
}

void
vss_domain_status_fill (VssDomainStatus *self,
                        const VssWireFreezeStatusResult *freeze,
                        const VssWireStatusResult *agent)
{
  self->agent_version = sanitised (agent->agent_version);
  self->recovered = sanitised (agent->recovered);
  self->log = log_lines (agent->log);
  self->agent_uptime_ms = MAX (agent->boot_time_ms - agent->started_ms, 0);
  self->freeze_state = g_strdup (vss_wire_freeze_state_to_string (freeze->state));
  self->freeze_owner = sanitised (freeze->requester);
  self->frozen = vss_strv_of_guest (freeze->mount_points);
  self->guard_alive = freeze->guard_alive;
  if (freeze->has_lease_end_ms)
    self->lease_left_ms
        = vss_lease_left_ms (freeze->lease_end_ms, freeze->boot_time_ms, G_MAXUINT);
}

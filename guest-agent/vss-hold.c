/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See vss-hold.h. Doesn't own the holder: a connection that goes releases the hold, at the latest
 * when its undoing is done, and is kept alive until then. */
#include "guest-agent/vss-hold.h"

#include "guest-agent/commands/vss-command-error.h"

struct _VssHold
{
  VssConnection *holder;
  char *requester;
  gint64 since_ms;
  gboolean is_undoing;
};

VssHold *
vss_hold_new (void)
{
  return g_new0 (VssHold, 1);
}

void
vss_hold_free (VssHold *self)
{
  g_free (self->requester);
  g_free (self);
}

gboolean
vss_hold_allows (VssHold *self, VssConnection *connection, gint64 now_ms, GError **error)
{
  double age_s = (now_ms - self->since_ms) / 1000.0;

  if (self->is_undoing)
    g_set_error (error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_BUSY,
                 "the snapshot set of %s was given up and is still being undone; try again soon",
                 self->requester);
  else if (self->holder && self->holder != connection)
    g_set_error (error, VSS_COMMAND_ERROR, VSS_WIRE_ERROR_CLASS_BUSY,
                 "a snapshot set of %s has been under way in this guest for %.1f s; wait for it, "
                 "or end it with vss-abort",
                 self->requester, age_s);
  else
    return TRUE;
  return FALSE;
}

gboolean
vss_hold_take (VssHold *self,
               VssConnection *connection,
               const char *requester,
               gint64 now_ms,
               GError **error)
{
  if (!vss_hold_allows (self, connection, now_ms, error))
    return FALSE;
  if (self->holder)
    return TRUE;
  self->holder = connection;
  self->requester = g_strdup (requester);
  self->since_ms = now_ms;
  return TRUE;
}

VssConnection *
vss_hold_get_holder (VssHold *self)
{
  return self->holder;
}

void
vss_hold_begin_undoing (VssHold *self)
{
  self->is_undoing = TRUE;
}

gboolean
vss_hold_is_undoing (VssHold *self)
{
  return self->is_undoing;
}

void
vss_hold_release (VssHold *self)
{
  self->holder = NULL;
  self->is_undoing = FALSE;
  g_clear_pointer (&self->requester, g_free);
}

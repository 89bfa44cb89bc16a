/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talking to a guest's writers once more. Called by the requester's objects on worker threads, and
 * by the thread that lets an object go. */
#include "host-lib/guest/vss-guest-reopen.h"

#include "host-lib/guest/vss-writer-limits.h"

typedef struct
{
  GMutex lock;
  GCond changed;
} Wait;

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Wait *wait = data;

  g_mutex_lock (&wait->lock);
  g_cond_broadcast (&wait->changed);
  g_mutex_unlock (&wait->lock);
}

/* Until @end_us, or it is cancelled. */
static void
wait_until (gint64 end_us, GCancellable *cancellable)
{
  Wait wait;
  gulong handler = 0;

  g_mutex_init (&wait.lock);
  g_cond_init (&wait.changed);
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), &wait, NULL);
  g_mutex_lock (&wait.lock);
  while (!g_cancellable_is_cancelled (cancellable) &&
         g_cond_wait_until (&wait.changed, &wait.lock, end_us))
    ;
  g_mutex_unlock (&wait.lock);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, handler);
  g_cond_clear (&wait.changed);
  g_mutex_clear (&wait.lock);
}

gboolean
vss_guest_reopen (VssGuest *self, const char *requester, GCancellable *cancellable, GError **error)
{
  gint64 deadline_us = g_get_monotonic_time () + (gint64)VSS_WRITERS_REOPEN_MS * 1000;

  for (;;)
    {
      g_autoptr (GError) failure = NULL;
      gint64 now_us;

      if (vss_guest_open (self, requester, FALSE, cancellable, &failure))
        return TRUE;
      now_us = g_get_monotonic_time ();
      if (now_us >= deadline_us ||
          !g_error_matches (failure, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      wait_until (MIN (now_us + VSS_WRITERS_REOPEN_EVERY_MS * 1000, deadline_us), cancellable);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
    }
}

static void
shut_down (VssGuest *self, const char *snapshot_set_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireWriterStatusResult) result =
      vss_guest_backup_shutdown (self, snapshot_set_id, VSS_WRITERS_SHUTDOWN_MS, &error);

  if (result == NULL)
    g_info ("%s", error->message);
}

void
vss_guest_shut_writers_down (VssGuest *self, const char *requester, GPtrArray *snapshot_set_ids)
{
  g_autoptr (GError) error = NULL;

  if (snapshot_set_ids->len == 0)
    return;
  if (!vss_guest_reopen (self, requester, NULL, &error))
    {
      g_info ("the writers were not told that their requester is gone: %s", error->message);
      return;
    }
  for (guint i = 0; i < snapshot_set_ids->len; i++)
    shut_down (self, g_ptr_array_index (snapshot_set_ids, i));
  vss_guest_close (self);
}

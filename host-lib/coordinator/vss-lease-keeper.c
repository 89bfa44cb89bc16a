/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renews the guest's lease while the commit is slow. Started and stopped by the run around the
 * commit; a fast commit is over before the first renewal. */
#include "host-lib/coordinator/vss-lease-keeper.h"

/* A renewal goes out when a third of the lease is gone, so that one may fail; never more often
 * than this, whatever the guest answers. */
#define MIN_INTERVAL_MS 50

struct _VssLeaseKeeper
{
  VssGuest *guest;
  gint64 generation;
  guint lease_ms;
  gint64 left_ms;
  GMutex lock;
  GCond stopped_changed;
  gboolean stopped;
  GThread *thread;
};

gint64
vss_lease_left_ms (gint64 end_ms, gint64 now_ms, guint lease_ms)
{
  gint64 left_ms;

  if (__builtin_sub_overflow (end_ms, now_ms, &left_ms))
    return 0;
  return CLAMP (left_ms, 0, (gint64) lease_ms);
}

/* What is left of the lease after a renewal; 0 if it can't be renewed any more. */
static gint64
renew (VssLeaseKeeper *self)
{
  g_autoptr (VssWireLeaseResult) lease = NULL;
  g_autoptr (GError) error = NULL;

  lease = vss_guest_renew_lease (self->guest, self->generation, self->lease_ms, &error);
  if (lease == NULL)
    {
      g_debug ("%s", error->message);
      return 0;
    }
  return vss_lease_left_ms (lease->lease_end_ms, lease->boot_time_ms, self->lease_ms);
}

static gpointer
keeper_thread (gpointer data)
{
  VssLeaseKeeper *self = data;
  gint64 left_ms = self->left_ms;

  g_mutex_lock (&self->lock);
  while (!self->stopped && left_ms > 0)
    {
      gint64 wake_us
          = g_get_monotonic_time () + MAX (left_ms / 3, MIN_INTERVAL_MS) * G_TIME_SPAN_MILLISECOND;

      while (!self->stopped && g_cond_wait_until (&self->stopped_changed, &self->lock, wake_us))
        ;
      if (self->stopped)
        break;
      g_mutex_unlock (&self->lock);
      left_ms = renew (self);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

VssLeaseKeeper *
vss_lease_keeper_start (VssGuest *guest, gint64 generation, guint lease_ms, gint64 left_ms)
{
  VssLeaseKeeper *self = g_new0 (VssLeaseKeeper, 1);

  self->guest = g_object_ref (guest);
  self->generation = generation;
  self->lease_ms = lease_ms;
  self->left_ms = left_ms;
  g_mutex_init (&self->lock);
  g_cond_init (&self->stopped_changed);
  self->thread = g_thread_new ("vss-lease", keeper_thread, self);
  return self;
}

void
vss_lease_keeper_stop (VssLeaseKeeper *self)
{
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_cond_signal (&self->stopped_changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->stopped_changed);
  g_object_unref (self->guest);
  g_free (self);
}

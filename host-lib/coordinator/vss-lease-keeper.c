/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renews the guest's lease while the commit is slow. Started and stopped by the run around the
 * commit; a fast commit is over before the first renewal. */
#include "host-lib/coordinator/vss-lease-keeper.h"

#include "host-lib/vss-repeater.h"

/* A renewal goes out when a third of the lease is gone, so that one may fail; never more often
 * than this, whatever the guest answers. */
#define MIN_INTERVAL_MS 50

struct _VssLeaseKeeper
{
  VssGuest *guest;
  gint64 generation;
  guint lease_ms;
  VssRepeater *repeater;
};

gint64
vss_lease_left_ms (gint64 end_ms, gint64 now_ms, guint lease_ms)
{
  gint64 left_ms;

  if (__builtin_sub_overflow (end_ms, now_ms, &left_ms))
    return 0;
  return CLAMP (left_ms, 0, (gint64) lease_ms);
}

/* Until the next renewal; a lease that is over can't be renewed. */
static gint64
pause_us (gint64 left_ms)
{
  if (left_ms <= 0)
    return 0;
  return MAX (left_ms / 3, MIN_INTERVAL_MS) * G_TIME_SPAN_MILLISECOND;
}

static gint64
renew (gpointer user_data)
{
  VssLeaseKeeper *self = user_data;
  g_autoptr (VssWireLeaseResult) lease = NULL;
  g_autoptr (GError) error = NULL;

  lease = vss_guest_renew_lease (self->guest, self->generation, self->lease_ms, &error);
  if (lease == NULL)
    {
      g_debug ("%s", error->message);
      return 0;
    }
  return pause_us (vss_lease_left_ms (lease->lease_end_ms, lease->boot_time_ms, self->lease_ms));
}

VssLeaseKeeper *
vss_lease_keeper_start (VssGuest *guest, gint64 generation, guint lease_ms, gint64 left_ms)
{
  VssLeaseKeeper *self = g_new0 (VssLeaseKeeper, 1);

  self->guest = g_object_ref (guest);
  self->generation = generation;
  self->lease_ms = lease_ms;
  self->repeater = vss_repeater_start ("vss-lease", pause_us (left_ms), renew, self);
  return self;
}

void
vss_lease_keeper_stop (VssLeaseKeeper *self)
{
  vss_repeater_stop (self->repeater);
  g_object_unref (self->guest);
  g_free (self);
}

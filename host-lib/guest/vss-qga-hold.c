/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The freeze and its two threads: one is in the freeze until the agent answers, the other thaws
 * when it is told to, or when the time is over. Made by vss-qga-guest. */
#include "host-lib/guest/vss-qga-hold.h"

/* Between two attempts at a thaw: the agent or libvirtd may be on its way back. */
#define RETRY_US G_USEC_PER_SEC

/* After this long nobody is going to come back, and whoever sees to the guest is better helped by
 * `virt-vss thaw` than by a thread that nobody knows of. */
#define GIVE_UP_US (10 * 60 * (gint64) G_USEC_PER_SEC)

struct _VssQgaHold
{
  gatomicrefcount references; /* all */
  gint owners; /* atomic; those outside of this file */
  VssQga *qga;
  char *name;
  GStrv mount_points;

  GMutex lock; /* of all that follows */
  GCond changed;
  gboolean freezing; /* the agent has not answered */
  gboolean thaw_wanted;
  gint64 begun_us;
  gint64 deadline_us;
  char *failure; /* nullable */
  VssQgaHoldState state;
};

static VssQgaHold *
hold_ref (VssQgaHold *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

static void
hold_unref (VssQgaHold *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_object_unref (self->qga);
  g_free (self->name);
  g_strfreev (self->mount_points);
  g_free (self->failure);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* -- the two threads -- */

static gpointer
run_freeze (gpointer data)
{
  VssQgaHold *self = data;
  g_autoptr (GError) error = NULL;
  int count = vss_qga_freeze (self->qga, (const char *const *) self->mount_points, &error);

  g_mutex_lock (&self->lock);
  self->freezing = FALSE;
  self->state.frozen = count;
  if (count < 0)
    {
      self->failure = g_strdup (error->message);
      /* Thawed nevertheless: the answer may be libvirt's, and the agent not have heard of it. */
      self->thaw_wanted = TRUE;
    }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  hold_unref (self);
  return NULL;
}

/* Called with the lock held, which it lets go of meanwhile. */
static gboolean
try_thaw (VssQgaHold *self)
{
  g_autoptr (GError) error = NULL;
  gboolean freezing = self->freezing;
  int count;

  g_mutex_unlock (&self->lock);
  count = vss_qga_thaw (self->qga, &error);
  g_mutex_lock (&self->lock);
  if (count < 0)
    {
      g_info ("%s; trying again", error->message);
      return FALSE;
    }
  self->state.thawed_count += count;
  /* A thaw that may have overtaken the freeze proves nothing. */
  return !freezing;
}

static void
wait_for_thaw_wanted (VssQgaHold *self)
{
  while (!self->thaw_wanted)
    {
      if (g_cond_wait_until (&self->changed, &self->lock, self->deadline_us))
        continue;
      self->state.expired = !self->thaw_wanted;
      self->thaw_wanted = TRUE;
    }
}

static gpointer
run_watch (gpointer data)
{
  VssQgaHold *self = data;
  gint64 give_up_us;

  g_mutex_lock (&self->lock);
  wait_for_thaw_wanted (self);
  give_up_us = g_get_monotonic_time () + GIVE_UP_US;
  while (!self->state.thawed && g_get_monotonic_time () < give_up_us)
    {
      gint64 again_us;

      self->state.thawed = try_thaw (self);
      again_us = g_get_monotonic_time () + RETRY_US;
      while (!self->state.thawed && g_cond_wait_until (&self->changed, &self->lock, again_us))
        ;
    }
  self->state.held_us = g_get_monotonic_time () - self->begun_us;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  hold_unref (self);
  return NULL;
}

/* -- begin and end -- */

static VssQgaHold *
hold_new (VssQga *qga, const char *name, const char *const *mount_points, guint lease_ms)
{
  VssQgaHold *self = g_new0 (VssQgaHold, 1);

  g_atomic_ref_count_init (&self->references);
  self->owners = 1;
  self->qga = g_object_ref (qga);
  self->name = g_strdup (name);
  self->mount_points = g_strdupv ((GStrv) mount_points);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->freezing = TRUE;
  self->begun_us = g_get_monotonic_time ();
  self->deadline_us = self->begun_us + (gint64) lease_ms * 1000;
  return self;
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  VssQgaHold *self = data;

  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gboolean
wait_for_freeze (VssQgaHold *self, guint timeout_ms, GCancellable *cancellable, GError **error)
{
  gint64 until_us = self->begun_us + (gint64) timeout_ms * 1000;
  gulong handler = cancellable != NULL ? g_cancellable_connect (cancellable,
                                                                G_CALLBACK (on_cancelled), self,
                                                                NULL)
                                       : 0;
  gboolean answered;

  g_mutex_lock (&self->lock);
  while (self->freezing && !g_cancellable_is_cancelled (cancellable)
         && g_cond_wait_until (&self->changed, &self->lock, until_us))
    ;
  answered = !self->freezing;
  if (!answered)
    {
      self->thaw_wanted = TRUE;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, handler);
  if (!answered && !g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, VSS_ERROR, VSS_E_FLUSH_WRITES_TIMEOUT,
                 "QEMU's guest agent of '%s' has not frozen the file systems within %u ms; it is "
                 "being told to thaw; look in the guest why qemu-guest-agent does not answer",
                 self->name, timeout_ms);
  return answered;
}

VssQgaHold *
vss_qga_hold_begin (VssQga *qga,
                    const char *name,
                    const char *const *mount_points,
                    guint timeout_ms,
                    guint lease_ms,
                    GCancellable *cancellable,
                    GError **error)
{
  VssQgaHold *self = hold_new (qga, name, mount_points, lease_ms);

  g_thread_unref (g_thread_new ("vss-qga-watch", run_watch, hold_ref (self)));
  g_thread_unref (g_thread_new ("vss-qga-freeze", run_freeze, hold_ref (self)));
  if (wait_for_freeze (self, timeout_ms, cancellable, error))
    return self;
  vss_qga_hold_unref (self);
  return NULL;
}

gboolean
vss_qga_hold_end (VssQgaHold *self, guint timeout_ms, VssQgaHoldState *state, GError **error)
{
  gint64 until_us = g_get_monotonic_time () + (gint64) timeout_ms * 1000;

  g_mutex_lock (&self->lock);
  self->thaw_wanted = TRUE;
  g_cond_broadcast (&self->changed);
  while (!self->state.thawed && g_cond_wait_until (&self->changed, &self->lock, until_us))
    ;
  *state = self->state;
  g_mutex_unlock (&self->lock);
  if (state->thawed)
    return TRUE;
  g_set_error (error, VSS_ERROR, VSS_E_HOLD_WRITES_TIMEOUT,
               "QEMU's guest agent of '%s' has not thawed the file systems within %u ms; look in "
               "the guest why it does not answer, then run 'virt-vss thaw %s'",
               self->name, timeout_ms, self->name);
  return FALSE;
}

void
vss_qga_hold_get_state (VssQgaHold *self, VssQgaHoldState *state)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  *state = self->state;
}

char *
vss_qga_hold_get_failure (VssQgaHold *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->failure);
}

VssQgaHold *
vss_qga_hold_ref (VssQgaHold *self)
{
  g_atomic_int_inc (&self->owners);
  return hold_ref (self);
}

/* The threads have references of their own; the one that watches is told when its owners leave. */
void
vss_qga_hold_unref (VssQgaHold *self)
{
  if (g_atomic_int_dec_and_test (&self->owners))
    {
      g_mutex_lock (&self->lock);
      self->thaw_wanted = TRUE;
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->lock);
    }
  hold_unref (self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Block thresholds: set for the time of one wait. libvirt's event loop, which the application runs,
 * calls back on its own thread; the lock guards what that tells. */
#include "host-lib/providers/libvirt/vss-overlay-watch.h"

typedef struct
{
  GMutex lock;
  GCond changed;
  gboolean grown;     /* guarded by lock */
  gboolean cancelled; /* guarded by lock */
} VssWatch;

static void
watch_clear (VssWatch *self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
}

/* libvirt may still call back when it has been told to stop, so it holds a reference. */
static void
watch_release (void *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) watch_clear);
}

static void
on_threshold (virConnectPtr connection,
              virDomainPtr domain,
              const char *device,
              const char *path,
              unsigned long long threshold,
              unsigned long long excess,
              void *data)
{
  VssWatch *self = data;

  g_mutex_lock (&self->lock);
  self->grown = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  VssWatch *self = data;

  g_mutex_lock (&self->lock);
  self->cancelled = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* -1: nobody runs libvirt's event loop. */
static int
subscribe (virDomainPtr domain, VssWatch *self)
{
  int id = virConnectDomainEventRegisterAny (virDomainGetConnect (domain), domain,
                                             VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD,
                                             VIR_DOMAIN_EVENT_CALLBACK (on_threshold),
                                             g_atomic_rc_box_acquire (self), watch_release);

  if (id < 0)
    watch_release (self);
  return id;
}

/* A disk whose threshold can't be set is looked at when the time is over. */
static void
set_thresholds (virDomainPtr domain, GPtrArray *overlays, gboolean set)
{
  for (guint i = 0; i < overlays->len; i++)
    {
      const VssOverlayInfo *overlay = g_ptr_array_index (overlays, i);

      if (overlay->active && overlay->threshold > 0
          && virDomainSetBlockThreshold (domain, overlay->target, set ? overlay->threshold : 0, 0)
                 < 0)
        g_debug ("no block threshold for %s", overlay->target);
    }
}

static void
wait_until (VssWatch *self, gint64 deadline)
{
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (in_time && !self->grown && !self->cancelled)
    in_time = g_cond_wait_until (&self->changed, &self->lock, deadline);
  g_mutex_unlock (&self->lock);
}

static void
watch (VssWatch *self, virDomainPtr domain, GPtrArray *overlays, gint64 deadline)
{
  int id = domain != NULL ? subscribe (domain, self) : -1;

  if (id >= 0)
    set_thresholds (domain, overlays, TRUE);
  wait_until (self, deadline);
  if (id < 0)
    return;
  set_thresholds (domain, overlays, FALSE);
  virConnectDomainEventDeregisterAny (virDomainGetConnect (domain), id);
}

gboolean
vss_overlay_watch_wait (virDomainPtr domain,
                        GPtrArray *overlays,
                        guint timeout_ms,
                        gboolean *grown,
                        GCancellable *cancellable,
                        GError **error)
{
  gint64 deadline = g_get_monotonic_time () + (gint64) timeout_ms * 1000;
  VssWatch *self = g_atomic_rc_box_new0 (VssWatch);
  gulong handler = 0;

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
  watch (self, domain, overlays, deadline);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, handler);
  g_mutex_lock (&self->lock);
  *grown = self->grown;
  g_mutex_unlock (&self->lock);
  watch_release (self);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

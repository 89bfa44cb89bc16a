/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One blocked thread for each frozen file system; see the header for what it proves. */
#include "guest-agent/freeze/vss-sentinel.h"

/* A thread that has been told to go, or was woken, gets the processor within this time, or the
 * guest is too busy for anything to be said about it. */
#define SETTLE_LIMIT_US (2 * G_USEC_PER_SEC)

/* Between two looks. The freeze lasts this much longer at most. */
#define LOOK_PAUSE_US 100

/* One to read the folder, one to prove. */
#define N_CALLS 2

typedef enum
{
  ORDER_WAIT,
  ORDER_GO,
  ORDER_LEAVE,
} Order;

struct _VssSentinel
{
  gatomicrefcount ref_count; /* the owner's and the thread's */
  VssKernel *kernel;
  int fd;
  char *name;
  GMutex mutex;
  GCond changed;
  Order order;
  int tid; /* 0 until the thread has started */
  guint returned; /* calls that have come back */
  guint proof; /* what that was when a call was first seen blocked */
};

static void
sentinel_unref (VssSentinel *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    {
      return;
    }
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_object_unref (self->kernel);
  g_free (self->name);
  g_free (self);
}

/* With the mutex held, which it gives up meanwhile. */
static void
call_once (VssSentinel *self)
{
  g_mutex_unlock (&self->mutex);
  vss_kernel_unlink_missing (self->kernel, self->fd, self->name);
  g_mutex_lock (&self->mutex);
  self->returned++;
}

static gpointer
run (gpointer user_data)
{
  VssSentinel *self = user_data;

  /* In a descriptor table of its own it doesn't keep the guard's socket open when the agent is
   * killed: the guard hears of it at once although this thread can't die while it is blocked. */
  vss_kernel_keep_only (self->kernel, &self->fd, 1);
  g_mutex_lock (&self->mutex);
  self->tid = vss_kernel_thread_id (self->kernel);
  g_cond_broadcast (&self->changed);

  /* The folder is read now, not while frozen. This waits if somebody else has frozen it; should it
   * come so late that it meets our own freeze, it proves as well as the next one. */
  call_once (self);
  while (self->order == ORDER_WAIT)
    {
      g_cond_wait (&self->changed, &self->mutex);
    }
  if (self->order == ORDER_GO)
    {
      call_once (self);
    }
  g_mutex_unlock (&self->mutex);
  sentinel_unref (self);
  return NULL;
}

VssSentinel *
vss_sentinel_new (VssKernel *kernel,
                  int        fd,
                  GError   **error)
{
  VssSentinel *self = g_new0 (VssSentinel, 1);
  g_autofree char *uuid = g_uuid_string_random ();
  GThread *thread;

  g_atomic_ref_count_init (&self->ref_count);
  self->kernel = g_object_ref (kernel);
  self->fd = fd;
  self->name = g_strdup_printf (".vss-sentinel-%s", uuid);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);

  g_atomic_ref_count_inc (&self->ref_count);
  thread = g_thread_try_new ("vss-sentinel", run, self, error);
  if (thread == NULL)
    {
      sentinel_unref (self);
      sentinel_unref (self);
      return NULL;
    }
  g_thread_unref (thread);
  g_mutex_lock (&self->mutex);
  while (self->tid == 0)
    {
      g_cond_wait (&self->changed, &self->mutex);
    }
  g_mutex_unlock (&self->mutex);
  return self;
}

void
vss_sentinel_release (VssSentinel *self)
{
  g_mutex_lock (&self->mutex);
  if (self->order == ORDER_WAIT)
    {
      self->order = ORDER_LEAVE;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
  sentinel_unref (self);
}

static guint
count_returned (VssSentinel *self)
{
  guint returned;

  g_mutex_lock (&self->mutex);
  returned = self->returned;
  g_mutex_unlock (&self->mutex);
  return returned;
}

/* Waits until the thread is blocked in a call, or has come back from call number @last. A thread
 * that is neither is on its way to one of both. */
static gboolean
settle (VssSentinel *self,
        guint        last,
        guint       *call)
{
  gint64 limit = g_get_monotonic_time () + SETTLE_LIMIT_US;

  while (g_get_monotonic_time () < limit)
    {
      guint returned = count_returned (self);

      if (returned >= last)
        {
          return FALSE;
        }
      /* Not back from that call before and after: it was that call that it was blocked in. */
      if (vss_kernel_is_blocked_in_unlink (self->kernel, self->tid)
          && count_returned (self) == returned)
        {
          *call = returned;
          return TRUE;
        }
      g_usleep (LOOK_PAUSE_US);
    }
  return FALSE;
}

gboolean
vss_sentinel_start (VssSentinel *self)
{
  g_mutex_lock (&self->mutex);
  self->order = ORDER_GO;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  return settle (self, N_CALLS, &self->proof);
}

gboolean
vss_sentinel_is_blocked (VssSentinel *self)
{
  guint call;

  return settle (self, self->proof + 1, &call);
}

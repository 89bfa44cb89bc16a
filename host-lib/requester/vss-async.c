/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handle of a running operation, which has a thread of its own. Any thread may wait, ask and
 * cancel; signals come in the main context of whoever started it. */
#include "host-lib/requester/vss-async-private.h"

struct _VssAsync
{
  GObject parent_instance;

  GObject *owner; /* nullable once it has ended */
  VssAsyncRun run;
  VssAsyncDone done;
  gpointer data;
  GDestroyNotify free_data;
  GMainContext *context;
  GCancellable *cancellable;

  GMutex lock; /* of the rest */
  GCond changed;
  gboolean ended;
  gboolean cancel_asked;
  GError *error; /* nullable */
};

enum
{
  SIGNAL_COMPLETED,
  SIGNAL_PROGRESS,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (VssAsync, vss_async, G_TYPE_OBJECT)

/* -- signals -- */

/* A signal on its way to the main context. Without a listener it keeps nothing alive: nobody may
 * ever run that context. */
typedef struct
{
  GWeakRef weak;
  VssAsync *strong; /* nullable */
  guint signal;
  char *phase;
  char *object;
  guint64 done;
  guint64 total;
} Emission;

static void
emission_free (gpointer data)
{
  Emission *emission = data;

  g_weak_ref_clear (&emission->weak);
  g_clear_object (&emission->strong);
  g_free (emission->phase);
  g_free (emission->object);
  g_free (emission);
}

static gboolean
emit (gpointer data)
{
  Emission *emission = data;
  g_autoptr (VssAsync) self = g_weak_ref_get (&emission->weak);

  if (self != NULL && emission->signal == SIGNAL_COMPLETED)
    g_signal_emit (self, signals[SIGNAL_COMPLETED], 0);
  else if (self != NULL)
    g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, emission->phase, emission->object,
                   emission->done, emission->total);
  return G_SOURCE_REMOVE;
}

static Emission *
emission_new (VssAsync *self, guint signal)
{
  Emission *emission = g_new0 (Emission, 1);

  emission->signal = signal;
  g_weak_ref_init (&emission->weak, self);
  if (g_signal_has_handler_pending (self, signals[signal], 0, FALSE))
    emission->strong = g_object_ref (self);
  return emission;
}

static void
send (VssAsync *self, Emission *emission)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit, emission, emission_free);
  g_source_attach (source, self->context);
}

void
vss_async_tell (VssAsync *self,
                const char *phase,
                const char *object,
                guint64 done,
                guint64 total)
{
  Emission *emission;

  if (!g_signal_has_handler_pending (self, signals[SIGNAL_PROGRESS], 0, FALSE))
    return;
  emission = emission_new (self, SIGNAL_PROGRESS);
  emission->phase = g_strdup (phase);
  emission->object = g_strdup (object);
  emission->done = done;
  emission->total = total;
  send (self, emission);
}

/* -- the operation -- */

static void
end (VssAsync *self, GError *error)
{
  GObject *owner = g_steal_pointer (&self->owner);

  if (self->done != NULL)
    self->done (owner, self->data, error);
  if (self->free_data != NULL)
    self->free_data (self->data);
  self->data = NULL;
  g_object_unref (owner);
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  self->error = error;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  send (self, emission_new (self, SIGNAL_COMPLETED));
}

static gpointer
operation_thread (gpointer data)
{
  g_autoptr (VssAsync) self = data;
  GError *error = NULL;

  self->run (self, self->owner, self->data, self->cancellable, &error);
  end (self, error);
  return NULL;
}

VssAsync *
vss_async_start (GObject *owner,
                 VssAsyncRun run,
                 VssAsyncDone done,
                 gpointer data,
                 GDestroyNotify free_data)
{
  VssAsync *self = g_object_new (VSS_TYPE_ASYNC, NULL);

  self->owner = g_object_ref (owner);
  self->run = run;
  self->done = done;
  self->data = data;
  self->free_data = free_data;
  g_thread_unref (g_thread_new ("vss-operation", operation_thread, g_object_ref (self)));
  return self;
}

/* -- the requester's side -- */

/* With the lock held: the state as VSS has it; the error of a failed operation is copied. */
static gboolean
read_status (VssAsync *self, VssSuccess *status, GError **error)
{
  if (self->ended && self->error != NULL
      && !g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_error_copy (self->error));
      return FALSE;
    }
  if (status == NULL)
    return TRUE;
  if (!self->ended)
    *status = VSS_S_ASYNC_PENDING;
  else
    *status = self->error == NULL ? VSS_S_ASYNC_FINISHED : VSS_S_ASYNC_CANCELLED;
  return TRUE;
}

/**
 * vss_async_wait:
 * @self: an operation
 * @timeout_ms: how long to wait at most, in milliseconds; %G_MAXUINT for as long as it takes
 * @error: return location for an error
 *
 * Waits for the end of the operation. Blocks; whoever runs a main loop connects to
 * #VssAsync::completed instead.
 *
 * VSS: IVssAsync::Wait. As there, it succeeds when the time is over before the operation: ask
 * vss_async_query_status(). A cancelled operation is no failure.
 *
 * Errors: those of the operation that is waited for
 *
 * Returns: %FALSE if the operation failed
 *
 * Since: 0.1
 */
gboolean
vss_async_wait (VssAsync *self, guint timeout_ms, GError **error)
{
  gint64 deadline_us;
  gboolean good;

  g_return_val_if_fail (VSS_IS_ASYNC (self), FALSE);
  deadline_us = g_get_monotonic_time () + (gint64) timeout_ms * G_TIME_SPAN_MILLISECOND;
  g_mutex_lock (&self->lock);
  while (!self->ended)
    {
      if (timeout_ms == G_MAXUINT)
        g_cond_wait (&self->changed, &self->lock);
      else if (!g_cond_wait_until (&self->changed, &self->lock, deadline_us))
        break;
    }
  good = read_status (self, NULL, error);
  g_mutex_unlock (&self->lock);
  return good;
}

/**
 * vss_async_query_status:
 * @self: an operation
 * @status: (out): %VSS_S_ASYNC_PENDING, %VSS_S_ASYNC_FINISHED or %VSS_S_ASYNC_CANCELLED
 * @error: return location for an error
 *
 * Tells how the operation stands. Never blocks.
 *
 * VSS: IVssAsync::QueryStatus. The result of the operation comes as the error, not in @status.
 *
 * Errors: %VSS_E_INVALIDARG if @status is %NULL; else those of the operation
 *
 * Returns: %FALSE if the operation failed
 *
 * Since: 0.1
 */
gboolean
vss_async_query_status (VssAsync *self, VssSuccess *status, GError **error)
{
  gboolean good;

  g_return_val_if_fail (VSS_IS_ASYNC (self), FALSE);
  if (status == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_INVALIDARG,
                   "QueryStatus needs somewhere to put the status");
      return FALSE;
    }
  g_mutex_lock (&self->lock);
  good = read_status (self, status, error);
  g_mutex_unlock (&self->lock);
  return good;
}

/**
 * vss_async_cancel:
 * @self: an operation
 * @status: (out) (optional): %VSS_S_OK if it was asked to end, %VSS_S_ASYNC_CANCELLED if it had
 *   been asked before, %VSS_S_ASYNC_FINISHED if it had ended
 * @error: return location for an error
 *
 * Asks the operation to end. DoSnapshotSet undoes everything if it is asked before the disks are
 * snapshotted; after that it comes to its regular end. Never blocks: wait for the end with
 * vss_async_wait().
 *
 * VSS: IVssAsync::Cancel
 *
 * Errors: those of the operation, if it has failed
 *
 * Returns: %FALSE if the operation had failed
 *
 * Since: 0.1
 */
gboolean
vss_async_cancel (VssAsync *self, VssSuccess *status, GError **error)
{
  gboolean good;
  gboolean tell;
  VssSuccess found = VSS_S_OK;

  g_return_val_if_fail (VSS_IS_ASYNC (self), FALSE);
  g_mutex_lock (&self->lock);
  good = read_status (self, &found, error);
  tell = good && found == VSS_S_ASYNC_PENDING && !self->cancel_asked;
  if (found == VSS_S_ASYNC_PENDING)
    found = self->cancel_asked ? VSS_S_ASYNC_CANCELLED : VSS_S_OK;
  self->cancel_asked = TRUE;
  g_mutex_unlock (&self->lock);
  if (tell)
    g_cancellable_cancel (self->cancellable);
  if (good && status != NULL)
    *status = found;
  return good;
}

/**
 * vss_async_finish:
 * @self: an operation
 * @error: return location for an error
 *
 * Waits until the end, however long that takes, and returns the final result.
 *
 * VSS: IVssAsync::Wait and QueryStatus in one
 *
 * Errors: those of the operation; %G_IO_ERROR_CANCELLED if it was cancelled
 *
 * Returns: %TRUE if the operation succeeded
 *
 * Since: 0.1
 */
gboolean
vss_async_finish (VssAsync *self, GError **error)
{
  g_return_val_if_fail (VSS_IS_ASYNC (self), FALSE);
  g_mutex_lock (&self->lock);
  while (!self->ended)
    g_cond_wait (&self->changed, &self->lock);
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  g_mutex_unlock (&self->lock);
  return self->error == NULL;
}

/* -- life -- */

static void
vss_async_finalize (GObject *object)
{
  VssAsync *self = VSS_ASYNC (object);

  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  g_clear_error (&self->error);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (vss_async_parent_class)->finalize (object);
}

static void
vss_async_class_init (VssAsyncClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = vss_async_finalize;

  /**
   * VssAsync::completed:
   * @self: the operation
   *
   * The operation has ended, in whatever way.
   *
   * Since: 0.1
   */
  signals[SIGNAL_COMPLETED] = g_signal_new ("completed", VSS_TYPE_ASYNC, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * VssAsync::progress:
   * @self: the operation
   * @phase: what it is at: "recover", "preflight", "overlays", "drain", "pre-commit", "freeze",
   *   "commit", "thaw", "finish", "rollback", "merge"
   * @object: (nullable): the set, or the disk
   * @done: how much is done
   * @total: of how much; 0 if that isn't known
   *
   * A phase begins, or goes on.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", VSS_TYPE_ASYNC, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64);
}

static void
vss_async_init (VssAsync *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

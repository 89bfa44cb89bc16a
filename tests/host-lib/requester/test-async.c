/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IVssAsync: waiting, asking, cancelling, signals. */
#include "host-lib/requester/vss-async-private.h"

/* An operation that ends when it is told, with what it is told. */
typedef struct
{
  GMutex lock;
  GCond changed;
  gboolean released;
  GError *error; /* nullable */
  gboolean ends_when_cancelled;
} Gate;

static Gate *
gate_new (void)
{
  Gate *gate = g_new0 (Gate, 1);

  g_mutex_init (&gate->lock);
  g_cond_init (&gate->changed);
  return gate;
}

static void
gate_free (Gate *gate)
{
  g_clear_error (&gate->error);
  g_mutex_clear (&gate->lock);
  g_cond_clear (&gate->changed);
  g_free (gate);
}

static void
gate_release (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->released = TRUE;
  g_cond_broadcast (&gate->changed);
  g_mutex_unlock (&gate->lock);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  gate_release (data);
}

static gboolean
wait_at_gate (VssAsync *async,
              GObject *owner,
              gpointer data,
              GCancellable *cancellable,
              GError **error)
{
  Gate *gate = data;
  gulong handler = 0;

  if (gate->ends_when_cancelled)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), gate, NULL);
  vss_async_tell (async, "freeze", "set", 1, 2);
  g_mutex_lock (&gate->lock);
  while (!gate->released)
    g_cond_wait (&gate->changed, &gate->lock);
  g_mutex_unlock (&gate->lock);
  g_cancellable_disconnect (cancellable, handler);
  if (gate->ends_when_cancelled && g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (gate->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (gate->error));
  return FALSE;
}

static VssAsync *
start (Gate *gate)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);

  return vss_async_start (owner, wait_at_gate, NULL, gate, NULL);
}

static void
check_status (VssAsync *async, VssSuccess expected)
{
  g_autoptr (GError) error = NULL;
  VssSuccess status;

  g_assert_true (vss_async_query_status (async, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, expected);
}

static void
test_pending_and_finished (void)
{
  Gate *gate = gate_new ();
  g_autoptr (VssAsync) async = start (gate);
  g_autoptr (GError) error = NULL;
  VssSuccess status;

  check_status (async, VSS_S_ASYNC_PENDING);
  /* A wait that is over before the operation is no failure. */
  g_assert_true (vss_async_wait (async, 0, &error));
  g_assert_true (vss_async_wait (async, 1, &error));
  check_status (async, VSS_S_ASYNC_PENDING);
  gate_release (gate);
  g_assert_true (vss_async_wait (async, G_MAXUINT, &error));
  check_status (async, VSS_S_ASYNC_FINISHED);
  g_assert_true (vss_async_finish (async, &error));
  g_assert_true (vss_async_cancel (async, &status, &error));
  g_assert_cmpint (status, ==, VSS_S_ASYNC_FINISHED);
  gate_free (gate);
}

static void
test_failed (void)
{
  Gate *gate = gate_new ();
  g_autoptr (VssAsync) async = NULL;
  VssSuccess status = VSS_S_FALSE;

  gate->error = g_error_new (VSS_ERROR, VSS_E_PROVIDER_VETO, "no");
  async = start (gate);
  gate_release (gate);
  for (guint call = 0; call < 4; call++)
    {
      g_autoptr (GError) error = NULL;
      gboolean good = call == 0   ? vss_async_wait (async, G_MAXUINT, &error)
                      : call == 1 ? vss_async_query_status (async, &status, &error)
                      : call == 2 ? vss_async_finish (async, &error)
                                  : vss_async_cancel (async, &status, &error);

      g_assert_false (good);
      g_assert_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO);
      g_assert_cmpint (status, ==, VSS_S_FALSE); /* untouched */
    }
  gate_free (gate);
}

static void
test_cancelled (void)
{
  Gate *gate = gate_new ();
  g_autoptr (VssAsync) async = NULL;
  g_autoptr (GError) error = NULL;
  VssSuccess status;

  gate->ends_when_cancelled = TRUE;
  async = start (gate);
  g_assert_true (vss_async_cancel (async, &status, &error));
  g_assert_cmpint (status, ==, VSS_S_OK);
  g_assert_true (vss_async_wait (async, G_MAXUINT, &error));
  check_status (async, VSS_S_ASYNC_CANCELLED);
  g_assert_true (vss_async_cancel (async, &status, &error));
  g_assert_cmpint (status, ==, VSS_S_ASYNC_CANCELLED);
  g_assert_false (vss_async_finish (async, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gate_free (gate);
}

/* Past the point of no return an operation comes to its regular end. */
static void
test_cancelled_too_late (void)
{
  Gate *gate = gate_new ();
  g_autoptr (VssAsync) async = start (gate);
  g_autoptr (GError) error = NULL;
  VssSuccess status;

  g_assert_true (vss_async_cancel (async, &status, &error));
  g_assert_cmpint (status, ==, VSS_S_OK);
  g_assert_true (vss_async_cancel (async, &status, &error));
  g_assert_cmpint (status, ==, VSS_S_ASYNC_CANCELLED);
  gate_release (gate);
  g_assert_true (vss_async_finish (async, &error));
  check_status (async, VSS_S_ASYNC_FINISHED);
  gate_free (gate);
}

static void
test_null_status (void)
{
  Gate *gate = gate_new ();
  g_autoptr (VssAsync) async = start (gate);
  g_autoptr (GError) error = NULL;

  g_assert_false (vss_async_query_status (async, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_INVALIDARG);
  gate_release (gate);
  g_assert_true (vss_async_finish (async, NULL));
  gate_free (gate);
}

typedef struct
{
  GMainLoop *loop;
  GThread *thread;
  guint progressed;
} Listener;

static void
on_progress (VssAsync *async,
             const char *phase,
             const char *object,
             guint64 done,
             guint64 total,
             gpointer data)
{
  Listener *listener = data;

  g_assert_true (g_thread_self () == listener->thread);
  g_assert_cmpstr (phase, ==, "freeze");
  g_assert_cmpstr (object, ==, "set");
  g_assert_cmpuint (done, ==, 1);
  g_assert_cmpuint (total, ==, 2);
  listener->progressed++;
}

static void
on_completed (VssAsync *async, gpointer data)
{
  Listener *listener = data;

  g_assert_true (g_thread_self () == listener->thread);
  check_status (async, VSS_S_ASYNC_FINISHED);
  g_main_loop_quit (listener->loop);
}

/* Each time a listener exists before the operation says anything. */
static gboolean
tell_after_gate (VssAsync *async,
                 GObject *owner,
                 gpointer data,
                 GCancellable *cancellable,
                 GError **error)
{
  Gate *gate = data;

  g_mutex_lock (&gate->lock);
  while (!gate->released)
    g_cond_wait (&gate->changed, &gate->lock);
  g_mutex_unlock (&gate->lock);
  vss_async_tell (async, "freeze", "set", 1, 2);
  return TRUE;
}

/* In the context of whoever started it, also when nobody keeps the handle. */
static void
test_signals (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  Gate *gate = gate_new ();
  Listener listener = { g_main_loop_new (context, FALSE), g_thread_self (), 0 };
  VssAsync *async;

  g_main_context_push_thread_default (context);
  async = vss_async_start (owner, tell_after_gate, NULL, gate, NULL);
  g_signal_connect (async, "progress", G_CALLBACK (on_progress), &listener);
  g_signal_connect (async, "completed", G_CALLBACK (on_completed), &listener);
  g_object_unref (async);
  gate_release (gate);
  g_main_loop_run (listener.loop);
  g_assert_cmpuint (listener.progressed, ==, 1);
  g_main_context_pop_thread_default (context);
  g_main_loop_unref (listener.loop);
  gate_free (gate);
}

/* The operation keeps its owner, and lets go of it at its end. */
static void
test_owner (void)
{
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  GWeakRef weak;
  Gate *gate = gate_new ();
  VssAsync *async;

  g_weak_ref_init (&weak, owner);
  async = vss_async_start (owner, wait_at_gate, NULL, gate, NULL);
  g_object_unref (owner);
  owner = g_weak_ref_get (&weak);
  g_assert_nonnull (owner);
  g_object_unref (owner);
  gate_release (gate);
  g_assert_true (vss_async_finish (async, NULL));
  g_assert_null (g_weak_ref_get (&weak));
  g_weak_ref_clear (&weak);
  g_object_unref (async);
  gate_free (gate);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async/pending-and-finished", test_pending_and_finished);
  g_test_add_func ("/async/failed", test_failed);
  g_test_add_func ("/async/cancelled", test_cancelled);
  g_test_add_func ("/async/cancelled-too-late", test_cancelled_too_late);
  g_test_add_func ("/async/null-status", test_null_status);
  g_test_add_func ("/async/signals", test_signals);
  g_test_add_func ("/async/owner", test_owner);
  return g_test_run ();
}

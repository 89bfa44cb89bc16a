/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VssAsync for the fake library: done from the start, or waiting for its cancellation. Main
 * thread. */
#include "tests/cli/fake/fake-settings.h"

struct _VssAsync
{
  GObject parent_instance;

  gboolean done;
  GError *error;
};

G_DEFINE_FINAL_TYPE (VssAsync, vss_async, G_TYPE_OBJECT)

static void
vss_async_finalize (GObject *object)
{
  VssAsync *self = VSS_ASYNC (object);

  g_clear_error (&self->error);
  G_OBJECT_CLASS (vss_async_parent_class)->finalize (object);
}

static void
vss_async_class_init (VssAsyncClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = vss_async_finalize;
  g_signal_new ("completed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("progress",
                type,
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                4,
                G_TYPE_STRING,
                G_TYPE_STRING,
                G_TYPE_UINT64,
                G_TYPE_UINT64);
}

static void
vss_async_init (VssAsync *self)
{
}

VssAsync *
fake_async_done (GError *error)
{
  VssAsync *self = g_object_new (VSS_TYPE_ASYNC, NULL);

  self->done = TRUE;
  self->error = error;
  return self;
}

VssAsync *
fake_async_hang (void)
{
  return g_object_new (VSS_TYPE_ASYNC, NULL);
}

gboolean
vss_async_query_status (VssAsync *self, VssSuccess *status, GError **error)
{
  if (self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return FALSE;
    }
  *status = self->done ? VSS_S_ASYNC_FINISHED : VSS_S_ASYNC_PENDING;
  return TRUE;
}

gboolean
vss_async_cancel (VssAsync *self, VssSuccess *status, GError **error)
{
  fake_log ("cancel");
  *status = VSS_S_OK;
  if (!self->done && !fake_is ("deaf"))
    {
      self->done = TRUE;
      self->error = fake_is ("late")
                        ? NULL
                        : g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
      g_signal_emit_by_name (self, "completed");
    }
  return TRUE;
}

gboolean
vss_async_finish (VssAsync *self, GError **error)
{
  g_assert_true (self->done);
  if (self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return FALSE;
    }
  return TRUE;
}

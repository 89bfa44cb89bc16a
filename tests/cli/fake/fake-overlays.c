/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Overlays for the fake library: each reading is a second later, and more was written. */
#include "tests/cli/fake/fake-settings.h"
#include "tests/cli/sample-sets.h"

#define MIB (1024 * 1024)

G_DEFINE_BOXED_TYPE (VssOverlayInfo,
                     vss_overlay_info,
                     vss_overlay_info_copy,
                     vss_overlay_info_free)

VssOverlayInfo *
vss_overlay_info_copy (const VssOverlayInfo *self)
{
  g_assert_not_reached ();
}

void
vss_overlay_info_free (VssOverlayInfo *self)
{
  g_free (self->snapshot_set_id);
  g_free (self->target);
  g_free (self->path);
  g_free (self->storage);
  g_free (self->problem);
  g_free (self);
}

GPtrArray *
vss_domain_list_overlays (VssDomain *self, GCancellable *cancellable, GError **error)
{
  const char *earlier = g_getenv ("VSS_FAKE_READINGS");
  guint reading = earlier != NULL ? (guint) g_ascii_strtoull (earlier, NULL, 10) : 0;
  g_autofree char *count = g_strdup_printf ("%u", reading + 1);
  GPtrArray *overlays;

  fake_log ("overlays");
  g_setenv ("VSS_FAKE_READINGS", count, TRUE);
  if (fake_is ("no-overlays"))
    {
      return g_ptr_array_new ();
    }
  overlays = sample_overlays_new (reading);
  return overlays;
}

gboolean
vss_domain_wait_for_growth (VssDomain *self,
                            GPtrArray *overlays,
                            guint timeout_ms,
                            gboolean *grown,
                            GCancellable *cancellable,
                            GError **error)
{
  const VssOverlayInfo *overlay = g_ptr_array_index (overlays, 0);

  fake_log ("wait %u ms, threshold %" G_GUINT64_FORMAT, timeout_ms, overlay->threshold / MIB);
  *grown = TRUE;
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

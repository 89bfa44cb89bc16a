/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the disk will be full, from what was read. */
#include "host-lib/cli/vss-growth.h"
#include "tests/cli/sample-sets.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)

static VssOverlayInfo *
overlay_of (GPtrArray *overlays, guint i)
{
  return g_ptr_array_index (overlays, i);
}

static void
test_limit (void)
{
  const struct
  {
    const char *text;
    guint percent;
    guint64 bytes; /* both 0: refused */
  } cases[] = {
    { "10%", 10, 0 },
    { "99%", 99, 0 },
    { "1", 0, 1 },
    { "4K", 0, 4096 },
    { "512M", 0, 512 * MIB },
    { "20G", 0, 20 * 1024 * MIB },
    { "2T", 0, 2 * 1024 * 1024 * MIB },
    { "0", 0, 0 },
    { "0%", 0, 0 },
    { "100%", 0, 0 },
    { "4294967306%", 0, 0 },
    { "", 0, 0 },
    { "-1", 0, 0 },
    { "10 %", 0, 0 },
    { "10GB", 0, 0 },
    { "G", 0, 0 },
    { "99999999999T", 0, 0 },
    { "99999999999999999999999", 0, 0 },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean good = cases[i].percent != 0 || cases[i].bytes != 0;
      VssSpaceLimit limit = { 0 };

      g_test_message ("'%s'", cases[i].text);
      g_assert_cmpint (vss_space_limit_parse (cases[i].text, &limit), ==, good);
      if (good)
        {
          g_assert_cmpuint (limit.percent, ==, cases[i].percent);
          g_assert_cmpuint (limit.bytes, ==, cases[i].bytes);
        }
    }
}

static void
test_rates (void)
{
  g_autoptr (GPtrArray) before = sample_overlays_new (0);
  g_autoptr (GPtrArray) overlays = sample_overlays_new (1);
  VssOverlayInfo *overlay = overlay_of (overlays, 0);

  g_assert_cmpint (vss_growth_since_creation (overlay_of (before, 0)), ==, 100 * MIB / 100);
  g_assert_cmpint (vss_growth_since (overlay, overlay_of (before, 0)), ==, 10 * MIB);
  /* Two readings within a moment say nothing, nor does a single one. */
  g_assert_cmpint (vss_growth_since (overlay, overlay), ==, VSS_GROWTH_UNKNOWN);
  g_assert_cmpint (vss_growth_since (overlay, NULL), ==, VSS_GROWTH_UNKNOWN);
  overlay->allocation = 0;
  g_assert_cmpint (vss_growth_since (overlay, overlay_of (before, 0)), ==, 0);
}

static void
test_full (void)
{
  g_autoptr (GPtrArray) before = sample_overlays_new (0);
  g_autoptr (GPtrArray) overlays = sample_overlays_new (1);
  VssOverlayInfo *overlay = overlay_of (overlays, 0);

  /* The slower rate of the whole time, then the faster one of now: 10 MiB/s of 2038 MiB. */
  g_assert_cmpint (vss_growth_full_in_s (before, NULL, overlay_of (before, 0)), ==, 2048);
  g_assert_cmpint (vss_growth_full_in_s (overlays, before, overlay), ==, 203);
  /* One beside it in the same place uses up the same space. */
  overlay_of (overlays, 1)->active = TRUE;
  overlay_of (overlays, 1)->allocation += 10 * MIB;
  g_assert_cmpint (vss_growth_full_in_s (overlays, before, overlay), <, 203);
  /* More room than two full disks need. */
  overlay->free = 20000 * MIB;
  g_assert_cmpint (vss_growth_full_in_s (overlays, before, overlay), ==, VSS_GROWTH_NEVER);
  overlay->active = FALSE;
  g_assert_cmpint (vss_growth_full_in_s (overlays, before, overlay), ==, VSS_GROWTH_UNKNOWN);
}

static void
test_thresholds (void)
{
  g_autoptr (GPtrArray) overlays = sample_overlays_new (0);
  const VssSpaceLimit limit = { .bytes = 48 * MIB };
  VssOverlayInfo *overlay = overlay_of (overlays, 0);
  VssOverlayInfo *other = overlay_of (overlays, 1);

  vss_growth_set_thresholds (overlays, &limit);
  g_assert_cmpuint (overlay->threshold, ==, overlay->length + 2000 * MIB);
  g_assert_cmpuint (other->threshold, ==, 0);
  /* Two of them: each gets half, so that one of them is heard of in time. */
  other->active = TRUE;
  vss_growth_set_thresholds (overlays, &limit);
  g_assert_cmpuint (overlay->threshold, ==, overlay->length + 1000 * MIB);
  g_assert_cmpuint (other->threshold, ==, other->length + 1000 * MIB);
  /* Nothing left: not at the end of the file, where every write would tell. */
  overlay->free = 48 * MIB;
  vss_growth_set_thresholds (overlays, &limit);
  g_assert_cmpuint (overlay->threshold, >, overlay->length);
}

static void
test_short (void)
{
  g_autoptr (GPtrArray) overlays = sample_overlays_new (0);
  VssSpaceLimit limit = { .percent = 50 };
  VssOverlayInfo *overlay = overlay_of (overlays, 0);

  overlay->free = overlay->space / 2;
  g_assert_null (vss_growth_find_short (overlays, &limit));
  overlay->free -= MIB;
  g_assert_true (vss_growth_find_short (overlays, &limit) == overlay);
  overlay->active = FALSE;
  g_assert_null (vss_growth_find_short (overlays, &limit));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/growth/limit", test_limit);
  g_test_add_func ("/growth/rates", test_rates);
  g_test_add_func ("/growth/full", test_full);
  g_test_add_func ("/growth/thresholds", test_thresholds);
  g_test_add_func ("/growth/short", test_short);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest's answers prove. The order of messages is the proof: it said "frozen", the commit
 * returned, and then it said that each file system had been held without a gap until its thaw. */
#include "host-lib/coordinator/vss-hold-proof.h"

#include "host-lib/vss-snapshot-set-private.h"

#include "protocol/vss-text.h"

/* Whatever is wrong with @mount_point; a guest that names it twice is believed the worse. */
static char *
find_gap_of (GPtrArray *volumes, const char *mount_point)
{
  g_autofree char *name = vss_text_sanitise (mount_point, VSS_TEXT_MAX_MESSAGE);
  gboolean named = FALSE;

  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireHoldResult *hold = g_ptr_array_index (volumes, i);
      g_autofree char *reason = NULL;

      if (!g_str_equal (hold->mount_point, mount_point))
        continue;
      named = TRUE;
      if (hold->state != VSS_WIRE_HOLD_STATE_NOT_HELD)
        continue;
      reason = vss_text_sanitise (hold->reason != NULL ? hold->reason : "no reason was given",
                                  VSS_TEXT_MAX_MESSAGE);
      return g_strdup_printf ("file system '%s' was not held: %s", name, reason);
    }
  if (named)
    return NULL;
  return g_strdup_printf ("file system '%s' was not held: the guest does not name it", name);
}

char *
vss_hold_find_gap (GPtrArray *volumes, const char *const *mount_points)
{
  for (guint i = 0; mount_points[i] != NULL; i++)
    {
      char *gap = find_gap_of (volumes, mount_points[i]);

      if (gap != NULL)
        return gap;
    }
  return NULL;
}

static char *
find_weakness (const char *const *mount_points,
               gint64 generation,
               const VssWireThawResult *thawed,
               const char *no_answer)
{
  if (thawed == NULL)
    return g_strdup (no_answer);
  if (thawed->lease_expired)
    return g_strdup ("the guest thawed by itself before the commit was confirmed, because its "
                     "lease had run out or its connection was lost");
  if (thawed->generation != generation)
    return g_strdup_printf ("the guest thawed generation %" G_GINT64_FORMAT
                            " where %" G_GINT64_FORMAT " had been frozen",
                            thawed->generation, generation);
  return vss_hold_find_gap (thawed->volumes, mount_points);
}

void
vss_hold_note (VssSnapshotSet *set, GPtrArray *volumes)
{
  g_ptr_array_set_size (set->holds, 0);
  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireHoldResult *result = g_ptr_array_index (volumes, i);
      VssSetHold *hold = vss_set_hold_new ();

      hold->mount_point = g_strdup (result->mount_point);
      hold->state = g_strdup (vss_wire_hold_state_to_string (result->state));
      hold->reason = result->reason != NULL
                         ? vss_text_sanitise (result->reason, VSS_TEXT_MAX_MESSAGE)
                         : NULL;
      hold->freeze_us = MAX (result->freeze_us, 0);
      hold->thaw_us = MAX (result->thaw_us, 0);
      g_ptr_array_add (set->holds, hold);
    }
}

void
vss_hold_prove (VssSnapshotSet *set,
                const char *const *mount_points,
                gint64 generation,
                const VssWireThawResult *thawed,
                const char *no_answer)
{
  g_free (set->weakness);
  set->weakness = find_weakness (mount_points, generation, thawed, no_answer);
  set->consistency = set->weakness == NULL ? VSS_CONSISTENCY_FILESYSTEM : VSS_CONSISTENCY_CRASH;
  if (thawed == NULL)
    return;
  set->lease_expired = thawed->lease_expired;
  set->frozen_us = MAX (thawed->held_us, 0);
  vss_hold_note (set, thawed->volumes);
}

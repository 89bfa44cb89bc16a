/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest's answers prove. The order of messages is the proof: it said "frozen", the commit
 * returned, and then it said that each file system had been held without a gap until its thaw. */
#include "host-lib/coordinator/vss-hold-proof.h"

#include "host-lib/documents/vss-xml.h"
#include "host-lib/vss-snapshot-set-private.h"

#include "protocol/vss-text.h"

/* Bytes that the file systems' results may take of the record, which has 64 KiB: those of the most
 * file systems that an agent freezes at once (128) with names and reasons of some length. A guest
 * that says more must not make the set fail for want of room once the disks are snapshotted. */
#define MAX_RECORD_BYTES (32 * 1024)

/* Bytes of a result beside its texts. */
#define HOLD_BYTES 128

/* Bytes of a reason that are kept: a sentence or two. The first one that matters is in the set's
 * weakness at full length. */
#define MAX_REASON 160

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
    return g_strdup ("the guest was thawed before the commit was confirmed, because the lease had "
                     "run out or the connection was lost");
  if (thawed->generation != generation)
    return g_strdup_printf ("the guest thawed generation %" G_GINT64_FORMAT
                            " where %" G_GINT64_FORMAT " had been frozen",
                            thawed->generation, generation);
  return vss_hold_find_gap (thawed->volumes, mount_points);
}

static VssSetHold *
make_hold (const VssWireHoldResult *result)
{
  VssSetHold *hold = vss_set_hold_new ();

  hold->mount_point = g_strdup (result->mount_point);
  hold->state = g_strdup (vss_wire_hold_state_to_string (result->state));
  hold->reason = result->reason != NULL ? vss_text_sanitise (result->reason, MAX_REASON) : NULL;
  hold->freeze_us = MAX (result->freeze_us, 0);
  hold->thaw_us = MAX (result->thaw_us, 0);
  return hold;
}

/* Bytes of @hold in the record. */
static gsize
size_in_record (const VssSetHold *hold)
{
  g_autoptr (GString) text = g_string_new (NULL);

  vss_xml_append_text (text, hold->mount_point);
  if (hold->reason != NULL)
    vss_xml_append_text (text, hold->reason);
  return HOLD_BYTES + text->len;
}

void
vss_hold_note (VssSnapshotSet *set, GPtrArray *volumes, const char *const *mount_points)
{
  g_autoptr (GHashTable) asked_for = g_hash_table_new (g_str_hash, g_str_equal);
  gsize room = MAX_RECORD_BYTES;

  for (guint i = 0; mount_points[i] != NULL; i++)
    g_hash_table_add (asked_for, (gpointer) mount_points[i]);
  g_ptr_array_set_size (set->holds, 0);
  for (guint i = 0; i < volumes->len; i++)
    {
      const VssWireHoldResult *result = g_ptr_array_index (volumes, i);
      VssSetHold *hold;
      gsize size;

      if (!g_hash_table_contains (asked_for, result->mount_point))
        continue;
      hold = make_hold (result);
      size = size_in_record (hold);
      if (size > room)
        {
          vss_set_hold_free (hold);
          continue;
        }
      room -= size;
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
  vss_hold_note (set, thawed->volumes, mount_points);
}

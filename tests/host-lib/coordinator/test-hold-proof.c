/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest's answer to the thaw proves, and what of it is kept: nothing that it says makes a
 * set better than it was, or its record too long to be kept. */
#include "host-lib/coordinator/vss-hold-proof.h"

#include "host-lib/vss-snapshot-set-private.h"

#include <string.h>

#define GENERATION 7

static const char *const mount_points[] = { "/a", "/b", NULL };

static void
add_hold (VssWireThawResult *thawed, const char *path, VssWireHoldState state, const char *reason)
{
  VssWireHoldResult *hold = vss_wire_hold_result_new ();

  hold->mount_point = g_strdup (path);
  hold->device_number = g_strdup ("8:0");
  hold->state = state;
  hold->reason = g_strdup (reason);
  hold->freeze_us = G_MININT64;
  hold->thaw_us = G_MAXINT64;
  g_ptr_array_add (thawed->volumes, hold);
}

static VssWireThawResult *
make_answer (void)
{
  VssWireThawResult *thawed = vss_wire_thaw_result_new ();

  thawed->generation = GENERATION;
  add_hold (thawed, "/a", VSS_WIRE_HOLD_STATE_HELD, NULL);
  add_hold (thawed, "/b", VSS_WIRE_HOLD_STATE_READ_ONLY, NULL);
  return thawed;
}

static VssSnapshotSet *
prove (const VssWireThawResult *thawed)
{
  VssSnapshotSet *set = vss_snapshot_set_new ();

  vss_hold_prove (set, mount_points, GENERATION, thawed, "no answer");
  return set;
}

static void
test_held (void)
{
  g_autoptr (VssWireThawResult) thawed = make_answer ();
  g_autoptr (VssSnapshotSet) set = prove (thawed);
  const VssSetHold *hold = g_ptr_array_index (set->holds, 0);

  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  g_assert_null (set->weakness);
  g_assert_cmpuint (set->holds->len, ==, 2);
  g_assert_cmpint (hold->freeze_us, ==, 0);
  g_assert_cmpint (hold->thaw_us, ==, G_MAXINT64);
}

typedef void (*Spoil) (VssWireThawResult *thawed);

static void
of_another_generation (VssWireThawResult *thawed)
{
  thawed->generation = G_MININT64;
}

static void
too_early (VssWireThawResult *thawed)
{
  thawed->lease_expired = TRUE;
}

static void
of_other_volumes (VssWireThawResult *thawed)
{
  g_ptr_array_set_size (thawed->volumes, 1);
  add_hold (thawed, "/b/", VSS_WIRE_HOLD_STATE_HELD, NULL);
}

static void
held_and_not_held (VssWireThawResult *thawed)
{
  add_hold (thawed, "/a", VSS_WIRE_HOLD_STATE_NOT_HELD, "\033[2J");
  add_hold (thawed, "/a", VSS_WIRE_HOLD_STATE_HELD, NULL);
}

static void
test_not_proven (void)
{
  const Spoil ways[] = { of_another_generation, too_early, of_other_volumes, held_and_not_held };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autoptr (VssWireThawResult) thawed = make_answer ();
      g_autoptr (VssSnapshotSet) set = NULL;

      ways[i](thawed);
      set = prove (thawed);
      g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_CRASH);
      g_assert_nonnull (set->weakness);
      g_assert_null (strchr (set->weakness, '\033'));
    }
}

static void
test_no_answer (void)
{
  g_autoptr (VssSnapshotSet) set = prove (NULL);

  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_cmpstr (set->weakness, ==, "no answer");
}

static void
test_unasked (void)
{
  g_autoptr (VssWireThawResult) thawed = make_answer ();
  g_autoptr (VssSnapshotSet) set = NULL;

  for (guint i = 0; i < 5000; i++)
    add_hold (thawed, "/other", VSS_WIRE_HOLD_STATE_NOT_HELD, "not asked for");
  set = prove (thawed);
  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
  g_assert_cmpuint (set->holds->len, ==, 2);
}

/* Each byte of the reason takes six in the record. */
static void
test_record_stays_short (void)
{
  g_autoptr (VssWireThawResult) thawed = make_answer ();
  g_autoptr (VssSnapshotSet) set = NULL;
  g_autofree char *reason = g_strnfill (100 * 1000, '"');
  g_autofree char *xml = NULL;

  for (guint i = 0; i < 5000; i++)
    add_hold (thawed, "/a", VSS_WIRE_HOLD_STATE_NOT_HELD, reason);
  set = prove (thawed);
  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_cmpuint (set->holds->len, >, 2);
  xml = vss_snapshot_set_to_xml (set);
  g_assert_cmpuint (strlen (xml), <, VSS_SET_XML_MAX / 2 + 8192);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hold-proof/held", test_held);
  g_test_add_func ("/hold-proof/not-proven", test_not_proven);
  g_test_add_func ("/hold-proof/no-answer", test_no_answer);
  g_test_add_func ("/hold-proof/unasked", test_unasked);
  g_test_add_func ("/hold-proof/record-stays-short", test_record_stays_short);
  return g_test_run ();
}

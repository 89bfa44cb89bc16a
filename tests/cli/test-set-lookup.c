/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets named by the beginning of their id. */
#include "host-lib/cli/vss-set-lookup.h"

#include "tests/cli/sample-sets.h"

static GPtrArray *
sets_new (void)
{
  GPtrArray *sets = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_snapshot_set_free);

  g_ptr_array_add (sets, sample_old_set_new ());
  g_ptr_array_add (sets, sample_set_new ());
  return sets;
}

static void
test_found (void)
{
  const char *const names[] = { SAMPLE_SET_ID, "4f1c2", "4F1C2A77-9D0E" };
  g_autoptr (GPtrArray) sets = sets_new ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      const VssSnapshotSet *set = vss_set_lookup (sets, names[i], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (set->id, ==, SAMPLE_SET_ID);
    }
}

static void
test_refused (void)
{
  const char *const names[][2] = {
    { "4f1c", "more than one snapshot set begins with 4f1c: give more of the id" },
    { "5", "no snapshot set begins with 5: see 'virt-vss list'" },
    { SAMPLE_SET_ID "0", "no snapshot set begins with " SAMPLE_SET_ID "0: see 'virt-vss list'" },
  };
  g_autoptr (GPtrArray) sets = sets_new ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vss_set_lookup (sets, names[i][0], &error));
      g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
      g_assert_cmpstr (error->message, ==, names[i][1]);
    }
}

static void
test_sorted (void)
{
  g_autoptr (GPtrArray) sets = sets_new ();

  vss_set_lookup_sort (sets);
  g_assert_cmpstr (((VssSnapshotSet *) sets->pdata[0])->id, ==, SAMPLE_SET_ID);
  g_assert_cmpstr (((VssSnapshotSet *) sets->pdata[1])->id, ==, SAMPLE_OLD_SET_ID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/set-lookup/found", test_found);
  g_test_add_func ("/set-lookup/refused", test_refused);
  g_test_add_func ("/set-lookup/sorted", test_sorted);
  return g_test_run ();
}

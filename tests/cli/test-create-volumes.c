/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes into a new set, and what of the domain is told to be missing. */
#include "host-lib/cli/vss-create-volumes.h"

#include "host-lib/cli/vss-create-options.h"
#include "host-lib/cli/vss-output.h"
#include "tests/cli/sample-sets.h"

static char *
join (GPtrArray *names)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; i < names->len; i++)
    {
      g_string_append_printf (text, "%s;", (const char *) names->pdata[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_choose (void)
{
  const char *const none[] = { NULL };
  const char *const some[] = { "vdb", "/", "vdb", NULL };
  g_autoptr (GPtrArray) volumes = sample_volumes_new ();
  g_autoptr (GPtrArray) by_default = vss_create_choose_volumes (volumes, NULL, NULL);
  g_autoptr (GPtrArray) by_nothing = vss_create_choose_volumes (volumes, none, NULL);
  g_autoptr (GPtrArray) by_name = vss_create_choose_volumes (volumes, some, NULL);
  g_autofree char *default_names = join (by_default);
  g_autofree char *nothing_names = join (by_nothing);
  g_autofree char *names = join (by_name);

  g_assert_cmpstr (default_names, ==, "/;/srv/data;");
  g_assert_cmpstr (nothing_names, ==, "/;/srv/data;");
  g_assert_cmpstr (names, ==, "vdb;/;");
}

static void
test_nothing_to_choose (void)
{
  g_autoptr (GPtrArray) volumes = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (vss_create_choose_volumes (volumes, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
}

static void
assert_left_out (const VssSnapshotSet *set, const char *expected)
{
  g_autoptr (GPtrArray) volumes = sample_volumes_new ();
  g_autoptr (GPtrArray) left_out = vss_create_list_left_out (volumes, set);
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; i < left_out->len; i++)
    {
      const VssLeftOut *entry = left_out->pdata[i];

      g_string_append_printf (text, "%s: %s;", entry->name, entry->reason);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_left_out (void)
{
  g_autoptr (VssSnapshotSet) all = sample_set_new ();
  g_autoptr (VssSnapshotSet) data_only = sample_old_set_new ();
  g_autoptr (VssSnapshotSet) half = sample_set_new ();

  assert_left_out (all, "sda: a CD-ROM drive can't be snapshotted;");
  assert_left_out (data_only, "/: (null);sda: a CD-ROM drive can't be snapshotted;");
  /* One of its two disks is missing: as good as none. */
  g_ptr_array_remove_index (half->volumes, 1);
  g_ptr_array_remove_index (half->disks, 2);
  assert_left_out (half, "/srv/data: (null);sda: a CD-ROM drive can't be snapshotted;");
}

static void
test_copied_but_not_held (void)
{
  g_autoptr (VssSnapshotSet) set = sample_set_new ();

  /* A disk was added by its name, and the file system on it wasn't frozen. */
  g_ptr_array_remove_index (set->volumes, 1);
  g_ptr_array_remove_index (set->holds, 1);
  assert_left_out (set,
                   "/srv/data: not held, although its disk is in the set;"
                   "sda: a CD-ROM drive can't be snapshotted;");
}

static void
test_weaker (void)
{
  g_autoptr (VssSnapshotSet) set = sample_set_new ();
  VssSetWriter *writer = g_ptr_array_index (set->writers, 0);

  set->consistency = VSS_CONSISTENCY_CRASH;
  g_assert_true (vss_create_is_weaker (VSS_POLICY_REPORT, set));
  /* It was asked for. */
  g_assert_false (vss_create_is_weaker (VSS_POLICY_CRASH, set));
  set->consistency = VSS_CONSISTENCY_FILESYSTEM;
  g_assert_false (vss_create_is_weaker (VSS_POLICY_REPORT, set));
  set->consistency = VSS_CONSISTENCY_APPLICATION;
  g_assert_false (vss_create_is_weaker (VSS_POLICY_REPORT, set));
  /* Whatever the level: an application has said that something went wrong. */
  writer->failure = VSS_E_WRITERERROR_RETRYABLE;
  g_assert_true (vss_create_is_weaker (VSS_POLICY_REPORT, set));
  writer->selected = FALSE;
  g_assert_false (vss_create_is_weaker (VSS_POLICY_REPORT, set));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/create/choose", test_choose);
  g_test_add_func ("/create/nothing-to-choose", test_nothing_to_choose);
  g_test_add_func ("/create/left-out", test_left_out);
  g_test_add_func ("/create/copied-but-not-held", test_copied_but_not_held);
  g_test_add_func ("/create/weaker", test_weaker);
  return g_test_run ();
}

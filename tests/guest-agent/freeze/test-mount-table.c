/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mountinfo files to records. */
#include "fake-tree.h"
#include "guest-agent/freeze/vss-mount-table.h"

static VssMountTable *
make_table (FakeTree   *tree,
            const char *mountinfo)
{
  g_autofree char *path = g_build_filename (fake_tree_get_root (tree), "proc/self/mountinfo", NULL);
  g_autoptr (GError) error = NULL;
  VssMountTable *table;

  fake_tree_add_mounts (tree, mountinfo);
  table = vss_mount_table_new (path, fake_tree_get_root (tree), &error);
  g_assert_no_error (error);
  return table;
}

static void
test_several_mounts_are_one_file_system (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table =
    make_table (tree, "20 1 8:1 / / rw - ext4 /dev/vda1 rw\n"
                      "21 20 8:16 /sub /bind ro - xfs /dev/vdb rw,attr2\n"
                      "22 20 8:16 / /srv/with\\040blank rw - xfs /dev/vdb rw,attr2\n");
  const VssFileSystem *fs;

  g_assert_cmpuint (vss_mount_table_get_file_systems (table)->len, ==, 2);
  fs = vss_mount_table_find (table, "/bind");
  g_assert_true (fs == vss_mount_table_find (table, "/srv/with blank//"));
  g_assert_cmpstr (fs->device_number, ==, "8:16");
  g_assert_cmpstr (fs->fs_type, ==, "xfs");
  g_assert_cmpuint (fs->mounts->len, ==, 2);
  /* The one that shows all of it and can be written to. */
  g_assert_cmpstr (vss_file_system_get_name (fs), ==, "/srv/with blank");
  /* Only one of its mounts is read-only. */
  g_assert_false (fs->read_only);
  g_assert_null (vss_mount_table_find (table, "/srv"));
  g_assert_cmpstr (vss_file_system_get_name (vss_mount_table_find_holder (table, "/srv/a/b")), ==,
                   "/");
  g_assert_cmpstr (vss_file_system_get_name (vss_mount_table_find_holder (table, "/bindings/x")),
                   ==, "/");
  g_assert_cmpstr (vss_file_system_get_name (vss_mount_table_find_holder (table, "/bind/x")), ==,
                   "/srv/with blank");
}

static void
test_read_only_and_upper_folder (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table = make_table (
    tree, "20 1 8:1 / / rw - ext4 /dev/vda1 ro,errors=remount-ro\n"
          "21 20 0:30 / /merged rw - overlay overlay rw,lowerdir=/l,upperdir=/data/u,workdir=/w\n");

  g_assert_true (vss_mount_table_find (table, "/")->read_only);
  g_assert_cmpstr (vss_mount_table_find (table, "/merged")->upper_folder, ==, "/data/u");
  g_assert_null (vss_mount_table_find (table, "/merged")->stack);
}

static void
test_covered_mounts_are_not_found (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  /* 23 covers 22; 25 covers the folder that 24 is mounted in; 27 lies on 26. */
  g_autoptr (VssMountTable) table = make_table (tree, "20 1 8:1 / / rw - ext4 /dev/vda1 rw\n"
                                                      "22 20 8:16 / /a rw - ext4 /dev/vdb rw\n"
                                                      "23 22 8:32 / /a rw - ext4 /dev/vdc rw\n"
                                                      "24 20 8:48 / /b/c rw - ext4 /dev/vdd rw\n"
                                                      "25 20 8:64 / /b rw - ext4 /dev/vde rw\n"
                                                      "26 20 8:80 / /d rw - ext4 /dev/vdf rw\n"
                                                      "27 26 8:96 / /d/e rw - ext4 /dev/vdg rw\n");

  g_assert_cmpstr (vss_mount_table_find (table, "/a")->source, ==, "/dev/vdc");
  g_assert_null (vss_mount_table_find (table, "/b/c"));
  g_assert_cmpstr (vss_mount_table_find_holder (table, "/b/c/file")->source, ==, "/dev/vde");
  g_assert_cmpstr (vss_mount_table_find (table, "/d/e")->source, ==, "/dev/vdg");
}

static void
test_root_that_is_its_own_parent (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table = make_table (tree, "1 1 0:2 / / rw - rootfs none rw\n"
                                                      "20 1 8:16 / /srv rw - ext4 /dev/vda rw\n");

  g_assert_nonnull (vss_mount_table_find (table, "/srv"));
  g_assert_nonnull (vss_mount_table_find (table, "/"));
}

static void
test_missing_file_is_an_error (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vss_mount_table_new ("/nonexistent/mountinfo", NULL, &error));
  g_assert_nonnull (error);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mount-table/several-mounts-are-one-file-system",
                   test_several_mounts_are_one_file_system);
  g_test_add_func ("/mount-table/read-only-and-upper-folder", test_read_only_and_upper_folder);
  g_test_add_func ("/mount-table/covered-mounts-are-not-found", test_covered_mounts_are_not_found);
  g_test_add_func ("/mount-table/root-that-is-its-own-parent", test_root_that_is_its_own_parent);
  g_test_add_func ("/mount-table/missing-file-is-an-error", test_missing_file_is_an_error);
  return g_test_run ();
}

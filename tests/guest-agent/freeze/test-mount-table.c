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

#define HERE "20 1 8:1 / / rw - ext4 /dev/vda1 rw\n"

static const VssFileSystem *
find_only_other (VssMountTable *table)
{
  const GPtrArray *file_systems = vss_mount_table_get_file_systems (table);

  g_assert_cmpuint (file_systems->len, ==, 2);
  return file_systems->pdata[1];
}

static void
test_mounted_in_another_namespace (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table = NULL;
  const VssFileSystem *fs;

  fake_tree_add_namespace (tree, "self", 1, NULL);
  fake_tree_add_namespace (tree, "10", 1, "99 1 8:99 / /no rw - ext4 /dev/vdz rw\n");
  fake_tree_add_namespace (tree, "11", 2, "60 1 8:1 / / rw - ext4 /dev/vda1 rw\n"
                                          "61 60 0:30 / /tmp rw - tmpfs tmpfs rw\n"
                                          "62 60 8:16 / /data rw - xfs /dev/vdb rw\n");
  fake_tree_add_namespace (tree, "12", 2, "99 1 8:98 / /no rw - ext4 /dev/vdz rw\n");
  fake_tree_add_namespace (tree, "13", 3, "70 1 8:16 / /other rw - xfs /dev/vdb rw\n");
  fake_tree_add_file (tree, "proc/11/comm", "data base\n");
  table = make_table (tree, HERE);
  fs = find_only_other (table);
  g_assert_cmpstr (fs->device_number, ==, "8:16");
  g_assert_nonnull (fs->elsewhere);
  /* Of two namespaces that have it, either names it. */
  g_assert_true (strcmp (vss_file_system_get_name (fs), "mnt:[2]/data") == 0
                 || strcmp (vss_file_system_get_name (fs), "mnt:[3]/other") == 0);
  g_assert_true (vss_mount_table_find (table, vss_file_system_get_name (fs)) == fs);
  /* Its paths are none of ours. */
  g_assert_null (vss_mount_table_find (table, "/data"));
  g_assert_cmpstr (vss_file_system_get_name (vss_mount_table_find_holder (table, "/data/x")), ==,
                   "/");
  g_assert_cmpuint (vss_mount_table_find (table, "/")->other_mount_ids->len, ==, 1);
}

static void
test_process_that_is_gone (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table = NULL;

  fake_tree_add_namespace (tree, "self", 1, NULL);
  fake_tree_add_namespace (tree, "11", 2, NULL);
  fake_tree_add_namespace (tree, "12", 2, "62 60 8:16 / /data rw - xfs /dev/vdb rw\n");
  table = make_table (tree, HERE);
  g_assert_cmpstr (vss_file_system_get_name (find_only_other (table)), ==, "mnt:[2]/data");
}

/* sysfs knows of it, and no mount table does. */
static void
test_mounted_nowhere (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table = NULL;
  const VssFileSystem *fs;

  fake_tree_add_device (tree, "pci/vda/vda1", "8:1", 2048);
  fake_tree_add_disk (tree, "pci/vdb", "8:16", 2048);
  fake_tree_add_file (tree, "sys/fs/ext4/features/lazy", "1\n");
  fake_tree_add_file (tree, "sys/fs/ext4/vda1/errors_count", "0\n");
  fake_tree_add_file (tree, "sys/fs/xfs/vdb/stats", "0\n");
  table = make_table (tree, HERE);
  fs = find_only_other (table);
  g_assert_cmpstr (vss_file_system_get_name (fs), ==, "mnt:[?]/dev/vdb");
  g_assert_cmpstr (fs->fs_type, ==, "xfs");
  g_assert_false (fs->read_only);
  g_assert_cmpuint (fs->stack->disks->len, ==, 1);
}

static void
test_btrfs_mounted_nowhere (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table = NULL;

  fake_tree_add_disk (tree, "pci/vdb", "8:16", 2048);
  fake_tree_add_disk (tree, "pci/vdc", "8:32", 2048);
  fake_tree_add_link (tree, "sys/fs/btrfs/11-22/devices/vdb", "sys/devices/pci/vdb");
  fake_tree_add_link (tree, "sys/fs/btrfs/33-44/devices/vdc", "sys/devices/pci/vdc");
  table = make_table (tree, "20 1 0:33 / / rw - btrfs /dev/vdb rw\n");
  g_assert_cmpstr (vss_file_system_get_name (find_only_other (table)), ==, "mnt:[?]/dev/vdc");
}

static void
add_loop (FakeTree   *tree,
          const char *file)
{
  fake_tree_add_device (tree, "virtual/block/loop0", "7:0", 2048);
  fake_tree_add_file (tree, "sys/devices/virtual/block/loop0/loop/backing_file", file);
}

/* What holds an image file, through an overlay to where its changes go. */
static void
test_holders (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssMountTable) table = NULL;
  const VssFileSystem *fs;

  add_loop (tree, "/merged/image\n");
  table = make_table (tree, HERE "21 20 0:30 / /merged rw - overlay overlay "
                                 "rw,lowerdir=/l,upperdir=/srv/u,workdir=/srv/w\n"
                                 "22 20 8:16 / /srv rw - xfs /dev/vdb rw\n"
                                 "23 20 7:0 / /loop rw - ext4 /dev/loop0 rw\n");
  fs = vss_mount_table_find (table, "/loop");
  g_assert_true (fs->holders_complete);
  g_assert_cmpuint (fs->holders->len, ==, 1);
  g_assert_true (fs->holders->pdata[0] == vss_mount_table_find (table, "/srv"));
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
  g_test_add_func ("/mount-table/mounted-in-another-namespace", test_mounted_in_another_namespace);
  g_test_add_func ("/mount-table/process-that-is-gone", test_process_that_is_gone);
  g_test_add_func ("/mount-table/mounted-nowhere", test_mounted_nowhere);
  g_test_add_func ("/mount-table/btrfs-mounted-nowhere", test_btrfs_mounted_nowhere);
  g_test_add_func ("/mount-table/holders", test_holders);
  g_test_add_func ("/mount-table/missing-file-is-an-error", test_missing_file_is_an_error);
  return g_test_run ();
}

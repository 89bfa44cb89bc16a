/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has a file open for writing, as /proc tells. */
#include "fake-tree.h"
#include "guest-agent/freeze/vss-open-writers.h"

#define READ_ONLY "pos:\t0\nflags:\t0100000\nmnt_id:\t22\nino:\t5\n"
#define WRITABLE "pos:\t0\nflags:\t0100002\nmnt_id:\t22\nino:\t5\n"
#define WRITABLE_ELSEWHERE "pos:\t0\nflags:\t0100002\nmnt_id:\t20\nino:\t5\n"
#define ONLY_A_PATH "pos:\t0\nflags:\t010100002\nmnt_id:\t22\nino:\t5\n"

static char *
find (FakeTree *tree)
{
  g_autofree char *proc = g_build_filename (fake_tree_get_root (tree), "proc", NULL);
  g_autofree char *mountinfo = g_build_filename (proc, "self/mountinfo", NULL);
  g_autoptr (VssMountTable) table = NULL;

  fake_tree_add_mounts (tree, "20 1 8:1 / / rw - ext4 /dev/vda1 rw\n"
                              "22 20 8:33 / /esp rw - vfat /dev/vdc1 rw\n");
  table = vss_mount_table_new (mountinfo, fake_tree_get_root (tree), NULL);
  return vss_open_writers_find (proc, vss_mount_table_find (table, "/esp"));
}

static void
test_readers_and_others (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();

  fake_tree_add_file (tree, "proc/100/fdinfo/3", READ_ONLY);
  fake_tree_add_file (tree, "proc/100/fdinfo/4", WRITABLE_ELSEWHERE);
  fake_tree_add_file (tree, "proc/100/fdinfo/5", ONLY_A_PATH);
  fake_tree_add_file (tree, "proc/100/maps",
                      "7f00-7f01 rw-p 00000000 08:21 5 /esp/private\n"
                      "7f02-7f03 r--s 00000000 08:21 5 /esp/read\n"
                      "7f04-7f05 rw-s 00000000 08:01 5 /elsewhere\n");
  g_assert_null (find (tree));
}

static void
test_open_file (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autofree char *writer = NULL;

  fake_tree_add_file (tree, "proc/100/fdinfo/3", WRITABLE);
  fake_tree_add_file (tree, "proc/100/comm", "grub-install\n");
  writer = find (tree);
  g_assert_cmpstr (writer, ==, "grub-install (process 100)");
}

/* A service with mounts of its own writes through one of these. */
static void
test_open_file_in_another_namespace (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autofree char *writer = NULL;

  fake_tree_add_namespace (tree, "self", 1, NULL);
  fake_tree_add_namespace (tree, "100", 2, "91 90 8:33 / /boot/esp rw - vfat /dev/vdc1 rw\n");
  fake_tree_add_file (tree, "proc/100/fdinfo/3", "pos:\t0\nflags:\t0100001\nmnt_id:\t91\n");
  writer = find (tree);
  g_assert_cmpstr (writer, ==, "process 100");
}

static void
test_shared_map (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autofree char *writer = NULL;

  fake_tree_add_file (tree, "proc/100/maps", "7f04-7f05 rw-s 00000000 08:21 5 /esp/file\n");
  writer = find (tree);
  g_assert_cmpstr (writer, ==, "process 100");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/open-writers/readers-and-others", test_readers_and_others);
  g_test_add_func ("/open-writers/open-file", test_open_file);
  g_test_add_func ("/open-writers/open-file-in-another-namespace",
                   test_open_file_in_another_namespace);
  g_test_add_func ("/open-writers/shared-map", test_shared_map);
  return g_test_run ();
}

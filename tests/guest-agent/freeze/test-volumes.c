/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to vss-query-volumes. */
#include "fake-tree.h"
#include "guest-agent/freeze/vss-volumes.h"

#define PCI "pci0000:00/0000:00:02.0"

static const VssWireVolume *
find (VssWireVolumesResult *result,
      const char           *mount_point)
{
  for (guint i = 0; i < result->volumes->len; i++)
    {
      const VssWireVolume *volume = result->volumes->pdata[i];

      if (g_str_equal (volume->mount_point, mount_point))
        {
          return volume;
        }
    }
  return NULL;
}

static void
test_lists (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssWireVolumesResult) result = NULL;
  g_autoptr (GError) error = NULL;
  const VssWireVolume *volume;
  const VssWireDisk *disk;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 4096);
  fake_tree_add_file (tree, "sys/devices/" PCI "/virtio1/block/vda/serial", "S1\n");
  fake_tree_add_device (tree, "virtual/block/loop0", "7:0", 2048);
  fake_tree_add_file (tree, "sys/devices/virtual/block/loop0/loop/backing_file", "/image\n");
  fake_tree_add_link (tree, "dev/disk/by-uuid/11-22", "dev/vda");
  fake_tree_add_mounts (tree, "20 1 254:0 / / rw - ext4 /dev/vda rw\n"
                              "21 20 0:30 / /tmp rw - tmpfs tmpfs rw\n"
                              "22 20 7:0 / /loop rw - xfs /dev/loop0 rw\n"
                              "23 20 254:0 /home /home rw - ext4 /dev/vda rw\n");
  result = vss_volumes_query (fake_tree_get_root (tree), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result->volumes->len, ==, 2);

  volume = find (result, "/");
  g_assert_cmpuint (volume->other_mount_points->len, ==, 1);
  g_assert_cmpstr (volume->other_mount_points->pdata[0], ==, "/home");
  g_assert_cmpstr (volume->device, ==, "/dev/vda");
  g_assert_cmpstr (volume->device_number, ==, "254:0");
  g_assert_cmpstr (volume->uuid, ==, "11-22");
  g_assert_cmpint (volume->freezability, ==, VSS_WIRE_FREEZABILITY_FREEZABLE);
  g_assert_true (volume->disks_complete);
  g_assert_cmpuint (volume->size_bytes, ==, 4096 * 512);
  disk = volume->disks->pdata[0];
  g_assert_cmpstr (disk->serial, ==, "S1");

  /* What lies on a file lies on the disk that holds the file. */
  volume = find (result, "/loop");
  g_assert_cmpuint (volume->disks->len, ==, 1);
  disk = volume->disks->pdata[0];
  g_assert_cmpstr (disk->name, ==, "vda");
  g_assert_true (volume->disks_complete);
  g_assert_cmpuint (volume->nested_in->len, ==, 1);
  g_assert_cmpstr (volume->nested_in->pdata[0], ==, "/");
}

/* Not on a disk at all, which isn't the same as unknown. */
static void
test_image_in_memory (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssWireVolumesResult) result = NULL;
  const VssWireVolume *volume;

  fake_tree_add_device (tree, "virtual/block/loop0", "7:0", 2048);
  fake_tree_add_file (tree, "sys/devices/virtual/block/loop0/loop/backing_file", "/memory/image\n");
  fake_tree_add_device (tree, "virtual/block/loop1", "7:1", 2048);
  fake_tree_add_file (tree, "sys/devices/virtual/block/loop1/loop/backing_file", "/server/image\n");
  fake_tree_add_mounts (tree, "20 1 0:2 / / rw - rootfs none rw\n"
                              "21 20 0:30 / /memory rw - tmpfs tmpfs rw\n"
                              "22 20 0:31 / /server rw - nfs4 server:/export rw\n"
                              "23 20 7:0 / /one rw - xfs /dev/loop0 rw\n"
                              "24 20 7:1 / /two rw - xfs /dev/loop1 rw\n");
  result = vss_volumes_query (fake_tree_get_root (tree), NULL);
  g_assert_cmpuint (result->volumes->len, ==, 2);
  volume = find (result, "/one");
  g_assert_cmpuint (volume->disks->len, ==, 0);
  g_assert_true (volume->disks_complete);
  volume = find (result, "/two");
  g_assert_false (volume->disks_complete);
}

static void
test_elsewhere_and_zfs (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssWireVolumesResult) result = NULL;
  const VssWireVolume *volume;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 4096);
  fake_tree_add_namespace (tree, "self", 1, NULL);
  fake_tree_add_namespace (tree, "7", 2, "90 1 254:0 / /data rw - ext4 /dev/vda rw\n");
  fake_tree_add_mounts (tree, "20 1 0:2 / / rw - rootfs none rw\n"
                              "21 20 0:40 / /tank rw - zfs tank rw\n");
  result = vss_volumes_query (fake_tree_get_root (tree), NULL);
  g_assert_cmpuint (result->volumes->len, ==, 2);
  volume = find (result, "mnt:[2]/data");
  g_assert_cmpint (volume->freezability, ==, VSS_WIRE_FREEZABILITY_UNSUPPORTED);
  g_assert_nonnull (volume->reason);
  g_assert_cmpuint (volume->disks->len, ==, 1);
  volume = find (result, "/tank");
  g_assert_cmpint (volume->freezability, ==, VSS_WIRE_FREEZABILITY_UNSUPPORTED);
  g_assert_false (volume->disks_complete);
}

static void
test_names_that_are_no_text (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssWireVolumesResult) result = NULL;
  const VssWireVolume *volume;

  fake_tree_add_mounts (tree, "20 1 254:0 / /a\xff rw - ext4 /dev/vda rw\n");
  result = vss_volumes_query (fake_tree_get_root (tree), NULL);
  volume = result->volumes->pdata[0];
  g_assert_true (g_utf8_validate (volume->mount_point, -1, NULL));
  g_assert_false (volume->disks_complete);
}

static void
test_this_machine (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireVolumesResult) result = vss_volumes_query (NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/volumes/lists", test_lists);
  g_test_add_func ("/volumes/image-in-memory", test_image_in_memory);
  g_test_add_func ("/volumes/elsewhere-and-zfs", test_elsewhere_and_zfs);
  g_test_add_func ("/volumes/names-that-are-no-text", test_names_that_are_no_text);
  g_test_add_func ("/volumes/this-machine", test_this_machine);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device stacks as sysfs shows them, down to the disks. */
#include "fake-tree.h"
#include "guest-agent/freeze/vss-block-stack.h"

#define PCI "pci0000:00/0000:00:02.0/0000:01:00.0"

static VssBlockStack *
read_stack (FakeTree *tree,
            guint     device_major,
            guint     device_minor)
{
  return vss_block_stack_read (fake_tree_get_root (tree), device_major, device_minor, "ext4",
                               "/dev/something");
}

static const VssBlockDisk *
get_disk (VssBlockStack *stack,
          guint          index)
{
  g_assert_cmpuint (index, <, stack->disks->len);
  return stack->disks->pdata[index];
}

static void
test_partition_of_a_virtio_disk (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;
  const VssBlockDisk *disk;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_file (tree, "sys/devices/" PCI "/virtio1/block/vda/serial", "disk-one\n");
  fake_tree_add_device (tree, PCI "/virtio1/block/vda/vda1", "254:1", 1024);
  fake_tree_add_file (tree, "sys/devices/" PCI "/virtio1/block/vda/vda1/partition", "1\n");
  fake_tree_add_file (tree, "run/udev/data/b254:1", "S:disk/by-x\nE:ID_FS_UUID=abcd-ef\n");
  stack = read_stack (tree, 254, 1);
  g_assert_true (stack->complete);
  g_assert_cmpstr (stack->device, ==, "/dev/vda1");
  g_assert_cmpstr (stack->uuid, ==, "abcd-ef");
  g_assert_cmpuint (stack->size_bytes, ==, 1024 * 512);
  g_assert_cmpuint (stack->disks->len, ==, 1);
  disk = get_disk (stack, 0);
  g_assert_cmpstr (disk->name, ==, "vda");
  g_assert_cmpstr (disk->serial, ==, "disk-one");
  g_assert_cmpstr (disk->pci_address, ==, "0000:01:00.0");
  g_assert_null (disk->scsi_address);
  g_assert_null (disk->wwn);
  g_assert_cmpuint (disk->size_bytes, ==, 2048 * 512);
}

static void
test_scsi_disk (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;
  const VssBlockDisk *disk;
  const char *folder = PCI "/virtio2/host2/target2:0:1/2:0:1:3/block/sda";

  fake_tree_add_disk (tree, folder, "8:0", 2048);
  /* The fake's link leads to the folder above, where these are. */
  fake_tree_add_bytes (tree, "sys/devices/" PCI "/virtio2/host2/target2:0:1/2:0:1:3/block/vpd_pg80",
                       "\0\x80\0\x06my-sn1", 10);
  fake_tree_add_file (tree, "sys/devices/" PCI "/virtio2/host2/target2:0:1/2:0:1:3/block/wwid",
                      "naa.5000C500A1B2C3D4\n");
  stack = read_stack (tree, 8, 0);
  disk = get_disk (stack, 0);
  g_assert_cmpstr (disk->serial, ==, "my-sn1");
  g_assert_cmpstr (disk->wwn, ==, "5000c500a1b2c3d4");
  g_assert_cmpstr (disk->scsi_address, ==, "2:0:1:3");
  g_assert_cmpstr (disk->pci_address, ==, "0000:01:00.0");
}

static void
test_lvm_over_two_disks_on_luks (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_disk (tree, PCI "/virtio2/block/vdb", "254:16", 2048);
  fake_tree_add_device (tree, "virtual/block/dm-0", "253:0", 2000);
  fake_tree_add_file (tree, "sys/devices/virtual/block/dm-0/dm/name", "crypt\n");
  fake_tree_add_slave (tree, "virtual/block/dm-0", PCI "/virtio1/block/vda");
  fake_tree_add_device (tree, "virtual/block/dm-1", "253:1", 4000);
  fake_tree_add_file (tree, "sys/devices/virtual/block/dm-1/dm/name", "vg-data\n");
  fake_tree_add_slave (tree, "virtual/block/dm-1", "virtual/block/dm-0");
  fake_tree_add_slave (tree, "virtual/block/dm-1", PCI "/virtio2/block/vdb");
  /* A second path to the same disk is the same disk. */
  fake_tree_add_device (tree, "virtual/block/dm-2", "253:2", 4000);
  fake_tree_add_slave (tree, "virtual/block/dm-2", "virtual/block/dm-0");
  fake_tree_add_slave (tree, "virtual/block/dm-1", "virtual/block/dm-2");
  stack = read_stack (tree, 253, 1);
  g_assert_true (stack->complete);
  g_assert_cmpstr (stack->device, ==, "/dev/mapper/vg-data");
  g_assert_cmpuint (stack->disks->len, ==, 2);
}

static void
test_loop_device (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;

  fake_tree_add_device (tree, "virtual/block/loop0", "7:0", 2048);
  fake_tree_add_file (tree, "sys/devices/virtual/block/loop0/loop/backing_file", "/srv/image 1\n");
  stack = read_stack (tree, 7, 0);
  g_assert_true (stack->complete);
  g_assert_cmpuint (stack->disks->len, ==, 0);
  g_assert_cmpuint (stack->loop_files->len, ==, 1);
  g_assert_cmpstr (stack->loop_files->pdata[0], ==, "/srv/image 1");
}

static void
test_unknown_is_said (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) virtual_disk = NULL;
  g_autoptr (VssBlockStack) missing = NULL;

  fake_tree_add_device (tree, "virtual/block/nbd0", "43:0", 2048);
  virtual_disk = read_stack (tree, 43, 0);
  g_assert_false (virtual_disk->complete);
  g_assert_cmpstr (virtual_disk->device, ==, "/dev/nbd0");
  missing = read_stack (tree, 99, 0);
  g_assert_false (missing->complete);
  g_assert_cmpstr (missing->device, ==, "/dev/something");
}

static void
test_circle_ends (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;

  fake_tree_add_device (tree, "virtual/block/dm-0", "253:0", 2000);
  fake_tree_add_slave (tree, "virtual/block/dm-0", "virtual/block/dm-0");
  stack = read_stack (tree, 253, 0);
  g_assert_false (stack->complete);
}

static void
test_btrfs_of_two_disks (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_disk (tree, PCI "/virtio2/block/vdb", "254:16", 2048);
  fake_tree_add_link (tree, "sys/fs/btrfs/1234-5678/devices/vda",
                      "sys/devices/" PCI "/virtio1/block/vda");
  fake_tree_add_link (tree, "sys/fs/btrfs/1234-5678/devices/vdb",
                      "sys/devices/" PCI "/virtio2/block/vdb");
  fake_tree_add_file (tree, "sys/fs/btrfs/features/raid56", "0\n");
  stack = vss_block_stack_read (fake_tree_get_root (tree), 0, 40, "btrfs", "/dev/vda");
  g_assert_nonnull (stack);
  g_assert_true (stack->complete);
  g_assert_cmpuint (stack->disks->len, ==, 2);
  g_assert_cmpstr (stack->uuid, ==, "1234-5678");
  g_assert_null (vss_block_stack_read (fake_tree_get_root (tree), 0, 41, "tmpfs", "tmpfs"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/block-stack/partition-of-a-virtio-disk", test_partition_of_a_virtio_disk);
  g_test_add_func ("/block-stack/scsi-disk", test_scsi_disk);
  g_test_add_func ("/block-stack/lvm-over-two-disks-on-luks", test_lvm_over_two_disks_on_luks);
  g_test_add_func ("/block-stack/loop-device", test_loop_device);
  g_test_add_func ("/block-stack/unknown-is-said", test_unknown_is_said);
  g_test_add_func ("/block-stack/circle-ends", test_circle_ends);
  g_test_add_func ("/block-stack/btrfs-of-two-disks", test_btrfs_of_two_disks);
  return g_test_run ();
}

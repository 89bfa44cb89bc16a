/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device stacks as sysfs shows them, down to the disks. */
#include "fake-tree.h"
#include "guest-agent/freeze/vss-block-stack.h"

#define PCI "pci0000:00/0000:00:02.0/0000:01:00.0"

static VssBlockStack *
read_stack_of (FakeTree     *tree,
               VssFsIdentity fs)
{
  return vss_block_stack_read (fake_tree_get_root (tree), &fs);
}

static VssBlockStack *
read_stack (FakeTree *tree,
            guint     device_major,
            guint     device_minor)
{
  return read_stack_of (tree, (VssFsIdentity){ device_major, device_minor, "ext4",
                                               "/dev/something", "rw" });
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
  g_assert_cmpstr (disk->pci_path, ==, "0000:00/02.0/00.0");
  g_assert_cmpint (disk->ata_port, ==, -1);
  g_assert_cmpuint (disk->nvme_namespace, ==, 0);
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
  const VssLoopFile *file;

  fake_tree_add_device (tree, "virtual/block/loop0", "7:0", 2048);
  fake_tree_add_file (tree, "sys/devices/virtual/block/loop0/loop/backing_file", "/srv/image 1\n");
  stack = read_stack (tree, 7, 0);
  g_assert_true (stack->complete);
  g_assert_cmpuint (stack->disks->len, ==, 0);
  g_assert_cmpuint (stack->loop_files->len, ==, 1);
  file = stack->loop_files->pdata[0];
  g_assert_cmpstr (file->path, ==, "/srv/image 1");
  g_assert_cmpstr (file->device, ==, "loop0");
}

static void
test_loop_device_on_a_disk (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_device (tree, "virtual/block/loop0", "7:0", 2048);
  fake_tree_add_file (tree, "sys/devices/virtual/block/loop0/loop/backing_file", "/dev/vda\n");
  stack = read_stack (tree, 7, 0);
  g_assert_true (stack->complete);
  g_assert_cmpuint (stack->loop_files->len, ==, 0);
  g_assert_cmpstr (get_disk (stack, 0)->name, ==, "vda");
}

static void
add_nvme (FakeTree   *tree,
          const char *folder,
          const char *number,
          const char *space)
{
  g_autofree char *nsid = g_build_filename ("sys/devices", folder, "nsid", NULL);
  g_autofree char *serial = g_build_filename ("sys/devices", folder, "..", "serial", NULL);

  fake_tree_add_disk (tree, folder, number, 2048);
  fake_tree_add_file (tree, nsid, space);
  fake_tree_add_file (tree, serial, "SN 1            \n");
}

static void
test_nvme_namespaces (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) first = NULL;
  g_autoptr (VssBlockStack) second = NULL;

  add_nvme (tree, PCI "/nvme/nvme0/nvme0n1", "259:0", "1\n");
  add_nvme (tree, PCI "/nvme/nvme0/nvme0n2", "259:1", "7\n");
  first = read_stack (tree, 259, 0);
  second = read_stack (tree, 259, 1);
  g_assert_cmpuint (get_disk (first, 0)->nvme_namespace, ==, 1);
  g_assert_cmpuint (get_disk (second, 0)->nvme_namespace, ==, 7);
  g_assert_cmpstr (get_disk (second, 0)->serial, ==, "SN 1");
  g_assert_cmpstr (get_disk (second, 0)->pci_path, ==, "0000:00/02.0/00.0");
}

/* The disk of a subsystem stands beside the bus; its controller is where it is plugged in. */
static void
test_nvme_subsystem (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) one = NULL;
  g_autoptr (VssBlockStack) two = NULL;

  add_nvme (tree, "virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "259:0", "1\n");
  fake_tree_add_file (tree, "sys/devices/" PCI "/nvme/nvme0/cntlid", "0\n");
  fake_tree_add_link (tree, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0",
                      "sys/devices/" PCI "/nvme/nvme0");
  one = read_stack (tree, 259, 0);
  g_assert_cmpstr (get_disk (one, 0)->pci_address, ==, "0000:01:00.0");
  /* With two controllers it is at two places. */
  fake_tree_add_link (tree, "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1",
                      "sys/devices/" PCI "/nvme/nvme0");
  two = read_stack (tree, 259, 0);
  g_assert_null (get_disk (two, 0)->pci_address);
  g_assert_cmpstr (get_disk (two, 0)->serial, ==, "SN 1");
}

#define ATA "pci0000:00/0000:00:1f.2/ata5"

static void
test_ata_port (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;

  fake_tree_add_disk (tree, ATA "/host4/target4:0:0/4:0:0:0/block/sda", "8:0", 2048);
  fake_tree_add_file (tree, "sys/devices/" ATA "/ata_port/ata5/port_no", "3\n");
  stack = read_stack (tree, 8, 0);
  g_assert_cmpint (get_disk (stack, 0)->ata_port, ==, 2);
  g_assert_cmpstr (get_disk (stack, 0)->pci_path, ==, "0000:00/1f.2");
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
  stack = read_stack_of (tree, (VssFsIdentity){ 0, 40, "btrfs", "/dev/vda", "rw" });
  g_assert_nonnull (stack);
  g_assert_true (stack->complete);
  g_assert_cmpuint (stack->disks->len, ==, 2);
  g_assert_cmpstr (stack->uuid, ==, "1234-5678");
}

/* Also by a name that udev made. */
static void
test_btrfs_by_a_link (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) stack = NULL;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_file (tree, "dev/vda", "");
  fake_tree_add_link (tree, "dev/disk/by-path/pci-0000:01:00.0", "dev/vda");
  fake_tree_add_link (tree, "sys/fs/btrfs/1234-5678/devices/vda",
                      "sys/devices/" PCI "/virtio1/block/vda");
  stack = read_stack_of (tree, (VssFsIdentity){ 0, 40, "btrfs",
                                                "/dev/disk/by-path/pci-0000:01:00.0", "rw" });
  g_assert_true (stack->complete);
  g_assert_cmpuint (stack->disks->len, ==, 1);
}

static void
test_on_no_device (void)
{
  static const VssFsIdentity file_systems[] = {
    { 0, 41, "tmpfs", "tmpfs", "rw" },
    { 0, 42, "nfs4", "server:/dev/vda", "rw" },
    { 0, 43, "fuse.sshfs", "/dev/vda", "rw" },
    { 0, 44, "overlay", "/dev/vda", "rw,upperdir=/u" },
  };
  g_autoptr (FakeTree) tree = fake_tree_new ();

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  for (guint i = 0; i < G_N_ELEMENTS (file_systems); i++)
    {
      g_assert_null (read_stack_of (tree, file_systems[i]));
    }
}

/* The member that isn't there is missed. */
static void
test_bcachefs (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) whole = NULL;
  g_autoptr (VssBlockStack) part = NULL;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_disk (tree, PCI "/virtio2/block/vdb", "254:16", 2048);
  whole = read_stack_of (tree, (VssFsIdentity){ 0, 40, "bcachefs", "/dev/vda:/dev/vdb", "rw" });
  g_assert_true (whole->complete);
  g_assert_cmpuint (whole->disks->len, ==, 2);
  part = read_stack_of (tree, (VssFsIdentity){ 0, 40, "bcachefs", "/dev/vda:/dev/vdc", "rw" });
  g_assert_false (part->complete);
  g_assert_cmpuint (part->disks->len, ==, 1);
}

static void
test_zfs_pool (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) known = NULL;
  g_autoptr (VssBlockStack) unknown = NULL;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_disk (tree, PCI "/virtio2/block/vdb", "254:16", 2048);
  fake_tree_add_file (tree, "run/udev/data/b254:0", "E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL=tank\n");
  fake_tree_add_file (tree, "run/udev/data/b254:16",
                      "E:ID_FS_LABEL=tank\nE:ID_FS_TYPE=zfs_member\n");
  known = read_stack_of (tree, (VssFsIdentity){ 0, 40, "zfs", "tank/home@today", "rw" });
  g_assert_true (known->complete);
  g_assert_cmpuint (known->disks->len, ==, 1);
  g_assert_cmpstr (get_disk (known, 0)->name, ==, "vdb");
  unknown = read_stack_of (tree, (VssFsIdentity){ 0, 40, "zfs", "pond", "rw" });
  g_assert_false (unknown->complete);
  g_assert_cmpuint (unknown->disks->len, ==, 0);
}

static void
test_xfs_log_elsewhere (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssBlockStack) known = NULL;
  g_autoptr (VssBlockStack) unknown = NULL;

  fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
  fake_tree_add_disk (tree, PCI "/virtio2/block/vdb", "254:16", 2048);
  known = read_stack_of (tree, (VssFsIdentity){ 254, 0, "xfs", "/dev/vda",
                                                "rw,attr2,logdev=/dev/vdb,noquota" });
  g_assert_true (known->complete);
  g_assert_cmpuint (known->disks->len, ==, 2);
  g_assert_cmpstr (known->device, ==, "/dev/vda");
  unknown = read_stack_of (tree, (VssFsIdentity){ 254, 0, "xfs", "/dev/vda", "rtdev=/dev/gone" });
  g_assert_false (unknown->complete);
}

typedef struct
{
  const char *thread;
  guint n_disks;
  gboolean complete;
} Journal;

/* The name of the thread that writes the journal tells where it is. */
static void
test_ext4_journal_elsewhere (void)
{
  static const Journal journals[] = {
    { "jbd2/vda-8", 1, TRUE },
    { "jbd2/vdb", 2, TRUE },
    { "jbd2/vdz", 1, FALSE },
    { "something", 1, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (journals); i++)
    {
      g_autoptr (FakeTree) tree = fake_tree_new ();
      g_autoptr (VssBlockStack) stack = NULL;

      fake_tree_add_disk (tree, PCI "/virtio1/block/vda", "254:0", 2048);
      fake_tree_add_disk (tree, PCI "/virtio2/block/vdb", "254:16", 2048);
      fake_tree_add_file (tree, "sys/fs/ext4/vda/journal_task", "77\n");
      fake_tree_add_file (tree, "proc/77/comm", journals[i].thread);
      stack = read_stack (tree, 254, 0);
      g_assert_cmpuint (stack->disks->len, ==, journals[i].n_disks);
      g_assert_true (stack->complete == journals[i].complete);
    }
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
  g_test_add_func ("/block-stack/loop-device-on-a-disk", test_loop_device_on_a_disk);
  g_test_add_func ("/block-stack/nvme-namespaces", test_nvme_namespaces);
  g_test_add_func ("/block-stack/nvme-subsystem", test_nvme_subsystem);
  g_test_add_func ("/block-stack/ata-port", test_ata_port);
  g_test_add_func ("/block-stack/btrfs-of-two-disks", test_btrfs_of_two_disks);
  g_test_add_func ("/block-stack/btrfs-by-a-link", test_btrfs_by_a_link);
  g_test_add_func ("/block-stack/on-no-device", test_on_no_device);
  g_test_add_func ("/block-stack/bcachefs", test_bcachefs);
  g_test_add_func ("/block-stack/zfs-pool", test_zfs_pool);
  g_test_add_func ("/block-stack/xfs-log-elsewhere", test_xfs_log_elsewhere);
  g_test_add_func ("/block-stack/ext4-journal-elsewhere", test_ext4_journal_elsewhere);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the domain's disks a guest's disk is, and when that can't be told. */
#include "host-lib/guest/vss-disk-match.h"

static GPtrArray *
no_disks (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_disk_free);
}

static VssDomainDisk *
add (GPtrArray *disks, const char *target, const char *bus)
{
  VssDomainDisk *disk = vss_domain_disk_new ();

  disk->target = g_strdup (target);
  disk->bus = g_strdup (bus);
  disk->capacity = 1 << 20;
  g_ptr_array_add (disks, disk);
  return disk;
}

static void
check (GPtrArray *disks, const VssWireDisk *guest_disk, const char *target)
{
  const VssDomainDisk *found = vss_disk_match (disks, guest_disk);

  g_assert_cmpstr (found != NULL ? found->target : NULL, ==, target);
}

static void
test_serial (void)
{
  g_autoptr (GPtrArray) disks = no_disks ();
  VssWireDisk guest_disk = { .serial = (char *) "A" };

  add (disks, "vda", "virtio")->serial = g_strdup ("A");
  add (disks, "vdb", "virtio")->serial = g_strdup ("B");
  check (disks, &guest_disk, "vda");
  guest_disk.serial = (char *) "C";
  check (disks, &guest_disk, NULL);
  guest_disk.serial = (char *) "";
  check (disks, &guest_disk, NULL);
}

/* A virtio disk passes on twenty characters, others all. */
static void
test_long_serial (void)
{
  g_autoptr (GPtrArray) disks = no_disks ();
  VssWireDisk guest_disk = { .serial = (char *) "01234567890123456789" };

  add (disks, "vda", "virtio")->serial = g_strdup ("0123456789012345678901234");
  check (disks, &guest_disk, "vda");
  add (disks, "sda", "scsi")->serial = g_strdup ("0123456789012345678901234");
  check (disks, &guest_disk, "vda");
  guest_disk.serial = (char *) "0123456789012345678901234";
  check (disks, &guest_disk, NULL); /* both */
}

static void
test_wwn (void)
{
  g_autoptr (GPtrArray) disks = no_disks ();
  VssWireDisk guest_disk = { .wwn = (char *) "0x5000c50015ea71ac" };

  add (disks, "sda", "scsi")->wwn = g_strdup ("5000C50015EA71AC");
  check (disks, &guest_disk, "sda");
  guest_disk.wwn = (char *) "naa.5000c50015ea71ac";
  check (disks, &guest_disk, "sda");
  guest_disk.wwn = (char *) "5000c50015ea71ad";
  check (disks, &guest_disk, NULL);
}

static void
test_address (void)
{
  g_autoptr (GPtrArray) disks = no_disks ();
  VssWireDisk guest_disk = { .pci_address = (char *) "0000:04:00.0" };
  VssDomainDisk *disk;

  add (disks, "vda", "virtio")->pci_address = g_strdup ("0000:04:00.0");
  check (disks, &guest_disk, "vda");
  for (guint i = 0; i < 2; i++)
    {
      disk = add (disks, i == 0 ? "sda" : "sdb", "scsi");
      disk->pci_address = g_strdup ("0000:05:00.0");
      disk->scsi_address = g_strdup_printf ("0:0:%u", i);
    }
  guest_disk.pci_address = (char *) "0000:05:00.0";
  check (disks, &guest_disk, NULL);
  guest_disk.scsi_address = (char *) "7:0:0:1";
  check (disks, &guest_disk, "sdb");
  guest_disk.scsi_address = (char *) "7";
  check (disks, &guest_disk, NULL);
}

/* What the guest says is a hint: it can't claim a disk of another size, nor one of two. */
static void
test_hints_are_checked (void)
{
  g_autoptr (GPtrArray) disks = no_disks ();
  VssWireDisk guest_disk = { .serial = (char *) "A", .has_size_bytes = TRUE };

  add (disks, "vda", "virtio")->serial = g_strdup ("A");
  guest_disk.size_bytes = (1 << 20) + 511; /* whole sectors */
  check (disks, &guest_disk, "vda");
  guest_disk.size_bytes = 1 << 21;
  check (disks, &guest_disk, NULL);
  guest_disk.size_bytes = -1;
  check (disks, &guest_disk, "vda");
  add (disks, "vdb", "virtio")->serial = g_strdup ("A");
  check (disks, &guest_disk, NULL);
}

/* The serial number is surer than the address. */
static void
test_serial_wins (void)
{
  g_autoptr (GPtrArray) disks = no_disks ();
  VssWireDisk guest_disk = { .serial = (char *) "B", .pci_address = (char *) "0000:01:00.0" };

  add (disks, "vda", "virtio")->pci_address = g_strdup ("0000:01:00.0");
  add (disks, "vdb", "virtio")->serial = g_strdup ("B");
  check (disks, &guest_disk, "vdb");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disk-match/serial", test_serial);
  g_test_add_func ("/disk-match/long-serial", test_long_serial);
  g_test_add_func ("/disk-match/wwn", test_wwn);
  g_test_add_func ("/disk-match/address", test_address);
  g_test_add_func ("/disk-match/hints-are-checked", test_hints_are_checked);
  g_test_add_func ("/disk-match/serial-wins", test_serial_wins);
  return g_test_run ();
}

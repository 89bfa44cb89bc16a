/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the domain's disks a guest's disks are, and when that can't be told. */
#include "host-lib/guest/vss-disk-match.h"

#include "host-lib/guest/vss-disk-marks.h"

#define MAX_DISKS 4

#define MIB ((guint64) 1 << 20)

/* A disk of the domain; the size is one MiB unless told. */
typedef struct
{
  const char *target;
  const char *bus; /* virtio unless told */
  const char *serial;
  const char *wwn;
  const char *pci_address;
  const char *pci_path;
  const char *scsi_address;
  guint64 size;
} Ours;

/* A disk as the guest sees it, and which it must be found to be. */
typedef struct
{
  const char *is; /* NULL: can't be told */
  const char *serial;
  const char *wwn;
  const char *pci_address;
  const char *pci_path;
  const char *scsi_address;
  guint ata_port; /* plus one */
  guint nvme_namespace;
  gint64 size;
} Theirs;

typedef struct
{
  const char *name;
  Ours ours[MAX_DISKS];
  Theirs theirs[MAX_DISKS + 1];
  guint n_theirs;
} Case;

static const Case cases[] = {
  { "serial",
    { { .target = "vda", .serial = "A" }, { .target = "vdb", .serial = "B" } },
    { { "vda", .serial = "A" }, { NULL, .serial = "C" }, { NULL, .serial = "" } },
    3 },
  /* A virtio disk passes on twenty characters, a SCSI disk 36. */
  { "long-serial",
    { { .target = "vda", .serial = "0123456789012345678901234" },
      { .target = "sda", .bus = "scsi", .serial = "abcdefghijabcdefghijabcdefghijabcdefghij" } },
    { { "vda", .serial = "01234567890123456789" },
      { "sda", .serial = "abcdefghijabcdefghijabcdefghijabcdef" },
      { NULL, .serial = "abcdefghijabcdefghij" } },
    3 },
  { "wwn",
    { { .target = "sda", .bus = "scsi", .wwn = "5000C50015EA71AC" },
      { .target = "sdb", .bus = "scsi", .wwn = "5000c50015ea71ad" } },
    { { "sda", .wwn = "0x5000c50015ea71ac" },
      { "sdb", .wwn = "naa.5000c50015ea71ad" },
      { NULL, .wwn = "5000c50015ea71ae" } },
    3 },
  { "pci-address",
    { { .target = "vda", .pci_address = "0000:04:00.0" },
      { .target = "vdb", .pci_address = "0000:05:00.0" } },
    { { "vdb", .pci_address = "0000:05:00.0" }, { NULL, .pci_address = "0000:06:00.0" } },
    2 },
  /* The guest's firmware has numbered the buses differently. */
  { "pci-path-wins",
    { { .target = "vda", .pci_address = "0000:04:00.0", .pci_path = "0000:00/02.3/00.0" },
      { .target = "vdb", .pci_address = "0000:05:00.0", .pci_path = "0000:00/02.4/00.0" } },
    { { "vda", .pci_address = "0000:05:00.0", .pci_path = "0000:00/02.3/00.0" },
      { "vdb", .pci_address = "0000:06:00.0", .pci_path = "0000:00/02.4/00.0" } },
    2 },
  { "scsi-address",
    { { .target = "sda", .bus = "scsi", .pci_address = "0000:05:00.0", .scsi_address = "0:0:0" },
      { .target = "sdb", .bus = "scsi", .pci_address = "0000:05:00.0", .scsi_address = "0:0:1" } },
    { { "sdb", .pci_address = "0000:05:00.0", .scsi_address = "7:0:0:1" },
      { NULL, .pci_address = "0000:05:00.0", .scsi_address = "7" },
      { NULL, .pci_address = "0000:05:00.0" },
      { NULL, .pci_address = "0000:06:00.0", .scsi_address = "7:0:0:0" } },
    4 },
  /* Each port is a host of its own, so that the rest of the address is the same. */
  { "sata-ports",
    { { .target = "sda", .bus = "sata", .pci_address = "0000:00:1f.2", .scsi_address = "0:0:0" },
      { .target = "sdb", .bus = "sata", .pci_address = "0000:00:1f.2", .scsi_address = "0:0:3" } },
    { { "sdb", .pci_address = "0000:00:1f.2", .scsi_address = "5:0:0:0", .ata_port = 4 },
      { "sda", .pci_address = "0000:00:1f.2", .scsi_address = "2:0:0:0", .ata_port = 1 },
      { NULL, .pci_address = "0000:00:1f.2", .scsi_address = "3:0:0:0", .ata_port = 2 },
      { NULL, .pci_address = "0000:00:1f.2", .scsi_address = "2:0:0:0" } },
    4 },
  { "ide-channels",
    { { .target = "hdc", .bus = "ide", .pci_address = "0000:00:01.1", .scsi_address = "0:0:1" },
      { .target = "hdd", .bus = "ide", .pci_address = "0000:00:01.1", .scsi_address = "1:0:1" } },
    { { "hdd", .pci_address = "0000:00:01.1", .scsi_address = "1:0:1:0", .ata_port = 2 },
      { NULL, .pci_address = "0000:00:01.1", .scsi_address = "1:0:0:0", .ata_port = 2 } },
    2 },
  /* All namespaces of a controller have its serial number and place. */
  { "nvme-namespaces",
    { { .target = "nvme0n1", .bus = "nvme", .serial = "N", .pci_address = "0000:01:00.0",
        .scsi_address = "0:0:0" },
      { .target = "nvme0n2", .bus = "nvme", .serial = "N", .pci_address = "0000:01:00.0",
        .scsi_address = "0:0:1" } },
    { { "nvme0n2", .serial = "N", .pci_address = "0000:01:00.0", .nvme_namespace = 2 },
      { "nvme0n1", .serial = "N", .pci_address = "0000:01:00.0", .nvme_namespace = 1 },
      { NULL, .serial = "N", .pci_address = "0000:01:00.0", .nvme_namespace = 3 } },
    3 },
  /* One disk in the domain, so one of the two is none of it, and nobody knows which. */
  { "nvme-namespaces-of-one-disk",
    { { .target = "vda", .serial = "N", .pci_address = "0000:01:00.0" } },
    { { NULL, .serial = "N", .pci_address = "0000:01:00.0", .nvme_namespace = 1 },
      { NULL, .serial = "N", .pci_address = "0000:01:00.0", .nvme_namespace = 2 } },
    2 },
  /* What the guest says is a hint. */
  { "size-is-checked",
    { { .target = "vda", .serial = "A" }, { .target = "vdb", .pci_address = "0000:05:00.0" } },
    { { NULL, .serial = "A", .size = 2 * MIB },
      { "vda", .serial = "A", .size = MIB + 511 }, /* whole sectors */
      { NULL, .pci_address = "0000:05:00.0", .size = 512 },
      { "vdb", .pci_address = "0000:05:00.0", .size = -1 } },
    4 },
  { "serial-before-place",
    { { .target = "vda", .pci_address = "0000:01:00.0" }, { .target = "vdb", .serial = "B" } },
    { { "vdb", .serial = "B", .pci_address = "0000:01:00.0" } },
    1 },
  { "place-never-against-a-serial",
    { { .target = "vda", .serial = "A", .pci_address = "0000:01:00.0" },
      { .target = "sda", .bus = "scsi", .serial = "S", .wwn = "50" } },
    { { NULL, .serial = "B", .pci_address = "0000:01:00.0" }, { NULL, .serial = "T", .wwn = "50" } },
    2 },
  /* Two of the guest's disks say that they are the same one. */
  { "liar",
    { { .target = "vda", .serial = "A" }, { .target = "vdb", .serial = "B" } },
    { { NULL, .serial = "A", .pci_address = "0000:01:00.0" },
      { NULL, .serial = "A", .pci_address = "0000:02:00.0" },
      { "vdb", .serial = "B" } },
    3 },
  { "liar-told-by-place",
    { { .target = "vda", .serial = "A", .pci_address = "0000:01:00.0" },
      { .target = "vdb", .pci_address = "0000:02:00.0" } },
    { { "vda", .serial = "A", .pci_address = "0000:01:00.0" },
      { "vdb", .serial = "A", .pci_address = "0000:02:00.0" } },
    2 },
  { "liar-of-another-size",
    { { .target = "vda", .serial = "A" } },
    { { "vda", .serial = "A", .size = MIB }, { NULL, .serial = "A", .size = 2 * MIB } },
    2 },
  { "liar-about-place",
    { { .target = "vda", .pci_address = "0000:01:00.0" } },
    { { NULL, .pci_address = "0000:01:00.0", .serial = "X" },
      { NULL, .pci_address = "0000:01:00.0", .serial = "Y" } },
    2 },
  /* Several volumes are on one disk, and each names it. */
  { "named-again",
    { { .target = "vda", .serial = "A" } },
    { { "vda", .serial = "A", .size = MIB }, { "vda", .serial = "A", .size = MIB },
      { "vda", .serial = "A" } },
    3 },
  /* The domain's own numbers clash: the place has to agree. */
  { "same-serial-twice",
    { { .target = "vda", .serial = "A", .pci_address = "0000:01:00.0" },
      { .target = "vdb", .serial = "A", .pci_address = "0000:02:00.0" } },
    { { "vdb", .serial = "A", .pci_address = "0000:02:00.0" },
      { NULL, .serial = "A", .pci_address = "0000:03:00.0" },
      { NULL, .serial = "A" } },
    3 },
  { "same-wwn-twice",
    { { .target = "sda", .bus = "scsi", .wwn = "50" },
      { .target = "sdb", .bus = "scsi", .wwn = "50" } },
    { { NULL, .wwn = "50" } },
    1 },
  /* What is known already isn't claimed by a less sure mark. */
  { "taken",
    { { .target = "vda", .serial = "A", .pci_address = "0000:01:00.0" } },
    { { "vda", .serial = "A" }, { NULL, .pci_address = "0000:01:00.0" } },
    2 },
};

static GPtrArray *
make_ours (const Case *test)
{
  GPtrArray *disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_disk_free);

  for (guint i = 0; i < MAX_DISKS && test->ours[i].target != NULL; i++)
    {
      const Ours *ours = &test->ours[i];
      VssDomainDisk *disk = vss_domain_disk_new ();

      disk->target = g_strdup (ours->target);
      disk->bus = g_strdup (ours->bus != NULL ? ours->bus : "virtio");
      disk->serial = g_strdup (ours->serial);
      disk->wwn = g_strdup (ours->wwn);
      disk->pci_address = g_strdup (ours->pci_address);
      disk->pci_path = g_strdup (ours->pci_path);
      disk->scsi_address = g_strdup (ours->scsi_address);
      disk->capacity = ours->size != 0 ? ours->size : MIB;
      g_ptr_array_add (disks, disk);
    }
  return disks;
}

/* Each disk under a volume of its own. */
static VssWireVolumesResult *
make_theirs (const Case *test)
{
  VssWireVolumesResult *answer = vss_wire_volumes_result_new ();

  for (guint i = 0; i < test->n_theirs; i++)
    {
      const Theirs *theirs = &test->theirs[i];
      VssWireVolume *volume = vss_wire_volume_new ();
      VssWireDisk *disk = vss_wire_disk_new ();

      disk->name = g_strdup_printf ("disk%u", i);
      disk->serial = g_strdup (theirs->serial);
      disk->wwn = g_strdup (theirs->wwn);
      disk->pci_address = g_strdup (theirs->pci_address);
      disk->pci_path = g_strdup (theirs->pci_path);
      disk->scsi_address = g_strdup (theirs->scsi_address);
      disk->has_ata_port = theirs->ata_port > 0;
      disk->ata_port = theirs->ata_port - 1;
      disk->has_nvme_namespace = theirs->nvme_namespace > 0;
      disk->nvme_namespace = theirs->nvme_namespace;
      disk->has_size_bytes = theirs->size != 0;
      disk->size_bytes = theirs->size;
      g_ptr_array_add (volume->disks, disk);
      g_ptr_array_add (answer->volumes, volume);
    }
  return answer;
}

static gboolean
is_expected (const Case *test, const char *target)
{
  for (guint i = 0; i < test->n_theirs; i++)
    {
      if (g_strcmp0 (test->theirs[i].is, target) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GPtrArray) ours = make_ours (test);
  g_autoptr (VssWireVolumesResult) theirs = make_theirs (test);
  g_autoptr (VssDiskMatch) match = vss_disk_match_new (ours, theirs);

  for (guint i = 0; i < test->n_theirs; i++)
    {
      const VssWireVolume *volume = g_ptr_array_index (theirs->volumes, i);
      const VssDomainDisk *found = vss_disk_match_find (match, g_ptr_array_index (volume->disks, 0));

      g_test_message ("disk %u", i);
      g_assert_cmpstr (found != NULL ? found->target : NULL, ==, test->theirs[i].is);
    }
  for (guint i = 0; i < ours->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (ours, i);

      g_assert_true (vss_disk_match_is_taken (match, disk) == is_expected (test, disk->target));
    }
}

/* What somebody else has told by all its marks is found by any of them. */
static void
test_copied_marks (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) ours = make_ours (&cases[i]);

      for (guint j = 0; j < ours->len; j++)
        {
          const VssDomainDisk *disk = g_ptr_array_index (ours, j);
          g_autoptr (VssWireVolumesResult) answer = vss_wire_volumes_result_new ();
          g_autoptr (VssDiskMatch) match = NULL;
          VssWireVolume *volume = vss_wire_volume_new ();
          VssWireDisk *guest_disk = vss_wire_disk_new ();

          vss_disk_marks_copy (guest_disk, disk);
          g_ptr_array_add (volume->disks, guest_disk);
          g_ptr_array_add (answer->volumes, volume);
          match = vss_disk_match_new (ours, answer);
          g_test_message ("%s of %s", disk->target, cases[i].name);
          if (!g_str_has_prefix (cases[i].name, "same-wwn"))
            g_assert_true (vss_disk_match_find (match, guest_disk) == disk);
        }
    }
}

static void
test_no_answer (void)
{
  g_autoptr (GPtrArray) ours = make_ours (&cases[0]);
  g_autoptr (VssDiskMatch) match = vss_disk_match_new (ours, NULL);

  g_assert_false (vss_disk_match_is_taken (match, g_ptr_array_index (ours, 0)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/disk-match/", cases[i].name, NULL);

      g_test_add_data_func (name, &cases[i], test_case);
    }
  g_test_add_func ("/disk-match/copied-marks", test_copied_marks);
  g_test_add_func ("/disk-match/no-answer", test_no_answer);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Way by way, the surest first: what fits exactly one disk of the domain, and what no other disk
 * of the guest claims in the same way, is matched. */
#include "host-lib/guest/vss-disk-match.h"

#include "host-lib/guest/vss-disk-marks.h"

typedef gboolean (*Fits) (const VssDomainDisk *disk, const VssWireDisk *guest_disk);

struct _VssDiskMatch
{
  GPtrArray *disks;
  GHashTable *found; /* (element-type VssWireDisk VssDomainDisk) */
  GHashTable *taken; /* (element-type VssDomainDisk VssWireDisk): the first that claimed it */
};

/* What one way finds, before it is known who else does. */
typedef struct
{
  VssDiskMatch *self;
  Fits fits;
  GHashTable *claims; /* (element-type VssWireDisk VssDomainDisk) */
  GHashTable *claimants; /* (element-type VssDomainDisk VssWireDisk): the first one */
  GHashTable *contested; /* (element-type VssDomainDisk VssDomainDisk) */
} Round;

static gboolean
can_be (Round *round, const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return !g_hash_table_contains (round->self->taken, disk) && round->fits (disk, guest_disk)
         && !vss_disk_size_differs (disk, guest_disk)
         && !vss_disk_serial_differs (disk, guest_disk);
}

/* The only one that it can be; of several with one serial number the one that is at its place. */
static const VssDomainDisk *
only_one (Round *round, const VssWireDisk *guest_disk)
{
  const VssDomainDisk *found = NULL;
  const VssDomainDisk *at_place = NULL;
  guint n_found = 0;
  guint n_at_place = 0;

  for (guint i = 0; i < round->self->disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (round->self->disks, i);

      if (!can_be (round, disk, guest_disk))
        continue;
      found = disk;
      n_found++;
      if (!vss_disk_place_fits (disk, guest_disk))
        continue;
      at_place = disk;
      n_at_place++;
    }
  if (n_found == 1)
    return found;
  return n_at_place == 1 ? at_place : NULL;
}

static void
claim (Round *round, const VssWireDisk *guest_disk)
{
  const VssDomainDisk *disk = only_one (round, guest_disk);
  const VssWireDisk *first;

  if (disk == NULL)
    return;
  g_hash_table_insert (round->claims, (gpointer) guest_disk, (gpointer) disk);
  first = g_hash_table_lookup (round->claimants, disk);
  if (first == NULL)
    g_hash_table_insert (round->claimants, (gpointer) disk, (gpointer) guest_disk);
  else if (!vss_guest_disks_may_be_same (first, guest_disk))
    g_hash_table_add (round->contested, (gpointer) disk);
}

/* @guest_disks: those left over by the surer ways; becomes those left over by this one. */
static void
match_by (VssDiskMatch *self, Fits fits, GPtrArray *guest_disks)
{
  g_autoptr (GHashTable) claims = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) claimants = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) contested = g_hash_table_new (NULL, NULL);
  Round round = { self, fits, claims, claimants, contested };

  for (guint i = 0; i < guest_disks->len; i++)
    claim (&round, g_ptr_array_index (guest_disks, i));
  for (guint i = guest_disks->len; i > 0; i--)
    {
      gpointer guest_disk = g_ptr_array_index (guest_disks, i - 1);
      gpointer disk = g_hash_table_lookup (claims, guest_disk);

      if (disk == NULL || g_hash_table_contains (contested, disk))
        continue;
      g_hash_table_insert (self->found, guest_disk, disk);
      g_hash_table_insert (self->taken, disk, guest_disk);
      g_ptr_array_remove_index (guest_disks, i - 1);
    }
}

VssDiskMatch *
vss_disk_match_new (GPtrArray *disks, const VssWireVolumesResult *answer)
{
  static const Fits ways[] = { vss_disk_serial_fits, vss_disk_wwn_fits, vss_disk_place_fits };
  VssDiskMatch *self = g_new0 (VssDiskMatch, 1);
  g_autoptr (GPtrArray) guest_disks = g_ptr_array_new ();

  self->disks = disks;
  self->found = g_hash_table_new (NULL, NULL);
  self->taken = g_hash_table_new (NULL, NULL);
  for (guint i = 0; answer != NULL && i < answer->volumes->len; i++)
    {
      const VssWireVolume *volume = g_ptr_array_index (answer->volumes, i);

      g_ptr_array_extend (guest_disks, volume->disks, NULL, NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    match_by (self, ways[i], guest_disks);
  return self;
}

void
vss_disk_match_free (VssDiskMatch *self)
{
  g_hash_table_unref (self->found);
  g_hash_table_unref (self->taken);
  g_free (self);
}

const VssDomainDisk *
vss_disk_match_find (VssDiskMatch *self, const VssWireDisk *guest_disk)
{
  return g_hash_table_lookup (self->found, guest_disk);
}

gboolean
vss_disk_match_is_taken (VssDiskMatch *self, const VssDomainDisk *disk)
{
  return g_hash_table_contains (self->taken, disk);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the domain's disks a disk is that the guest names. */
#include "host-lib/guest/vss-disk-match.h"

#include <string.h>

/* A virtio disk passes on no more of its serial number. */
#define VIRTIO_SERIAL_LENGTH 20

/* The guest counts whole sectors. */
#define SECTOR_SIZE 512

typedef gboolean (*Fits) (const VssDomainDisk *disk, const VssWireDisk *guest_disk);

static gboolean
has_text (const char *text)
{
  return text != NULL && text[0] != '\0';
}

static gboolean
serial_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  if (!has_text (disk->serial) || !has_text (guest_disk->serial))
    return FALSE;
  if (g_strcmp0 (disk->bus, "virtio") == 0)
    return strncmp (disk->serial, guest_disk->serial, VIRTIO_SERIAL_LENGTH) == 0;
  return g_str_equal (disk->serial, guest_disk->serial);
}

/* Past what some kernels put in front of the digits. */
static const char *
wwn_digits (const char *wwn)
{
  static const char *const prefixes[] = { "naa.", "0x", NULL };

  for (guint i = 0; prefixes[i] != NULL; i++)
    {
      if (g_ascii_strncasecmp (wwn, prefixes[i], strlen (prefixes[i])) == 0)
        return wwn + strlen (prefixes[i]);
    }
  return wwn;
}

static gboolean
wwn_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return has_text (disk->wwn) && has_text (guest_disk->wwn)
         && g_ascii_strcasecmp (wwn_digits (disk->wwn), wwn_digits (guest_disk->wwn)) == 0;
}

/* The guest numbers its hosts by itself: only what is behind the first colon is the controller's.
 * A disk that is a device of its own has no such address on the host's side. */
static gboolean
scsi_address_fits (const char *address, const char *guest_address)
{
  const char *behind_host;

  if (!has_text (address))
    return TRUE;
  behind_host = guest_address != NULL ? strchr (guest_address, ':') : NULL;
  return behind_host != NULL && g_str_equal (behind_host + 1, address);
}

static gboolean
address_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return has_text (disk->pci_address) && has_text (guest_disk->pci_address)
         && g_ascii_strcasecmp (disk->pci_address, guest_disk->pci_address) == 0
         && scsi_address_fits (disk->scsi_address, guest_disk->scsi_address);
}

static gboolean
size_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  if (disk->capacity == 0 || !guest_disk->has_size_bytes || guest_disk->size_bytes <= 0)
    return TRUE;
  return disk->capacity / SECTOR_SIZE == (guint64) guest_disk->size_bytes / SECTOR_SIZE;
}

/* @any: whether there was any, be it two. */
static const VssDomainDisk *
only_one (GPtrArray *disks, const VssWireDisk *guest_disk, Fits fits, gboolean *any)
{
  const VssDomainDisk *found = NULL;

  *any = FALSE;
  for (guint i = 0; i < disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (disks, i);

      if (!fits (disk, guest_disk) || !size_fits (disk, guest_disk))
        continue;
      if (*any)
        return NULL;
      *any = TRUE;
      found = disk;
    }
  return found;
}

const VssDomainDisk *
vss_disk_match (GPtrArray *disks, const VssWireDisk *guest_disk)
{
  /* The surest first. The guest's numbers of PCI buses are the firmware's and may differ from
   * libvirt's, which is why the address comes last. */
  static const Fits ways[] = { serial_fits, wwn_fits, address_fits };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      gboolean any;
      const VssDomainDisk *found = only_one (disks, guest_disk, ways[i], &any);

      if (any)
        return found;
    }
  return NULL;
}

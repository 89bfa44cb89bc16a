/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "host-lib/guest/vss-disk-marks.h"

#include <stdlib.h>
#include <string.h>

/* The guest counts whole sectors. */
#define SECTOR_SIZE 512

/* How much of its serial number a disk passes on to the guest, by its bus. */
typedef struct
{
  const char *bus;
  gsize length;
} SerialLength;

static const SerialLength serial_lengths[] = {
  { "virtio", 20 }, { "ide", 20 }, { "sata", 20 }, { "nvme", 20 }, { "scsi", 36 }, { "usb", 36 },
};

static gboolean
has_text (const char *text)
{
  return text != NULL && text[0] != '\0';
}

static gsize
serial_length (const VssDomainDisk *disk)
{
  for (guint i = 0; i < G_N_ELEMENTS (serial_lengths); i++)
    {
      if (g_strcmp0 (disk->bus, serial_lengths[i].bus) == 0)
        return serial_lengths[i].length;
    }
  return G_MAXSIZE;
}

/* The number of a namespace: all of a controller have its serial number. */
static gboolean
namespace_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  const char *unit;

  if (g_strcmp0 (disk->bus, "nvme") != 0 || !guest_disk->has_nvme_namespace)
    return TRUE;
  unit = has_text (disk->scsi_address) ? strrchr (disk->scsi_address, ':') : NULL;
  return unit != NULL && g_ascii_strtoull (unit + 1, NULL, 10) + 1 == guest_disk->nvme_namespace;
}

static gboolean
both_have_serial (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return has_text (disk->serial) && has_text (guest_disk->serial);
}

static gboolean
is_same_serial (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  gsize length = serial_length (disk);

  return strncmp (disk->serial, guest_disk->serial, length) == 0
         && (length == G_MAXSIZE || strlen (guest_disk->serial) <= length);
}

gboolean
vss_disk_serial_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return both_have_serial (disk, guest_disk) && is_same_serial (disk, guest_disk)
         && namespace_fits (disk, guest_disk);
}

gboolean
vss_disk_serial_differs (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return both_have_serial (disk, guest_disk) && !is_same_serial (disk, guest_disk);
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

gboolean
vss_disk_wwn_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return has_text (disk->wwn) && has_text (guest_disk->wwn)
         && g_ascii_strcasecmp (wwn_digits (disk->wwn), wwn_digits (guest_disk->wwn)) == 0;
}

/* Part @number of "a:b:c", -1 if there is none. */
static gint64
address_part (const char *address, guint number)
{
  for (; address != NULL && number > 0; number--)
    {
      address = strchr (address, ':');
      if (address != NULL)
        address++;
    }
  return address != NULL && g_ascii_isdigit (*address)
           ? (gint64) g_ascii_strtoull (address, NULL, 10)
           : -1;
}

/* Behind the controller. Of "host:channel:target:lun" the guest numbers the host by itself; on ATA
 * each port is such a host, and only the port tells. */
static gboolean
unit_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  const char *behind_host;

  /* A disk that is a device of its own has no such address on the host's side. */
  if (!has_text (disk->scsi_address))
    return TRUE;
  if (g_strcmp0 (disk->bus, "nvme") == 0)
    return guest_disk->has_nvme_namespace && namespace_fits (disk, guest_disk);
  if (g_strcmp0 (disk->bus, "sata") == 0)
    return guest_disk->has_ata_port && guest_disk->ata_port == address_part (disk->scsi_address, 2);
  if (g_strcmp0 (disk->bus, "ide") == 0)
    return guest_disk->has_ata_port && guest_disk->ata_port == address_part (disk->scsi_address, 0)
           && address_part (guest_disk->scsi_address, 2) == address_part (disk->scsi_address, 2);
  behind_host = guest_disk->scsi_address != NULL ? strchr (guest_disk->scsi_address, ':') : NULL;
  return behind_host != NULL && g_str_equal (behind_host + 1, disk->scsi_address);
}

/* The path is sure. The guest's numbers of PCI buses are the firmware's, and may differ from
 * libvirt's. */
static gboolean
controller_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  if (has_text (disk->pci_path) && has_text (guest_disk->pci_path))
    return g_ascii_strcasecmp (disk->pci_path, guest_disk->pci_path) == 0;
  return has_text (disk->pci_address) && has_text (guest_disk->pci_address)
         && g_ascii_strcasecmp (disk->pci_address, guest_disk->pci_address) == 0;
}

gboolean
vss_disk_place_fits (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  return controller_fits (disk, guest_disk) && unit_fits (disk, guest_disk);
}

gboolean
vss_disk_size_differs (const VssDomainDisk *disk, const VssWireDisk *guest_disk)
{
  if (disk->capacity == 0 || !guest_disk->has_size_bytes || guest_disk->size_bytes <= 0)
    return FALSE;
  return disk->capacity / SECTOR_SIZE != (guint64) guest_disk->size_bytes / SECTOR_SIZE;
}

static gboolean
texts_differ (const char *a, const char *b)
{
  return has_text (a) && has_text (b) && !g_str_equal (a, b);
}

gboolean
vss_guest_disks_may_be_same (const VssWireDisk *a, const VssWireDisk *b)
{
  if (texts_differ (a->serial, b->serial) || texts_differ (a->wwn, b->wwn)
      || texts_differ (a->pci_address, b->pci_address) || texts_differ (a->pci_path, b->pci_path)
      || texts_differ (a->scsi_address, b->scsi_address))
    return FALSE;
  if (a->has_nvme_namespace && b->has_nvme_namespace && a->nvme_namespace != b->nvme_namespace)
    return FALSE;
  if (a->has_ata_port && b->has_ata_port && a->ata_port != b->ata_port)
    return FALSE;
  return !a->has_size_bytes || !b->has_size_bytes || a->size_bytes == b->size_bytes;
}

static void
replace (char **text, char *value)
{
  g_free (*text);
  *text = value;
}

void
vss_disk_marks_copy (VssWireDisk *guest_disk, const VssDomainDisk *disk)
{
  gint64 bus = address_part (disk->scsi_address, 0);
  gint64 unit = address_part (disk->scsi_address, 2);
  gboolean is_ide = g_strcmp0 (disk->bus, "ide") == 0;
  gint64 port = is_ide ? bus : unit;

  replace (&guest_disk->serial,
           disk->serial != NULL ? g_strndup (disk->serial, serial_length (disk)) : NULL);
  replace (&guest_disk->wwn, g_strdup (disk->wwn));
  replace (&guest_disk->pci_address, g_strdup (disk->pci_address));
  replace (&guest_disk->pci_path, g_strdup (disk->pci_path));
  /* The number of the guest's host in front is compared by nobody. */
  replace (&guest_disk->scsi_address,
           disk->scsi_address == NULL ? NULL
           : is_ide                   ? g_strdup_printf ("0:0:%" G_GINT64_FORMAT ":0", unit)
                                      : g_strconcat ("0:", disk->scsi_address, NULL));
  guest_disk->has_ata_port = port >= 0 && (is_ide || g_strcmp0 (disk->bus, "sata") == 0);
  guest_disk->ata_port = guest_disk->has_ata_port ? (guint32) port : 0;
  guest_disk->has_nvme_namespace = unit >= 0 && g_strcmp0 (disk->bus, "nvme") == 0;
  guest_disk->nvme_namespace = guest_disk->has_nvme_namespace ? (guint32) unit + 1 : 0;
}

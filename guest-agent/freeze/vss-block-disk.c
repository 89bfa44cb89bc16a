/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what identifies a disk from sysfs and udev's data base. */
#include "guest-agent/freeze/vss-block-disk.h"

#include <string.h>

#include "guest-agent/freeze/vss-sysfs.h"

/* SCSI's vital product data page with the unit's serial number: four bytes of header. */
#define VPD_HEADER_BYTES 4

/* sysfs counts sectors of 512 bytes whatever the disk's own are. */
#define SECTOR_BYTES 512

void
vss_block_disk_free (VssBlockDisk *self)
{
  g_free (self->name);
  g_free (self->serial);
  g_free (self->wwn);
  g_free (self->pci_address);
  g_free (self->pci_path);
  g_free (self->scsi_address);
  g_free (self);
}

char *
vss_block_udev_property (const char *udev_data,
                         const char *number,
                         const char *key)
{
  g_autofree char *path = g_strdup_printf ("%s/b%s", udev_data, number);
  g_autofree char *prefix = g_strdup_printf ("E:%s=", key);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !g_utf8_validate (text, -1, NULL))
    {
      return NULL;
    }
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], prefix))
        {
          return g_strdup (lines[i] + strlen (prefix));
        }
    }
  return NULL;
}

static char *
read_vpd_serial (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "device", "vpd_pg80", NULL);
  g_autofree char *page = NULL;
  g_autofree char *serial = NULL;
  gsize length;

  if (!g_file_get_contents (path, &page, &length, NULL) || length <= VPD_HEADER_BYTES)
    {
      return NULL;
    }
  serial = g_strndup (page + VPD_HEADER_BYTES, length - VPD_HEADER_BYTES);
  if (!g_utf8_validate (serial, -1, NULL) || *g_strstrip (serial) == '\0')
    {
      return NULL;
    }
  return g_steal_pointer (&serial);
}

static char *
read_serial (const char *folder,
             const char *udev_data,
             const char *number)
{
  char *serial = vss_sysfs_read (folder, "serial"); /* virtio */

  if (serial == NULL)
    {
      serial = vss_sysfs_read (folder, "device/serial"); /* NVMe, MMC */
    }
  if (serial == NULL)
    {
      serial = read_vpd_serial (folder); /* SCSI */
    }
  if (serial == NULL && number != NULL)
    {
      serial = vss_block_udev_property (udev_data, number, "ID_SCSI_SERIAL");
    }
  if (serial == NULL && number != NULL)
    {
      serial = vss_block_udev_property (udev_data, number, "ID_SERIAL_SHORT");
    }
  return serial;
}

/* "naa.5000C500A1B2C3D4" and "eui.0025385B71B01234" to their digits, others are no names of the
 * world's. */
static char *
read_wwn (const char *folder)
{
  g_autofree char *wwid = vss_sysfs_read (folder, "wwid");
  const char *digits;

  if (wwid == NULL)
    {
      wwid = vss_sysfs_read (folder, "device/wwid");
    }
  if (wwid == NULL || (!g_str_has_prefix (wwid, "naa.") && !g_str_has_prefix (wwid, "eui.")))
    {
      return NULL;
    }
  digits = wwid + strlen ("naa.");
  if (*digits == '\0' || strspn (digits, "0123456789abcdefABCDEF") != strlen (digits))
    {
      return NULL;
    }
  return g_ascii_strdown (digits, -1);
}

/* NVMe subsystems that can have several controllers stand beside the PCI bus, and name the
 * controllers that they have. With one, that is where the disk is. */
static char *
find_nvme_controller (const char *folder)
{
  g_autofree char *subsystem = g_path_get_dirname (folder);
  g_autofree char *name = g_path_get_basename (subsystem);
  g_autoptr (GPtrArray) entries = NULL;
  char *controller = NULL;

  if (!g_str_has_prefix (name, "nvme-subsys"))
    {
      return NULL;
    }
  entries = vss_sysfs_list (subsystem, "");
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      if (!g_regex_match_simple ("^nvme[0-9]+$", entries->pdata[i], 0, 0))
        {
          continue;
        }
      if (controller != NULL)
        {
          g_free (controller);
          return NULL;
        }
      controller = vss_sysfs_resolve (subsystem, entries->pdata[i]);
    }
  return controller;
}

/* "pci0000:00/0000:00:02.3/0000:04:00.0" has the address "0000:04:00.0", the controller's, and the
 * path "0000:00/02.3/00.0". */
static void
read_pci (VssBlockDisk *self,
          const char   *folder)
{
  g_auto (GStrv) parts = g_strsplit (folder, "/", -1);
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (g_regex_match_simple ("^pci[0-9a-f]{4,8}:[0-9a-f]{2}$", parts[i], 0, 0))
        {
          g_string_assign (path, parts[i] + strlen ("pci"));
        }
      else if (g_regex_match_simple ("^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$", parts[i], 0,
                                     0))
        {
          g_free (self->pci_address);
          self->pci_address = g_strdup (parts[i]);
          if (path->len > 0)
            {
              g_string_append_printf (path, "/%s", strrchr (parts[i], ':') + 1);
            }
        }
    }
  self->pci_path = self->pci_address != NULL && path->len > 0 ? g_strdup (path->str) : NULL;
}

static void
read_place (VssBlockDisk *self,
            const char   *folder)
{
  g_autofree char *controller = find_nvme_controller (folder);

  read_pci (self, controller != NULL ? controller : folder);
}

static char *
find_scsi_address (const char *folder)
{
  g_auto (GStrv) parts = g_strsplit (folder, "/", -1);

  for (guint i = g_strv_length (parts); i > 0; i--)
    {
      if (g_regex_match_simple ("^[0-9]+:[0-9]+:[0-9]+:[0-9]+$", parts[i - 1], 0, 0))
        {
          return g_strdup (parts[i - 1]);
        }
    }
  return NULL;
}

/* Each port is a SCSI host of its own, and counted over all controllers: "ata5". The kernel tells
 * which one of its controller it is, counted from one. */
static int
find_ata_port (const char *folder)
{
  g_autofree char *above = g_strdup (folder);

  while (strlen (above) > 1)
    {
      g_autofree char *name = g_path_get_basename (above);
      char *parent;

      if (g_regex_match_simple ("^ata[0-9]+$", name, 0, 0))
        {
          g_autofree char *port = g_build_filename ("ata_port", name, "port_no", NULL);
          g_autofree char *number = vss_sysfs_read (above, port);
          guint64 value = number != NULL ? g_ascii_strtoull (number, NULL, 10) : 0;

          return value > 0 && value < G_MAXINT ? (int) value - 1 : -1;
        }
      parent = g_path_get_dirname (above);
      g_free (above);
      above = parent;
    }
  return -1;
}

static guint
read_nvme_namespace (const char *folder)
{
  g_autofree char *number = vss_sysfs_read (folder, "nsid");
  guint64 value = number != NULL ? g_ascii_strtoull (number, NULL, 10) : 0;

  return value <= G_MAXUINT ? (guint) value : 0;
}

VssBlockDisk *
vss_block_disk_read (const char *folder,
                     const char *udev_data)
{
  VssBlockDisk *self = g_new0 (VssBlockDisk, 1);
  g_autofree char *number = vss_sysfs_read (folder, "dev");
  g_autofree char *size = vss_sysfs_read (folder, "size");

  self->name = g_path_get_basename (folder);
  self->serial = read_serial (folder, udev_data, number);
  self->wwn = read_wwn (folder);
  read_place (self, folder);
  self->scsi_address = find_scsi_address (folder);
  self->ata_port = find_ata_port (folder);
  self->nvme_namespace = read_nvme_namespace (folder);
  self->size_bytes = size != NULL ? g_ascii_strtoull (size, NULL, 10) * SECTOR_BYTES : 0;
  return self;
}

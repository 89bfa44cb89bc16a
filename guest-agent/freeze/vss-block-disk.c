/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what identifies a disk from sysfs and udev's data base. */
#include "guest-agent/freeze/vss-block-disk.h"

#include <string.h>

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
  g_free (self->scsi_address);
  g_free (self);
}

static char *
read_text (const char *folder,
           const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !g_utf8_validate (text, -1, NULL)
      || *g_strstrip (text) == '\0')
    {
      return NULL;
    }
  return g_steal_pointer (&text);
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
  char *serial = read_text (folder, "serial"); /* virtio */

  if (serial == NULL)
    {
      serial = read_text (folder, "device/serial"); /* NVMe, MMC */
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
  g_autofree char *wwid = read_text (folder, "wwid");
  const char *digits;

  if (wwid == NULL)
    {
      wwid = read_text (folder, "device/wwid");
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

/* The last component of the path that looks like DDDD:BB:SS.F: the controller's. */
static char *
find_pci_address (const char *folder)
{
  g_auto (GStrv) parts = g_strsplit (folder, "/", -1);

  for (guint i = g_strv_length (parts); i > 0; i--)
    {
      if (g_regex_match_simple ("^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$", parts[i - 1], 0,
                                0))
        {
          return g_strdup (parts[i - 1]);
        }
    }
  return NULL;
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

VssBlockDisk *
vss_block_disk_read (const char *folder,
                     const char *udev_data)
{
  VssBlockDisk *self = g_new0 (VssBlockDisk, 1);
  g_autofree char *number = read_text (folder, "dev");
  g_autofree char *size = read_text (folder, "size");

  self->name = g_path_get_basename (folder);
  self->serial = read_serial (folder, udev_data, number);
  self->wwn = read_wwn (folder);
  self->pci_address = find_pci_address (folder);
  self->scsi_address = find_scsi_address (folder);
  self->size_bytes = size != NULL ? g_ascii_strtoull (size, NULL, 10) * SECTOR_BYTES : 0;
  return self;
}

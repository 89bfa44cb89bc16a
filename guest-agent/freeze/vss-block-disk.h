/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a disk is recognised from outside the guest: serial number, WWN, addresses. Called by the
 * block stack. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *name; /* the kernel's, such as vda */
  char *serial; /* nullable, as are the following */
  char *wwn;
  char *pci_address; /* as the guest numbers the buses */
  char *pci_path; /* "0000:00/02.3/00.0": whatever the numbers are, this leads to it */
  char *scsi_address;
  int ata_port; /* -1 if it hangs on none */
  guint nvme_namespace; /* 0 if it is none */
  guint64 size_bytes; /* 0 if unknown */
} VssBlockDisk;

/* @folder: the disk's folder under sys/devices, @udev_data: the folder of udev's data base. */
VssBlockDisk *vss_block_disk_read (const char *folder, const char *udev_data);
void vss_block_disk_free (VssBlockDisk *self);

/* The property @key of block device @number ("major:minor") in udev's data base, or NULL. */
char *vss_block_udev_property (const char *udev_data, const char *number, const char *key);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of a domain's disks can be in a set, and why another cannot. Called while a domain's XML
 * is read; pure. */
#include "host-lib/providers/libvirt/vss-domain-view.h"

typedef gboolean (*VssDiskTest) (const VssXmlNode *node, const VssDomainDisk *disk);

typedef struct
{
  VssDiskTest applies;
  VssError code;
  const char *reason;
} VssDiskRule;

static gboolean
is_cdrom (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_attr_is (node, "device", "cdrom");
}

static gboolean
is_floppy (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_attr_is (node, "device", "floppy");
}

static gboolean
is_lun (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_attr_is (node, "device", "lun");
}

static gboolean
is_read_only (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_child (node, "readonly") != NULL;
}

static gboolean
is_shareable (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_child (node, "shareable") != NULL;
}

static gboolean
is_transient (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_child (node, "transient") != NULL;
}

static gboolean
is_vhost (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_attr_is (node, "type", "vhostuser") || vss_xml_attr_is (node, "type", "vhostvdpa");
}

static gboolean
is_network (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_attr_is (node, "type", "network");
}

static gboolean
is_volume (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_attr_is (node, "type", "volume");
}

static gboolean
is_block (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_attr_is (node, "type", "block");
}

static gboolean
is_no_file (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return !vss_xml_attr_is (node, "type", "file");
}

static gboolean
has_no_path (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return disk->path == NULL || disk->path[0] != '/';
}

static gboolean
is_encrypted (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_child (vss_xml_child (node, "source"), "encryption") != NULL ||
         vss_xml_child (node, "encryption") != NULL;
}

static gboolean
is_sliced (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_child (vss_xml_child (node, "source"), "slices") != NULL;
}

static gboolean
has_data_store (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return vss_xml_child (vss_xml_child (node, "source"), "dataStore") != NULL;
}

static gboolean
has_other_format (const VssXmlNode *node, const VssDomainDisk *disk)
{
  return g_strcmp0 (disk->format, "qcow2") != 0 && g_strcmp0 (disk->format, "raw") != 0;
}

static const VssDiskRule rules[] = {
  { is_cdrom, VSS_E_VOLUME_NOT_SUPPORTED, "is a CD-ROM drive" },
  { is_floppy, VSS_E_VOLUME_NOT_SUPPORTED, "is a floppy drive" },
  { is_lun, VSS_E_VOLUME_NOT_SUPPORTED, "is a LUN that is passed through" },
  { is_read_only, VSS_E_VOLUME_NOT_SUPPORTED, "is read-only" },
  { is_shareable, VSS_E_VOLUME_NOT_SUPPORTED, "is shareable: other machines may write to it" },
  { is_transient, VSS_E_VOLUME_NOT_SUPPORTED, "is transient: its changes are thrown away" },
  { is_vhost, VSS_E_VOLUME_NOT_SUPPORTED, "is a vhost disk, which QEMU does not write itself" },
  { is_network, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "is a network disk" },
  { is_volume, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "is of type volume" },
  { is_block, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER,
    "is on a block device, where no overlay can be made beside it, and no overlay folder is set" },
  { is_no_file, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "is no image file" },
  { has_no_path, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "has no image" },
  { is_encrypted, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "is encrypted by QEMU" },
  { is_sliced, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "is a slice of an image" },
  { has_data_store, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "has an external data file" },
  { has_other_format, VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER,
    "has an image that is neither qcow2 nor raw" },
};

void
vss_disk_support_judge (const VssXmlNode *node, VssDomainDisk *disk)
{
  disk->read_only = is_read_only (node, disk) || is_cdrom (node, disk) || is_transient (node, disk);
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      if (!rules[i].applies (node, disk))
        continue;
      disk->supported = FALSE;
      disk->unsupported_code = rules[i].code;
      disk->unsupported_reason = g_strdup_printf ("disk %s %s", disk->target, rules[i].reason);
      return;
    }
  disk->supported = TRUE;
}

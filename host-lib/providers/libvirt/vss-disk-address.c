/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a disk is plugged in, by its domain's XML: the address that libvirt gives, and the path over
 * the bridges, which stays true however the guest's firmware numbers its buses. Called while a
 * domain's XML is read; pure. */
#include "host-lib/providers/libvirt/vss-domain-view.h"

#include <string.h>

/* Bridges behind bridges: no machine has more, and XML could be made to lead in circles. */
#define MAX_BRIDGES 16

/* A number of an address: hexadecimal with 0x, or decimal. */
static guint
read_part (const VssXmlNode *address, const char *name)
{
  g_autofree char *text = vss_xml_attr (address, name);

  return text == NULL ? 0 : (guint)g_ascii_strtoull (text, NULL, 0);
}

static const VssXmlNode *
find_controller (const VssXmlNode *devices, const char *type, guint index)
{
  for (VssXmlNode *node = vss_xml_child (devices, "controller"); node != NULL;
       node = vss_xml_next (node, "controller"))
    {
      if (vss_xml_attr_is (node, "type", type) && read_part (node, "index") == index)
        return node;
    }
  return NULL;
}

static char *
pci_text (const VssXmlNode *address)
{
  return g_strdup_printf ("%04x:%02x:%02x.%x", read_part (address, "domain"),
                          read_part (address, "bus"), read_part (address, "slot"),
                          read_part (address, "function"));
}

/* The root bus that @controller makes, "0000:00"; NULL if it is a bridge behind another one. */
static char *
root_bus (const VssXmlNode *controller)
{
  if (vss_xml_attr_is (controller, "model", "pci-expander-bus") ||
      vss_xml_attr_is (controller, "model", "pcie-expander-bus"))
    {
      guint number = read_part (vss_xml_child (controller, "target"), "busNr");

      return number > 0 && number <= 0xff ? g_strdup_printf ("0000:%02x", number) : NULL;
    }
  if (read_part (controller, "index") == 0)
    return g_strdup ("0000:00");
  return NULL;
}

/* @address: of type pci. NULL if the way to it isn't known. */
static char *
pci_path (const VssXmlNode *devices, const VssXmlNode *address)
{
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint depth = 0; depth < MAX_BRIDGES; depth++)
    {
      const VssXmlNode *controller = find_controller (devices, "pci", read_part (address, "bus"));
      g_autofree char *part = g_strdup_printf ("/%02x.%x", read_part (address, "slot"),
                                               read_part (address, "function"));
      g_autofree char *root = NULL;

      g_string_prepend (path, part);
      if (controller == NULL || read_part (address, "domain") != 0)
        return NULL;
      root = root_bus (controller);
      if (root != NULL)
        return g_strconcat (root, path->str, NULL);
      address = vss_xml_child (controller, "address");
      if (!vss_xml_attr_is (address, "type", "pci"))
        return NULL;
    }
  return NULL;
}

static void
take_pci (const VssXmlNode *devices, const VssXmlNode *address, VssDomainDisk *disk)
{
  disk->pci_address = pci_text (address);
  disk->pci_path = pci_path (devices, address);
}

/* This old controller has one disk a target. */
static gboolean
numbers_targets (const VssXmlNode *controller)
{
  return vss_xml_attr_is (controller, "model", "lsilogic");
}

static void
take_drive (const VssXmlNode *devices, const VssXmlNode *address, VssDomainDisk *disk)
{
  const VssXmlNode *controller = find_controller (devices, disk->bus,
                                                  read_part (address, "controller"));
  const VssXmlNode *plugged = vss_xml_child (controller, "address");

  if (vss_xml_attr_is (plugged, "type", "pci"))
    take_pci (devices, plugged, disk);
  if (numbers_targets (controller))
    disk->scsi_address = g_strdup_printf ("%u:%u:0", read_part (address, "bus"),
                                          read_part (address, "unit"));
  else
    disk->scsi_address = g_strdup_printf ("%u:%u:%u", read_part (address, "bus"),
                                          read_part (address, "target"),
                                          read_part (address, "unit"));
}

void
vss_disk_address_read (const VssXmlNode *devices, const VssXmlNode *node, VssDomainDisk *disk)
{
  const VssXmlNode *address = vss_xml_child (node, "address");

  if (vss_xml_attr_is (address, "type", "pci"))
    take_pci (devices, address, disk);
  else if (vss_xml_attr_is (address, "type", "drive") && disk->bus != NULL)
    take_drive (devices, address, disk);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes the image of one disk in a domain's stored definition. On the worker thread. */
#include "host-lib/providers/libvirt/vss-config.h"

#include <stdlib.h>

#include "host-lib/documents/vss-xml.h"

static VssXmlNode *
find_disk (VssXml *doc, const char *target)
{
  const VssXmlNode *devices = vss_xml_child (vss_xml_root (doc), "devices");

  for (VssXmlNode *node = vss_xml_child (devices, "disk"); node != NULL;
       node = vss_xml_next (node, "disk"))
    {
      if (vss_xml_attr_is (vss_xml_child (node, "target"), "dev", target))
        return node;
    }
  return NULL;
}

/* The disk's element with the other image and without a chain, which libvirt finds again. */
static char *
rewrite_disk (VssXmlNode *disk, const char *to, const char *to_format)
{
  VssXmlNode *chain = vss_xml_child (disk, "backingStore");

  vss_xml_set_attr (vss_xml_child (disk, "source"), "file", to);
  if (vss_xml_child (disk, "driver") != NULL)
    vss_xml_set_attr (vss_xml_child (disk, "driver"), "type", to_format);
  if (chain != NULL)
    vss_xml_remove (chain);
  return vss_xml_to_string (disk);
}

gboolean
vss_config_replace_source (VssLibvirtSession *session,
                           const char *target,
                           const char *from,
                           const char *to,
                           const char *to_format,
                           gboolean *changed,
                           GError **error)
{
  g_autoptr (VssXml) doc = NULL;
  g_autofree char *disk_xml = NULL;
  VssXmlNode *disk;
  char *xml;

  if (virDomainIsPersistent (session->domain) != 1)
    return TRUE;
  xml = virDomainGetXMLDesc (session->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
  if (xml == NULL)
    {
      vss_libvirt_set_error (error, "cannot read the stored definition of domain %s",
                             session->domain_name);
      return FALSE;
    }
  doc = vss_xml_parse (xml, -1, error);
  free (xml);
  if (doc == NULL)
    return FALSE;
  disk = find_disk (doc, target);
  if (disk == NULL || !vss_xml_attr_is (vss_xml_child (disk, "source"), "file", from))
    return TRUE;

  disk_xml = rewrite_disk (disk, to, to_format);
  if (virDomainUpdateDeviceFlags (session->domain, disk_xml, VIR_DOMAIN_AFFECT_CONFIG) < 0)
    {
      vss_libvirt_set_error (error,
                             "cannot correct the stored definition of domain %s, whose disk %s "
                             "names %s instead of %s",
                             session->domain_name, target, from, to);
      return FALSE;
    }
  if (changed != NULL)
    *changed = TRUE;
  return TRUE;
}

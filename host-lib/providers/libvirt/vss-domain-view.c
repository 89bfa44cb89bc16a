/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a domain's XML into plain records. Pure; on any thread. */
#include "host-lib/providers/libvirt/vss-domain-view.h"

#include <stdlib.h>
#include <string.h>

/* Deepest chain that is followed: libvirt itself refuses more than 200 images. */
#define MAX_CHAIN 256

static void
chain_image_free (VssChainImage *image)
{
  g_free (image->path);
  g_free (image->format);
  g_free (image);
}

static void
disk_view_free (VssDiskView *view)
{
  vss_domain_disk_free (view->disk);
  g_free (view->alias);
  g_ptr_array_unref (view->chain);
  g_free (view->mirror_job);
  g_free (view->mirror_path);
  g_free (view);
}

static void
record_text_free (VssRecordText *record)
{
  g_free (record->id);
  g_free (record->xml);
  g_free (record);
}

void
vss_domain_view_free (VssDomainView *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->uuid);
  g_ptr_array_unref (self->disks);
  g_ptr_array_unref (self->records);
  g_free (self);
}

/* Path of a <source>: a file or a block device. */
static char *
read_source_path (const VssXmlNode *owner)
{
  const VssXmlNode *source = vss_xml_child (owner, "source");
  char *path = vss_xml_attr (source, "file");

  return path != NULL ? path : vss_xml_attr (source, "dev");
}

/* @index_owner: the element with the image's number. */
static void
add_image (VssDiskView *view, const VssXmlNode *index_owner, char *path, char *format)
{
  g_autofree char *index = vss_xml_attr (index_owner, "index");
  VssChainImage *image = g_new0 (VssChainImage, 1);

  image->path = path;
  image->format = format;
  image->index = index == NULL ? 0 : (guint)g_ascii_strtoull (index, NULL, 10);
  g_ptr_array_add (view->chain, image);
}

static void
read_chain (const VssXmlNode *node, VssDiskView *view)
{
  if (view->disk->path != NULL)
    add_image (view, vss_xml_child (node, "source"), g_strdup (view->disk->path),
               g_strdup (view->disk->format));
  node = vss_xml_child (node, "backingStore");
  for (guint depth = 0; node != NULL && depth < MAX_CHAIN; depth++)
    {
      g_autofree char *path = read_source_path (node);

      if (path != NULL)
        add_image (view, node, g_steal_pointer (&path),
                   vss_xml_attr (vss_xml_child (node, "format"), "type"));
      node = vss_xml_child (node, "backingStore");
    }
}

static void
read_mirror (const VssXmlNode *node, VssDiskView *view)
{
  const VssXmlNode *mirror = vss_xml_child (node, "mirror");

  if (mirror == NULL)
    return;
  view->mirror_job = vss_xml_attr (mirror, "job");
  if (view->mirror_job == NULL)
    view->mirror_job = g_strdup ("copy");
  view->mirror_ready = vss_xml_attr_is (mirror, "ready", "yes");
  view->mirror_path = read_source_path (mirror);
}

static char *
read_wwn (const VssXmlNode *node)
{
  g_autofree char *text = vss_xml_child_text (node, "wwn");

  if (text == NULL)
    return NULL;
  return g_ascii_strdown (g_str_has_prefix (text, "0x") ? text + 2 : text, -1);
}

static VssDiskView *
read_disk (const VssXmlNode *devices, const VssXmlNode *node)
{
  VssDiskView *view = g_new0 (VssDiskView, 1);
  VssDomainDisk *disk = vss_domain_disk_new ();
  const VssXmlNode *target = vss_xml_child (node, "target");

  view->disk = disk;
  view->chain = g_ptr_array_new_with_free_func ((GDestroyNotify)chain_image_free);
  view->alias = vss_xml_attr (vss_xml_child (node, "alias"), "name");
  disk->target = vss_xml_attr (target, "dev");
  if (disk->target == NULL)
    disk->target = g_strdup ("");
  disk->bus = vss_xml_attr (target, "bus");
  disk->path = read_source_path (node);
  disk->format = vss_xml_attr (vss_xml_child (node, "driver"), "type");
  if (disk->format == NULL && disk->path != NULL)
    disk->format = g_strdup ("raw"); /* libvirt never probes */
  disk->serial = vss_xml_child_text (node, "serial");
  disk->wwn = read_wwn (node);
  vss_disk_address_read (devices, node, disk);
  read_chain (node, view);
  read_mirror (node, view);
  vss_disk_support_judge (node, disk);
  return view;
}

static void
read_records (const VssXmlNode *metadata, GPtrArray *records)
{
  for (VssXmlNode *node = vss_xml_child (metadata, "snapshot-set"); node != NULL;
       node = vss_xml_next (node, "snapshot-set"))
    {
      const char *uri = vss_xml_namespace (node);

      if (uri != NULL && g_str_has_prefix (uri, VSS_RECORD_NAMESPACE))
        {
          VssRecordText *record = g_new0 (VssRecordText, 1);

          record->id = g_strdup (uri + strlen (VSS_RECORD_NAMESPACE));
          record->xml = vss_xml_to_string (node);
          g_ptr_array_add (records, record);
        }
    }
}

VssDomainView *
vss_domain_view_parse (const char *xml, GError **error)
{
  g_autoptr (VssXml) doc = vss_xml_parse (xml, -1, error);
  VssDomainView *self;
  const VssXmlNode *root;
  const VssXmlNode *devices;

  if (doc == NULL)
    return NULL;
  root = vss_xml_root (doc);
  self = g_new0 (VssDomainView, 1);
  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify)disk_view_free);
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify)record_text_free);
  self->name = vss_xml_child_text (root, "name");
  self->uuid = vss_xml_child_text (root, "uuid");
  devices = vss_xml_child (root, "devices");
  for (VssXmlNode *node = vss_xml_child (devices, "disk"); node != NULL;
       node = vss_xml_next (node, "disk"))
    g_ptr_array_add (self->disks, read_disk (devices, node));
  read_records (vss_xml_child (root, "metadata"), self->records);
  return self;
}

VssDomainView *
vss_domain_view_load (virDomainPtr domain, unsigned int flags, GError **error)
{
  const char *name = virDomainGetName (domain);
  char *xml = virDomainGetXMLDesc (domain, flags);
  VssDomainView *view;

  if (xml == NULL)
    {
      vss_libvirt_set_error (error, "cannot read the XML of domain %s", name);
      return NULL;
    }
  view = vss_domain_view_parse (xml, error);
  free (xml);
  return view;
}

VssDiskView *
vss_domain_view_find (const VssDomainView *self, const char *target)
{
  for (guint i = 0; i < self->disks->len; i++)
    {
      VssDiskView *view = g_ptr_array_index (self->disks, i);

      if (g_strcmp0 (view->disk->target, target) == 0)
        return view;
    }
  return NULL;
}

int
vss_disk_view_position (const VssDiskView *self, const char *path)
{
  for (guint i = 0; i < self->chain->len; i++)
    {
      const VssChainImage *image = g_ptr_array_index (self->chain, i);

      if (g_strcmp0 (image->path, path) == 0)
        return (int)i;
    }
  return -1;
}

gboolean
vss_domain_view_uses (const VssDomainView *self, const char *path)
{
  for (guint i = 0; i < self->disks->len; i++)
    {
      const VssDiskView *view = g_ptr_array_index (self->disks, i);

      if (vss_disk_view_position (view, path) >= 0 || g_strcmp0 (view->mirror_path, path) == 0)
        return TRUE;
    }
  return FALSE;
}

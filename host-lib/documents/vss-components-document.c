/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the backup components document, and recognises one. */
#include "host-lib/documents/vss-components-document.h"

#include "host-lib/documents/vss-xml.h"
#include "host-lib/vss-error.h"

#define ROOT "backupComponents"

static const char *const type_names[] = {
  [VSS_BT_UNDEFINED] = "undefined",
  [VSS_BT_FULL] = "full",
  [VSS_BT_INCREMENTAL] = "incremental",
  [VSS_BT_DIFFERENTIAL] = "differential",
  [VSS_BT_LOG] = "log",
  [VSS_BT_COPY] = "copy",
  [VSS_BT_OTHER] = "other",
};

static const char *
yes_or_no (gboolean value)
{
  return value ? "yes" : "no";
}

static void
append_context (GString *out, gint context)
{
  g_autofree char *value = g_strdup_printf ("0x%x", (guint) context);

  g_string_append (out, "  <context");
  vss_xml_append_attr (out, "name", vss_snapshot_context_to_string (context));
  vss_xml_append_attr (out, "value", value);
  g_string_append (out, "/>\n");
}

static void
append_backup_state (GString *out, const VssComponentsDocument *document)
{
  g_string_append (out, "  <backup");
  vss_xml_append_attr (out, "type", type_names[document->backup_type]);
  vss_xml_append_attr (out, "selectComponents", yes_or_no (document->select_components));
  vss_xml_append_attr (out, "bootableSystemState", yes_or_no (document->bootable_system_state));
  vss_xml_append_attr (out, "partialFiles", yes_or_no (document->partial_file_support));
  g_string_append (out, "/>\n");
}

static void
append_volume (GString *out, const VssSetVolume *volume)
{
  g_string_append (out, "    <volume");
  vss_xml_append_attr (out, "snapshot", volume->snapshot_id);
  vss_xml_append_attr (out, "name", volume->name);
  vss_xml_append_attr (out, "mountPoint", volume->mount_point);
  vss_xml_append_attr (out, "type", volume->fs_type);
  vss_xml_append_attr (out, "uuid", volume->fs_uuid);
  g_string_append (out, ">\n");
  for (guint i = 0; volume->disks != NULL && volume->disks[i] != NULL; i++)
    {
      g_string_append (out, "      <on");
      vss_xml_append_attr (out, "disk", volume->disks[i]);
      g_string_append (out, "/>\n");
    }
  g_string_append (out, "    </volume>\n");
}

static void
append_disk (GString *out, const VssSetDisk *disk)
{
  g_string_append (out, "    <disk");
  vss_xml_append_attr (out, "target", disk->target);
  vss_xml_append_attr (out, "image", disk->image);
  vss_xml_append_attr (out, "format", disk->image_format);
  vss_xml_append_attr_int (out, "capacity", (gint64) MIN (disk->capacity, G_MAXINT64));
  g_string_append (out, "/>\n");
}

static void
append_set (GString *out, const VssSnapshotSet *set)
{
  g_string_append (out, "  <snapshotSet");
  vss_xml_append_attr (out, "id", set->id);
  vss_xml_append_attr (out, "provider", set->provider_id);
  vss_xml_append_attr (out, "consistency", vss_consistency_to_string (set->consistency));
  if (set->created_us > 0)
    vss_xml_append_attr_int (out, "createdUs", set->created_us);
  g_string_append (out, ">\n");
  for (guint i = 0; i < set->volumes->len; i++)
    append_volume (out, g_ptr_array_index (set->volumes, i));
  for (guint i = 0; i < set->disks->len; i++)
    append_disk (out, g_ptr_array_index (set->disks, i));
  g_string_append (out, "  </snapshotSet>\n");
}

/* -- writers -- */

static void
append_component (GString *out, const VssWireSelectedComponent *component)
{
  g_string_append (out, "    <component");
  vss_xml_append_attr (out, "type",
                       vss_component_type_to_string ((VssComponentType) component->type));
  vss_xml_append_attr (out, "logicalPath", component->logical_path);
  vss_xml_append_attr (out, "name", component->name);
  if (component->has_succeeded)
    vss_xml_append_attr (out, "backupSucceeded", yes_or_no (component->succeeded));
  g_string_append (out, "/>\n");
}

static void
append_writer (GString *out, const VssSetWriter *writer, GPtrArray *components)
{
  g_string_append (out, "  <writer");
  vss_xml_append_attr (out, "instance", writer->instance_id);
  vss_xml_append_attr (out, "id", writer->writer_id);
  vss_xml_append_attr (out, "name", writer->name);
  vss_xml_append_attr (out, "tookPart", yes_or_no (writer->took_part));
  vss_xml_append_attr (out, "state", vss_writer_state_to_string (writer->state));
  if (writer->failure != VSS_S_OK)
    vss_xml_append_attr (out, "failure", vss_error_to_name (writer->failure));
  g_string_append (out, ">\n");
  for (guint i = 0; components != NULL && i < components->len; i++)
    {
      const VssWireSelectedComponent *component = g_ptr_array_index (components, i);

      if (g_ascii_strcasecmp (component->instance_id, writer->instance_id) == 0)
        append_component (out, component);
    }
  g_string_append (out, "  </writer>\n");
}

static void
append_writers (GString *out, const VssComponentsDocument *document)
{
  for (guint i = 0; document->writers != NULL && i < document->writers->len; i++)
    {
      const VssSetWriter *writer = g_ptr_array_index (document->writers, i);

      if (writer->selected)
        append_writer (out, writer, document->components);
    }
}

char *
vss_components_document_to_xml (const VssComponentsDocument *document)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" ROOT);

  vss_xml_append_attr (out, "xmlns", VSS_COMPONENTS_DOCUMENT_NAMESPACE);
  vss_xml_append_attr (out, "version", "1.0");
  g_string_append (out, ">\n  <machine");
  vss_xml_append_attr (out, "name", document->domain_name);
  vss_xml_append_attr (out, "uuid", document->domain_uuid);
  vss_xml_append_attr (out, "host", document->host_name);
  g_string_append (out, "/>\n");
  append_context (out, document->context);
  append_backup_state (out, document);
  if (document->set != NULL)
    append_set (out, document->set);
  append_writers (out, document);
  g_string_append (out, "</" ROOT ">\n");
  return g_string_free (out, FALSE);
}

gboolean
vss_components_document_check (const char *xml, GError **error)
{
  g_autoptr (VssXml) document = vss_xml_parse (xml, -1, error);
  VssXmlNode *root;

  if (document == NULL)
    return FALSE;
  root = vss_xml_root (document);
  if (g_strcmp0 (vss_xml_name (root), ROOT) == 0
      && g_strcmp0 (vss_xml_namespace (root), VSS_COMPONENTS_DOCUMENT_NAMESPACE) == 0)
    return TRUE;
  g_set_error (error, VSS_ERROR, VSS_E_INVALID_XML_DOCUMENT,
               "the document is no " ROOT " of " VSS_COMPONENTS_DOCUMENT_NAMESPACE);
  return FALSE;
}

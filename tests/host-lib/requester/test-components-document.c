/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backup components document: what is in it, and what is taken for one. */
#include "host-lib/documents/vss-components-document.h"
#include "host-lib/vss-error.h"
#include "host-lib/vss-set-writer.h"
#include "host-lib/vss-snapshot-set-private.h"

#include <string.h>

static VssSnapshotSet *
make_set (void)
{
  VssSnapshotSet *set = vss_snapshot_set_new ();
  VssSetVolume *volume = vss_set_volume_new ();
  VssSetDisk *disk = vss_set_disk_new ();
  const char *const disks[] = { "vda", NULL };

  set->id = g_strdup ("aa");
  volume->snapshot_id = g_strdup ("bb");
  volume->name = g_strdup ("/mnt/<a> & \"b\"\n]]>");
  volume->mount_point = g_strdup (volume->name);
  volume->disks = g_strdupv ((GStrv) disks);
  disk->target = g_strdup ("vda");
  disk->image = g_strdup ("/images/it's.qcow2");
  disk->image_format = g_strdup ("qcow2");
  disk->capacity = G_MAXUINT64;
  g_ptr_array_add (set->volumes, volume);
  g_ptr_array_add (set->disks, disk);
  return set;
}

static void
test_round_trip (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  VssComponentsDocument document = {
    .domain_name = "vm",
    .domain_uuid = VSS_ID_NULL,
    .host_name = "host",
    .context = VSS_CTX_ALL,
    .backup_type = VSS_BT_COPY,
    .select_components = TRUE,
    .set = set,
  };
  g_autofree char *xml = vss_components_document_to_xml (&document);
  g_autoptr (GError) error = NULL;

  g_assert_true (vss_components_document_check (xml, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (xml, "type=\"copy\""));
  g_assert_nonnull (strstr (xml, "value=\"0xffffffff\""));
  g_assert_nonnull (strstr (xml, "snapshot=\"bb\""));
  g_assert_nonnull (strstr (xml, "&lt;a"));
  g_assert_null (strstr (xml, "<a>"));
}

/* Who took part, and which of its components were chosen and how their backup ended. */
static void
test_writers (void)
{
  g_autoptr (GPtrArray) writers = vss_set_writers_new ();
  g_autoptr (GPtrArray) components
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_wire_selected_component_free);
  VssSetWriter *writer = vss_set_writer_new ();
  VssWireSelectedComponent *component = vss_wire_selected_component_new ();
  VssComponentsDocument document
      = { .domain_name = "vm", .writers = writers, .components = components };
  g_autofree char *xml = NULL;

  writer->instance_id = g_strdup (VSS_ID_NULL);
  writer->writer_id = g_strdup ("the-class");
  writer->name = g_strdup ("<db>");
  writer->selected = TRUE;
  writer->state = VSS_WS_FAILED_AT_FREEZE;
  writer->failure = VSS_E_WRITERERROR_TIMEOUT;
  g_ptr_array_add (writers, writer);
  component->instance_id = g_strdup (VSS_ID_NULL);
  component->type = VSS_WIRE_COMPONENT_TYPE_DATABASE;
  component->name = g_strdup ("a\"b");
  component->has_succeeded = TRUE;
  g_ptr_array_add (components, component);
  xml = vss_components_document_to_xml (&document);
  g_assert_true (vss_components_document_check (xml, NULL));
  g_assert_nonnull (strstr (xml, "name=\"&lt;db&gt;\""));
  g_assert_nonnull (strstr (xml, "failure=\"VSS_E_WRITERERROR_TIMEOUT\""));
  g_assert_nonnull (strstr (xml, "type=\"database\" name=\"a&quot;b\" "
                                 "backupSucceeded=\"no\""));
}

static void
test_without_set (void)
{
  VssComponentsDocument document = { .domain_name = "vm" };
  g_autofree char *xml = vss_components_document_to_xml (&document);

  g_assert_true (vss_components_document_check (xml, NULL));
}

static void
test_others_are_refused (void)
{
  static const char *const others[] = {
    "",
    "text",
    "<backupComponents/>",
    "<backupComponents xmlns='urn:other'/>",
    "<other xmlns='" VSS_COMPONENTS_DOCUMENT_NAMESPACE "'/>",
    "<backupComponents xmlns='" VSS_COMPONENTS_DOCUMENT_NAMESPACE "'>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (vss_components_document_check (others[i], &error));
      g_assert_error (error, VSS_ERROR, VSS_E_INVALID_XML_DOCUMENT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/components-document/round-trip", test_round_trip);
  g_test_add_func ("/components-document/writers", test_writers);
  g_test_add_func ("/components-document/without-set", test_without_set);
  g_test_add_func ("/components-document/others-are-refused", test_others_are_refused);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read from a domain's XML: chains, jobs, records, addresses, and why a disk can't be in a
 * set. */
#include "host-lib/providers/libvirt/vss-domain-view.h"

#define SET_ID "6a8b0a3e-0e2f-4b5c-9a39-2f6f3c1d8e01"

static VssDomainView *
parse (const char *disks)
{
  g_autofree char *xml = g_strconcat (
      "<domain type='kvm' id='3'><name>vm</name>"
      "<uuid>0c9f4f60-3f0b-4d8c-8a36-7d0f9b7b1a02</uuid>"
      "<metadata><vss-set:snapshot-set xmlns:vss-set='" VSS_RECORD_NAMESPACE SET_ID "' version='1'>"
      "<vss-set:disk target='vda'/></vss-set:snapshot-set>"
      "<other:snapshot-set xmlns:other='urn:other'/></metadata><devices>",
      disks,
      "<controller type='scsi' index='1'><address type='pci' domain='0x0000' bus='0x05' slot='0x01'"
      " function='0x2'/></controller></devices></domain>",
      NULL);
  g_autoptr (GError) error = NULL;
  VssDomainView *view = vss_domain_view_parse (xml, &error);

  g_assert_no_error (error);
  return view;
}

static void
test_chain (void)
{
  g_autoptr (VssDomainView) view = parse (
      "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
      "<source file='/i/a.2' index='5'/><backingStore type='file' index='4'>"
      "<format type='qcow2'/><source file='/i/a.1'/><backingStore type='file' index='1'>"
      "<format type='raw'/><source file='/i/a'/><backingStore/></backingStore></backingStore>"
      "<target dev='vda' bus='virtio'/><serial>S1</serial><wwn>0x5000C50015EA71AD</wwn>"
      "<alias name='virtio-disk0'/>"
      "<address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></disk>");
  const VssDiskView *disk = vss_domain_view_find (view, "vda");

  g_assert_nonnull (disk);
  g_assert_null (vss_domain_view_find (view, "vdb"));
  g_assert_cmpuint (disk->chain->len, ==, 3);
  g_assert_cmpint (vss_disk_view_position (disk, "/i/a.2"), ==, 0);
  g_assert_cmpint (vss_disk_view_position (disk, "/i/a"), ==, 2);
  g_assert_cmpint (vss_disk_view_position (disk, "/i/b"), ==, -1);
  g_assert_true (vss_domain_view_uses (view, "/i/a.1"));
  g_assert_false (vss_domain_view_uses (view, "/i/b"));
  g_assert_cmpstr (((VssChainImage *)g_ptr_array_index (disk->chain, 2))->format, ==, "raw");
  g_assert_true (disk->disk->supported);
  g_assert_cmpstr (disk->disk->path, ==, "/i/a.2");
  g_assert_cmpstr (disk->disk->format, ==, "qcow2");
  g_assert_cmpstr (disk->disk->serial, ==, "S1");
  g_assert_cmpstr (disk->disk->wwn, ==, "5000c50015ea71ad");
  g_assert_cmpstr (disk->disk->pci_address, ==, "0000:03:00.0");
  g_assert_cmpstr (disk->alias, ==, "virtio-disk0");
  g_assert_null (disk->mirror_job);
}

static void
test_job (void)
{
  g_autoptr (VssDomainView) view =
      parse ("<disk type='file'><driver type='qcow2'/><source file='/i/o'/>"
             "<mirror type='file' job='active-commit' ready='yes'><format type='qcow2'/>"
             "<source file='/i/base'/></mirror><target dev='vda'/></disk>"
             "<disk type='file'><driver type='qcow2'/><source file='/i/p'/>"
             "<mirror type='file' file='/i/q' format='raw'><source file='/i/q'/></mirror>"
             "<target dev='vdb'/></disk>");
  const VssDiskView *commit = vss_domain_view_find (view, "vda");
  const VssDiskView *copy = vss_domain_view_find (view, "vdb");

  g_assert_cmpstr (commit->mirror_job, ==, "active-commit");
  g_assert_true (commit->mirror_ready);
  g_assert_cmpstr (commit->mirror_path, ==, "/i/base");
  g_assert_true (vss_domain_view_uses (view, "/i/base"));
  g_assert_cmpstr (copy->mirror_job, ==, "copy");
  g_assert_false (copy->mirror_ready);
  g_assert_true (vss_domain_view_uses (view, "/i/q"));
}

static void
test_records (void)
{
  g_autoptr (VssDomainView) view = parse ("");
  const VssRecordText *record;

  g_assert_cmpuint (view->records->len, ==, 1);
  record = g_ptr_array_index (view->records, 0);
  g_assert_cmpstr (record->id, ==, SET_ID);
  g_assert_nonnull (g_strrstr (record->xml, "target=\"vda\""));
}

static void
test_scsi_address (void)
{
  g_autoptr (VssDomainView) view =
      parse ("<disk type='file' device='disk'><source file='/i/a'/><target dev='sda' bus='scsi'/>"
             "<address type='drive' controller='1' bus='0' target='2' unit='3'/></disk>");
  const VssDiskView *disk = vss_domain_view_find (view, "sda");

  g_assert_cmpstr (disk->disk->pci_address, ==, "0000:05:01.2");
  g_assert_cmpstr (disk->disk->scsi_address, ==, "0:2:3");
  g_assert_cmpstr (disk->disk->format, ==, "raw"); /* libvirt's meaning of none */
}

#define PCI(index, model, bus, slot, function, more)                                            \
  "<controller type='pci' index='" index "' model='" model "'>" more                             \
  "<address type='pci' domain='0x0000' bus='" bus "' slot='" slot "' function='" function "'/>"  \
  "</controller>"

#define VIRTIO(target, bus, slot)                                                               \
  "<disk type='file'><source file='/i/a'/><target dev='" target "' bus='virtio'/>"               \
  "<address type='pci' domain='0x0000' bus='" bus "' slot='" slot "' function='0x0'/></disk>"

/* Over bridges to a root bus, by slots and functions only. */
static void
test_pci_path (void)
{
  g_autoptr (VssDomainView) view = parse (
      "<controller type='pci' index='0' model='pcie-root'/>"
      PCI ("3", "pcie-root-port", "0x00", "0x02", "0x3", "")
      PCI ("4", "pcie-to-pci-bridge", "0x03", "0x00", "0x0", "")
      PCI ("6", "pcie-expander-bus", "0x00", "0x05", "0x0", "<target busNr='254'/>")
      PCI ("7", "pcie-root-port", "0x06", "0x01", "0x0", "")
      PCI ("8", "pci-bridge", "0x08", "0x01", "0x0", "")
      VIRTIO ("vda", "0x00", "0x1f") VIRTIO ("vdb", "0x03", "0x00") VIRTIO ("vdc", "0x04", "0x0a")
      VIRTIO ("vdd", "0x07", "0x00") VIRTIO ("vde", "0x08", "0x00") VIRTIO ("vdf", "0x09", "0x00"));
  static const char *const paths[] = { "0000:00/1f.0", "0000:00/02.3/00.0", "0000:00/02.3/00.0/0a.0",
                                       "0000:fe/01.0/00.0", NULL /* circle */, NULL /* no such */ };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *target = g_strdup_printf ("vd%c", 'a' + (char)i);

      g_assert_cmpstr (vss_domain_view_find (view, target)->disk->pci_path, ==, paths[i]);
    }
}

static void
test_lsilogic (void)
{
  g_autoptr (VssDomainView) view =
      parse ("<disk type='file' device='disk'><source file='/i/a'/><target dev='sda' bus='scsi'/>"
             "<address type='drive' controller='0' bus='0' target='0' unit='3'/></disk>"
             "<controller type='scsi' index='0' model='lsilogic'/>");
  const VssDiskView *disk = vss_domain_view_find (view, "sda");

  g_assert_null (disk->disk->pci_address);
  g_assert_cmpstr (disk->disk->scsi_address, ==, "0:3:0");
}

typedef struct
{
  const char *name;
  const char *xml; /* without the target */
  VssError code;
  const char *reason; /* a part of it */
} Unsupported;

static const Unsupported unsupported[] = {
  { "cdrom", "type='file' device='cdrom'><source file='/i/a'/><readonly/>",
    VSS_E_VOLUME_NOT_SUPPORTED, "CD-ROM" },
  { "floppy", "type='file' device='floppy'>", VSS_E_VOLUME_NOT_SUPPORTED, "floppy" },
  { "lun", "type='block' device='lun'><source dev='/dev/sdx'/>", VSS_E_VOLUME_NOT_SUPPORTED,
    "LUN" },
  { "read-only", "type='file'><source file='/i/a'/><readonly/>", VSS_E_VOLUME_NOT_SUPPORTED,
    "read-only" },
  { "shareable", "type='file'><source file='/i/a'/><shareable/>", VSS_E_VOLUME_NOT_SUPPORTED,
    "shareable" },
  { "transient", "type='file'><source file='/i/a'/><transient/>", VSS_E_VOLUME_NOT_SUPPORTED,
    "transient" },
  { "vhost-user", "type='vhostuser'><source type='unix' path='/s'/>", VSS_E_VOLUME_NOT_SUPPORTED,
    "vhost" },
  { "network", "type='network'><source protocol='rbd' name='p/i'/>",
    VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "network" },
  { "volume", "type='volume'><source pool='p' volume='v'/>", VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER,
    "volume" },
  { "block", "type='block'><driver type='raw'/><source dev='/dev/vg/lv'/>",
    VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "overlay folder" },
  { "nvme", "type='nvme'><source type='pci'/>", VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER,
    "image file" },
  { "empty", "type='file'>", VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "no image" },
  { "encrypted",
    "type='file'><driver type='qcow2'/><source file='/i/a'><encryption format='luks'/></source>",
    VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "encrypted" },
  { "slice",
    "type='file'><driver type='raw'/><source file='/i/a'><slices><slice type='storage'"
    " offset='1' size='2'/></slices></source>",
    VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "slice" },
  { "data-file",
    "type='file'><driver type='qcow2'/><source file='/i/a'><dataStore type='file'/>"
    "</source>",
    VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "data file" },
  { "other-format", "type='file'><driver type='vmdk'/><source file='/i/a'/>",
    VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "neither" },
};

static void
test_unsupported (gconstpointer data)
{
  const Unsupported *row = data;
  g_autofree char *xml = g_strconcat ("<disk ", row->xml, "<target dev='vda'/></disk>", NULL);
  g_autoptr (VssDomainView) view = parse (xml);
  const VssDomainDisk *disk = vss_domain_view_find (view, "vda")->disk;

  g_assert_false (disk->supported);
  g_assert_cmpint (disk->unsupported_code, ==, row->code);
  g_assert_nonnull (g_strrstr (disk->unsupported_reason, row->reason));
  g_assert_nonnull (g_strrstr (disk->unsupported_reason, "vda"));
}

static void
test_no_xml (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vss_domain_view_parse ("<domain>", &error));
  g_assert_error (error, VSS_ERROR, VSS_E_INVALID_XML_DOCUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain-view/chain", test_chain);
  g_test_add_func ("/domain-view/job", test_job);
  g_test_add_func ("/domain-view/records", test_records);
  g_test_add_func ("/domain-view/scsi-address", test_scsi_address);
  g_test_add_func ("/domain-view/pci-path", test_pci_path);
  g_test_add_func ("/domain-view/lsilogic", test_lsilogic);
  g_test_add_func ("/domain-view/no-xml", test_no_xml);
  for (gsize i = 0; i < G_N_ELEMENTS (unsupported); i++)
    {
      g_autofree char *path = g_strconcat ("/domain-view/unsupported/", unsupported[i].name, NULL);

      g_test_add_data_func (path, &unsupported[i], test_unsupported);
    }
  return g_test_run ();
}

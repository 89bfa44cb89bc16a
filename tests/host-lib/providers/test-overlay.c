/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of overlays and of records, the emptiness of a qcow2 file, image locks, and a merge that
 * doesn't come to its end. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "host-lib/providers/libvirt/vss-image-lock.h"
#include "host-lib/providers/libvirt/vss-merge.h"
#include "host-lib/providers/libvirt/vss-overlay.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/providers/libvirt/vss-snapshot-object.h"
#include "host-lib/vss-snapshot-set-private.h"

#define SET_ID "6a8b0a3e-0e2f-4b5c-9a39-2f6f3c1d8e01"
#define OTHER_ID "6a8b0a3e-0e2f-4b5c-9a39-2f6f3c1d8e02"

static void
test_path (void)
{
  g_autofree char *first = vss_overlay_path ("/i", "/link/vm.qcow2", OTHER_ID);
  g_autofree char *second = vss_overlay_path ("/i", first, SET_ID);
  g_autofree char *odd = vss_overlay_path ("/i", "/i/a.vss-no-uuid.qcow2", SET_ID);

  g_assert_cmpstr (first, ==, "/i/vm.qcow2.vss-" OTHER_ID ".qcow2");
  g_assert_cmpstr (second, ==, "/i/vm.qcow2.vss-" SET_ID ".qcow2");
  g_assert_cmpstr (odd, ==, "/i/a.vss-no-uuid.qcow2.vss-" SET_ID ".qcow2");
}

/* A name of the greatest length, of characters of two bytes. */
static void
test_long_path (void)
{
  g_autoptr (GString) name = g_string_new ("x");
  g_autofree char *path = NULL;
  g_autofree char *base = NULL;

  for (guint i = 0; i < 127; i++)
    g_string_append (name, "ä");
  path = vss_overlay_path ("/i", name->str, SET_ID);
  base = g_path_get_basename (path);
  g_assert_cmpuint (strlen (base), <=, 255);
  g_assert_true (g_utf8_validate (base, -1, NULL));
  g_assert_true (vss_overlay_is_of_set (path, SET_ID));
}

static void
test_is_of_set (void)
{
  g_assert_true (vss_overlay_is_of_set ("/i/a.vss-" SET_ID ".qcow2", SET_ID));
  g_assert_false (vss_overlay_is_of_set ("/i/a.vss-" OTHER_ID ".qcow2", SET_ID));
  g_assert_false (vss_overlay_is_of_set ("i/a.vss-" SET_ID ".qcow2", SET_ID));
  g_assert_false (vss_overlay_is_of_set ("/i/a", SET_ID));
  g_assert_false (vss_overlay_is_of_set ("/etc/passwd", ""));
  g_assert_false (vss_overlay_is_of_set ("/i/a.vss-.qcow2", ""));
}

static void
test_record_name (void)
{
  g_autofree char *id = NULL;
  guint generation = 0;

  g_assert_true (vss_record_parse_name ("vm.vss-" SET_ID ".17.set.xml", &id, &generation));
  g_assert_cmpstr (id, ==, SET_ID);
  g_assert_cmpuint (generation, ==, 17);
}

static const char *const no_record_names[] = {
  "vm.vss-" SET_ID ".set.xml",
  "vm.vss-" SET_ID "..set.xml",
  "vm.vss-" SET_ID ".-1.set.xml",
  "vm.vss-" SET_ID ".1.set.xm",
  "vm.vss-not-a-uuid.1.set.xml",
  ".set.xml",
  "vm.vss-" SET_ID ".99999999999.set.xml",
  "vm.vss-" SET_ID ".qcow2",
};

static void
test_no_record_name (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (no_record_names); i++)
    {
      g_autofree char *id = NULL;
      guint generation;

      g_assert_false (vss_record_parse_name (no_record_names[i], &id, &generation));
      g_assert_null (id);
    }
}

static void
test_qcow2_header (void)
{
  guint8 bytes[72] = { 'Q', 'F', 'I', 0xfb, 0, 0, 0, 3 };
  VssQcow2Header header;

  bytes[39] = 5;
  bytes[45] = 3; /* 0x30000 */
  header = vss_qcow2_read_header (bytes, sizeof bytes);
  g_assert_true (header.complete);
  g_assert_cmpuint (header.l1_entries, ==, 5);
  g_assert_cmpuint (header.l1_offset, ==, 0x30000);
  g_assert_false (vss_qcow2_read_header (bytes, 71).complete);
  bytes[0] = 0;
  g_assert_false (vss_qcow2_read_header (bytes, sizeof bytes).complete);
}

static void
test_image_lock (void)
{
  g_autofree char *folder = g_dir_make_tmp ("vss-lock-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "image", NULL);
  struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 201, .l_len = 1 };
  int fd;

  g_assert_cmpint (vss_image_lock_probe (path), ==, VSS_IMAGE_LOCK_UNKNOWN);
  g_assert_true (g_file_set_contents (path, "x", -1, NULL));
  g_assert_cmpint (vss_image_lock_probe (path), ==, VSS_IMAGE_LOCK_FREE);
  fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
  g_assert_cmpint (vss_image_lock_probe (path), ==, VSS_IMAGE_LOCK_HELD);
  close (fd);
  g_assert_cmpint (vss_image_lock_probe (path), ==, VSS_IMAGE_LOCK_FREE);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_stall (void)
{
  const gint64 minute = 60 * G_USEC_PER_SEC;
  VssMergeStall stall;

  vss_merge_stall_init (&stall, 0);
  g_assert_true (vss_merge_stall_check (&stall, 10, 100, 0));
  g_assert_true (vss_merge_stall_check (&stall, 11, 100, 9 * minute));
  g_assert_true (vss_merge_stall_check (&stall, 500, 589, 18 * minute)); /* as much left as ever */
  g_assert_false (vss_merge_stall_check (&stall, 900, 989, 19 * minute));
  g_assert_true (vss_merge_stall_check (&stall, 900, 988, 20 * minute));
}

static void
test_commit_xml (void)
{
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();
  const char *others[] = { "sda", NULL };
  VssSetDisk *disk = vss_set_disk_new ();
  g_autofree char *xml = NULL;

  set->id = g_strdup (SET_ID);
  disk->target = g_strdup ("vda");
  disk->overlay = g_strdup ("/i/<&'\"/a.vss-" SET_ID ".qcow2");
  g_ptr_array_add (set->disks, disk);
  xml = vss_snapshot_object_commit_xml (set, (GStrv)others);
  g_assert_cmpstr (xml, ==,
                   "<domainsnapshot><name>vss-" SET_ID "</name><disks>"
                   "<disk name=\"vda\" snapshot=\"external\" type=\"file\">"
                   "<driver type=\"qcow2\"/>"
                   "<source file=\"/i/&lt;&amp;'&quot;/a.vss-" SET_ID ".qcow2\"/></disk>"
                   "<disk name=\"sda\" snapshot=\"no\"/></disks></domainsnapshot>");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/overlay/path", test_path);
  g_test_add_func ("/overlay/long-path", test_long_path);
  g_test_add_func ("/overlay/is-of-set", test_is_of_set);
  g_test_add_func ("/overlay/qcow2-header", test_qcow2_header);
  g_test_add_func ("/record/name", test_record_name);
  g_test_add_func ("/record/no-name", test_no_record_name);
  g_test_add_func ("/image-lock/probe", test_image_lock);
  g_test_add_func ("/merge/stall", test_stall);
  g_test_add_func ("/commit/xml", test_commit_xml);
  return g_test_run ();
}

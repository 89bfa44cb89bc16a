/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which domains must not start: those that would write below a set's overlay, and no others. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "host-lib/providers/libvirt/vss-start-check.h"
#include "host-lib/vss-snapshot-set-private.h"

#define DOMAIN "c7a5fdbd-cdaf-9455-926a-d65c16db1809"
#define PROVIDER "dd057b45-f1b1-475f-9969-bfbb6fc519ad"
#define EMPTY_L1_AT 72

typedef struct
{
  char *folder;
  char *image;
  char *overlay;
  VssSnapshotSet *set;
  GString *remarks;
  char *reason;
} Fixture;

static void
put (const char *path, const void *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, bytes, (gssize) length, &error);
  g_assert_no_error (error);
}

/* A qcow2 header whose L1 table has one entry. */
static void
put_overlay (Fixture *fixture, gboolean data)
{
  guint8 bytes[EMPTY_L1_AT + 8] = { 0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3 };

  bytes[39] = 1;
  bytes[47] = EMPTY_L1_AT;
  bytes[EMPTY_L1_AT + 7] = data;
  put (fixture->overlay, bytes, sizeof bytes);
}

static void
put_record (Fixture *fixture, guint generation)
{
  g_autofree char *name = g_strdup_printf ("%s/db1.vss-%s.%u.set.xml", fixture->folder,
                                           fixture->set->id, generation);
  g_autofree char *xml = vss_snapshot_set_to_xml (fixture->set);

  put (name, xml, strlen (xml));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  VssSetDisk *disk = vss_set_disk_new ();

  fixture->folder = g_dir_make_tmp ("start-check-XXXXXX", NULL);
  fixture->set = vss_snapshot_set_new ();
  fixture->set->id = g_uuid_string_random ();
  fixture->set->domain_uuid = g_strdup (DOMAIN);
  fixture->set->domain_name = g_strdup ("db1");
  fixture->set->provider_id = g_strdup (PROVIDER);
  fixture->set->state = VSS_SET_CREATED;
  vss_set_owner_fill (&fixture->set->owner, "tests", 1);
  fixture->image = g_build_filename (fixture->folder, "a.qcow2", NULL);
  fixture->overlay
      = g_strdup_printf ("%s/a.qcow2.vss-%s.qcow2", fixture->folder, fixture->set->id);
  disk->target = g_strdup ("vda");
  disk->image = g_strdup (fixture->image);
  disk->overlay = g_strdup (fixture->overlay);
  disk->image_format = g_strdup ("qcow2");
  g_ptr_array_add (fixture->set->disks, disk);
  fixture->remarks = g_string_new (NULL);
  put (fixture->image, "image", 5);
  put_overlay (fixture, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->image);
  g_free (fixture->overlay);
  g_free (fixture->reason);
  vss_snapshot_set_free (fixture->set);
  g_string_free (fixture->remarks, TRUE);
}

/* A domain with one disk; @metadata: nullable. */
static gboolean
may_start (Fixture *fixture, const char *path, const char *extra, const char *metadata)
{
  g_autofree char *xml = g_strdup_printf (
      "<domain type='qemu'><name>other</name><uuid>" DOMAIN "</uuid>%s<devices><disk type='file' "
      "device='disk'><source file='%s'/><target dev='vdb' bus='virtio'/>%s</disk></devices>"
      "</domain>",
      metadata != NULL ? metadata : "", path, extra);

  g_clear_pointer (&fixture->reason, g_free);
  g_string_truncate (fixture->remarks, 0);
  return vss_start_check (xml, &fixture->reason, fixture->remarks);
}

static void
test_image_below (Fixture *fixture, gconstpointer data)
{
  g_assert_true (may_start (fixture, fixture->image, "", NULL)); /* no record: nothing is known */
  put_record (fixture, 0);
  g_assert_false (may_start (fixture, fixture->image, "", NULL));
  g_assert_nonnull (strstr (fixture->reason, "vdb"));
  g_assert_nonnull (strstr (fixture->reason, fixture->set->id));
  g_assert_nonnull (strstr (fixture->reason, fixture->overlay));
  g_assert_nonnull (strstr (fixture->reason, "virsh edit other"));
  g_assert_cmpuint (fixture->remarks->len, ==, 0);
}

static void
test_harmless (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = g_build_filename (fixture->folder, "b.qcow2", NULL);

  put_record (fixture, 0);
  g_assert_true (may_start (fixture, fixture->overlay, "", NULL));
  g_assert_true (may_start (fixture, other, "", NULL));
  g_assert_true (may_start (fixture, fixture->image, "<readonly/>", NULL));
  g_assert_true (may_start (fixture, fixture->image, "<transient/>", NULL));
  g_assert_true (may_start (fixture, "/nonexistent/a.qcow2", "", NULL));
  g_assert_cmpuint (fixture->remarks->len, >, 0);
}

/* By whatever name the image is given. */
static void
test_other_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dotted = g_strdup_printf ("%s/./a.qcow2", fixture->folder);
  g_autofree char *link = g_build_filename (fixture->folder, "link.qcow2", NULL);

  put_record (fixture, 0);
  g_assert_cmpint (symlink ("a.qcow2", link), ==, 0);
  g_assert_false (may_start (fixture, dotted, "", NULL));
  g_assert_false (may_start (fixture, link, "", NULL));
}

static void
test_overlay_gone (Fixture *fixture, gconstpointer data)
{
  put_record (fixture, 0);
  g_assert_cmpint (g_unlink (fixture->overlay), ==, 0);
  g_assert_true (may_start (fixture, fixture->image, "", NULL));
  g_assert_nonnull (strstr (fixture->remarks->str, fixture->overlay));
}

typedef struct
{
  VssSetState state;
  VssSetMerge merge;
  gboolean data;
  gboolean may_start;
} StateRow;

static void
test_states (Fixture *fixture, gconstpointer data)
{
  static const StateRow rows[] = {
    { VSS_SET_PREPARING, VSS_MERGE_NONE, FALSE, TRUE },
    { VSS_SET_PREPARING, VSS_MERGE_NONE, TRUE, TRUE },
    { VSS_SET_COMMITTING, VSS_MERGE_NONE, FALSE, TRUE },
    { VSS_SET_COMMITTING, VSS_MERGE_NONE, TRUE, FALSE },
    { VSS_SET_CREATED, VSS_MERGE_NONE, FALSE, FALSE },
    { VSS_SET_CREATED, VSS_MERGE_NONE, TRUE, FALSE },
    { VSS_SET_DELETING, VSS_MERGE_NONE, FALSE, TRUE },
    { VSS_SET_DELETING, VSS_MERGE_NONE, TRUE, FALSE },
    { VSS_SET_DELETING, VSS_MERGE_READY, TRUE, TRUE },
    { VSS_SET_DELETING, VSS_MERGE_DONE, TRUE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      VssSetDisk *disk = g_ptr_array_index (fixture->set->disks, 0);

      fixture->set->state = rows[i].state;
      disk->merge = rows[i].merge;
      put_overlay (fixture, rows[i].data);
      put_record (fixture, i); /* the newest copy counts */
      g_assert_cmpint (may_start (fixture, fixture->image, "", NULL), ==, rows[i].may_start);
    }
}

/* The domain's own metadata is believed before the copies. */
static void
test_metadata (Fixture *fixture, gconstpointer data)
{
  g_autofree char *record = vss_snapshot_set_to_xml (fixture->set);
  g_autofree char *named = g_strdup_printf ("<vss-set:snapshot-set xmlns:vss-set='urn:virt-vss:"
                                            "set:%s'%s",
                                            fixture->set->id, record + strlen ("<snapshot-set"));
  g_autofree char *metadata = NULL;
  char *end = g_strrstr (named, "</snapshot-set>");

  *end = '\0';
  metadata = g_strdup_printf ("<metadata>%s</vss-set:snapshot-set></metadata>", named);
  /* The children have the prefix as well where libvirt wrote them; ours are found either way. */
  g_assert_false (may_start (fixture, fixture->image, "", metadata));
  fixture->set->state = VSS_SET_PREPARING;
  put_record (fixture, 7);
  g_assert_false (may_start (fixture, fixture->image, "", metadata));
}

/* Records and definitions that make no sense keep no machine from starting. */
static void
test_nonsense (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = g_strdup_printf ("%s/db1.vss-%s.3.set.xml", fixture->folder,
                                           fixture->set->id);
  g_autofree char *evil = g_strdup ("/etc/passwd");
  VssSetDisk *disk = g_ptr_array_index (fixture->set->disks, 0);

  put (name, "<snapshot-set", 13);
  g_assert_true (may_start (fixture, fixture->image, "", NULL));
  g_assert_nonnull (strstr (fixture->remarks->str, "3.set.xml"));
  g_assert_true (vss_start_check ("<domain", &fixture->reason, fixture->remarks));
  g_assert_true (vss_start_check ("", &fixture->reason, fixture->remarks));
  g_assert_cmpint (g_unlink (name), ==, 0);
  /* A record whose overlay has a name that is none of ours is nobody's proof. */
  g_free (disk->overlay);
  disk->overlay = g_steal_pointer (&evil);
  put_record (fixture, 1);
  g_assert_true (may_start (fixture, fixture->image, "", NULL));
}

#define ADD(path, function)                                                                        \
  g_test_add ("/start-check/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("image-below", test_image_below);
  ADD ("harmless", test_harmless);
  ADD ("other-names", test_other_names);
  ADD ("overlay-gone", test_overlay_gone);
  ADD ("states", test_states);
  ADD ("metadata", test_metadata);
  ADD ("nonsense", test_nonsense);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a set: what is written comes back, what is damaged or hostile is refused, and a
 * dead owner is told from a living one. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-lib/vss-error.h"
#include "host-lib/vss-set-writer.h"
#include "host-lib/vss-snapshot-set-private.h"

#define SET_ID "6a8b0a3e-0e2f-4b5c-9a39-2f6f3c1d8e01"
#define DOMAIN_ID "0c9f4f60-3f0b-4d8c-8a36-7d0f9b7b1a02"
#define PROVIDER_ID "6f1d2a0c-8f0b-4c0e-9d53-0d9f5f6b7a11"
#define SNAPSHOT_ID "11111111-2222-4333-8444-555555555555"

static VssSetWriter *
add_writer (VssSnapshotSet *set, const char *name)
{
  VssSetWriter *writer = vss_set_writer_new ();

  writer->instance_id = g_uuid_string_random ();
  writer->writer_id = g_strdup (SNAPSHOT_ID);
  writer->name = g_strdup (name);
  writer->state = VSS_WS_WAITING_FOR_BACKUP_COMPLETE;
  writer->selected = TRUE;
  writer->took_part = TRUE;
  writer->freeze_us = 56;
  writer->thaw_us = 78;
  g_ptr_array_add (set->writers, writer);
  return writer;
}

static void
fail_writer (VssSetWriter *writer, const char *message)
{
  writer->state = VSS_WS_FAILED_AT_FREEZE;
  writer->failure = VSS_E_WRITERERROR_RETRYABLE;
  writer->message = g_strdup (message);
  writer->application_code = -5;
  writer->took_part = FALSE;
}

static VssSnapshotSet *
make_set (void)
{
  VssSnapshotSet *set = vss_snapshot_set_new ();
  VssSetVolume *volume = vss_set_volume_new ();
  VssSetDisk *disk = vss_set_disk_new ();
  VssSetHold *hold = vss_set_hold_new ();
  const char *targets[] = { "vda", "vdb", NULL };

  set->id = g_strdup (SET_ID);
  set->domain_uuid = g_strdup (DOMAIN_ID);
  set->domain_name = g_strdup ("a <strange> & \"quoted\" näme");
  set->host_name = g_strdup ("host");
  set->provider_id = g_strdup (PROVIDER_ID);
  set->context = VSS_CTX_APP_ROLLBACK;
  set->state = VSS_SET_DELETING;
  set->policy = VSS_POLICY_REQUIRE_FILESYSTEM;
  set->consistency = VSS_CONSISTENCY_FILESYSTEM;
  set->weakness = g_strdup ("two\nlines\tand a \001 control character");
  set->created_us = 1700000000123456;
  set->lease_ms = 10000;
  set->frozen_us = 4711;
  set->commit_us = 815;
  set->lease_expired = TRUE;
  vss_set_owner_fill (&set->owner, "tests", 60 * G_USEC_PER_SEC);
  volume->snapshot_id = g_strdup (SNAPSHOT_ID);
  volume->name = g_strdup ("/srv/ü ]]>");
  volume->mount_point = g_strdup ("/srv/ü ]]>");
  volume->disks = g_strdupv ((char **)targets);
  g_ptr_array_add (set->volumes, volume);
  disk->target = g_strdup ("vda");
  disk->overlay = g_strdup ("/images/a.vss-" SET_ID ".qcow2");
  disk->image = g_strdup ("/images/a");
  disk->image_format = g_strdup ("raw");
  disk->capacity = G_GUINT64_CONSTANT (1) << 50;
  disk->merge = VSS_MERGE_READY;
  g_ptr_array_add (set->disks, disk);
  hold->mount_point = g_strdup ("/srv");
  hold->state = g_strdup ("held");
  hold->freeze_us = 12;
  hold->thaw_us = 34;
  g_ptr_array_add (set->holds, hold);
  fail_writer (add_writer (set, "another"), "<no space>");
  add_writer (set, "a \"database\"")->transaction_manager = TRUE;
  return set;
}

static void
test_round_trip (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  g_autofree char *xml = vss_snapshot_set_to_xml (set);
  g_autoptr (GError) error = NULL;
  g_autoptr (VssSnapshotSet) back = vss_snapshot_set_from_xml (xml, &error);
  g_autofree char *again = NULL;
  const VssSetDisk *disk;

  g_assert_no_error (error);
  g_assert_nonnull (back);
  g_assert_cmpstr (back->domain_name, ==, set->domain_name);
  g_assert_cmpstr (back->weakness, ==, "two\nlines\tand a \xef\xbf\xbd control character");
  g_assert_cmpint (back->state, ==, VSS_SET_DELETING);
  g_assert_cmpint (back->policy, ==, VSS_POLICY_REQUIRE_FILESYSTEM);
  g_assert_true (back->lease_expired);
  g_assert_cmpint (back->owner.pid, ==, getpid ());
  g_assert_cmpuint (back->volumes->len, ==, 1);
  g_assert_cmpuint (back->holds->len, ==, 1);
  disk = vss_snapshot_set_find_disk (back, "vda");
  g_assert_nonnull (disk);
  g_assert_cmpuint (disk->capacity, ==, G_GUINT64_CONSTANT (1) << 50);
  g_assert_cmpint (disk->merge, ==, VSS_MERGE_READY);
  g_assert_null (vss_snapshot_set_find_disk (back, "vdb"));

  again = vss_snapshot_set_to_xml (back);
  g_free (set->weakness);
  set->weakness = g_strdup (back->weakness);
  g_free (xml);
  xml = vss_snapshot_set_to_xml (set);
  g_assert_cmpstr (again, ==, xml);
}

static void
test_copy (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  VssSnapshotSet *copy = vss_snapshot_set_copy (set);
  g_autofree char *xml = vss_snapshot_set_to_xml (set);
  g_autofree char *copied = vss_snapshot_set_to_xml (copy);
  g_autofree char *after = NULL;

  g_assert_cmpstr (copied, ==, xml);
  vss_snapshot_set_free (copy);
  after = vss_snapshot_set_to_xml (set); /* still its own texts */
  g_assert_cmpstr (after, ==, xml);
}

static void
assert_same_writer (const VssSetWriter *one, const VssSetWriter *other)
{
  g_assert_cmpstr (one->instance_id, ==, other->instance_id);
  g_assert_cmpstr (one->writer_id, ==, other->writer_id);
  g_assert_cmpstr (one->name, ==, other->name);
  g_assert_cmpint (one->state, ==, other->state);
  g_assert_cmpint (one->failure, ==, other->failure);
  g_assert_cmpstr (one->message, ==, other->message);
  g_assert_cmpint (one->application_code, ==, other->application_code);
  g_assert_cmpint (one->selected, ==, other->selected);
  g_assert_cmpint (one->transaction_manager, ==, other->transaction_manager);
  g_assert_cmpint (one->took_part, ==, other->took_part);
  g_assert_cmpint (one->freeze_us, ==, other->freeze_us);
  g_assert_cmpint (one->thaw_us, ==, other->thaw_us);
}

static void
test_writers (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  g_autofree char *xml = vss_snapshot_set_to_xml (set);
  g_autoptr (VssSnapshotSet) back = vss_snapshot_set_from_xml (xml, NULL);

  g_assert_nonnull (back);
  g_assert_cmpuint (back->writers->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    assert_same_writer (g_ptr_array_index (back->writers, i),
                        g_ptr_array_index (set->writers, i));
}

/* A guest with many writers, each with much to say, must not make the record too large to be
 * kept once the disks are snapshotted; whoever failed is in it. */
static void
test_many_writers (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  g_autoptr (VssSnapshotSet) back = NULL;
  g_autofree char *small = vss_snapshot_set_to_xml (set);
  g_autofree char *name = g_strnfill (64, '"');
  g_autofree char *message = g_strnfill (512, '&');
  g_autofree char *xml = NULL;

  for (guint i = 0; i < 256; i++)
    add_writer (set, name);
  fail_writer (add_writer (set, "last"), message);
  xml = vss_snapshot_set_to_xml (set);
  g_assert_cmpuint (strlen (xml), <, strlen (small) + 11 * 1024);
  back = vss_snapshot_set_from_xml (xml, NULL);
  g_assert_nonnull (back);
  g_assert_cmpuint (back->writers->len, >, 10);
  g_assert_cmpstr (((VssSetWriter *) g_ptr_array_index (back->writers, 1))->name, ==, "last");
}

/* As libvirt hands it back: with a prefix on everything. */
static void
test_namespace (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  g_autofree char *xml = vss_snapshot_set_to_xml (set);
  g_autoptr (GString) prefixed = g_string_new (xml);
  g_autoptr (VssSnapshotSet) back = NULL;
  g_autoptr (GError) error = NULL;

  g_string_replace (prefixed, "</", "\001", 0);
  g_string_replace (prefixed, "<", "<v:", 0);
  g_string_replace (prefixed, "\001", "</v:", 0);
  g_string_replace (prefixed, "<v:snapshot-set", "<v:snapshot-set xmlns:v=\"urn:x\"", 0);
  back = vss_snapshot_set_from_xml (prefixed->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->disks->len, ==, 1);
}

/* One change to a good record makes it a bad one. */
typedef struct
{
  const char *name;
  const char *from;
  const char *to;
} Damage;

static const Damage damages[] = {
  { "no-document", "<snapshot-set", "" },
  { "other-root", "snapshot-set", "domain" },
  { "other-version", "version=\"1\"", "version=\"2\"" },
  { "no-version", "version=\"1\"", "" },
  { "id-no-uuid", "id=\"" SET_ID "\"", "id=\"../../etc/passwd\"" },
  { "no-domain-uuid", "domain-uuid=", "other=" },
  { "no-provider", "provider=", "other=" },
  { "state-unknown", "state=\"deleting\"", "state=\"gone\"" },
  { "policy-unknown", "policy=\"", "policy=\"x" },
  { "consistency-unknown", "consistency=\"", "consistency=\"x" },
  { "number-with-text", "lease-ms=\"", "lease-ms=\"1 " },
  { "number-too-large", "frozen-us=\"", "frozen-us=\"99999999999999999999" },
  { "context-too-large", "context=\"9\"", "context=\"4294967296\"" },
  { "overlay-relative", "overlay=\"/", "overlay=\"" },
  { "overlay-is-image", "overlay=\"/images/a.vss-" SET_ID ".qcow2\"", "overlay=\"/images/a\"" },
  { "image-missing", " image=", " picture=" },
  { "capacity-negative", "capacity=\"", "capacity=\"-" },
  { "merge-unknown", "merge=\"ready\"", "merge=\"maybe\"" },
  { "volume-without-id", "snapshot-id=\"" SNAPSHOT_ID "\"", "" },
  { "owner-pid-missing", " pid=", " pit=" },
  { "writer-state-unknown", "state=\"failed-at-freeze\"", "state=\"failed\"" },
  { "writer-without-id", " instance=", " instant=" },
  { "writer-failure-too-large", "failure=\"", "failure=\"-99999" },
  { "torn", "</snapshot-set>", "" },
  { "two-roots", "</snapshot-set>", "</snapshot-set><snapshot-set/>" },
  { "dtd", "<snapshot-set", "<!DOCTYPE snapshot-set [<!ENTITY e \"x\">]><snapshot-set" },
  { "external-dtd", "<snapshot-set", "<!DOCTYPE snapshot-set SYSTEM \"file:///x\"><snapshot-set" },
  { "entity", "requester=\"", "requester=\"&e;" },
};

static void
test_damage (gconstpointer data)
{
  const Damage *damage = data;
  g_autoptr (VssSnapshotSet) set = make_set ();
  g_autofree char *xml = vss_snapshot_set_to_xml (set);
  g_autoptr (GString) damaged = g_string_new (xml);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_string_replace (damaged, damage->from, damage->to, 0), >, 0);
  g_assert_null (vss_snapshot_set_from_xml (damaged->str, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_CORRUPT_XML_DOCUMENT);
}

static void
test_unknown_parts_are_ignored (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  g_autofree char *xml = vss_snapshot_set_to_xml (set);
  g_autoptr (GString) newer = g_string_new (xml);
  g_autoptr (VssSnapshotSet) back = NULL;
  g_autoptr (GError) error = NULL;

  g_string_replace (newer, "</snapshot-set>", "<!-- x --><future when=\"now\"/></snapshot-set>", 0);
  g_string_replace (newer, "<disk ", "<disk colour=\"red\" ", 0);
  back = vss_snapshot_set_from_xml (newer->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->disks->len, ==, 1);
}

static void
test_too_large (void)
{
  g_autofree char *filling = g_strnfill (VSS_SET_XML_MAX, ' ');
  g_autofree char *xml = g_strconcat ("<snapshot-set>", filling, "</snapshot-set>", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (vss_snapshot_set_from_xml (xml, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_CORRUPT_XML_DOCUMENT);
}

static void
test_too_deep (void)
{
  g_autoptr (GString) xml = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5000; i++)
    g_string_append (xml, "<a>");
  g_assert_null (vss_snapshot_set_from_xml (xml->str, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_CORRUPT_XML_DOCUMENT);
}

/* Any byte of a good record may be lost or changed: it's read or refused, nothing else. */
static void
test_any_byte (void)
{
  g_autoptr (VssSnapshotSet) set = make_set ();
  g_autofree char *xml = vss_snapshot_set_to_xml (set);

  for (gsize i = 0; xml[i] != '\0'; i++)
    {
      g_autofree char *changed = g_strdup (xml);
      g_autofree char *cut = g_strndup (xml, i);
      VssSnapshotSet *back;

      changed[i] = (char)g_test_rand_int_range (1, 256);
      back = vss_snapshot_set_from_xml (changed, NULL);
      vss_snapshot_set_free (back);
      g_assert_null (vss_snapshot_set_from_xml (cut, NULL));
    }
}

static void
test_auto_release (void)
{
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();

  set->context = VSS_CTX_BACKUP;
  g_assert_true (vss_snapshot_set_is_auto_release (set));
  set->context = VSS_CTX_FILE_SHARE_BACKUP;
  g_assert_true (vss_snapshot_set_is_auto_release (set));
  set->context = VSS_CTX_APP_ROLLBACK;
  g_assert_false (vss_snapshot_set_is_auto_release (set));
  set->context = VSS_CTX_CLIENT_ACCESSIBLE;
  g_assert_false (vss_snapshot_set_is_auto_release (set));
}

static void
test_owner_lives (void)
{
  VssSetOwner owner = { 0 };
  gint64 now_us;

  vss_set_owner_fill (&owner, "tests", 60 * G_USEC_PER_SEC);
  now_us = owner.renewed_us;
  g_assert_true (vss_set_owner_is_self (&owner));
  g_assert_true (vss_set_owner_is_alive (&owner, now_us + 59 * G_USEC_PER_SEC));
  /* A process that hangs and renews no more is no owner. */
  g_assert_false (vss_set_owner_is_alive (&owner, now_us + 61 * G_USEC_PER_SEC));
  /* A clock that went back doesn't kill. */
  g_assert_true (
      vss_set_owner_is_alive (&owner, now_us - G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC));
  owner.lease_us = 0;
  g_assert_false (vss_set_owner_is_alive (&owner, now_us));
  vss_set_owner_clear (&owner);
}

static void
test_owner_is_gone (void)
{
  VssSetOwner owner = { 0 };
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    _exit (0);
  vss_set_owner_fill (&owner, "tests", 60 * G_USEC_PER_SEC);
  owner.pid = pid;
  owner.pid_start = -2;
  /* First a zombie, then nothing. */
  while (vss_set_owner_is_alive (&owner, owner.renewed_us))
    g_thread_yield ();
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_false (vss_set_owner_is_alive (&owner, owner.renewed_us));
  vss_set_owner_clear (&owner);
}

static void
test_owner_pid_was_reused (void)
{
  VssSetOwner owner = { 0 };

  vss_set_owner_fill (&owner, "tests", 60 * G_USEC_PER_SEC);
  owner.pid_start--;
  g_assert_false (vss_set_owner_is_alive (&owner, owner.renewed_us));
  g_assert_false (vss_set_owner_is_self (&owner));
  vss_set_owner_clear (&owner);
}

/* Of a process elsewhere only the lease is known. */
static void
test_owner_elsewhere (void)
{
  VssSetOwner owner = { 0 };

  vss_set_owner_fill (&owner, "tests", 60 * G_USEC_PER_SEC);
  g_free (owner.pid_namespace);
  owner.pid_namespace = g_strdup ("pid:[1]");
  owner.pid_start--;
  g_assert_true (vss_set_owner_is_alive (&owner, owner.renewed_us));
  g_assert_false (vss_set_owner_is_alive (&owner, owner.renewed_us + 61 * G_USEC_PER_SEC));
  g_assert_false (vss_set_owner_is_self (&owner));
  owner.renewed_us = G_MAXINT64;
  g_assert_true (vss_set_owner_is_alive (&owner, 0));
  vss_set_owner_clear (&owner);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/snapshot-set/round-trip", test_round_trip);
  g_test_add_func ("/snapshot-set/copy", test_copy);
  g_test_add_func ("/snapshot-set/writers", test_writers);
  g_test_add_func ("/snapshot-set/many-writers", test_many_writers);
  g_test_add_func ("/snapshot-set/namespace", test_namespace);
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *path = g_strconcat ("/snapshot-set/damage/", damages[i].name, NULL);

      g_test_add_data_func (path, &damages[i], test_damage);
    }
  g_test_add_func ("/snapshot-set/unknown-parts-are-ignored", test_unknown_parts_are_ignored);
  g_test_add_func ("/snapshot-set/too-large", test_too_large);
  g_test_add_func ("/snapshot-set/too-deep", test_too_deep);
  g_test_add_func ("/snapshot-set/any-byte", test_any_byte);
  g_test_add_func ("/snapshot-set/auto-release", test_auto_release);
  g_test_add_func ("/snapshot-set/owner/lives", test_owner_lives);
  g_test_add_func ("/snapshot-set/owner/is-gone", test_owner_is_gone);
  g_test_add_func ("/snapshot-set/owner/pid-was-reused", test_owner_pid_was_reused);
  g_test_add_func ("/snapshot-set/owner/elsewhere", test_owner_elsewhere);
  return g_test_run ();
}

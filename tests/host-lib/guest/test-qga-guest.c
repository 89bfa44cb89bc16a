/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest with QEMU's agent only: what its counts are taken to prove, and who thaws when. */
#include "host-lib/coordinator/vss-hold-proof.h"
#include "host-lib/guest/vss-guest-choice.h"
#include "host-lib/guest/vss-qga-guest.h"
#include "host-lib/guest/vss-qga-volumes.h"
#include "host-lib/providers/vss-provider.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/host-lib/fake/fake-guest.h"
#include "tests/host-lib/fake/fake-qga.h"

#define SET "5c0f2c2e-4c88-4a5e-8f3b-5a6d8f0a1d11"
#define TIMEOUT_MS 10000
#define LONG_LEASE_MS 60000

typedef struct
{
  FakeQga *qga;
  VssGuest *guest;
  gint64 generation;
} Fixture;

static const char *const both[] = { "/a", "/b", NULL };

static void
set_up (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->qga = fake_qga_new ();
  fake_qga_add (fixture->qga, "/a", "ext4", "vda", "vda");
  fake_qga_add (fixture->qga, "/b", "xfs", "vdb", "vdb");
  fixture->guest = VSS_GUEST (vss_qga_guest_new (VSS_QGA (fixture->qga), "vm"));
  g_assert_true (vss_guest_open (fixture->guest, "test", FALSE, NULL, &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture)
{
  vss_guest_close (fixture->guest);
  g_object_unref (fixture->guest);
  fake_qga_wait_thawed (fixture->qga);
  g_object_unref (fixture->qga);
}

static VssWireFreezeResult *
freeze (Fixture *fixture, const char *const *mount_points, guint lease_ms, GError **error)
{
  g_autoptr (VssWirePrepareForSnapshotResult) prepared
      = vss_guest_prepare (fixture->guest, SET, mount_points, TIMEOUT_MS, NULL, 0, NULL, error);

  g_assert_nonnull (prepared);
  fixture->generation = prepared->generation;
  return vss_guest_freeze (fixture->guest, prepared->generation, TIMEOUT_MS, lease_ms, 0, NULL,
                           error);
}

/* The level, as the run finds it; @weakness: (nullable) a part of the reason. */
static void
check_proof (Fixture *fixture, const char *const *mount_points, const char *weakness)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireThawResult) thawed
      = vss_guest_thaw (fixture->guest, fixture->generation, &error);
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();

  vss_hold_prove (set, mount_points, fixture->generation, thawed,
                  error != NULL ? error->message : NULL);
  if (weakness == NULL)
    {
      g_assert_cmpstr (set->weakness, ==, NULL);
      g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_FILESYSTEM);
      g_assert_cmpint (set->frozen_us, >, 0);
      return;
    }
  g_assert_cmpint (set->consistency, ==, VSS_CONSISTENCY_CRASH);
  g_assert_nonnull (strstr (set->weakness, weakness));
}

static void
test_held (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireFreezeResult) frozen = NULL;

  set_up (&fixture);
  g_assert_false (vss_guest_has_lease (fixture.guest));
  g_assert_nonnull (strstr (vss_guest_get_caveat (fixture.guest), "no lease"));
  frozen = freeze (&fixture, both, LONG_LEASE_MS, &error);
  g_assert_no_error (error);
  g_assert_true (fake_qga_is_frozen (fixture.qga));
  g_assert_null (vss_hold_find_gap (frozen->volumes, both));
  check_proof (&fixture, both, NULL);
  g_assert_false (fake_qga_is_frozen (fixture.qga));
  /* Asked again it says the same. */
  check_proof (&fixture, both, NULL);
  tear_down (&fixture);
}

static void
test_froze_too_few (void)
{
  Fixture fixture;
  g_autofree char *gap = NULL;
  g_autoptr (VssWireFreezeResult) frozen = NULL;

  set_up (&fixture);
  fake_qga_freeze_only (fixture.qga, 1);
  frozen = freeze (&fixture, both, LONG_LEASE_MS, NULL);
  gap = vss_hold_find_gap (frozen->volumes, both);
  g_assert_nonnull (strstr (gap, "froze 1 file systems where 2"));
  check_proof (&fixture, both, "froze 1 file systems where 2");
  tear_down (&fixture);
}

static void
test_thawed_by_somebody (void)
{
  Fixture fixture;
  g_autoptr (VssWireFreezeResult) frozen = NULL;

  set_up (&fixture);
  frozen = freeze (&fixture, both, LONG_LEASE_MS, NULL);
  g_assert_null (vss_hold_find_gap (frozen->volumes, both));
  fake_qga_thaw_one (fixture.qga);
  check_proof (&fixture, both, "somebody else has thawed");
  tear_down (&fixture);
}

/* Refused by the agent: nothing is frozen, and it is thawed nevertheless. */
static void
test_refused (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWireFreezeResult) frozen = NULL;
  g_autofree char *gap = NULL;

  set_up (&fixture);
  fake_qga_fail_freeze (fixture.qga, "failed to freeze /a");
  frozen = freeze (&fixture, both, LONG_LEASE_MS, &error);
  g_assert_no_error (error);
  gap = vss_hold_find_gap (frozen->volumes, both);
  g_assert_nonnull (strstr (gap, "failed to freeze /a"));
  check_proof (&fixture, both, "failed to freeze /a");
  g_assert_cmpuint (fake_qga_count_thaws (fixture.qga), >=, 1);
  tear_down (&fixture);
}

static void
test_time_is_over (void)
{
  Fixture fixture;
  g_autoptr (VssWireFreezeResult) frozen = NULL;

  set_up (&fixture);
  frozen = freeze (&fixture, both, 50, NULL);
  g_assert_nonnull (frozen);
  fake_qga_wait_thawed (fixture.qga); /* nobody asked */
  check_proof (&fixture, both, "lease");
  tear_down (&fixture);
}

/* A freeze without an answer fails; when it comes about all the same it is thawed. */
static void
test_freeze_hangs (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  g_autoptr (VssWirePrepareForSnapshotResult) prepared = NULL;
  g_autoptr (VssWireFreezeResult) frozen = NULL;

  set_up (&fixture);
  fake_qga_hang_freeze (fixture.qga);
  prepared = vss_guest_prepare (fixture.guest, SET, both, TIMEOUT_MS, NULL, 0, NULL, NULL);
  frozen = vss_guest_freeze (fixture.guest, prepared->generation, 50, LONG_LEASE_MS, 0, NULL,
                             &error);
  g_assert_null (frozen);
  g_assert_error (error, VSS_ERROR, VSS_E_FLUSH_WRITES_TIMEOUT);
  fake_qga_let_freeze_go (fixture.qga);
  fake_qga_wait_frozen_once (fixture.qga);
  tear_down (&fixture);
}

/* The first thaw is not answered well; it is tried until it is. */
static void
test_thaw_fails_first (void)
{
  Fixture fixture;
  g_autoptr (VssWireFreezeResult) frozen = NULL;

  set_up (&fixture);
  frozen = freeze (&fixture, both, LONG_LEASE_MS, NULL);
  g_assert_nonnull (frozen);
  fake_qga_fail_thaws (fixture.qga, 1);
  check_proof (&fixture, both, NULL);
  g_assert_cmpuint (fake_qga_count_thaws (fixture.qga), ==, 2);
  tear_down (&fixture);
}

static void
test_closed_while_frozen (void)
{
  Fixture fixture;
  g_autoptr (VssWireFreezeResult) frozen = NULL;

  set_up (&fixture);
  frozen = freeze (&fixture, both, LONG_LEASE_MS, NULL);
  g_assert_nonnull (frozen);
  tear_down (&fixture); /* waits for the thaw */
}

/* File systems that Linux can't freeze are not asked for, and not called held. */
static void
test_unfreezable (void)
{
  static const char *const with_efi[] = { "/a", "/efi", NULL };
  static const char *const only_efi[] = { "/efi", NULL };
  Fixture fixture;
  g_autoptr (VssWireVolumesResult) volumes = NULL;
  g_autoptr (VssWireFreezeResult) frozen = NULL;
  g_autoptr (VssWireThawResult) aborted = NULL;
  const VssWireVolume *efi;

  set_up (&fixture);
  fake_qga_add (fixture.qga, "/efi", "vfat", "vda1", "vda");
  volumes = vss_guest_query_volumes (fixture.guest, NULL, NULL);
  efi = g_ptr_array_index (volumes->volumes, 2);
  g_assert_cmpint (efi->freezability, ==, VSS_WIRE_FREEZABILITY_UNSUPPORTED);
  frozen = freeze (&fixture, with_efi, LONG_LEASE_MS, NULL);
  g_assert_cmpuint (fake_qga_count_frozen (fixture.qga), ==, 1);
  check_proof (&fixture, with_efi, "/efi");
  aborted = vss_guest_abort (fixture.guest, SET, NULL);
  g_clear_pointer (&frozen, vss_wire_freeze_result_free);
  /* An empty list would mean all. */
  frozen = freeze (&fixture, only_efi, LONG_LEASE_MS, NULL);
  g_assert_false (fake_qga_is_frozen (fixture.qga));
  tear_down (&fixture);
}

/* -- volumes -- */

static VssDomainDisk *
add_domain_disk (GPtrArray *disks, const char *target)
{
  VssDomainDisk *disk = vss_domain_disk_new ();

  disk->target = g_strdup (target);
  g_ptr_array_add (disks, disk);
  return disk;
}

static void
test_volumes (void)
{
  g_autoptr (FakeQga) qga = fake_qga_new ();
  g_autoptr (GPtrArray) disks
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_disk_free);
  g_autoptr (GPtrArray) file_systems = NULL;
  g_autoptr (VssWireVolumesResult) result = NULL;
  const VssWireVolume *volume;
  const VssWireDisk *disk;

  add_domain_disk (disks, "vda")->pci_address = g_strdup ("0000:03:00.0");
  fake_qga_add (qga, "/a", "ext4", "vda1", "vda");
  fake_qga_add (qga, "/mnt", "ext4", "vda1", "vda"); /* the same one again */
  fake_qga_add (qga, "/n", "ext4", "nbd0", NULL);
  fake_qga_add (qga, "C:\\", "NTFS", "\\\\?\\Volume{1}\\", "vda");
  file_systems = vss_qga_list_file_systems (VSS_QGA (qga), NULL);
  result = vss_qga_volumes_new (file_systems, disks);
  g_assert_cmpuint (result->volumes->len, ==, 3);
  volume = g_ptr_array_index (result->volumes, 0);
  g_assert_cmpstr (volume->device, ==, "/dev/vda1");
  g_assert_cmpuint (volume->other_mount_points->len, ==, 1);
  g_assert_true (volume->disks_complete);
  disk = g_ptr_array_index (volume->disks, 0);
  g_assert_cmpstr (disk->pci_address, ==, "0000:03:00.0");
  /* On a disk that libvirt doesn't know: it may be any. */
  volume = g_ptr_array_index (result->volumes, 1);
  disk = g_ptr_array_index (volume->disks, 0);
  g_assert_cmpstr (disk->pci_address, ==, NULL);
  volume = g_ptr_array_index (result->volumes, 2);
  g_assert_cmpstr (volume->mount_point, ==, "C:\\");
  g_assert_cmpint (volume->freezability, ==, VSS_WIRE_FREEZABILITY_FREEZABLE);
}

/* -- the choice -- */

static void
test_choice (void)
{
  g_autoptr (FakeGuest) ours = fake_guest_new ();
  g_autoptr (FakeQga) qga = fake_qga_new ();
  g_autoptr (VssQgaGuest) qemus = vss_qga_guest_new (VSS_QGA (qga), "vm");
  g_autoptr (VssGuestChoice) choice = vss_guest_choice_new (VSS_GUEST (ours), VSS_GUEST (qemus));
  VssGuest *guest = VSS_GUEST (choice);
  g_autoptr (GError) error = NULL;

  g_assert_true (vss_guest_open (guest, "test", FALSE, NULL, NULL));
  g_assert_true (vss_guest_has_lease (guest));
  g_assert_null (vss_guest_get_caveat (guest));
  vss_guest_close (guest);
  fake_guest_fail (ours, "open", VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_true (vss_guest_open (guest, "test", FALSE, NULL, NULL));
  g_assert_false (vss_guest_has_lease (guest));
  vss_guest_close (guest);
  /* Taken is not absent. */
  fake_guest_fail (ours, "open", VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  g_assert_false (vss_guest_open (guest, "test", FALSE, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  g_clear_error (&error);
  /* Who is nowhere to be had: both say so, unless there is no channel for QEMU's. */
  fake_qga_refuse_open (qga, VSS_E_WRITER_INFRASTRUCTURE, "is not connected");
  fake_guest_fail (ours, "open", VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_false (vss_guest_open (guest, "test", FALSE, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_nonnull (strstr (error->message, "is not connected"));
  g_clear_error (&error);
  fake_qga_refuse_open (qga, VSS_E_OBJECT_NOT_FOUND, "is not configured");
  fake_guest_fail (ours, "open", VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_false (vss_guest_open (guest, "test", FALSE, NULL, &error));
  g_assert_null (strstr (error->message, "is not configured"));
  vss_guest_close (VSS_GUEST (ours));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/qga-guest/held", test_held);
  g_test_add_func ("/qga-guest/froze-too-few", test_froze_too_few);
  g_test_add_func ("/qga-guest/thawed-by-somebody", test_thawed_by_somebody);
  g_test_add_func ("/qga-guest/refused", test_refused);
  g_test_add_func ("/qga-guest/time-is-over", test_time_is_over);
  g_test_add_func ("/qga-guest/freeze-hangs", test_freeze_hangs);
  g_test_add_func ("/qga-guest/thaw-fails-first", test_thaw_fails_first);
  g_test_add_func ("/qga-guest/closed-while-frozen", test_closed_while_frozen);
  g_test_add_func ("/qga-guest/unfreezable", test_unfreezable);
  g_test_add_func ("/qga-guest/volumes", test_volumes);
  g_test_add_func ("/qga-guest/choice", test_choice);
  return g_test_run ();
}

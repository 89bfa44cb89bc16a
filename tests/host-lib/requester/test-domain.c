/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a virtual machine outside of a backup. */
#include "host-lib/providers/memory/vss-memory-provider.h"
#include "host-lib/requester/vss-domain-private.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/host-lib/fake/fake-guest.h"

#include <string.h>

typedef struct
{
  VssMemoryProvider *provider;
  FakeGuest *guest;
  VssDomain *domain;
} Fixture;

static void
set_up (Fixture *fixture)
{
  fixture->provider = vss_memory_provider_new ();
  fixture->guest = fake_guest_new ();
  vss_memory_provider_add_disk (fixture->provider, "vda")->serial = g_strdup ("A");
  vss_memory_provider_add_disk (fixture->provider, "vdb")->serial = g_strdup ("B");
  fake_guest_add_volume (fixture->guest, "/a", "A");
  fixture->domain = vss_domain_new (VSS_PROVIDER (fixture->provider), VSS_GUEST (fixture->guest),
                                    "vm", VSS_ID_NULL);
}

static void
tear_down (Fixture *fixture)
{
  g_assert_false (fake_guest_is_open (fixture->guest));
  g_object_unref (fixture->domain);
  g_object_unref (fixture->provider);
  g_object_unref (fixture->guest);
}

static void
test_volumes (void)
{
  Fixture fixture;
  g_autoptr (GPtrArray) volumes = NULL;
  g_autoptr (GError) agent_error = NULL;
  g_autoptr (GError) error = NULL;
  const VssVolumeInfo *volume;

  set_up (&fixture);
  volumes = vss_domain_list_volumes (fixture.domain, NULL, &agent_error, &error);
  g_assert_no_error (error);
  g_assert_no_error (agent_error);
  g_assert_cmpuint (volumes->len, ==, 2);
  volume = g_ptr_array_index (volumes, 0);
  g_assert_cmpstr (volume->name, ==, "/a");
  g_assert_cmpstr (volume->disks[0], ==, "vda");
  g_assert_true (volume->supported);
  g_assert_cmpstr (volume->freezability, ==, "freezable");
  volume = g_ptr_array_index (volumes, 1);
  g_assert_cmpstr (volume->name, ==, "vdb");
  g_assert_null (volume->mount_point);
  tear_down (&fixture);
}

static void
test_volumes_without_agent (void)
{
  Fixture fixture;
  g_autoptr (GPtrArray) volumes = NULL;
  g_autoptr (GError) agent_error = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&fixture);
  fake_guest_fail (fixture.guest, "open", VSS_E_WRITER_INFRASTRUCTURE);
  volumes = vss_domain_list_volumes (fixture.domain, NULL, &agent_error, &error);
  g_assert_no_error (error);
  g_assert_error (agent_error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_cmpuint (volumes->len, ==, 2);
  vss_guest_close (VSS_GUEST (fixture.guest));
  tear_down (&fixture);
}

static void
freeze (Fixture *fixture)
{
  const char *const mount_points[] = { "/a", NULL };
  g_autofree char *id = g_uuid_string_random ();

  vss_wire_prepare_for_snapshot_result_free (
      vss_guest_prepare (VSS_GUEST (fixture->guest), id, mount_points, 1000, NULL, 0, NULL, NULL));
  vss_wire_freeze_result_free (
      vss_guest_freeze (VSS_GUEST (fixture->guest), 41, 1000, 1000, 0, NULL, NULL));
}

static void
test_status (void)
{
  Fixture fixture;
  g_autoptr (VssDomainStatus) status = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&fixture);
  freeze (&fixture);
  status = vss_domain_get_status (fixture.domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (status->agent_connected);
  g_assert_cmpstr (status->agent_version, ==, "1.2.3");
  g_assert_cmpstr (status->freeze_state, ==, "frozen");
  g_assert_cmpstr (status->freeze_owner, ==, "some?body");
  g_assert_cmpint (status->lease_left_ms, ==, 2500);
  g_assert_cmpstr (status->frozen[0], ==, "/a");
  g_assert_cmpstr (status->log[0], ==, "12.345 thawed");
  tear_down (&fixture);
}

/* What a guest lists is shown as far as it can be honest. */
static void
test_endless_lists (void)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) list = NULL;

  g_ptr_array_add (texts, g_strnfill (1000 * 1000, '/'));
  for (guint i = 0; i < 5000; i++)
    g_ptr_array_add (texts, g_strdup_printf ("/srv/%u", i));
  list = vss_strv_of_guest (texts);
  g_assert_cmpuint (strlen (list[0]), <=, 4095);
  g_assert_cmpstr (list[1], ==, "/srv/0");
  g_assert_cmpuint (g_strv_length (list), <=, 256);
}

static void
test_status_without_agent (void)
{
  Fixture fixture;
  g_autoptr (VssDomainStatus) status = NULL;
  g_autoptr (VssDomainStatus) copy = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&fixture);
  fake_guest_fail (fixture.guest, "open", VSS_E_WRITER_INFRASTRUCTURE);
  status = vss_domain_get_status (fixture.domain, NULL, &error);
  g_assert_no_error (error);
  copy = vss_domain_status_copy (status);
  g_assert_false (copy->agent_connected);
  g_assert_nonnull (copy->agent_error);
  g_assert_null (copy->agent_version);
  g_assert_cmpint (copy->lease_left_ms, ==, -1);
  vss_guest_close (VSS_GUEST (fixture.guest));
  tear_down (&fixture);
}

static void
test_thaw (void)
{
  Fixture fixture;
  g_auto (GStrv) thawed = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&fixture);
  freeze (&fixture);
  g_assert_true (vss_domain_thaw (fixture.domain, TRUE, &thawed, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (thawed[0], ==, "/a");
  g_assert_false (fake_guest_is_frozen (fixture.guest));
  tear_down (&fixture);
}

/* An agent that can't even say what is frozen is asked to thaw all the same. */
static void
test_thaw_blindly (void)
{
  Fixture fixture;
  g_auto (GStrv) thawed = NULL;

  set_up (&fixture);
  freeze (&fixture);
  fake_guest_fail (fixture.guest, "freeze-status", VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_true (vss_domain_thaw (fixture.domain, TRUE, &thawed, NULL, NULL));
  g_assert_cmpuint (g_strv_length (thawed), ==, 0);
  g_assert_cmpuint (fake_guest_count (fixture.guest, "abort"), ==, 1);
  tear_down (&fixture);
}

static void
test_thaw_fails (void)
{
  Fixture fixture;
  g_auto (GStrv) thawed = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&fixture);
  fake_guest_fail (fixture.guest, "abort", VSS_E_REBOOT_REQUIRED);
  g_assert_false (vss_domain_thaw (fixture.domain, FALSE, &thawed, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_REBOOT_REQUIRED);
  g_assert_null (thawed);
  tear_down (&fixture);
}

static void
test_recover (void)
{
  Fixture fixture;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&fixture);
  lines = vss_domain_recover (fixture.domain, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (lines), ==, 0);
  vss_memory_provider_fail (fixture.provider, "recover", VSS_E_PROVIDER_VETO, "not now");
  g_assert_null (vss_domain_recover (fixture.domain, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO);
  tear_down (&fixture);
}

/* Who collects the set of a requester that died tells its writers, with an agent or without. */
static void
test_recover_tells_writers (void)
{
  static const gint agents[] = { 0, VSS_E_WRITER_INFRASTRUCTURE };

  for (guint i = 0; i < G_N_ELEMENTS (agents); i++)
    {
      Fixture fixture;
      g_autoptr (VssSnapshotSet) left = vss_snapshot_set_new ();
      g_auto (GStrv) lines = NULL;
      g_autoptr (GError) error = NULL;

      set_up (&fixture);
      fake_writers_add (fake_guest_get_writers (fixture.guest), 1, "one");
      left->id = g_uuid_string_random ();
      left->state = VSS_SET_CREATED;
      vss_memory_provider_add_set (fixture.provider, left);
      if (agents[i] != 0)
        fake_guest_die_at (fixture.guest, "open", agents[i]);
      lines = vss_domain_recover (fixture.domain, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_strv_length (lines), ==, 1);
      g_assert_cmpuint (fake_guest_count (fixture.guest, "backup-shutdown"), ==, agents[i] == 0);
      tear_down (&fixture);
    }
}

/* -- writers -- */

static void
test_writers (void)
{
  Fixture fixture;
  FakeWriters *writers;
  VssWireWriterMetadata *nonsense;
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) absent = NULL;
  g_autoptr (GError) error = NULL;
  const VssWriterInfo *info;

  set_up (&fixture);
  writers = fake_guest_get_writers (fixture.guest);
  fake_writers_add (writers, 1, "o\033ne");
  nonsense = fake_writers_add (writers, 2, "two");
  g_free (nonsense->instance_id);
  nonsense->instance_id = g_strdup ("no uuid");
  fake_writers_add (writers, 3, "three")->level = VSS_WIRE_WRITER_LEVEL_SYSTEM;
  fake_writers_add_absent (writers, "four\n", "a\tb");
  found = vss_domain_list_writers (fixture.domain, &absent, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 2);
  info = g_ptr_array_index (found, 0);
  g_assert_cmpstr (info->name, ==, "o?ne");
  g_assert_cmpstr (info->kind, ==, "program");
  g_assert_cmpint (info->state, ==, VSS_WS_STABLE);
  g_assert_cmpint (info->failure, ==, VSS_S_OK);
  g_assert_null (info->snapshot_set_id);
  g_assert_cmpint (((VssWriterInfo *) g_ptr_array_index (found, 1))->level, ==, VSS_APP_SYSTEM);
  g_assert_cmpuint (absent->len, ==, 2);
  g_assert_cmpstr (((VssAbsentWriter *) g_ptr_array_index (absent, 1))->name, ==, "four?");
  tear_down (&fixture);
}

static void
test_writers_without (void)
{
  Fixture fixture;
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&fixture);
  /* An agent that knows of none. */
  found = vss_domain_list_writers (fixture.domain, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, 0);
  fake_guest_fail (fixture.guest, "open", VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_null (vss_domain_list_writers (fixture.domain, NULL, NULL, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE);
  vss_guest_close (VSS_GUEST (fixture.guest));
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain/volumes", test_volumes);
  g_test_add_func ("/domain/volumes-without-agent", test_volumes_without_agent);
  g_test_add_func ("/domain/status", test_status);
  g_test_add_func ("/domain/endless-lists", test_endless_lists);
  g_test_add_func ("/domain/status-without-agent", test_status_without_agent);
  g_test_add_func ("/domain/thaw", test_thaw);
  g_test_add_func ("/domain/thaw-blindly", test_thaw_blindly);
  g_test_add_func ("/domain/thaw-fails", test_thaw_fails);
  g_test_add_func ("/domain/recover", test_recover);
  g_test_add_func ("/domain/recover-tells-writers", test_recover_tells_writers);
  g_test_add_func ("/domain/writers", test_writers);
  g_test_add_func ("/domain/writers-without", test_writers_without);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What administrators read: the lines that they know, and nothing that steers their terminal. */
#include "guest-agent/vssadmin/vss-admin-text.h"

#include <string.h>

#include "qapi/vss-wire-marshal.h"

static void
check_harmless (const char *text)
{
  for (const char *c = text; *c; c = g_utf8_next_char (c))
    g_assert_true (*c == '\n' || g_unichar_isprint (g_utf8_get_char (c)));
}

static VssWireWritersResult *
make_writers (const char *text)
{
  VssWireWritersResult *result = vss_wire_writers_result_new ();
  VssWireWriterInfo *writer = vss_wire_writer_info_new ();
  VssWireAbsentWriter *broken = vss_wire_absent_writer_new ();

  writer->writer_id = g_strdup ("9d5e2ab5-5b5f-4a3e-8a57-1c9f6a0f2c11");
  writer->instance_id = g_strdup ("2ac2de1c-4999-4ed0-b674-9171bcba32b8");
  writer->name = g_strdup (text);
  writer->state = VSS_WIRE_WRITER_STATE_FAILED_AT_FREEZE;
  writer->failure = VSS_WIRE_WRITER_FAILURE_TIMEOUT;
  writer->message = g_strdup (text);
  writer->kind = VSS_WIRE_WRITER_KIND_DAEMON;
  writer->location = g_strdup (text);
  writer->level = VSS_WIRE_WRITER_LEVEL_BACK_END;
  writer->since_ms = 1000;
  g_ptr_array_add (result->writers, writer);
  broken->name = g_strdup (text);
  broken->reason = g_strdup (text);
  g_ptr_array_add (result->broken, broken);
  return result;
}

static void
test_writers (void)
{
  g_autoptr (VssWireWritersResult) result = make_writers ("Shop");
  g_autofree char *text = vss_admin_text_writers (result, 3721000);

  g_assert_cmpstr (text, ==,
                   "Writer name: 'Shop'\n"
                   "   Writer Id: {9d5e2ab5-5b5f-4a3e-8a57-1c9f6a0f2c11}\n"
                   "   Writer Instance Id: {2ac2de1c-4999-4ed0-b674-9171bcba32b8}\n"
                   "   State: [9] Failed at freeze\n"
                   "   Last error: Timed out\n"
                   "   Message: Shop\n"
                   "   Kind: daemon\n"
                   "   Location: Shop\n"
                   "   Level: back-end\n"
                   "   For: 1 h 2 min\n"
                   "\n"
                   "Not usable: Shop\n"
                   "   Reason: Shop\n"
                   "\n");
}

static void
test_no_writers (void)
{
  g_autoptr (VssWireWritersResult) result = vss_wire_writers_result_new ();
  g_autofree char *text = vss_admin_text_writers (result, 0);

  g_assert_nonnull (strstr (text, "vss-writer(5)"));
}

static void
test_harmless (void)
{
  g_autoptr (VssWireWritersResult) result = make_writers ("a\033[2Jb\nState: [1] Stable\xc2\x9b"
                                                          "31m\xe2\x80\xae");
  g_autofree char *text = vss_admin_text_writers (result, 0);
  g_autofree char *json = vss_admin_text_json (vss_wire_writers_result_to_json (result));

  check_harmless (text);
  check_harmless (json);
  g_assert_null (strstr (text, "\nState: [1]"));
}

static void
test_volumes (void)
{
  g_autoptr (VssWireVolumesResult) result = vss_wire_volumes_result_new ();
  VssWireVolume *volume = vss_wire_volume_new ();
  VssWireDisk *disk = vss_wire_disk_new ();
  g_autofree char *text = NULL;

  disk->name = g_strdup ("vda");
  disk->serial = g_strdup ("a\033b");
  volume->mount_point = g_strdup ("/srv/\033");
  volume->fs_type = g_strdup ("ext4");
  volume->device = g_strdup ("/dev/vda");
  volume->device_number = g_strdup ("254:0");
  volume->freezability = VSS_WIRE_FREEZABILITY_FREEZABLE;
  g_ptr_array_add (volume->disks, disk);
  g_ptr_array_add (result->volumes, volume);
  text = vss_admin_text_volumes (result);
  check_harmless (text);
  g_assert_nonnull (strstr (text, "Volume path: /srv/?\n"));
  g_assert_nonnull (strstr (text, "Disks: vda (serial a?b) and others that are not known\n"));
}

static void
test_status (void)
{
  g_autoptr (VssWireStatusResult) status = vss_wire_status_result_new ();
  g_autoptr (VssWireFreezeStatusResult) freeze = vss_wire_freeze_status_result_new ();
  g_autofree char *text = NULL;

  status->agent_version = g_strdup ("0.1.0");
  status->boot_time_ms = 61000;
  freeze->state = VSS_WIRE_FREEZE_STATE_FROZEN;
  freeze->has_lease_end_ms = TRUE;
  freeze->lease_end_ms = 1500;
  freeze->boot_time_ms = 1000;
  g_ptr_array_add (freeze->mount_points, g_strdup ("/srv"));
  text = vss_admin_text_status (status, freeze);
  g_assert_nonnull (strstr (text, "Agent: vss-agent 0.1.0\n   For: 1 min\n"));
  g_assert_nonnull (strstr (text, "   Thaw guard: not running, so nothing can be frozen\n"));
  g_assert_nonnull (strstr (text, "   Freeze: frozen\n"));
  g_assert_nonnull (strstr (text, "   Thaws by itself in: 500 ms\n   Frozen: /srv\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/admin-text/writers", test_writers);
  g_test_add_func ("/admin-text/no-writers", test_no_writers);
  g_test_add_func ("/admin-text/harmless", test_harmless);
  g_test_add_func ("/admin-text/volumes", test_volumes);
  g_test_add_func ("/admin-text/status", test_status);
  return g_test_run ();
}

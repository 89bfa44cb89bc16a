/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of the right form that no guest can honestly give. */
#include "host-lib/guest/vss-answer-check.h"

#include <string.h>

static VssWireVolumesResult *
make_answer (void)
{
  VssWireVolumesResult *answer = vss_wire_volumes_result_new ();
  VssWireVolume *volume = vss_wire_volume_new ();
  VssWireDisk *disk = vss_wire_disk_new ();

  volume->mount_point = g_strdup ("/srv/with \n and \033 in it");
  volume->fs_type = g_strdup ("ext4");
  volume->device = g_strdup ("/dev/vda");
  volume->device_number = g_strdup ("8:0");
  disk->name = g_strdup ("vda");
  g_ptr_array_add (volume->disks, disk);
  g_ptr_array_add (volume->other_mount_points, g_strdup ("/"));
  g_ptr_array_add (answer->volumes, volume);
  return answer;
}

static void
check (VssWireVolumesResult *answer, const char *wrong)
{
  g_autoptr (GError) error = NULL;

  if (wrong == NULL)
    {
      g_assert_true (vss_answer_check_volumes (answer, &error));
      g_assert_no_error (error);
      return;
    }
  g_assert_false (vss_answer_check_volumes (answer, &error));
  g_assert_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE);
  g_assert_nonnull (strstr (error->message, wrong));
  g_assert_cmpuint (strlen (error->message), <, 512);
  g_assert_null (strchr (error->message, '\033'));
}

static void
take (char **place, char *text)
{
  g_free (*place);
  *place = text;
}

static void
test_honest (void)
{
  g_autoptr (VssWireVolumesResult) answer = make_answer ();
  VssWireVolume *volume = g_ptr_array_index (answer->volumes, 0);

  check (answer, NULL);
  take (&volume->mount_point, g_strdup ("C:\\"));
  check (answer, NULL);
  take (&volume->mount_point, g_strdup ("\\\\?\\Volume{1}\\"));
  check (answer, NULL);
  take (&volume->mount_point, g_strnfill (VSS_ANSWER_MAX_PATH, '/'));
  take (&volume->fs_type, g_strnfill (VSS_ANSWER_MAX_WORD, 't'));
  check (answer, NULL);
}

static void
test_mount_points (void)
{
  const char *const wrong[] = { "", "vda", "../etc", "uuid:1", "\033[2J",
                                "mnt:[7", "mnt:[7]vda", "mnt:7/data", "C:", "1:\\" };
  g_autoptr (VssWireVolumesResult) answer = make_answer ();
  VssWireVolume *volume = g_ptr_array_index (answer->volumes, 0);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      take (&volume->mount_point, g_strdup (wrong[i]));
      check (answer, "mount point of number 1");
    }
  take (&volume->mount_point, g_strnfill (VSS_ANSWER_MAX_PATH + 1, '/'));
  check (answer, "is too long");
  take (&volume->mount_point, g_strdup ("mnt:[4026532200]/data"));
  check (answer, NULL);
  take (&volume->mount_point, g_strdup ("/"));
  check (answer, NULL);
  volume->nested_in = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (volume->nested_in, g_strdup ("/srv"));
  check (answer, NULL);
  g_ptr_array_add (volume->nested_in, g_strdup ("srv"));
  check (answer, "'srv'");
  g_ptr_array_remove_index (volume->nested_in, 1);
  g_ptr_array_add (volume->other_mount_points, g_strdup ("elsewhere"));
  check (answer, "'elsewhere'");
}

static void
test_words (void)
{
  g_autoptr (VssWireVolumesResult) answer = make_answer ();
  VssWireVolume *volume = g_ptr_array_index (answer->volumes, 0);
  VssWireDisk *disk = g_ptr_array_index (volume->disks, 0);
  char **const places[] = { &volume->fs_type,   &volume->device_number, &volume->uuid,
                            &disk->name,        &disk->serial,          &disk->wwn,
                            &disk->pci_address, &disk->pci_path,        &disk->scsi_address };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      char *honest = *places[i];

      *places[i] = g_strnfill (VSS_ANSWER_MAX_WORD + 1, 'w');
      check (answer, "is too long");
      take (places[i], honest);
    }
  take (&volume->device, g_strnfill (VSS_ANSWER_MAX_PATH + 1, 'd'));
  check (answer, "device");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answer-check/honest", test_honest);
  g_test_add_func ("/answer-check/mount-points", test_mount_points);
  g_test_add_func ("/answer-check/words", test_words);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt's answer about file systems becomes, also where a guest has said nonsense. */
#include "host-lib/guest/vss-domain-qga.h"

#include <libvirt/virterror.h>

typedef struct
{
  virTypedParameterPtr parameters;
  int count;
  int room;
} Answer;

static void
add_text (Answer *answer, const char *field, const char *value)
{
  g_assert_cmpint (virTypedParamsAddString (&answer->parameters, &answer->count, &answer->room,
                                            field, value),
                   ==, 0);
}

static void
add_count (Answer *answer, const char *field, unsigned int value)
{
  g_assert_cmpint (virTypedParamsAddUInt (&answer->parameters, &answer->count, &answer->room,
                                          field, value),
                   ==, 0);
}

static GPtrArray *
read_answer (Answer *answer)
{
  GPtrArray *file_systems = vss_domain_qga_read_parameters (answer->parameters, answer->count);

  virTypedParamsFree (answer->parameters, answer->count);
  return file_systems;
}

static void
test_two_disks (void)
{
  Answer answer = { 0 };
  g_autoptr (GPtrArray) file_systems = NULL;
  const VssQgaFileSystem *found;
  const VssQgaDisk *disk;

  add_count (&answer, "fs.count", 1);
  add_text (&answer, "fs.0.name", "dm-0");
  add_text (&answer, "fs.0.mountpoint", "/srv");
  add_text (&answer, "fs.0.fstype", "ext4");
  add_count (&answer, "fs.0.disk.count", 2);
  add_text (&answer, "fs.0.disk.0.alias", "vdc");
  add_text (&answer, "fs.0.disk.0.device", "/dev/vdc");
  add_text (&answer, "fs.0.disk.1.serial", "S");
  file_systems = read_answer (&answer);
  g_assert_cmpuint (file_systems->len, ==, 1);
  found = g_ptr_array_index (file_systems, 0);
  g_assert_cmpstr (found->mount_point, ==, "/srv");
  g_assert_cmpstr (found->fs_type, ==, "ext4");
  g_assert_cmpstr (found->device, ==, "dm-0");
  g_assert_cmpuint (found->disks->len, ==, 2);
  disk = g_ptr_array_index (found->disks, 0);
  g_assert_cmpstr (disk->target, ==, "vdc");
  g_assert_cmpstr (disk->device, ==, "/dev/vdc");
  disk = g_ptr_array_index (found->disks, 1);
  g_assert_cmpstr (disk->target, ==, NULL);
  g_assert_cmpstr (disk->serial, ==, "S");
}

/* A file system without a usable name is on a disk all the same: it must not be lost. */
static void
test_nonsense (void)
{
  Answer answer = { 0 };
  g_autoptr (GPtrArray) file_systems = NULL;
  const VssQgaFileSystem *first;
  const VssQgaFileSystem *second;

  add_count (&answer, "fs.count", 2);
  add_text (&answer, "fs.0.mountpoint", "\xff\xfe");
  add_count (&answer, "fs.0.fstype", 7);
  add_count (&answer, "fs.1.disk.count", 4000000000);
  file_systems = read_answer (&answer);
  g_assert_cmpuint (file_systems->len, ==, 2);
  first = g_ptr_array_index (file_systems, 0);
  second = g_ptr_array_index (file_systems, 1);
  g_assert_true (g_utf8_validate (first->mount_point, -1, NULL));
  g_assert_cmpstr (first->mount_point, !=, second->mount_point);
  g_assert_cmpstr (first->device, !=, second->device);
  g_assert_nonnull (first->fs_type);
  g_assert_cmpuint (second->disks->len, <, 10000);
}

static void
test_nothing (void)
{
  g_autoptr (GPtrArray) file_systems = vss_domain_qga_read_parameters (NULL, 0);

  g_assert_cmpuint (file_systems->len, ==, 0);
}

static void
stay_silent (void *user_data, virErrorPtr error)
{
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (virInitialize (), ==, 0);
  virSetErrorFunc (NULL, stay_silent);
  g_test_add_func ("/domain-qga/two-disks", test_two_disks);
  g_test_add_func ("/domain-qga/nonsense", test_nonsense);
  g_test_add_func ("/domain-qga/nothing", test_nothing);
  return g_test_run ();
}

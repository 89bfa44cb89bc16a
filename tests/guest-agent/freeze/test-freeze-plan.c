/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is frozen, in which order, and what isn't and why. */
#include "fake-tree.h"
#include "guest-agent/freeze/vss-freeze-plan.h"
#include "guest-agent/freeze/vss-freezer.h"

static VssFreezePlan *
make_plan (FakeTree   *tree,
           const char *mountinfo,
           const char *mount_points,
           GError    **error)
{
  g_autofree char *path = g_build_filename (fake_tree_get_root (tree), "proc/self/mountinfo", NULL);
  g_autoptr (VssMountTable) table = NULL;
  g_autoptr (GPtrArray) request = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = g_strsplit (mount_points, " ", -1);

  fake_tree_add_mounts (tree, mountinfo);
  table = vss_mount_table_new (path, fake_tree_get_root (tree), NULL);
  g_assert_nonnull (table);
  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
    {
      g_ptr_array_add (request, g_strdup (words[i]));
    }
  return vss_freeze_plan_new (table, request, 4, error);
}

static void
add_loop (FakeTree   *tree,
          guint       number,
          const char *file)
{
  g_autofree char *folder = g_strdup_printf ("virtual/block/loop%u", number);
  g_autofree char *device = g_strdup_printf ("7:%u", number);
  g_autofree char *backing = g_strdup_printf ("sys/devices/%s/loop/backing_file", folder);

  fake_tree_add_device (tree, folder, device, 2048);
  fake_tree_add_file (tree, backing, file);
}

/* "/a:0 /b:1": mount points with their levels */
static char *
describe (VssFreezePlan *plan)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < plan->entries->len; i++)
    {
      const VssFreezePlanEntry *entry = plan->entries->pdata[i];

      g_string_append_printf (text, "%s%s:%u", i > 0 ? " " : "", entry->mount_point, entry->level);
    }
  return g_string_free (text, FALSE);
}

#define LOOPS                                                                                     \
  "20 1 8:1 / / rw - ext4 /dev/vda1 rw\n"                                                         \
  "21 20 7:0 / /outer rw - ext4 /dev/loop0 rw\n"                                                  \
  "22 20 7:1 / /inner rw - ext4 /dev/loop1 rw\n"                                                  \
  "23 20 0:30 / /merged rw - overlay overlay rw,lowerdir=/l,upperdir=/outer/u,workdir=/outer/w\n" \
  "24 20 7:2 / /deep rw - xfs /dev/loop2 rw\n"

static void
test_children_before_parents (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssFreezePlan) all = NULL;
  g_autoptr (VssFreezePlan) without_middle = NULL;
  g_autoptr (VssFreezePlan) through_overlay = NULL;
  g_autofree char *all_text = NULL;
  g_autofree char *without_middle_text = NULL;
  g_autofree char *through_overlay_text = NULL;

  add_loop (tree, 0, "/image\n");
  add_loop (tree, 1, "/outer/image\n");
  add_loop (tree, 2, "/merged/image\n");
  all = make_plan (tree, LOOPS, "/ /outer /inner", NULL);
  all_text = describe (all);
  g_assert_cmpstr (all_text, ==, "/:2 /outer:1 /inner:0");
  g_assert_cmpuint (all->n_levels, ==, 3);
  without_middle = make_plan (tree, LOOPS, "/ /inner", NULL);
  without_middle_text = describe (without_middle);
  g_assert_cmpstr (without_middle_text, ==, "/:1 /inner:0");
  through_overlay = make_plan (tree, LOOPS, "/outer /deep", NULL);
  through_overlay_text = describe (through_overlay);
  g_assert_cmpstr (through_overlay_text, ==, "/outer:1 /deep:0");
}

static void
test_circle_is_found (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (GError) error = NULL;

  add_loop (tree, 0, "/inner/image\n");
  add_loop (tree, 1, "/outer/image\n");
  add_loop (tree, 2, "/image\n");
  g_assert_null (make_plan (tree, LOOPS, "/ /outer /inner", &error));
  g_assert_error (error, VSS_FREEZER_ERROR, (int) VSS_WIRE_ERROR_CLASS_NOT_FREEZABLE);
  g_assert_nonnull (strstr (error->message, "/outer"));
  g_assert_nonnull (strstr (error->message, "/inner"));
}

#define KINDS                                                                      \
  "20 1 8:1 / / rw - ext4 /dev/vda1 rw\n"                                          \
  "21 20 8:16 / /xfs rw - xfs /dev/vdb rw\n"                                       \
  "22 20 8:32 / /esp rw - vfat /dev/vdc rw\n"                                      \
  "23 20 8:48 / /ro ro - ext4 /dev/vdd ro\n"                                       \
  "24 20 0:30 / /tmp rw - tmpfs tmpfs rw\n"                                        \
  "25 20 0:31 / /nfs rw - nfs4 server:/export rw\n"                                \
  "26 20 8:64 / /usb rw - fuseblk /dev/vde rw\n"                                   \
  "27 20 0:32 / /tank rw - zfs tank rw\n"                                          \
  "28 20 0:33 / /merged rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w\n" \
  "29 20 8:16 / /again rw - xfs /dev/vdb rw\n"                                     \
  "30 20 8:80 / /covered rw - ext4 /dev/vdf rw\n"                                  \
  "31 30 8:96 / /covered rw - ext4 /dev/vdg rw\n"

typedef struct
{
  const char *mount_point;
  VssWireFreezability freezability;
  const char *reason; /* a part of it */
} Kind;

static const Kind kinds[] = {
  { "/", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "/xfs", VSS_WIRE_FREEZABILITY_FREEZABLE, NULL },
  { "/esp", VSS_WIRE_FREEZABILITY_FLUSHABLE, "vfat" },
  { "/ro", VSS_WIRE_FREEZABILITY_READ_ONLY, NULL },
  { "/tmp", VSS_WIRE_FREEZABILITY_UNSUPPORTED, "no disk" },
  { "/nfs", VSS_WIRE_FREEZABILITY_UNSUPPORTED, "no disk" },
  { "/usb", VSS_WIRE_FREEZABILITY_UNSUPPORTED, "user space" },
  { "/tank", VSS_WIRE_FREEZABILITY_UNSUPPORTED, "zfs" },
  { "/merged", VSS_WIRE_FREEZABILITY_UNSUPPORTED, "/u" },
};

static void
test_kinds (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (FakeTree) tree = fake_tree_new ();
      g_autoptr (VssFreezePlan) plan = make_plan (tree, KINDS, kinds[i].mount_point, NULL);
      const VssFreezePlanEntry *entry = plan->entries->pdata[0];

      g_assert_cmpint (entry->freezability, ==, kinds[i].freezability);
      if (kinds[i].reason != NULL)
        {
          g_assert_nonnull (strstr (entry->reason, kinds[i].reason));
        }
    }
}

static void
test_requests (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssFreezePlan) plan = make_plan (tree, KINDS, "/xfs /again / /xfs/", NULL);
  g_autoptr (GError) unknown = NULL;
  g_autoptr (GError) many = NULL;

  g_assert_cmpuint (plan->entries->len, ==, 2);
  g_assert_null (make_plan (tree, KINDS, "/xfs /nowhere", &unknown));
  g_assert_error (unknown, VSS_FREEZER_ERROR, (int) VSS_WIRE_ERROR_CLASS_OBJECT_NOT_FOUND);
  g_assert_nonnull (strstr (unknown->message, "/nowhere"));
  g_assert_null (make_plan (tree, KINDS, "/ /xfs /esp /ro /tmp", &many));
  g_assert_error (many, VSS_FREEZER_ERROR, (int) VSS_WIRE_ERROR_CLASS_BAD_ARGUMENTS);
}

static void
test_image_on_what_is_flushed (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssFreezePlan) written = NULL;
  g_autoptr (VssFreezePlan) read_only = NULL;
  const VssFreezePlanEntry *entry;

  add_loop (tree, 0, "/esp/image\n");
  written = make_plan (tree, KINDS "32 20 7:0 / /in rw - ext4 /dev/loop0 rw\n", "/esp /in", NULL);
  entry = written->entries->pdata[0];
  g_assert_cmpint (entry->freezability, ==, VSS_WIRE_FREEZABILITY_UNSUPPORTED);
  g_assert_nonnull (strstr (entry->reason, "/in"));
  read_only = make_plan (tree, KINDS "32 20 7:0 / /in ro - ext4 /dev/loop0 ro\n", "/esp /in", NULL);
  entry = read_only->entries->pdata[0];
  g_assert_cmpint (entry->freezability, ==, VSS_WIRE_FREEZABILITY_FLUSHABLE);
}

/* Mounted only in another namespace: named as what can't be held, and no error once it is gone. */
static void
test_elsewhere (void)
{
  g_autoptr (FakeTree) tree = fake_tree_new ();
  g_autoptr (VssFreezePlan) plan = NULL;
  const VssFreezePlanEntry *entry;

  fake_tree_add_namespace (tree, "self", 1, NULL);
  fake_tree_add_namespace (tree, "7", 2, "90 1 8:112 / /data rw - ext4 /dev/vdh rw\n"
                                         "91 1 8:128 / /ro ro - ext4 /dev/vdi ro\n");
  fake_tree_add_file (tree, "proc/7/comm", "container\n");
  plan = make_plan (tree, KINDS, "/xfs mnt:[2]/data mnt:[2]/ro mnt:[9]/gone", NULL);
  g_assert_cmpuint (plan->entries->len, ==, 3);
  entry = plan->entries->pdata[1];
  g_assert_cmpint (entry->freezability, ==, VSS_WIRE_FREEZABILITY_UNSUPPORTED);
  g_assert_nonnull (strstr (entry->reason, "container (process 7)"));
  entry = plan->entries->pdata[2];
  g_assert_cmpint (entry->freezability, ==, VSS_WIRE_FREEZABILITY_READ_ONLY);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/freeze-plan/children-before-parents", test_children_before_parents);
  g_test_add_func ("/freeze-plan/circle-is-found", test_circle_is_found);
  g_test_add_func ("/freeze-plan/kinds", test_kinds);
  g_test_add_func ("/freeze-plan/image-on-what-is-flushed", test_image_on_what_is_flushed);
  g_test_add_func ("/freeze-plan/elsewhere", test_elsewhere);
  g_test_add_func ("/freeze-plan/requests", test_requests);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's file systems over the domain's disks: names, and the closure of a set. */
#include "host-lib/guest/vss-volume-map.h"

#include "host-lib/vss-snapshot-set-private.h"

#include <string.h>

typedef struct
{
  GPtrArray *disks;
  VssWireVolumesResult *volumes;
} World;

static World
world_new (const char *targets)
{
  World world = { g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_disk_free),
                  vss_wire_volumes_result_new () };
  g_auto (GStrv) names = g_strsplit (targets, ",", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      VssDomainDisk *disk = vss_domain_disk_new ();

      disk->target = g_strdup (names[i]);
      disk->serial = g_strdup (names[i]);
      disk->path = g_strdup_printf ("/images/%s", names[i]);
      disk->bus = g_strdup ("virtio");
      disk->supported = TRUE;
      g_ptr_array_add (world.disks, disk);
    }
  return world;
}

static VssWireVolume *
add (World *world, const char *mount_point, const char *serials)
{
  g_auto (GStrv) names = g_strsplit (serials, ",", -1);
  VssWireVolume *volume = vss_wire_volume_new ();

  volume->mount_point = g_strdup (mount_point);
  volume->fs_type = g_strdup ("ext4");
  volume->device = g_strdup ("/dev/x");
  volume->device_number = g_strdup ("8:0");
  volume->disks_complete = TRUE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      VssWireDisk *disk = vss_wire_disk_new ();

      disk->name = g_strdup ("x");
      disk->serial = g_strdup (names[i]);
      g_ptr_array_add (volume->disks, disk);
    }
  g_ptr_array_add (world->volumes->volumes, volume);
  return volume;
}

static VssVolumeMap *
map_of (World *world)
{
  return vss_volume_map_new (world->disks, world->volumes, NULL);
}

static char *
join (GStrv texts)
{
  return g_strjoinv (" ", texts);
}

/* The volume's disks, or the code that it is refused with. */
static void
check_name (VssVolumeMap *map, const char *name, const char *disks, gint code)
{
  g_autoptr (GError) error = NULL;
  VssSetVolume *volume = vss_volume_map_resolve (map, name, &error);
  g_autofree char *joined = NULL;

  if (code != 0)
    {
      g_assert_null (volume);
      g_assert_error (error, VSS_ERROR, code);
      return;
    }
  g_assert_no_error (error);
  joined = join (volume->disks);
  g_assert_cmpstr (joined, ==, disks);
  g_assert_cmpstr (volume->name, ==, name);
  g_assert_true (g_uuid_string_is_valid (volume->snapshot_id));
  vss_set_volume_free (volume);
}

static void
test_names (void)
{
  World world = world_new ("vda,vdb,vdc");
  VssWireVolume *volume = add (&world, "/data", "vda,vdb");
  g_autoptr (VssVolumeMap) map = NULL;

  volume->uuid = g_strdup ("1b2c-AA");
  g_ptr_array_add (volume->other_mount_points, g_strdup ("/mnt/data"));
  add (&world, "/", "vdc");
  add (&world, "C:\\", "vdc");
  map = map_of (&world);
  check_name (map, "C:\\", "vdc", 0);
  check_name (map, "D:\\", NULL, VSS_E_OBJECT_NOT_FOUND);
  check_name (map, "/data", "vda vdb", 0);
  check_name (map, "/data//", "vda vdb", 0);
  check_name (map, "/mnt/data", "vda vdb", 0);
  check_name (map, "uuid:1B2C-aa", "vda vdb", 0);
  check_name (map, "vda", "vda", 0); /* the others come with the set */
  check_name (map, "/", "vdc", 0);
  check_name (map, "", NULL, VSS_E_INVALIDARG);
  check_name (map, "/dat", NULL, VSS_E_OBJECT_NOT_FOUND);
  check_name (map, "data", NULL, VSS_E_OBJECT_NOT_FOUND);
  check_name (map, "uuid:1b2c", NULL, VSS_E_OBJECT_NOT_FOUND);
}

/* Disks and mount points of a set of @names. */
static void
check_set (World *world, const char *names, const char *disks, const char *mount_points)
{
  g_autoptr (VssVolumeMap) map = map_of (world);
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();
  g_auto (GStrv) list = g_strsplit (names, ",", -1);
  g_auto (GStrv) mounts = NULL;
  g_autofree char *joined = NULL;
  g_autoptr (GString) targets = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; list[i] != NULL; i++)
    {
      VssSetVolume *volume = vss_volume_map_resolve (map, list[i], &error);

      g_assert_no_error (error);
      g_ptr_array_add (set->volumes, volume);
    }
  mounts = vss_volume_map_complete_set (map, set, &error);
  g_assert_no_error (error);
  joined = join (mounts);
  g_assert_cmpstr (joined, ==, mount_points);
  for (guint i = 0; i < set->disks->len; i++)
    g_string_append_printf (targets, "%s%s", i > 0 ? " " : "",
                            ((VssSetDisk *) g_ptr_array_index (set->disks, i))->target);
  g_assert_cmpstr (targets->str, ==, disks);
}

static World
wide_world (void)
{
  World world = world_new ("vda,vdb,vdc,vdd");

  add (&world, "/", "vda");
  add (&world, "/boot", "vda");
  add (&world, "/lvm", "vdb,vdc");
  add (&world, "/chain", "vdc,vdd");
  return world;
}

static void
test_closure (void)
{
  World world = wide_world ();

  check_set (&world, "/boot", "vda", "/ /boot");
  world = wide_world ();
  check_set (&world, "vda", "vda", "/ /boot");
  /* One disk draws in a file system, which draws in a disk, which draws in another one. */
  world = wide_world ();
  check_set (&world, "vdb", "vdb vdc vdd", "/lvm /chain");
  world = wide_world ();
  check_set (&world, "vdd", "vdb vdc vdd", "/chain /lvm"); /* the disks in the domain's order */
  world = wide_world ();
  check_set (&world, "/,/chain", "vda vdb vdc vdd", "/ /boot /lvm /chain");
}

/* What draws in something unfit is refused, with the name of what is unfit. */
static void
test_unfit_neighbour (void)
{
  World world = wide_world ();
  g_autoptr (VssVolumeMap) map = NULL;
  g_autoptr (GError) error = NULL;

  add (&world, "/unknown", "vdd,elsewhere");
  map = map_of (&world);
  check_name (map, "/", "vda", 0);
  check_name (map, "/unknown", NULL, VSS_E_VOLUME_NOT_SUPPORTED);
  g_assert_null (vss_volume_map_resolve (map, "vdb", &error));
  g_assert_error (error, VSS_ERROR, VSS_E_VOLUME_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "/unknown"));
}

static void
test_incomplete (void)
{
  World world = world_new ("vda");
  g_autoptr (VssVolumeMap) map = NULL;

  add (&world, "/a", "vda")->disks_complete = FALSE;
  map = map_of (&world);
  check_name (map, "/a", NULL, VSS_E_VOLUME_NOT_SUPPORTED);
  check_name (map, "vda", NULL, VSS_E_VOLUME_NOT_SUPPORTED);
}

static const VssDomainDisk *
find_disk (World *world, const char *target)
{
  for (guint i = 0; i < world->disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (world->disks, i);

      if (g_str_equal (disk->target, target))
        return disk;
    }
  g_assert_not_reached ();
}

static void
make_unfit (World *world, const char *target, VssError code, const char *reason)
{
  VssDomainDisk *disk = (VssDomainDisk *) find_disk (world, target);

  disk->supported = FALSE;
  disk->unsupported_code = code;
  disk->unsupported_reason = g_strdup (reason);
}

static void
check_refusal (VssVolumeMap *map, const char *name, gint code, const char *parts)
{
  g_auto (GStrv) words = g_strsplit (parts, ",", -1);
  g_autoptr (GError) error = NULL;

  g_assert_null (vss_volume_map_resolve (map, name, &error));
  g_assert_error (error, VSS_ERROR, code);
  for (guint i = 0; words[i] != NULL; i++)
    {
      g_test_message ("'%s' in: %s", words[i], error->message);
      g_assert_nonnull (strstr (error->message, words[i]));
    }
}

/* The disks are as the guest's order of them never is. */
static void
test_domain_order (void)
{
  World world = world_new ("vda,vdb,vdc");
  g_autoptr (VssVolumeMap) map = NULL;

  add (&world, "/lvm", "vdc,vda,vdb,vda");
  map = map_of (&world);
  check_name (map, "/lvm", "vda vdb vdc", 0);
}

/* Whatever a volume needs and can't have is named, all of it. */
static void
test_all_obstacles_are_named (void)
{
  World world = world_new ("vda,vdb,vdc");
  g_autoptr (VssVolumeMap) map = NULL;

  make_unfit (&world, "vdb", VSS_E_VOLUME_NOT_SUPPORTED_BY_PROVIDER, "is a network disk");
  make_unfit (&world, "vdc", VSS_E_VOLUME_NOT_SUPPORTED, "is read-only");
  add (&world, "/a", "vdc,vda,vdb,elsewhere")->disks_complete = FALSE;
  map = map_of (&world);
  check_refusal (map, "/a", VSS_E_VOLUME_NOT_SUPPORTED,
                 "'vdb',is a network disk,'vdc',is read-only,guest's disk 'x',not know all");
  check_refusal (map, "vda", VSS_E_VOLUME_NOT_SUPPORTED, "'/a','vdb','vdc'");
}

static void
test_endless_obstacles (void)
{
  World world = world_new ("vda");
  g_autoptr (VssVolumeMap) map = NULL;
  VssWireVolume *volume = add (&world, "/a", "vda");

  for (guint i = 0; i < 1000; i++)
    {
      VssWireDisk *disk = vss_wire_disk_new ();

      disk->name = g_strdup_printf ("x%u", i);
      g_ptr_array_add (volume->disks, disk);
    }
  map = map_of (&world);
  check_refusal (map, "/a", VSS_E_VOLUME_NOT_SUPPORTED, "'x0','x7',and 992 more");
}

static void
nest (VssWireVolume *volume, const char *holders)
{
  g_auto (GStrv) names = g_strsplit (holders, ",", -1);

  volume->nested_in = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (volume->nested_in, g_strdup (names[i]));
}

/* An image file is no volume of its own, but held with the disk that it is on. */
static void
test_nested (void)
{
  World world = world_new ("vda");
  g_autoptr (VssVolumeMap) map = NULL;

  add (&world, "/a", "vda");
  nest (add (&world, "/crypt", "vda"), "/a");
  nest (add (&world, "/deep", "vda"), "/crypt,/a");
  map = map_of (&world);
  check_refusal (map, "/crypt", VSS_E_NESTED_VOLUME_LIMIT, "'/a'");
  check_refusal (map, "/deep", VSS_E_NESTED_VOLUME_LIMIT, "'/crypt',nested itself,add '/a'");
  world = world_new ("vda");
  add (&world, "/a", "vda");
  nest (add (&world, "/crypt", "vda"), "/a");
  nest (add (&world, "/deep", "vda"), "/crypt,/a");
  check_set (&world, "/a", "vda", "/a /crypt /deep");
}

/* What keeps a nested one's disks out of a set keeps the whole set from being made. */
static void
test_nested_on_unknown (void)
{
  World world = world_new ("vda");
  g_autoptr (VssVolumeMap) map = NULL;

  add (&world, "/a", "vda");
  nest (add (&world, "/loop", "vda,elsewhere"), "/a");
  map = map_of (&world);
  check_refusal (map, "/loop", VSS_E_NESTED_VOLUME_LIMIT, "'/a'");
  check_refusal (map, "/a", VSS_E_VOLUME_NOT_SUPPORTED, "'/loop',guest's disk 'x'");
}

/* Mounted in another namespace of the guest: it can't be asked for, but it is on the disk. */
static void
test_elsewhere (void)
{
  World world = world_new ("vda,vdb");
  g_autoptr (VssVolumeMap) map = NULL;
  VssWireVolume *volume;

  add (&world, "/a", "vda");
  volume = add (&world, "mnt:[4026532200]/a", "vda");
  volume->uuid = g_strdup ("u-1");
  map = map_of (&world);
  check_name (map, "mnt:[4026532200]/a", NULL, VSS_E_OBJECT_NOT_FOUND);
  check_name (map, "uuid:u-1", NULL, VSS_E_OBJECT_NOT_FOUND);
  world = world_new ("vda,vdb");
  add (&world, "/a", "vda");
  add (&world, "mnt:[4026532200]/a", "vda");
  add (&world, "/b", "vdb");
  check_set (&world, "/a", "vda", "/a mnt:[4026532200]/a");
}

/* What may be on a disk of the set is held with it, and only then. */
static void
test_possible (void)
{
  World world = world_new ("vda,vdb");

  add (&world, "/a", "vda");
  add (&world, "/pool", "elsewhere");
  check_set (&world, "/a", "vda", "/a"); /* that disk is known to be another one */
  world = world_new ("vda,vdb");
  add (&world, "/a", "vda");
  add (&world, "/pool", "elsewhere");
  check_set (&world, "/a,vdb", "vda vdb", "/a /pool");
  world = world_new ("vda");
  add (&world, "/a", "vda");
  add (&world, "/anywhere", "elsewhere")->disks_complete = FALSE;
  check_set (&world, "/a", "vda", "/a /anywhere");
}

/* The guest's text is told, but can't steer a terminal. */
static void
test_hostile_names (void)
{
  World world = world_new ("vda");
  g_autoptr (VssVolumeMap) map = NULL;
  g_autoptr (GError) error = NULL;

  add (&world, "/a\033[2J\n", "nothing");
  map = map_of (&world);
  g_assert_null (vss_volume_map_resolve (map, "/a\033[2J\n", &error));
  g_assert_null (strchr (error->message, '\033'));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_without_guest (void)
{
  World world = world_new ("vda,vdb");
  g_autoptr (GError) no_agent
      = g_error_new (VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE, "the VM is paused");
  g_autoptr (VssVolumeMap) map = vss_volume_map_new (world.disks, NULL, no_agent);
  g_autoptr (GError) error = NULL;

  vss_wire_volumes_result_free (world.volumes);
  g_assert_false (vss_volume_map_has_guest (map));
  check_name (map, "vdb", "vdb", 0);
  g_assert_null (vss_volume_map_resolve (map, "/a", &error));
  g_assert_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "the VM is paused"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/volume-map/names", test_names);
  g_test_add_func ("/volume-map/closure", test_closure);
  g_test_add_func ("/volume-map/unfit-neighbour", test_unfit_neighbour);
  g_test_add_func ("/volume-map/incomplete", test_incomplete);
  g_test_add_func ("/volume-map/domain-order", test_domain_order);
  g_test_add_func ("/volume-map/all-obstacles-are-named", test_all_obstacles_are_named);
  g_test_add_func ("/volume-map/endless-obstacles", test_endless_obstacles);
  g_test_add_func ("/volume-map/nested", test_nested);
  g_test_add_func ("/volume-map/nested-on-unknown", test_nested_on_unknown);
  g_test_add_func ("/volume-map/elsewhere", test_elsewhere);
  g_test_add_func ("/volume-map/possible", test_possible);
  g_test_add_func ("/volume-map/hostile-names", test_hostile_names);
  g_test_add_func ("/volume-map/without-guest", test_without_guest);
  return g_test_run ();
}

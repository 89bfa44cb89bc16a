/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever a guest says of its file systems, they are laid over the domain's disks: no name leads
 * to a disk that the domain hasn't got, and none to a set without disks. */
#include <string.h>

#include <json-glib/json-glib.h>

#include "host-lib/guest/vss-volume-map.h"

#include "host-lib/vss-snapshot-set-private.h"
#include "protocol/vss-json-guard.h"
#include "qapi/vss-wire-marshal.h"
#include "tests/fuzz/fuzz.h"

static void
add_disk (GPtrArray *disks, const char *target, const char *bus, const char *serial,
          const char *pci_address, const char *scsi_address)
{
  VssDomainDisk *disk = vss_domain_disk_new ();

  disk->target = g_strdup (target);
  disk->path = g_strdup_printf ("/images/%s", target);
  disk->format = g_strdup ("qcow2");
  disk->serial = g_strdup (serial);
  disk->pci_address = g_strdup (pci_address);
  disk->scsi_address = g_strdup (scsi_address);
  disk->bus = g_strdup (bus);
  disk->supported = TRUE;
  g_ptr_array_add (disks, disk);
}

static VssVolumeMap *
make_map (VssWireVolumesResult *answer)
{
  GPtrArray *disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_domain_disk_free);

  add_disk (disks, "vda", "virtio", "one", "0000:03:00.0", NULL);
  add_disk (disks, "vdb", "virtio", NULL, "0000:04:00.0", NULL);
  add_disk (disks, "sda", "sata", NULL, "0000:05:00.0", "0:0:1");
  add_disk (disks, "nvme0n1", "nvme", "two", "0000:06:00.0", "0:0:0");
  return vss_volume_map_new (disks, answer, NULL);
}

static void
check_name (VssVolumeMap *map, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VssSnapshotSet) set = vss_snapshot_set_new ();
  VssSetVolume *volume = vss_volume_map_resolve (map, name, &error);
  g_auto (GStrv) mount_points = NULL;

  if (volume == NULL)
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return;
    }
  g_assert_true (volume->disks != NULL && volume->disks[0] != NULL);
  g_ptr_array_add (set->volumes, volume);
  mount_points = vss_volume_map_complete_set (map, set, &error);
  g_assert_true ((mount_points == NULL) == (error != NULL));
  for (guint i = 0; mount_points != NULL && i < set->disks->len; i++)
    {
      const VssSetDisk *disk = g_ptr_array_index (set->disks, i);

      g_assert_true (g_str_equal (disk->target, "vda") || g_str_equal (disk->target, "vdb")
                     || g_str_equal (disk->target, "sda") || g_str_equal (disk->target, "nvme0n1"));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autoptr (JsonNode) node = NULL;
  VssWireVolumesResult *answer;
  g_autoptr (VssVolumeMap) map = NULL;
  GPtrArray *volumes;

  if (!vss_json_guard_check (text, strlen (text), NULL))
    return 0;
  node = json_from_string (text, NULL);
  answer = node != NULL
             ? vss_wire_volumes_result_from_json (node, VSS_WIRE_PARSE_LENIENT, NULL)
             : NULL;
  if (answer == NULL)
    return 0;
  map = make_map (answer);
  volumes = vss_volume_map_get_volumes (map);
  check_name (map, "vda");
  check_name (map, "vdb");
  check_name (map, "nvme0n1");
  for (guint i = 0; i < MIN (volumes->len, 16); i++)
    {
      const VssMappedVolume *mapped = g_ptr_array_index (volumes, i);
      g_autofree char *uuid = g_strconcat ("uuid:", mapped->volume->uuid, NULL);

      g_assert_true (mapped->code == 0 || mapped->problem != NULL);
      check_name (map, mapped->volume->mount_point);
      check_name (map, uuid);
    }
  return 0;
}

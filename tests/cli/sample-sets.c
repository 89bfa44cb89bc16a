/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshot sets, volumes and states for the tests of the command line: see the header. */
#include "tests/cli/sample-sets.h"
#include "host-lib/vss-finding-private.h"
#include "host-lib/vss-snapshot-set-private.h"
#include "tests/cli/sample-writers.h"

#define IMAGES "/var/lib/libvirt/images/"

static void
add_disk (VssSnapshotSet *set, const char *target, const char *name, guint64 capacity)
{
  VssSetDisk *disk = vss_set_disk_new ();

  disk->target = g_strdup (target);
  disk->image = g_strdup_printf (IMAGES "%s.qcow2", name);
  disk->overlay = g_strdup_printf (IMAGES "%s.%.8s.qcow2", name, set->id);
  disk->image_format = g_strdup ("qcow2");
  disk->capacity = capacity;
  g_ptr_array_add (set->disks, disk);
}

static void
add_volume (VssSnapshotSet *set,
            const char *snapshot_id,
            const char *mount_point,
            const char *fs_type,
            const char *disks)
{
  VssSetVolume *volume = vss_set_volume_new ();

  volume->snapshot_id = g_strdup (snapshot_id);
  volume->name = g_strdup (mount_point);
  volume->mount_point = g_strdup (mount_point);
  volume->fs_type = g_strdup (fs_type);
  volume->fs_uuid = g_strdup ("1f8fd5a3-5d22-4a4b-a9b7-50a4e6b4a6c1");
  volume->disks = g_strsplit (disks, ",", -1);
  g_ptr_array_add (set->volumes, volume);
}

static void
add_hold (VssSnapshotSet *set, const char *mount_point, const char *state, const char *reason)
{
  VssSetHold *hold = vss_set_hold_new ();

  hold->mount_point = g_strdup (mount_point);
  hold->state = g_strdup (state);
  hold->reason = g_strdup (reason);
  hold->freeze_us = 8200;
  hold->thaw_us = 1300;
  g_ptr_array_add (set->holds, hold);
}

static VssSnapshotSet *
set_new (const char *id, gint64 created_us)
{
  VssSnapshotSet *set = vss_snapshot_set_new ();

  set->id = g_strdup (id);
  set->domain_uuid = g_strdup (SAMPLE_DOMAIN_UUID);
  set->domain_name = g_strdup ("db1");
  set->host_name = g_strdup ("host1");
  set->provider_id = g_strdup ("5cbd2d1a-6f5e-4a0f-8a53-7f3a1f6f2d01");
  set->context = VSS_CTX_APP_ROLLBACK;
  set->state = VSS_SET_CREATED;
  set->created_us = created_us;
  set->lease_ms = 10000;
  return set;
}

VssSnapshotSet *
sample_set_new (void)
{
  VssSnapshotSet *set = set_new (SAMPLE_SET_ID, G_GINT64_CONSTANT (1795193453000123));

  set->policy = VSS_POLICY_REQUIRE_APPLICATION;
  set->consistency = VSS_CONSISTENCY_FILESYSTEM;
  set->frozen_us = 31400;
  set->owner.requester = g_strdup ("virt-vss");
  set->owner.host = g_strdup ("host1");
  set->owner.pid = 4712;
  set->owner.renewed_us = set->created_us;
  set->commit_us = 20100;
  add_volume (set, "b1b6a1de-0d8f-4d8e-8a64-2c1f8d3f7a01", "/", "ext4", "vda");
  add_volume (set, "b1b6a1de-0d8f-4d8e-8a64-2c1f8d3f7a02", "/srv/data", "xfs", "vdb,vdc");
  add_disk (set, "vda", "db1", G_GUINT64_CONSTANT (8589934592));
  add_disk (set, "vdb", "db1-data1", 536870912);
  add_disk (set, "vdc", "db1-data2", 536870912);
  add_hold (set, "/", "held", NULL);
  add_hold (set, "/srv/data", "held", NULL);
  sample_add_writers (set);
  return set;
}

VssSnapshotSet *
sample_old_set_new (void)
{
  VssSnapshotSet *set = set_new (SAMPLE_OLD_SET_ID, G_GINT64_CONSTANT (1795107053500000));

  set->policy = VSS_POLICY_REPORT;
  set->consistency = VSS_CONSISTENCY_CRASH;
  set->weakness = g_strdup ("/srv/data was not held: somebody else has thawed it");
  set->frozen_us = 1250000;
  set->commit_us = 20100;
  set->owner.requester = g_strdup ("backup-tool");
  set->owner.host = g_strdup ("host1");
  set->owner.pid = 4711;
  set->owner.renewed_us = set->created_us;
  set->owner.lease_us = 60 * G_USEC_PER_SEC;
  add_volume (set, "b1b6a1de-0d8f-4d8e-8a64-2c1f8d3f7a03", "/srv/data", "xfs", "vdb,vdc");
  add_disk (set, "vdb", "db1-data1", 536870912);
  add_disk (set, "vdc", "db1-data2", 536870912);
  add_hold (set, "/srv/data", "not-held", "somebody else has thawed it");
  return set;
}

VssSnapshotSet *
sample_hostile_set_new (void)
{
  VssSnapshotSet *set = set_new (SAMPLE_SET_ID, G_GINT64_CONSTANT (1795193453000123));
  VssSetWriter *writer;

  set->weakness = g_strdup ("\033[2Jgone\nvirt-vss: all is well \302\233 \342\200\256 \x7f");
  add_volume (set, "b1b6a1de-0d8f-4d8e-8a64-2c1f8d3f7a01", "/mnt/\033[2J", "ext4\n", "vda");
  add_disk (set, "vda", "\033]0;title\007", 512);
  add_hold (set, "/mnt/\033[2J", "not-held", "\033c");
  sample_add_writers (set);
  writer = g_ptr_array_index (set->writers, 0);
  writer->failure = VSS_E_WRITERERROR_NONRETRYABLE;
  g_free (writer->name);
  writer->name = g_strdup ("\033[1;1HSQL\n");
  writer->message = g_strdup ("\033[2Jall is well");
  return set;
}

static VssVolumeInfo *
volume_new (const char *name, const char *fs_type, guint64 size, const char *disks)
{
  VssVolumeInfo *volume = g_new0 (VssVolumeInfo, 1);

  volume->name = g_strdup (name);
  volume->size = size;
  volume->disks = g_strsplit (disks, ",", -1);
  volume->disks_complete = TRUE;
  volume->supported = fs_type != NULL;
  if (fs_type != NULL)
    {
      volume->mount_point = g_strdup (name);
      volume->fs_type = g_strdup (fs_type);
      volume->device = g_strdup ("/dev/vda1");
    }
  volume->freezability = g_strdup (fs_type != NULL ? "freezable" : "unknown");
  return volume;
}

GPtrArray *
sample_volumes_new (void)
{
  GPtrArray *volumes = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_volume_info_free);
  VssVolumeInfo *cdrom = volume_new ("sda", NULL, 0, "sda");

  cdrom->reason = g_strdup ("a CD-ROM drive can't be snapshotted");
  g_ptr_array_add (volumes, volume_new ("/", "ext4", G_GUINT64_CONSTANT (8589934592), "vda"));
  g_ptr_array_add (volumes, volume_new ("/srv/data", "xfs", 1073741824, "vdb,vdc"));
  g_ptr_array_add (volumes, cdrom);
  return volumes;
}

VssDomainStatus *
sample_status_new (void)
{
  VssDomainStatus *status = g_new0 (VssDomainStatus, 1);

  status->vm_state = g_strdup ("running");
  status->has_channel = TRUE;
  status->agent_connected = TRUE;
  status->agent_version = g_strdup ("0.1.0");
  status->freeze_state = g_strdup ("frozen");
  status->freeze_owner = g_strdup ("backup-tool");
  status->lease_left_ms = 7500;
  status->frozen = g_strsplit ("/,/srv/data", ",", -1);
  status->guard_alive = TRUE;
  status->log = g_strsplit ("froze / in 8.2 ms", "|", -1);
  status->agent_uptime_ms = 5 * 60 * 60 * 1000;
  return status;
}

void
sample_add_finding (VssSnapshotSet *set,
                    VssFindingSeverity severity,
                    gint code,
                    const char *object,
                    const char *text)
{
  vss_findings_add (set->findings, severity, code, object, "%s", text);
}

static VssOverlayInfo *
overlay_new (const char *set_id, const char *target, guint64 size)
{
  VssOverlayInfo *overlay = g_new0 (VssOverlayInfo, 1);

  overlay->snapshot_set_id = g_strdup (set_id);
  overlay->target = g_strdup (target);
  overlay->path = g_strdup_printf ("/var/lib/libvirt/images/db1-%s.vss-%s.qcow2", target, set_id);
  overlay->capacity = G_GUINT64_CONSTANT (8) << 30;
  overlay->allocation = size;
  overlay->length = size;
  overlay->free = G_GUINT64_CONSTANT (2) << 30;
  overlay->space = G_GUINT64_CONSTANT (10) << 30;
  overlay->storage = g_strdup ("device 1");
  overlay->created_us = SAMPLE_TIME_US;
  return overlay;
}

GPtrArray *
sample_overlays_new (guint reading)
{
  GPtrArray *overlays = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_overlay_info_free);
  const guint64 mib = 1 << 20;
  guint i;

  g_ptr_array_add (overlays, overlay_new (SAMPLE_SET_ID, "vda", (100 + 10 * reading) * mib));
  g_ptr_array_add (overlays, overlay_new (SAMPLE_OLD_SET_ID, "vda", 7 * mib));
  for (i = 0; i < overlays->len; i++)
    {
      VssOverlayInfo *overlay = g_ptr_array_index (overlays, i);

      overlay->active = i == 0;
      overlay->free -= 10 * reading * mib;
      overlay->read_us = SAMPLE_TIME_US + (gint64) (100 + reading) * G_USEC_PER_SEC;
    }
  return overlays;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells where a disk stands. Pure; on any thread. */
#include "host-lib/providers/libvirt/vss-situation.h"

static const VssSituationRow rows[] = {
  [VSS_SITUATION_IMAGE] = { VSS_UNDO_NOTHING, "is on its image", NULL },
  [VSS_SITUATION_OVERLAY] = { VSS_UNDO_MERGE, "is on the overlay", NULL },
  [VSS_SITUATION_SPLIT] = { VSS_UNDO_REPAIR,
                            "is on the overlay in QEMU, but libvirt names the image", NULL },
  [VSS_SITUATION_REVERSED] = { VSS_UNDO_RETURN,
                               "is on the image in QEMU, but libvirt names the overlay", NULL },
  [VSS_SITUATION_COVERED] = { VSS_UNDO_REFUSE, "has a newer overlay above",
                              "delete the newer snapshot first" },
  [VSS_SITUATION_CONFUSED] = { VSS_UNDO_REFUSE, "is on a file in QEMU that libvirt doesn't name",
                               "wait for a running block job to end, then repeat" },
  [VSS_SITUATION_OTHER] = { VSS_UNDO_NOTHING, "is on another image", NULL },
  [VSS_SITUATION_GONE] = { VSS_UNDO_NOTHING, "is no disk of the domain any more", NULL },
  [VSS_SITUATION_OFF_IMAGE] = { VSS_UNDO_NOTHING, "will start on its image", NULL },
  [VSS_SITUATION_OFF_OVERLAY] = { VSS_UNDO_REFUSE,
                                  "will start on the overlay, and the domain is not running",
                                  "start the domain, then repeat: only a running domain can "
                                  "merge" },
};

const VssSituationRow *
vss_situation_row (VssSituation situation)
{
  return &rows[situation];
}

static VssSituation
situation_when_off (const VssDiskView *view, const VssSetDisk *disk)
{
  int overlay = vss_disk_view_position (view, disk->overlay);

  if (overlay == 0)
    return VSS_SITUATION_OFF_OVERLAY;
  if (overlay > 0)
    return VSS_SITUATION_COVERED;
  if (vss_disk_view_position (view, disk->image) == 0)
    return VSS_SITUATION_OFF_IMAGE;
  return VSS_SITUATION_OTHER;
}

static VssSituation
situation_by_libvirt (const VssDiskView *view, const VssSetDisk *disk)
{
  VssSituation off = situation_when_off (view, disk);

  if (off == VSS_SITUATION_OFF_OVERLAY)
    return VSS_SITUATION_OVERLAY;
  return off == VSS_SITUATION_OFF_IMAGE ? VSS_SITUATION_IMAGE : off;
}

/* Both were asked. @device: NULL if QEMU doesn't know the disk. */
static VssSituation
situation_by_both (const VssDiskView *view, const VssQemuDevice *device, const VssSetDisk *disk)
{
  gboolean qemu_overlay = device != NULL && g_strcmp0 (device->file, disk->overlay) == 0;
  gboolean qemu_image = device != NULL && g_strcmp0 (device->file, disk->image) == 0;

  switch (situation_by_libvirt (view, disk))
    {
    case VSS_SITUATION_OVERLAY:
      if (qemu_overlay)
        return VSS_SITUATION_OVERLAY;
      return qemu_image ? VSS_SITUATION_REVERSED : VSS_SITUATION_CONFUSED;
    case VSS_SITUATION_IMAGE:
      if (qemu_overlay)
        return VSS_SITUATION_SPLIT;
      return qemu_image ? VSS_SITUATION_IMAGE : VSS_SITUATION_CONFUSED;
    case VSS_SITUATION_COVERED:
      return VSS_SITUATION_COVERED;
    default:
      return qemu_overlay ? VSS_SITUATION_CONFUSED : VSS_SITUATION_OTHER;
    }
}

VssSituation
vss_situation_of (const VssSetDisk *disk,
                  gboolean running,
                  const VssDomainView *libvirt,
                  const VssQemuView *qemu)
{
  const VssDiskView *view = vss_domain_view_find (libvirt, disk->target);

  if (view == NULL)
    return VSS_SITUATION_GONE;
  if (!running)
    return situation_when_off (view, disk);
  if (qemu == NULL)
    return situation_by_libvirt (view, disk);
  return situation_by_both (
      view, view->alias == NULL ? NULL : vss_qemu_view_find_device (qemu, view->alias), disk);
}

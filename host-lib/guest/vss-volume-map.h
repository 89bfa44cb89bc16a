/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's file systems laid over the domain's disks: what a volume's name means, which disks
 * it takes, and which file systems those carry. Made of two answers, changed by nothing; one
 * thread at a time.
 *
 * A set is closed both ways: a file system takes all disks under it, a disk takes all file systems
 * on it, until nothing is added. So a set never holds half a file system, and never a disk with a
 * file system that goes on being written. What may be on a disk of the set, because it can't be told
 * where it is, is held with it. */
#pragma once

#include "host-lib/guest/vss-mapped-volume.h"

G_BEGIN_DECLS

typedef struct _VssVolumeMap VssVolumeMap;

/* @disks: (element-type VssDomainDisk) (transfer full). @volumes: (nullable) (transfer full): NULL
 * if no agent could be asked; @agent_error says why (copied). */
VssVolumeMap *vss_volume_map_new (GPtrArray *disks,
                                  VssWireVolumesResult *volumes,
                                  const GError *agent_error);
void vss_volume_map_free (VssVolumeMap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssVolumeMap, vss_volume_map_free)

/* (element-type VssMappedVolume), (element-type VssDomainDisk); both (transfer none) */
GPtrArray *vss_volume_map_get_volumes (VssVolumeMap *self);
GPtrArray *vss_volume_map_get_disks (VssVolumeMap *self);

/* Whether somebody could be asked for the file systems. */
gboolean vss_volume_map_has_guest (VssVolumeMap *self);

/* The volume @name ("vda", "/mount/point", "uuid:…") as a record, with all the disks that it
 * takes, and everything checked that speaks against it. VSS_E_INVALIDARG, VSS_E_OBJECT_NOT_FOUND,
 * VSS_E_VOLUME_NOT_SUPPORTED[_BY_PROVIDER], VSS_E_NESTED_VOLUME_LIMIT,
 * VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED. */
VssSetVolume *vss_volume_map_resolve (VssVolumeMap *self, const char *name, GError **error);

/* Fills the disks of @set from its volumes, and gives the mount points of all file systems on
 * them. Errors as above. (transfer full) */
GStrv vss_volume_map_complete_set (VssVolumeMap *self, VssSnapshotSet *set, GError **error);

/* The same volume, whatever name it was given by. */
gboolean vss_set_volume_is_same (const VssSetVolume *a, const VssSetVolume *b);

G_END_DECLS

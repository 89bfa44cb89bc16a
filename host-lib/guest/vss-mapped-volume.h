/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file system of the guest laid over the domain's disks, and what keeps it out of a set.
 * Made for the volume map. */
#pragma once

#include "host-lib/guest/vss-disk-match.h"

G_BEGIN_DECLS

/* A file system of the guest. */
typedef struct
{
  const VssWireVolume *volume;
  GPtrArray *disks; /* (element-type VssDomainDisk), borrowed: those that were recognised, in the
                     * domain's order */
  gboolean complete; /* there are no others */
  gint code; /* 0: can be in a set; else the VSS_ERROR code */
  char *problem; /* nullable: why not */
  gint obstacle_code; /* 0: its disks can be in a set, be it without naming this one */
  char *obstacle; /* nullable: why not; names each such disk */
  guint n_obstacles;
} VssMappedVolume;

/* @disks: (element-type VssDomainDisk): the domain's. All are kept by the caller, and outlive it. */
VssMappedVolume *vss_mapped_volume_new (const VssWireVolume *volume,
                                        VssDiskMatch *match,
                                        GPtrArray *disks);
void vss_mapped_volume_free (VssMappedVolume *self);

/* Whether it is mounted where the guest's agent can hold it, and its mount point is a path. */
gboolean vss_mapped_volume_is_reachable (const VssMappedVolume *self);

/* Puts @some of the domain's @disks in the domain's order. */
void vss_domain_disks_sort (GPtrArray *disks, GPtrArray *some);

G_END_DECLS

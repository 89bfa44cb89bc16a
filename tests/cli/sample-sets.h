/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshot sets, volumes and states for the tests of the command line. */
#pragma once

#include "host-lib/vss.h"

G_BEGIN_DECLS

#define SAMPLE_SET_ID "4f1c2a77-9d0e-4b52-8a51-0f2b6f7f1d10"
#define SAMPLE_OLD_SET_ID "4f1c9b03-51aa-4e0c-b0bd-9c1a4bb1e6c2"
/* When the first was made. */
#define SAMPLE_TIME_US (G_GINT64_CONSTANT (1795193453) * G_USEC_PER_SEC)
#define SAMPLE_DOMAIN_UUID "c7a5fdbd-cdaf-9455-926a-d65c16db1809"

/* Two file systems, one of them over two disks; held, level filesystem; its maker has left. */
VssSnapshotSet *sample_set_new (void);
/* An older one, of level crash, with a weakness and an owner. */
VssSnapshotSet *sample_old_set_new (void);
/* Its names would clear the screen if a terminal obeyed them. */
VssSnapshotSet *sample_hostile_set_new (void);

/* (element-type VssVolumeInfo): the file systems of the set, and a CD-ROM drive. */
GPtrArray *sample_volumes_new (void);
/* A guest that is frozen, with a lease. */
VssDomainStatus *sample_status_new (void);
/* (element-type VssOverlayInfo): one that grows, 100 MiB and 10 more a @reading, which are a second
 * apart; and one below it. 2 GiB are left. */
GPtrArray *sample_overlays_new (guint reading);

void sample_add_finding (VssSnapshotSet *set,
                         VssFindingSeverity severity,
                         gint code,
                         const char *object,
                         const char *text);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One snapshot set as a plain record: what it consists of, how far it has come, who owns it and
 * what it proved. The coordinator fills it, the provider stores it, requesters read it. */
#pragma once

#include "host-lib/vss-finding.h"
#include "host-lib/vss-types.h"
#include "host-lib/vss-writer-types.h"

G_BEGIN_DECLS

/* How far a set has come: what recovery has to do depends on it. */
typedef enum
{
  VSS_SET_PREPARING, /* recorded; overlays may exist, no commit was tried */
  VSS_SET_COMMITTING, /* the commit may have been carried out: QEMU has to be asked */
  VSS_SET_CREATED, /* complete */
  VSS_SET_DELETING, /* being merged back, may be half-way */
} VssSetState;

/* How far the merge of one disk has come, so that an overlay whose data is nowhere else is never
 * taken for one that was merged. */
typedef enum
{
  VSS_MERGE_NONE, /* its data may be nowhere else */
  VSS_MERGE_READY, /* everything is in the image; the switch back was ordered */
  VSS_MERGE_DONE, /* the VM writes to the image again */
} VssSetMerge;

/* A disk of the set. */
typedef struct
{
  char *target; /* the domain's name for it, such as vda */
  char *overlay; /* path of the overlay, which the VM writes to */
  char *image; /* path of the image below it when the set was made */
  char *image_format; /* "qcow2" or "raw" */
  guint64 capacity; /* virtual size in bytes */
  VssSetMerge merge;
} VssSetDisk;

/* A volume of the set: VSS's snapshot. */
typedef struct
{
  char *snapshot_id;
  char *name; /* as given to AddToSnapshotSet */
  char *mount_point; /* nullable: a disk was added, or no agent was asked */
  char *fs_type; /* nullable */
  char *fs_uuid; /* nullable */
  GStrv disks; /* targets */
} VssSetVolume;

/* The proof for one file system. */
typedef struct
{
  char *mount_point;
  char *state; /* "held", "read-only", "flushed", "not-held" */
  char *reason; /* nullable */
  gint64 freeze_us;
  gint64 thaw_us;
} VssSetHold;

/* What became of a writer of the guest: the proof for one application. */
typedef struct
{
  char *instance_id;
  char *writer_id;
  char *name;
  VssWriterState state; /* of when the set was finished, or given up */
  gint failure; /* VSS_S_OK or a VssError */
  char *message; /* nullable */
  gint64 application_code; /* the application's own; 0: none */
  gboolean selected; /* it was to take part */
  gboolean transaction_manager; /* frozen after all others, thawed before them */
  gboolean took_part; /* it went from Freeze to Thaw without a failure */
  gint64 freeze_us; /* it took to come to rest; 0: not known */
  gint64 thaw_us; /* it took to run again; 0: not known */
} VssSetWriter;

/* Who makes or holds the set. A living owner renews; a dead one may be recognised sooner by its
 * process being gone on the same boot of the same host. */
typedef struct
{
  char *requester;
  char *host; /* host name */
  char *boot_id;
  char *pid_namespace; /* inode of /proc/self/ns/pid */
  gint64 pid;
  gint64 pid_start; /* start time in clock ticks after boot */
  gint64 renewed_us; /* UTC */
  gint64 lease_us; /* how long after that it counts as living */
  gint64 since_us; /* UTC; when it began; 0: not known */
} VssSetOwner;

/**
 * VssSnapshotSet:
 * @id: the set's UUID
 * @domain_uuid: the virtual machine's UUID
 * @domain_name: the virtual machine's name
 * @host_name: host name of the libvirt connection
 * @provider_id: UUID of the provider that made it
 * @context: a #VssSnapshotContext with its attributes
 * @state: how far it has come
 * @policy: what it had to reach
 * @consistency: what it has reached
 * @weakness: (nullable): why it is no better than it is
 * @created_us: when the disks were snapshotted, in microseconds of UTC since 1970
 * @lease_ms: the lease of the freeze, in milliseconds
 * @frozen_us: how long the file systems were frozen, in microseconds as the guest measured it; 0:
 *   not frozen
 * @commit_us: how long the disks' snapshot took, in microseconds
 * @lease_expired: the guest had thawed by itself
 * @owner: who makes or holds it
 * @volumes: (element-type VssSetVolume): the volumes asked for
 * @disks: (element-type VssSetDisk): the disks that they take
 * @holds: (element-type VssSetHold): what was achieved for each file system on these disks
 * @writers: (element-type VssSetWriter): what became of each writer that was gathered
 * @findings: (element-type VssFinding): what was found when the set was looked at before it was
 *   made; not kept in its record
 *
 * The record of one snapshot set.
 *
 * Since: 0.1
 */
#define VSS_TYPE_SNAPSHOT_SET (vss_snapshot_set_get_type ())
typedef struct
{
  char *id;
  char *domain_uuid;
  char *domain_name;
  char *host_name; /* of the libvirt connection */
  char *provider_id;
  gint context;
  VssSetState state;
  VssPolicy policy;
  VssConsistency consistency;
  char *weakness; /* nullable: why it is not better than it is */
  gint64 created_us; /* UTC; the commit's return */
  gint64 lease_ms;
  gint64 frozen_us; /* first FIFREEZE to last FITHAW as the guest measured it; 0: not frozen */
  gint64 commit_us; /* the commit call as the host measured it */
  gboolean lease_expired;
  VssSetOwner owner;
  GPtrArray *volumes; /* (element-type VssSetVolume) */
  GPtrArray *disks; /* (element-type VssSetDisk) */
  GPtrArray *holds; /* (element-type VssSetHold) */
  GPtrArray *writers; /* (element-type VssSetWriter) */
  GPtrArray *findings; /* (element-type VssFinding) */
} VssSnapshotSet;

VSS_API GType vss_snapshot_set_get_type (void);
VSS_API VssSnapshotSet *vss_snapshot_set_copy (const VssSnapshotSet *self);
VSS_API void vss_snapshot_set_free (VssSnapshotSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssSnapshotSet, vss_snapshot_set_free)

G_END_DECLS

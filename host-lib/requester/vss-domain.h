/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a virtual machine outside of a backup: its volumes, its state, its sets;
 * thaw, recovery, garbage collection. Every call blocks up to a stated limit. */
#pragma once

#include "host-lib/vss-snapshot-set.h"
#include "host-lib/vss-writer-types.h"

G_BEGIN_DECLS

#define VSS_TYPE_DOMAIN (vss_domain_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssDomain, vss_domain, VSS, DOMAIN, GObject)

VSS_API VssDomain *vss_domain_open (const char *connection_uri,
                                    const char *domain,
                                    GError **error);
/* The names of all domains of the connection, running or not. (transfer full) */
VSS_API GStrv vss_list_domains (const char *connection_uri, GError **error);
VSS_API const char *vss_domain_get_name (VssDomain *self);
VSS_API const char *vss_domain_get_uuid (VssDomain *self);

/* A volume of the guest and the domain's disks that hold it; or a disk without one that is known.
 * A boxed type. */
#define VSS_TYPE_VOLUME_INFO (vss_volume_info_get_type ())
typedef struct
{
  char *name; /* the name for AddToSnapshotSet: mount point, or disk target */
  char *mount_point; /* nullable */
  char *fs_type; /* nullable */
  char *fs_uuid; /* nullable */
  char *device; /* nullable; the guest's */
  guint64 size;
  GStrv disks; /* targets of the domain's disks; all of them if complete */
  gboolean disks_complete;
  gboolean supported; /* can be added to a set */
  char *freezability; /* "freezable", "read-only", "flushable", "unsupported", "unknown" */
  char *reason; /* nullable: why not */
} VssVolumeInfo;
VSS_API GType vss_volume_info_get_type (void);
VSS_API VssVolumeInfo *vss_volume_info_copy (const VssVolumeInfo *self);
VSS_API void vss_volume_info_free (VssVolumeInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssVolumeInfo, vss_volume_info_free)

/* (transfer full) (element-type VssVolumeInfo). Without an agent: the disks, and @agent_error
 * (out, optional, transfer full) says why there are no file systems. */
VSS_API GPtrArray *vss_domain_list_volumes (VssDomain *self,
                                            GCancellable *cancellable,
                                            GError **agent_error,
                                            GError **error);

/* The writers that the guest's agent knows; none of them is asked. (transfer full) (element-type
 * VssWriterInfo). @absent: (out) (optional) (transfer full) (element-type VssAbsentWriter): those
 * that are set up wrongly. VSS_E_WRITER_INFRASTRUCTURE without an agent. */
VSS_API GPtrArray *vss_domain_list_writers (VssDomain *self,
                                            GPtrArray **absent,
                                            GCancellable *cancellable,
                                            GError **error);

/* (transfer full) (element-type VssSnapshotSet): also unfinished ones. */
VSS_API GPtrArray *vss_domain_list_snapshot_sets (VssDomain *self,
                                                  GCancellable *cancellable,
                                                  GError **error);

/* The state of guest and agent. A boxed type. */
#define VSS_TYPE_DOMAIN_STATUS (vss_domain_status_get_type ())
typedef struct
{
  char *vm_state; /* "running", "paused", "shut off", ... */
  gboolean has_channel; /* the domain has the agent's channel */
  gboolean agent_connected; /* it answered */
  char *agent_error; /* nullable: why not, and what to do */
  char *agent_version; /* nullable, as the next ones if not connected */
  char *freeze_state; /* "thawed", "frozen", ... */
  char *freeze_owner; /* nullable */
  gint64 lease_left_ms; /* -1: none */
  GStrv frozen; /* mount points */
  gboolean guard_alive;
  char *recovered; /* nullable */
  GStrv log; /* the agent's last lines */
  gint64 agent_uptime_ms; /* since the agent was started; -1: not known */
} VssDomainStatus;
VSS_API GType vss_domain_status_get_type (void);
VSS_API VssDomainStatus *vss_domain_status_copy (const VssDomainStatus *self);
VSS_API void vss_domain_status_free (VssDomainStatus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssDomainStatus, vss_domain_status_free)

VSS_API VssDomainStatus *vss_domain_get_status (VssDomain *self,
                                                GCancellable *cancellable,
                                                GError **error);

/* Thaws whatever our agent has frozen. @force: takes the channel from whoever has it: the panic
 * button. @thawed: (out) (optional) (transfer full) mount points. */
VSS_API gboolean vss_domain_thaw (VssDomain *self,
                                  gboolean force,
                                  GStrv *thawed,
                                  GCancellable *cancellable,
                                  GError **error);

/* A line for each set that was finished or undone. (transfer full) */
VSS_API GStrv vss_domain_recover (VssDomain *self, GCancellable *cancellable, GError **error);

G_END_DECLS

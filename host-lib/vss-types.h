/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Enumerations and property structures of the requester's interface, with VSS's values. */
#pragma once

#include <gio/gio.h>

#include "host-lib/vss-export.h"

G_BEGIN_DECLS

/* The nil UUID: GUID_NULL. */
#define VSS_ID_NULL "00000000-0000-0000-0000-000000000000"

/* Most volumes in a set (VSS has the same limit). */
#define VSS_MAX_VOLUMES 64

/* VSS: VSS_SNAPSHOT_CONTEXT */
typedef enum
{
  VSS_CTX_BACKUP = 0x00,
  VSS_CTX_FILE_SHARE_BACKUP = 0x10,
  VSS_CTX_NAS_ROLLBACK = 0x19,
  VSS_CTX_APP_ROLLBACK = 0x09,
  VSS_CTX_CLIENT_ACCESSIBLE = 0x1D,
  VSS_CTX_CLIENT_ACCESSIBLE_WRITERS = 0x0D,
  VSS_CTX_ALL = 0xFFFFFFFF - 0x100000000,
} VssSnapshotContext;

/* VSS: VSS_VOLUME_SNAPSHOT_ATTRIBUTES */
typedef enum
{
  VSS_VOLSNAP_ATTR_PERSISTENT = 0x1,
  VSS_VOLSNAP_ATTR_NO_AUTORECOVERY = 0x2,
  VSS_VOLSNAP_ATTR_CLIENT_ACCESSIBLE = 0x4,
  VSS_VOLSNAP_ATTR_NO_AUTO_RELEASE = 0x8,
  VSS_VOLSNAP_ATTR_NO_WRITERS = 0x10,
  VSS_VOLSNAP_ATTR_TRANSPORTABLE = 0x20,
  VSS_VOLSNAP_ATTR_NOT_SURFACED = 0x40,
  VSS_VOLSNAP_ATTR_NOT_TRANSACTED = 0x80,
  VSS_VOLSNAP_ATTR_HARDWARE_ASSISTED = 0x10000,
  VSS_VOLSNAP_ATTR_DIFFERENTIAL = 0x20000,
  VSS_VOLSNAP_ATTR_PLEX = 0x40000,
  VSS_VOLSNAP_ATTR_IMPORTED = 0x80000,
  VSS_VOLSNAP_ATTR_EXPOSED_LOCALLY = 0x100000,
  VSS_VOLSNAP_ATTR_EXPOSED_REMOTELY = 0x200000,
  VSS_VOLSNAP_ATTR_AUTORECOVER = 0x400000,
  VSS_VOLSNAP_ATTR_ROLLBACK_RECOVERY = 0x800000,
  VSS_VOLSNAP_ATTR_DELAYED_POSTSNAPSHOT = 0x1000000,
  VSS_VOLSNAP_ATTR_TXF_RECOVERY = 0x2000000,
  VSS_VOLSNAP_ATTR_FILE_SHARE = 0x4000000,
} VssVolumeSnapshotAttributes;

/* VSS: VSS_OBJECT_TYPE */
typedef enum
{
  VSS_OBJECT_UNKNOWN = 0,
  VSS_OBJECT_NONE = 1,
  VSS_OBJECT_SNAPSHOT_SET = 2,
  VSS_OBJECT_SNAPSHOT = 3,
  VSS_OBJECT_PROVIDER = 4,
} VssObjectType;

/* VSS: VSS_BACKUP_TYPE */
typedef enum
{
  VSS_BT_UNDEFINED = 0,
  VSS_BT_FULL = 1,
  VSS_BT_INCREMENTAL = 2,
  VSS_BT_DIFFERENTIAL = 3,
  VSS_BT_LOG = 4,
  VSS_BT_COPY = 5,
  VSS_BT_OTHER = 6,
} VssBackupType;

/* VSS: VSS_SNAPSHOT_STATE */
typedef enum
{
  VSS_SS_UNKNOWN = 0,
  VSS_SS_PREPARING = 1,
  VSS_SS_PROCESSING_PREPARE = 2,
  VSS_SS_PREPARED = 3,
  VSS_SS_PROCESSING_PRECOMMIT = 4,
  VSS_SS_PRECOMMITTED = 5,
  VSS_SS_PROCESSING_COMMIT = 6,
  VSS_SS_COMMITTED = 7,
  VSS_SS_PROCESSING_POSTCOMMIT = 8,
  VSS_SS_PROCESSING_PREFINALCOMMIT = 9,
  VSS_SS_PREFINALCOMMITTED = 10,
  VSS_SS_PROCESSING_POSTFINALCOMMIT = 11,
  VSS_SS_CREATED = 12,
  VSS_SS_ABORTED = 13,
  VSS_SS_DELETED = 14,
  VSS_SS_POSTCOMMITTED = 15,
} VssSnapshotState;

/* VSS: VSS_PROVIDER_TYPE */
typedef enum
{
  VSS_PROV_UNKNOWN = 0,
  VSS_PROV_SYSTEM = 1,
  VSS_PROV_SOFTWARE = 2,
  VSS_PROV_HARDWARE = 3,
  VSS_PROV_FILESHARE = 4,
} VssProviderType;

/* What a set proved to be, worst first; nothing in VSS says it. */
typedef enum
{
  VSS_CONSISTENCY_NONE = 0, /* no set */
  VSS_CONSISTENCY_CRASH = 1, /* all disks cut at one point, as after a power failure */
  VSS_CONSISTENCY_FILESYSTEM = 2, /* every file system of the set was held, without a gap */
  VSS_CONSISTENCY_APPLICATION = 3, /* and every selected writer took part */
} VssConsistency;

/* What a set must reach; less is an error and is rolled back. */
typedef enum
{
  VSS_POLICY_REPORT = 0, /* VSS's behaviour: whatever was reached is kept and told */
  VSS_POLICY_REQUIRE_APPLICATION = 1, /* no selected writer may fail, no hold be lost */
  VSS_POLICY_REQUIRE_FILESYSTEM = 2, /* no hold may be lost */
  VSS_POLICY_CRASH = 3, /* no freeze is asked for */
} VssPolicy;

/* "crash", "filesystem", ...; "report", "require-application", ... */
VSS_API const char *vss_consistency_to_string (VssConsistency consistency);
VSS_API gboolean vss_consistency_from_string (const char *text, VssConsistency *consistency);
VSS_API const char *vss_policy_to_string (VssPolicy policy);
VSS_API gboolean vss_policy_from_string (const char *text, VssPolicy *policy);
/* "backup", "app-rollback", ..., "all": the context's name without VSS_CTX_, in lower case */
VSS_API const char *vss_snapshot_context_to_string (gint context);
VSS_API gboolean vss_snapshot_context_from_string (const char *text, gint *context);

/* VSS: VSS_SNAPSHOT_PROP, a boxed type */
#define VSS_TYPE_SNAPSHOT_PROP (vss_snapshot_prop_get_type ())
typedef struct
{
  char *snapshot_id;
  char *snapshot_set_id;
  gint64 snapshots_count; /* in the set */
  char *snapshot_device_object; /* the image file(s) that hold the volume; the first disk's */
  char *original_volume_name; /* as given to AddToSnapshotSet */
  char *originating_machine; /* the domain's name */
  char *service_machine; /* host name of the libvirt connection */
  char *exposed_name; /* nullable */
  char *exposed_path; /* nullable */
  char *provider_id;
  gint snapshot_attributes; /* VssVolumeSnapshotAttributes */
  gint64 creation_timestamp_us; /* UTC, microseconds since 1970 */
  VssSnapshotState status;
} VssSnapshotProp;
VSS_API GType vss_snapshot_prop_get_type (void);
VSS_API VssSnapshotProp *vss_snapshot_prop_copy (const VssSnapshotProp *self);
VSS_API void vss_snapshot_prop_free (VssSnapshotProp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssSnapshotProp, vss_snapshot_prop_free)

/* VSS: VSS_PROVIDER_PROP, a boxed type */
#define VSS_TYPE_PROVIDER_PROP (vss_provider_prop_get_type ())
typedef struct
{
  char *provider_id;
  char *provider_name;
  VssProviderType provider_type;
  char *provider_version;
  char *provider_version_id;
  char *class_id;
} VssProviderProp;
VSS_API GType vss_provider_prop_get_type (void);
VSS_API VssProviderProp *vss_provider_prop_copy (const VssProviderProp *self);
VSS_API void vss_provider_prop_free (VssProviderProp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssProviderProp, vss_provider_prop_free)

G_END_DECLS

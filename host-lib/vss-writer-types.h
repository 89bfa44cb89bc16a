/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Enumerations and plain records for writers, with VSS's values. */
#pragma once

#include "host-lib/vss-types.h"

G_BEGIN_DECLS

/* VSS: VSS_USAGE_TYPE */
typedef enum
{
  VSS_UT_UNDEFINED = 0,
  VSS_UT_BOOTABLESYSTEMSTATE = 1,
  VSS_UT_SYSTEMSERVICE = 2,
  VSS_UT_USERDATA = 3,
  VSS_UT_OTHER = 4,
} VssUsageType;

/* VSS: VSS_SOURCE_TYPE */
typedef enum
{
  VSS_ST_UNDEFINED = 0,
  VSS_ST_TRANSACTEDDB = 1,
  VSS_ST_NONTRANSACTEDDB = 2,
  VSS_ST_OTHER = 3,
} VssSourceType;

/* VSS: VSS_COMPONENT_TYPE */
typedef enum
{
  VSS_CT_UNDEFINED = 0,
  VSS_CT_DATABASE = 1,
  VSS_CT_FILEGROUP = 2,
} VssComponentType;

/* VSS: VSS_APPLICATION_LEVEL. Front ends are frozen first. */
typedef enum
{
  VSS_APP_UNKNOWN = 0,
  VSS_APP_SYSTEM = 1,
  VSS_APP_BACK_END = 2,
  VSS_APP_FRONT_END = 3,
} VssApplicationLevel;

/* VSS: VSS_WRITER_STATE */
typedef enum
{
  VSS_WS_UNKNOWN = 0,
  VSS_WS_STABLE = 1,
  VSS_WS_WAITING_FOR_FREEZE = 2,
  VSS_WS_WAITING_FOR_THAW = 3,
  VSS_WS_WAITING_FOR_POST_SNAPSHOT = 4,
  VSS_WS_WAITING_FOR_BACKUP_COMPLETE = 5,
  VSS_WS_FAILED_AT_IDENTIFY = 6,
  VSS_WS_FAILED_AT_PREPARE_BACKUP = 7,
  VSS_WS_FAILED_AT_PREPARE_SNAPSHOT = 8,
  VSS_WS_FAILED_AT_FREEZE = 9,
  VSS_WS_FAILED_AT_THAW = 10,
  VSS_WS_FAILED_AT_POST_SNAPSHOT = 11,
  VSS_WS_FAILED_AT_BACKUP_COMPLETE = 12,
  VSS_WS_FAILED_AT_PRE_RESTORE = 13,
  VSS_WS_FAILED_AT_POST_RESTORE = 14,
  VSS_WS_FAILED_AT_BACKUPSHUTDOWN = 15,
} VssWriterState;

/* VSS: VSS_RESTOREMETHOD_ENUM */
typedef enum
{
  VSS_RME_UNDEFINED = 0,
  VSS_RME_RESTORE_IF_NOT_THERE = 1,
  VSS_RME_RESTORE_IF_CAN_REPLACE = 2,
  VSS_RME_STOP_RESTORE_START = 3,
  VSS_RME_RESTORE_TO_ALTERNATE_LOCATION = 4,
  VSS_RME_RESTORE_AT_REBOOT = 5,
  VSS_RME_RESTORE_AT_REBOOT_IF_CANNOT_REPLACE = 6,
  VSS_RME_CUSTOM = 7,
  VSS_RME_RESTORE_STOP_START = 8,
} VssRestoreMethod;

/* VSS: VSS_WRITERRESTORE_ENUM */
typedef enum
{
  VSS_WRE_UNDEFINED = 0,
  VSS_WRE_NEVER = 1,
  VSS_WRE_IF_REPLACE_FAILS = 2,
  VSS_WRE_ALWAYS = 3,
} VssWriterRestore;

/* VSS: VSS_BACKUP_SCHEMA */
typedef enum /*< flags >*/
{
  VSS_BS_UNDEFINED = 0x0,
  VSS_BS_DIFFERENTIAL = 0x1,
  VSS_BS_INCREMENTAL = 0x2,
  VSS_BS_EXCLUSIVE_INCREMENTAL_DIFFERENTIAL = 0x4,
  VSS_BS_LOG = 0x8,
  VSS_BS_COPY = 0x10,
  VSS_BS_TIMESTAMPED = 0x20,
  VSS_BS_LAST_MODIFY = 0x40,
  VSS_BS_LSN = 0x80,
  VSS_BS_WRITER_SUPPORTS_NEW_TARGET = 0x100,
  VSS_BS_WRITER_SUPPORTS_RESTORE_WITH_MOVE = 0x200,
  VSS_BS_INDEPENDENT_SYSTEM_STATE = 0x400,
  VSS_BS_ROLLFORWARD_RESTORE = 0x1000,
  VSS_BS_RESTORE_RENAME = 0x2000,
  VSS_BS_AUTHORITATIVE_RESTORE = 0x4000,
  VSS_BS_WRITER_SUPPORTS_PARALLEL_RESTORES = 0x8000,
} VssBackupSchema;

/* VSS: VSS_FILE_SPEC_BACKUP_TYPE */
typedef enum /*< flags >*/
{
  VSS_FSBT_FULL_BACKUP_REQUIRED = 0x1,
  VSS_FSBT_DIFFERENTIAL_BACKUP_REQUIRED = 0x2,
  VSS_FSBT_INCREMENTAL_BACKUP_REQUIRED = 0x4,
  VSS_FSBT_LOG_BACKUP_REQUIRED = 0x8,
  VSS_FSBT_ALL_BACKUP_REQUIRED = 0xF,
  VSS_FSBT_FULL_SNAPSHOT_REQUIRED = 0x100,
  VSS_FSBT_DIFFERENTIAL_SNAPSHOT_REQUIRED = 0x200,
  VSS_FSBT_INCREMENTAL_SNAPSHOT_REQUIRED = 0x400,
  VSS_FSBT_LOG_SNAPSHOT_REQUIRED = 0x800,
  VSS_FSBT_ALL_SNAPSHOT_REQUIRED = 0xF00,
  VSS_FSBT_CREATED_DURING_BACKUP = 0x10000,
} VssFileSpecBackupType;

/* VSS: VSS_COMPONENT_FLAGS */
typedef enum /*< flags >*/
{
  VSS_CF_BACKUP_RECOVERY = 0x1,
  VSS_CF_APP_ROLLBACK_RECOVERY = 0x2,
  VSS_CF_NOT_SYSTEM_STATE = 0x4,
} VssComponentFlags;

/* "stable", "waiting-for-freeze", "failed-at-thaw", ...: the name without VSS_WS_, in lower case;
 * as well for the others. "unknown" or "undefined" for a value that isn't one. */
VSS_API const char *vss_writer_state_to_string (VssWriterState state);
VSS_API gboolean vss_writer_state_from_string (const char *text, VssWriterState *state);
/* Whether it is one of VSS_WS_FAILED_AT_... */
VSS_API gboolean vss_writer_state_is_failed (VssWriterState state);
VSS_API const char *vss_usage_type_to_string (VssUsageType usage);
VSS_API const char *vss_source_type_to_string (VssSourceType source);
VSS_API const char *vss_component_type_to_string (VssComponentType type);
VSS_API const char *vss_application_level_to_string (VssApplicationLevel level);

/* VSS: VSS_COMPONENTINFO, a boxed type */
#define VSS_TYPE_COMPONENT_INFO (vss_component_info_get_type ())
typedef struct
{
  VssComponentType type;
  char *logical_path; /* nullable: at the root */
  char *component_name;
  char *caption; /* nullable */
  gboolean restore_metadata;
  gboolean notify_on_backup_complete;
  gboolean selectable;
  gboolean selectable_for_restore;
  guint component_flags; /* VssComponentFlags */
  guint file_count;
  guint databases;
  guint log_files;
  guint dependencies;
} VssComponentInfo;
VSS_API GType vss_component_info_get_type (void);
VSS_API VssComponentInfo *vss_component_info_copy (const VssComponentInfo *self);
VSS_API void vss_component_info_free (VssComponentInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssComponentInfo, vss_component_info_free)

/* A writer that is set up in the guest but takes no part. VSS doesn't tell of it. A boxed type. */
#define VSS_TYPE_ABSENT_WRITER (vss_absent_writer_get_type ())
typedef struct
{
  char *name; /* the writer's, or its key file's */
  char *reason;
} VssAbsentWriter;
VSS_API GType vss_absent_writer_get_type (void);
VSS_API VssAbsentWriter *vss_absent_writer_copy (const VssAbsentWriter *self);
VSS_API void vss_absent_writer_free (VssAbsentWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssAbsentWriter, vss_absent_writer_free)

/* A writer as the guest's agent knows it, outside of a backup. A boxed type. */
#define VSS_TYPE_WRITER_INFO (vss_writer_info_get_type ())
typedef struct
{
  char *instance_id;
  char *writer_id;
  char *name;
  char *kind; /* "program" or "daemon" */
  char *location; /* its key file, or its process and unit */
  VssApplicationLevel level;
  VssWriterState state;
  gint failure; /* VSS_S_OK or a VssError */
  char *message; /* nullable */
  gint64 application_code; /* the application's own; 0: none */
  char *snapshot_set_id; /* nullable; the operation that it takes or took part in last */
} VssWriterInfo;
VSS_API GType vss_writer_info_get_type (void);
VSS_API VssWriterInfo *vss_writer_info_copy (const VssWriterInfo *self);
VSS_API void vss_writer_info_free (VssWriterInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssWriterInfo, vss_writer_info_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a writer has said of itself, read-only. VSS: IVssExamineWriterMetadata with Ex and Ex2. The
 * objects are immutable: any thread. */
#pragma once

#include "host-lib/requester/vss-wm-component.h"

G_BEGIN_DECLS

#define VSS_TYPE_EXAMINE_WRITER_METADATA (vss_examine_writer_metadata_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssExamineWriterMetadata,
                              vss_examine_writer_metadata,
                              VSS,
                              EXAMINE_WRITER_METADATA,
                              GObject)

/* All out-parameters are optional; strings are (transfer full). */
VSS_API gboolean vss_examine_writer_metadata_get_identity (VssExamineWriterMetadata *self,
                                                           char **instance_id,
                                                           char **writer_id,
                                                           char **writer_name,
                                                           VssUsageType *usage,
                                                           VssSourceType *source,
                                                           GError **error);
/* @instance_name: nullable */
VSS_API gboolean vss_examine_writer_metadata_get_identity_ex (VssExamineWriterMetadata *self,
                                                              char **instance_id,
                                                              char **writer_id,
                                                              char **writer_name,
                                                              char **instance_name,
                                                              VssUsageType *usage,
                                                              VssSourceType *source,
                                                              GError **error);
/* @include_files: always 0 */
VSS_API gboolean vss_examine_writer_metadata_get_file_counts (VssExamineWriterMetadata *self,
                                                              guint *include_files,
                                                              guint *exclude_files,
                                                              guint *components,
                                                              GError **error);
/* (transfer full), as the next ones; VSS_E_OBJECT_NOT_FOUND beyond the end. */
VSS_API VssWMFiledesc *vss_examine_writer_metadata_get_exclude_file (
    VssExamineWriterMetadata *self,
    guint index,
    GError **error);
VSS_API VssWMComponent *vss_examine_writer_metadata_get_component (
    VssExamineWriterMetadata *self,
    guint index,
    GError **error);
VSS_API gboolean vss_examine_writer_metadata_get_restore_method (VssExamineWriterMetadata *self,
                                                                 VssRestoreMethod *method,
                                                                 char **service,
                                                                 char **user_procedure,
                                                                 VssWriterRestore *writer_restore,
                                                                 gboolean *reboot_required,
                                                                 guint *mappings,
                                                                 GError **error);
VSS_API VssWMFiledesc *vss_examine_writer_metadata_get_alternate_location_mapping (
    VssExamineWriterMetadata *self,
    guint index,
    GError **error);
VSS_API gboolean vss_examine_writer_metadata_get_backup_schema (VssExamineWriterMetadata *self,
                                                                VssBackupSchema *schema,
                                                                GError **error);
VSS_API gboolean vss_examine_writer_metadata_get_version (VssExamineWriterMetadata *self,
                                                          guint *major,
                                                          guint *minor,
                                                          GError **error);
VSS_API gboolean vss_examine_writer_metadata_get_exclude_from_snapshot_count (
    VssExamineWriterMetadata *self,
    guint *count,
    GError **error);
VSS_API VssWMFiledesc *vss_examine_writer_metadata_get_exclude_from_snapshot_file (
    VssExamineWriterMetadata *self,
    guint index,
    GError **error);

/* -- beyond VSS -- */

/* When the writer is frozen. */
VSS_API VssApplicationLevel vss_examine_writer_metadata_get_level (VssExamineWriterMetadata *self);

G_END_DECLS

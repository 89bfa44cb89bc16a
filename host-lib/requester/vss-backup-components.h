/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requester's main object: one backup, or one series of queries, of one virtual machine.
 * VSS: IVssBackupComponents. Used on one thread at a time. */
#pragma once

#include "host-lib/requester/vss-async.h"
#include "host-lib/requester/vss-enum-object.h"
#include "host-lib/requester/vss-examine-writer-metadata.h"
#include "host-lib/vss-snapshot-set.h"

G_BEGIN_DECLS

#define VSS_TYPE_BACKUP_COMPONENTS (vss_backup_components_get_type ())
VSS_API G_DECLARE_FINAL_TYPE (VssBackupComponents,
                              vss_backup_components,
                              VSS,
                              BACKUP_COMPONENTS,
                              GObject)

/* VSS: CreateVssBackupComponents. @connection_uri: libvirt's, nullable for libvirt's default.
 * @domain: name, UUID or id. */
VSS_API VssBackupComponents *vss_create_backup_components (const char *connection_uri,
                                                           const char *domain,
                                                           GError **error);

/* -- VSS's own methods -- */

VSS_API gboolean vss_backup_components_initialize_for_backup (VssBackupComponents *self,
                                                              const char *xml,
                                                              GError **error);
VSS_API gboolean vss_backup_components_set_context (VssBackupComponents *self,
                                                    gint context,
                                                    GError **error);
VSS_API gboolean vss_backup_components_set_backup_state (VssBackupComponents *self,
                                                         gboolean select_components,
                                                         gboolean backup_bootable_system_state,
                                                         VssBackupType backup_type,
                                                         gboolean partial_file_support,
                                                         GError **error);
VSS_API VssAsync *vss_backup_components_gather_writer_metadata (VssBackupComponents *self,
                                                                GError **error);
VSS_API gboolean vss_backup_components_get_writer_metadata_count (VssBackupComponents *self,
                                                                  guint *count,
                                                                  GError **error);
/* @instance_id: (out) (optional) (transfer full). VSS_E_OBJECT_NOT_FOUND beyond the end. */
VSS_API VssExamineWriterMetadata *vss_backup_components_get_writer_metadata (
    VssBackupComponents *self,
    guint index,
    char **instance_id,
    GError **error);
VSS_API gboolean vss_backup_components_free_writer_metadata (VssBackupComponents *self,
                                                             GError **error);
/* %NULL-terminated ids. Before GatherWriterMetadata; later without effect. */
VSS_API gboolean vss_backup_components_enable_writer_classes (VssBackupComponents *self,
                                                              const char *const *writer_ids,
                                                              GError **error);
VSS_API gboolean vss_backup_components_disable_writer_classes (VssBackupComponents *self,
                                                               const char *const *writer_ids,
                                                               GError **error);
VSS_API gboolean vss_backup_components_disable_writer_instances (VssBackupComponents *self,
                                                                 const char *const *instance_ids,
                                                                 GError **error);
/* @logical_path: nullable */
VSS_API gboolean vss_backup_components_add_component (VssBackupComponents *self,
                                                      const char *instance_id,
                                                      const char *writer_id,
                                                      VssComponentType type,
                                                      const char *logical_path,
                                                      const char *component_name,
                                                      GError **error);
VSS_API VssAsync *vss_backup_components_gather_writer_status (VssBackupComponents *self,
                                                              GError **error);
VSS_API gboolean vss_backup_components_get_writer_status_count (VssBackupComponents *self,
                                                                guint *count,
                                                                GError **error);
/* Out-parameters are optional; strings are (transfer full). @failure: VSS_S_OK or a VssError. */
VSS_API gboolean vss_backup_components_get_writer_status (VssBackupComponents *self,
                                                          guint index,
                                                          char **instance_id,
                                                          char **writer_id,
                                                          char **writer_name,
                                                          VssWriterState *state,
                                                          gint *failure,
                                                          GError **error);
/* @application_code: the application's own, 0: none. @application_message: nullable */
VSS_API gboolean vss_backup_components_get_writer_status_ex (VssBackupComponents *self,
                                                             guint index,
                                                             char **instance_id,
                                                             char **writer_id,
                                                             char **writer_name,
                                                             VssWriterState *state,
                                                             gint *failure,
                                                             gint64 *application_code,
                                                             char **application_message,
                                                             GError **error);
VSS_API gboolean vss_backup_components_free_writer_status (VssBackupComponents *self,
                                                           GError **error);
VSS_API gboolean vss_backup_components_set_backup_succeeded (VssBackupComponents *self,
                                                             const char *instance_id,
                                                             const char *writer_id,
                                                             VssComponentType type,
                                                             const char *logical_path,
                                                             const char *component_name,
                                                             gboolean succeeded,
                                                             GError **error);
/* @snapshot_set_id: (out) (transfer full) */
VSS_API gboolean vss_backup_components_start_snapshot_set (VssBackupComponents *self,
                                                           char **snapshot_set_id,
                                                           GError **error);
/* @volume_name: "vda", "/mount/point" or "uuid:…". @provider_id: nullable or VSS_ID_NULL: any. */
VSS_API gboolean vss_backup_components_add_to_snapshot_set (VssBackupComponents *self,
                                                            const char *volume_name,
                                                            const char *provider_id,
                                                            char **snapshot_id,
                                                            GError **error);
VSS_API gboolean vss_backup_components_is_volume_supported (VssBackupComponents *self,
                                                            const char *provider_id,
                                                            const char *volume_name,
                                                            gboolean *supported,
                                                            GError **error);
VSS_API VssAsync *vss_backup_components_prepare_for_backup (VssBackupComponents *self,
                                                            GError **error);
VSS_API VssAsync *vss_backup_components_do_snapshot_set (VssBackupComponents *self,
                                                         GError **error);
VSS_API VssSnapshotProp *vss_backup_components_get_snapshot_properties (VssBackupComponents *self,
                                                                        const char *snapshot_id,
                                                                        GError **error);
VSS_API VssEnumObject *vss_backup_components_query (VssBackupComponents *self,
                                                    const char *queried_object_id,
                                                    VssObjectType queried_object_type,
                                                    VssObjectType returned_objects_type,
                                                    GError **error);
VSS_API VssAsync *vss_backup_components_backup_complete (VssBackupComponents *self,
                                                         GError **error);
VSS_API gboolean vss_backup_components_abort_backup (VssBackupComponents *self, GError **error);
/* Blocks while the set is merged back; vss_backup_components_delete_snapshots_async() below does
 * not. @nondeleted_snapshot_id: (out) (transfer full) (optional), VSS_ID_NULL if all went. */
VSS_API gboolean vss_backup_components_delete_snapshots (VssBackupComponents *self,
                                                         const char *source_object_id,
                                                         VssObjectType source_object_type,
                                                         gboolean force_delete,
                                                         gint *deleted_snapshots,
                                                         char **nondeleted_snapshot_id,
                                                         GError **error);
VSS_API gboolean vss_backup_components_save_as_xml (VssBackupComponents *self,
                                                    char **xml,
                                                    GError **error);

/* -- beyond VSS -- */

/* The writers that failed to describe themselves: (transfer full) (element-type VssAbsentWriter).
 * After GatherWriterMetadata. */
VSS_API GPtrArray *vss_backup_components_get_absent_writers (VssBackupComponents *self,
                                                             GError **error);

/* As DeleteSnapshots of a set, with progress. */
VSS_API VssAsync *vss_backup_components_delete_snapshot_set (VssBackupComponents *self,
                                                             const char *snapshot_set_id,
                                                             GError **error);

/* What DoSnapshotSet has to reach; before DoSnapshotSet. Default VSS_POLICY_REPORT. */
VSS_API gboolean vss_backup_components_set_policy (VssBackupComponents *self,
                                                   VssPolicy policy,
                                                   GError **error);
/* How long the guest may stay frozen, in milliseconds. Default 10000; the guest's maximum is the
 * limit. */
VSS_API gboolean vss_backup_components_set_lease (VssBackupComponents *self,
                                                  guint lease_ms,
                                                  GError **error);
/* Who we are, for records, logs and other requesters' messages. Default: the program's name. */
VSS_API gboolean vss_backup_components_set_requester_name (VssBackupComponents *self,
                                                           const char *name,
                                                           GError **error);
/* @self: whose operation it is. @phase: "recover", "preflight", "overlays", "drain", "pre-commit",
 * "freeze", "commit", "thaw", "finish", "rollback" or "merge". @object: nullable; what the phase is
 * at. @done of @total: 0 of 0 when a phase begins, bytes while one goes on that can tell. */
typedef void (*VssPhaseFunc) (VssBackupComponents *self,
                              const char *phase,
                              const char *object,
                              guint64 done,
                              guint64 total,
                              gpointer user_data);
/* @func: nullable; called on the operation's own thread right before each phase begins, which waits
 * until it returns (so keep it short: within the freeze the guest waits, too), and while a merge
 * goes on. VssAsync::progress says the same later and in the caller's main context. Before the
 * operation is started. */
VSS_API void vss_backup_components_set_phase_func (VssBackupComponents *self,
                                                   VssPhaseFunc func,
                                                   gpointer user_data,
                                                   GDestroyNotify destroy);
/* Everything that DoSnapshotSet would check, without touching anything: the set as it would be
 * made, with the level that can be expected. Before DoSnapshotSet, after AddToSnapshotSet.
 * (transfer full) */
VSS_API VssSnapshotSet *vss_backup_components_dry_run (VssBackupComponents *self, GError **error);
/* The record of a set: level, proof, disks, times. (transfer full) */
VSS_API VssSnapshotSet *vss_backup_components_get_snapshot_set (VssBackupComponents *self,
                                                                const char *snapshot_set_id,
                                                                GError **error);

/* Does what releasing the COM object does: aborts what is under way, thaws, deletes auto-release
 * sets; blocks. The object is of no use afterwards. Dropping the last reference without it only
 * aborts and thaws and never blocks. */
VSS_API gboolean vss_backup_components_close (VssBackupComponents *self, GError **error);
VSS_API void vss_backup_components_close_async (VssBackupComponents *self,
                                                GCancellable *cancellable,
                                                GAsyncReadyCallback callback,
                                                gpointer user_data);
VSS_API gboolean vss_backup_components_close_finish (VssBackupComponents *self,
                                                     GAsyncResult *result,
                                                     GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's view of one guest: who brings its applications and file systems to rest. Every
 * method blocks up to its limit and is called on a worker thread; thaw and abort may be called
 * while another call is blocked. Errors are VSS_ERROR. */
#pragma once

#include "qapi/vss-wire-types.h"

#include "host-lib/vss-error.h"
#include "host-lib/vss-types.h"

G_BEGIN_DECLS

/* What an agent that knows of writers says in vss-hello. */
#define VSS_GUEST_FEATURE_WRITERS "writers"

#define VSS_TYPE_GUEST (vss_guest_get_type ())
G_DECLARE_INTERFACE (VssGuest, vss_guest, VSS, GUEST, GObject)

struct _VssGuestInterface
{
  GTypeInterface parent_iface;

  /* Opens the channel and a session. The channel has one opener: it is the VM's lock.
   * @force: takes it from whoever has it (the panic button).
   * VSS_E_SNAPSHOT_SET_IN_PROGRESS (taken), VSS_E_WRITER_INFRASTRUCTURE (no agent: the message
   * says which of: no channel in the domain, agent not running, not answering, VM paused). */
  gboolean (*open) (VssGuest *self,
                    const char *requester,
                    gboolean force,
                    GCancellable *cancellable,
                    GError **error);
  /* Hangs up: whatever was frozen by this session is thawed by the guest. Never blocks long. */
  void (*close) (VssGuest *self);

  /* Whether a lease in the guest bounds the freeze. */
  gboolean (*has_lease) (VssGuest *self);
  /* What every set that this guest holds still lacks, in words; NULL, also as the method: nothing.
   */
  const char *(*get_caveat) (VssGuest *self);
  const VssWireHelloResult *(*get_hello) (VssGuest *self);

  VssWireVolumesResult *(*query_volumes) (VssGuest *self,
                                          GCancellable *cancellable,
                                          GError **error);
  /* @writers: instance ids of the writers that take part; those of prepare_for_backup if NULL.
   * They are told first, within @writers_timeout_ms (0: nobody is). */
  VssWirePrepareForSnapshotResult *(*prepare) (VssGuest *self,
                                               const char *snapshot_set_id,
                                               const char *const *mount_points,
                                               guint timeout_ms,
                                               const char *const *writers,
                                               guint writers_timeout_ms,
                                               GCancellable *cancellable,
                                               GError **error);
  /* The writers come first, within @writers_timeout_ms; one that fails doesn't fail the call. */
  VssWireFreezeResult *(*freeze) (VssGuest *self,
                                  gint64 generation,
                                  guint timeout_ms,
                                  guint lease_ms,
                                  guint writers_timeout_ms,
                                  GCancellable *cancellable,
                                  GError **error);
  VssWireLeaseResult *(*renew_lease) (VssGuest *self,
                                      gint64 generation,
                                      guint lease_ms,
                                      GError **error);
  /* @generation 0: whatever is frozen. */
  VssWireThawResult *(*thaw) (VssGuest *self, gint64 generation, GError **error);
  /* @snapshot_set_id NULL: whatever is under way. */
  VssWireThawResult *(*abort) (VssGuest *self, const char *snapshot_set_id, GError **error);
  /* Frees the guest for the next set, and waits for its writers for @writers_timeout_ms. */
  VssWireWriterStatusResult *(*post_snapshot) (VssGuest *self,
                                               const char *snapshot_set_id,
                                               guint writers_timeout_ms,
                                               GError **error);
  VssWireFreezeStatusResult *(*freeze_status) (VssGuest *self, GError **error);
  VssWireStatusResult *(*query_status) (VssGuest *self, GError **error);

  /* -- writers: all of the following are NULL where there are none -- */

  VssWireGatherWriterMetadataResult *(*gather_writer_metadata) (VssGuest *self,
                                                                guint timeout_ms,
                                                                GCancellable *cancellable,
                                                                GError **error);
  /* The components of @instance_id from number @first on, as many as fit; none: the end. */
  VssWireWriterComponentsResult *(*query_writer_components) (VssGuest *self,
                                                             const char *instance_id,
                                                             guint first,
                                                             GCancellable *cancellable,
                                                             GError **error);
  VssWireWritersResult *(*query_writers) (VssGuest *self, GError **error);
  /* Takes the guest, as prepare does. VSS_E_SNAPSHOT_SET_IN_PROGRESS. */
  VssWireWriterStatusResult *(*prepare_for_backup) (
      VssGuest *self,
      const VssWirePrepareForBackupArguments *arguments,
      GCancellable *cancellable,
      GError **error);
  /* @snapshot_set_id NULL: every writer with the last thing known of it. */
  VssWireWriterStatusResult *(*gather_writer_status) (VssGuest *self,
                                                      const char *snapshot_set_id,
                                                      guint timeout_ms,
                                                      GCancellable *cancellable,
                                                      GError **error);
  /* @components: nullable, element-type VssWireSelectedComponent. VSS_E_OBJECT_NOT_FOUND if the
   * guest doesn't know the operation (any more). */
  VssWireWriterStatusResult *(*backup_complete) (VssGuest *self,
                                                 const char *snapshot_set_id,
                                                 GPtrArray *components,
                                                 guint timeout_ms,
                                                 GCancellable *cancellable,
                                                 GError **error);
  /* An unknown operation is no error. */
  VssWireWriterStatusResult *(*backup_shutdown) (VssGuest *self,
                                                 const char *snapshot_set_id,
                                                 guint timeout_ms,
                                                 GError **error);
};

gboolean vss_guest_open (VssGuest *self,
                         const char *requester,
                         gboolean force,
                         GCancellable *cancellable,
                         GError **error);
void vss_guest_close (VssGuest *self);
gboolean vss_guest_has_lease (VssGuest *self);
const char *vss_guest_get_caveat (VssGuest *self);
const VssWireHelloResult *vss_guest_get_hello (VssGuest *self);
VssWireVolumesResult *vss_guest_query_volumes (VssGuest *self,
                                               GCancellable *cancellable,
                                               GError **error);
VssWirePrepareForSnapshotResult *vss_guest_prepare (VssGuest *self,
                                                    const char *snapshot_set_id,
                                                    const char *const *mount_points,
                                                    guint timeout_ms,
                                                    const char *const *writers,
                                                    guint writers_timeout_ms,
                                                    GCancellable *cancellable,
                                                    GError **error);
VssWireFreezeResult *vss_guest_freeze (VssGuest *self,
                                       gint64 generation,
                                       guint timeout_ms,
                                       guint lease_ms,
                                       guint writers_timeout_ms,
                                       GCancellable *cancellable,
                                       GError **error);
VssWireLeaseResult *vss_guest_renew_lease (VssGuest *self,
                                           gint64 generation,
                                           guint lease_ms,
                                           GError **error);
VssWireThawResult *vss_guest_thaw (VssGuest *self, gint64 generation, GError **error);
VssWireThawResult *vss_guest_abort (VssGuest *self, const char *snapshot_set_id, GError **error);
VssWireWriterStatusResult *vss_guest_post_snapshot (VssGuest *self,
                                                    const char *snapshot_set_id,
                                                    guint writers_timeout_ms,
                                                    GError **error);
VssWireFreezeStatusResult *vss_guest_freeze_status (VssGuest *self, GError **error);
VssWireStatusResult *vss_guest_query_status (VssGuest *self, GError **error);

/* Whether this guest can have writers: its back end knows of them, and so does its agent. Without,
 * the following give empty results. */
gboolean vss_guest_has_writers (VssGuest *self);
VssWireGatherWriterMetadataResult *vss_guest_gather_writer_metadata (VssGuest *self,
                                                                     guint timeout_ms,
                                                                     GCancellable *cancellable,
                                                                     GError **error);
VssWireWriterComponentsResult *vss_guest_query_writer_components (VssGuest *self,
                                                                  const char *instance_id,
                                                                  guint first,
                                                                  GCancellable *cancellable,
                                                                  GError **error);
VssWireWritersResult *vss_guest_query_writers (VssGuest *self, GError **error);
VssWireWriterStatusResult *vss_guest_prepare_for_backup (
    VssGuest *self,
    const VssWirePrepareForBackupArguments *arguments,
    GCancellable *cancellable,
    GError **error);
VssWireWriterStatusResult *vss_guest_gather_writer_status (VssGuest *self,
                                                           const char *snapshot_set_id,
                                                           guint timeout_ms,
                                                           GCancellable *cancellable,
                                                           GError **error);
VssWireWriterStatusResult *vss_guest_backup_complete (VssGuest *self,
                                                      const char *snapshot_set_id,
                                                      GPtrArray *components,
                                                      guint timeout_ms,
                                                      GCancellable *cancellable,
                                                      GError **error);
VssWireWriterStatusResult *vss_guest_backup_shutdown (VssGuest *self,
                                                      const char *snapshot_set_id,
                                                      guint timeout_ms,
                                                      GError **error);

G_END_DECLS

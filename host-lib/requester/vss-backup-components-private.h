/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requester's main object, which is cut by phase: what its files share. */
#pragma once

#include "host-lib/guest/vss-guest.h"
#include "host-lib/guest/vss-volume-map.h"
#include "host-lib/requester/vss-async-private.h"
#include "host-lib/requester/vss-backup-components.h"
#include "host-lib/requester/vss-context.h"
#include "host-lib/requester/vss-owner-keeper.h"
#include "host-lib/requester/vss-sequence.h"
#include "host-lib/requester/vss-set-reservation.h"
#include "host-lib/requester/vss-writer-record.h"
#include "host-lib/vss-set-writer.h"

G_BEGIN_DECLS

/* How long the guest may stay frozen unless the requester says otherwise: VSS's own limit for held
 * writes. */
#define VSS_DEFAULT_LEASE_MS 10000

struct _VssBackupComponents
{
  GObject parent_instance;

  VssProviderGate *gate;
  VssGuest *guest;
  char *domain_name;
  char *domain_uuid;
  char *host_name;

  GMutex lock; /* of state and operation, which operations change when they end */
  VssSequence state;
  VssAsync *operation; /* nullable */

  /* Set by the requester; not changed while an operation is under way. */
  gint context;
  VssPolicy policy;
  guint lease_ms;
  char *requester;
  VssPhaseFunc phase_func;
  gpointer phase_data;
  GDestroyNotify phase_destroy;
  gboolean select_components;
  gboolean bootable_system_state;
  VssBackupType backup_type;
  gboolean partial_file_support;

  /* The writers. The filters are of no consequence once GatherWriterMetadata was called. */
  GPtrArray *enabled_classes; /* element-type utf8, nullable: all are */
  GPtrArray *disabled_classes; /* element-type utf8, as the next */
  GPtrArray *disabled_instances;
  GPtrArray *records; /* element-type VssWriterRecord, of who was gathered */
  GPtrArray *absent; /* element-type VssAbsentWriter */
  GPtrArray *writers; /* element-type VssSetWriter, one for each record; the set's, too */
  GPtrArray *statuses; /* element-type VssSetWriter, nullable; of the last GatherWriterStatus */
  GPtrArray *components; /* element-type VssWireSelectedComponent: those chosen */
  gboolean writers_wait; /* for BackupComplete and BackupShutdown */

  /* The set; only the operation touches it while one is under way. */
  VssSnapshotSet *set; /* nullable until StartSnapshotSet */
  VssVolumeMap *map; /* nullable; of the time of the first AddToSnapshotSet */
  gboolean guest_open;
  char *no_guest; /* nullable; why there is none */
  gboolean owns_set; /* the set is made, and goes with us */
  VssOwnerKeeper *keeper; /* nullable; of that set */
  VssSetReservation *reservation; /* nullable; of a set that is not made yet */
};

/* For tests and other ways to a virtual machine: takes references. */
VssBackupComponents *vss_backup_components_new (VssProvider *provider,
                                                VssGuest *guest,
                                                const char *domain_name,
                                                const char *domain_uuid,
                                                const char *host_name);

/* With the code that @call has for it. */
gboolean vss_components_check (VssBackupComponents *self, VssCall call, GError **error);
gboolean vss_components_refuse (VssCall call, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* VSS_E_INVALIDARG unless @id is a UUID. */
gboolean vss_components_check_id (VssCall call, const char *id, GError **error);

/* Begins an operation; the object is pending until it ends. */
VssAsync *vss_components_start (VssBackupComponents *self,
                                VssAsyncRun run,
                                VssAsyncDone done,
                                gpointer data,
                                GDestroyNotify free_data);
/* To be called by each operation's VssAsyncDone with the lock held. */
void vss_components_ended (VssBackupComponents *self);
/* Tells the phase function, and @async's listeners. */
void vss_components_tell (VssBackupComponents *self,
                          VssAsync *async,
                          const char *phase,
                          const char *object,
                          guint64 done,
                          guint64 total);

/* Opens the guest unless it is. */
gboolean vss_components_open_guest (VssBackupComponents *self,
                                    GCancellable *cancellable,
                                    GError **error);
void vss_components_close_guest (VssBackupComponents *self);
/* Opens it once more after the set was made: while another requester has it, for a while. */
gboolean vss_components_reopen_guest (VssBackupComponents *self,
                                      GCancellable *cancellable,
                                      GError **error);
/* The volumes of now. @with_guest: opens it if need be. (transfer full) */
VssVolumeMap *vss_components_make_map (VssBackupComponents *self,
                                       gboolean with_guest,
                                       GError **error);

/* A set as the provider has it. (transfer full), NULL with VSS_E_OBJECT_NOT_FOUND. */
VssSnapshotSet *vss_components_find_set (VssBackupComponents *self,
                                         const char *snapshot_set_id,
                                         const char *snapshot_id,
                                         GError **error);
/* Merges a set back. */
gboolean vss_components_delete (VssBackupComponents *self,
                                VssAsync *async,
                                const char *snapshot_set_id,
                                GCancellable *cancellable,
                                GError **error);

/* Gives up what is under way and waits until it has ended. */
void vss_components_cancel (VssBackupComponents *self);
/* Frees the guest of our set. */
void vss_components_abort_guest (VssBackupComponents *self);

/* -- writers -- */

void vss_components_init_writers (VssBackupComponents *self);
void vss_components_clear_writers (VssBackupComponents *self);
/* Whether the filters let this writer take part. */
gboolean vss_components_is_enabled (VssBackupComponents *self,
                                    const char *writer_id,
                                    const char *instance_id);
/* Decides who takes part: with the context, the policy and the components chosen. */
void vss_components_select_writers (VssBackupComponents *self);
/* Instance ids of those who do. (transfer full), NULL if nobody */
GStrv vss_components_list_selected (VssBackupComponents *self);
/* Tells the writers that we are gone. Blocks for a while; what fails is left to whoever collects
 * the set, and to the agent's own limit. */
void vss_components_shut_writers_down (VssBackupComponents *self);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam to whatever makes the snapshots of one domain's disks. Every method blocks and is
 * called on a worker thread, never two at a time for one provider. Errors are VSS_ERROR. */
#pragma once

#include "host-lib/vss-error.h"
#include "host-lib/vss-snapshot-set.h"

G_BEGIN_DECLS

/* A disk of the domain as the host sees it. */
typedef struct
{
  char *target; /* vda */
  char *path; /* of the active image; NULL if it is no file */
  char *format; /* "qcow2", "raw" */
  char *serial; /* nullable */
  char *wwn; /* nullable, lower-case hexadecimal digits */
  char *pci_address; /* nullable, DDDD:BB:SS.F; of the disk or its controller */
  char *pci_path; /* nullable, "0000:00/02.3/00.0": how it is reached from the root bus */
  char *scsi_address; /* nullable, channel:target:lun behind the controller */
  char *bus; /* virtio, scsi, sata */
  guint64 capacity;
  gboolean read_only; /* its image is never written to */
  gboolean supported;
  VssError unsupported_code; /* if not: VSS_E_VOLUME_NOT_SUPPORTED[_BY_PROVIDER] */
  char *unsupported_reason; /* if not */
  guint sets; /* how many sets this disk carries */
  guint sets_max; /* how many it may carry */
} VssDomainDisk;

VssDomainDisk *vss_domain_disk_new (void);
void vss_domain_disk_free (VssDomainDisk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VssDomainDisk, vss_domain_disk_free)

/* @done and @total in whatever unit fits @phase (bytes for a merge); @total 0: unknown. */
typedef void (*VssProgressFunc) (const char *phase,
                                 const char *object,
                                 guint64 done,
                                 guint64 total,
                                 gpointer user_data);

/* One line of what recovery found and did. */
typedef void (*VssRecoverFunc) (const char *snapshot_set_id,
                                const char *what,
                                gpointer user_data);

#define VSS_TYPE_PROVIDER (vss_provider_get_type ())
G_DECLARE_INTERFACE (VssProvider, vss_provider, VSS, PROVIDER, GObject)

struct _VssProviderInterface
{
  GTypeInterface parent_iface;

  const VssProviderProp *(*get_properties) (VssProvider *self);

  /* All disks, also the unsupported ones. (element-type VssDomainDisk) */
  GPtrArray *(*list_disks) (VssProvider *self, GCancellable *cancellable, GError **error);

  /* All sets of the domain in whatever state. (element-type VssSnapshotSet) */
  GPtrArray *(*list_sets) (VssProvider *self, GCancellable *cancellable, GError **error);

  /* Looks for everything that would make prepare or commit fail, and adds it to the set's findings;
   * changes nothing. @set has its disks' targets. FALSE only if it could not be looked at. */
  gboolean (*preflight) (VssProvider *self,
                         VssSnapshotSet *set,
                         GCancellable *cancellable,
                         GError **error);

  /* Optional. Records @set, which is still empty, with this process as its owner, so that others
   * see who is at it from the beginning. VSS_E_SNAPSHOT_SET_IN_PROGRESS if another living owner's
   * set is under way. */
  gboolean (*reserve) (VssProvider *self, VssSnapshotSet *set, GError **error);
  /* Optional. Removes that record, if nothing was made for the set yet. */
  void (*unreserve) (VssProvider *self, const char *snapshot_set_id);

  /* Records the set (VSS_SET_PREPARING), makes and checks its overlays. Undoes itself on error.
   * VSS_E_SNAPSHOT_SET_IN_PROGRESS if another living owner's set is under way. */
  gboolean (*prepare) (VssProvider *self,
                       VssSnapshotSet *set,
                       GCancellable *cancellable,
                       GError **error);

  /* Records VSS_SET_COMMITTING: the last thing before the window. */
  gboolean (*pre_commit) (VssProvider *self, VssSnapshotSet *set, GError **error);

  /* One atomic step over all disks; nothing else. In the window. After an error the outcome may
   * be unknown: rollback finds out. */
  gboolean (*commit) (VssProvider *self, VssSnapshotSet *set, GError **error);

  /* Records the finished set (VSS_SET_CREATED) with its level and proof; shows a persistent one
   * to virsh. */
  gboolean (*post_commit) (VssProvider *self, VssSnapshotSet *set, GError **error);

  /* Back to the chain before the set, whatever happened since prepare; no file, no record left. */
  gboolean (*rollback) (VssProvider *self, VssSnapshotSet *set, GError **error);

  /* Merges a whole set back and removes its files. Resumable. */
  gboolean (*delete_set) (VssProvider *self,
                          const char *snapshot_set_id,
                          VssProgressFunc progress,
                          gpointer progress_data,
                          GCancellable *cancellable,
                          GError **error);

  /* Renews the owner's lease in the record of @set. */
  gboolean (*renew_owner) (VssProvider *self, VssSnapshotSet *set, GError **error);

  /* The owner is leaving and the set stays: nobody owns it any more. */
  gboolean (*release_owner) (VssProvider *self, VssSnapshotSet *set, GError **error);

  /* Finishes or undoes every set that its owner left half-way (also auto-release sets whose owner
   * is dead): QEMU is asked, no file in use is touched. FALSE if anything is left. */
  gboolean (*recover) (VssProvider *self,
                       VssRecoverFunc report,
                       gpointer report_data,
                       GCancellable *cancellable,
                       GError **error);
};

/* Each forwards to the implementation: vss_provider_prepare (self, ...) and so on. */
const VssProviderProp *vss_provider_get_properties (VssProvider *self);
GPtrArray *vss_provider_list_disks (VssProvider *self, GCancellable *cancellable, GError **error);
GPtrArray *vss_provider_list_sets (VssProvider *self, GCancellable *cancellable, GError **error);
gboolean vss_provider_preflight (VssProvider *self,
                                 VssSnapshotSet *set,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean vss_provider_reserve (VssProvider *self, VssSnapshotSet *set, GError **error);
void vss_provider_unreserve (VssProvider *self, const char *snapshot_set_id);
gboolean vss_provider_prepare (VssProvider *self,
                               VssSnapshotSet *set,
                               GCancellable *cancellable,
                               GError **error);
gboolean vss_provider_pre_commit (VssProvider *self, VssSnapshotSet *set, GError **error);
gboolean vss_provider_commit (VssProvider *self, VssSnapshotSet *set, GError **error);
gboolean vss_provider_post_commit (VssProvider *self, VssSnapshotSet *set, GError **error);
gboolean vss_provider_rollback (VssProvider *self, VssSnapshotSet *set, GError **error);
gboolean vss_provider_delete_set (VssProvider *self,
                                  const char *snapshot_set_id,
                                  VssProgressFunc progress,
                                  gpointer progress_data,
                                  GCancellable *cancellable,
                                  GError **error);
gboolean vss_provider_renew_owner (VssProvider *self, VssSnapshotSet *set, GError **error);
gboolean vss_provider_release_owner (VssProvider *self, VssSnapshotSet *set, GError **error);
gboolean vss_provider_recover (VssProvider *self,
                               VssRecoverFunc report,
                               gpointer report_data,
                               GCancellable *cancellable,
                               GError **error);

G_END_DECLS

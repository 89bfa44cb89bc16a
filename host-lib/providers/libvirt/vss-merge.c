/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Block commit of one disk through libvirt. On the worker thread. */
#include "host-lib/providers/libvirt/vss-merge.h"

#include "host-lib/providers/libvirt/vss-domain-view.h"
#include "host-lib/providers/libvirt/vss-record.h"
#include "host-lib/vss-snapshot-set-private.h"

/* No event loop is ours to run, so jobs are looked at this often: a person sees the progress move,
 * and libvirtd has 5 small calls a second. */
#define POLL_US (200 * 1000)

/* A merge whose rest has not shrunk for this long does not converge: the guest writes as fast as
 * the storage takes it. Slow storage still moves a cluster in much less. */
#define STALL_LIMIT_US (10 * 60 * G_USEC_PER_SEC)

/* A job that libvirt's XML shows and its job list doesn't, for longer than the end of one takes. */
#define GONE_LIMIT_US (10 * G_USEC_PER_SEC)

void
vss_merge_stall_init (VssMergeStall *self, gint64 now_us)
{
  self->least_left = G_MAXUINT64;
  self->since_us = now_us;
  self->heard_us = now_us;
}

gboolean
vss_merge_stall_check (VssMergeStall *self, guint64 done, guint64 total, gint64 now_us)
{
  guint64 left = total > done ? total - done : 0;

  self->heard_us = now_us;
  if (left < self->least_left)
    {
      self->least_left = left;
      self->since_us = now_us;
    }
  return now_us - self->since_us < STALL_LIMIT_US;
}

void
vss_merge_renew (VssLibvirtSession *session, VssSnapshotSet *set)
{
  gint64 now_us = g_get_real_time ();

  if (now_us - set->owner.renewed_us < VSS_MERGE_LEASE_US / 3 ||
      !vss_set_owner_is_self (&set->owner))
    return;
  set->owner.renewed_us = now_us;
  vss_record_touch (session, set, NULL); /* the next one may do it */
}

void
vss_merge_pause (void)
{
  g_usleep (POLL_US);
}

gboolean
vss_merge_set_stalled (GError **error, const VssSetDisk *disk)
{
  g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
               "cannot merge %s of disk %s: for %d minutes the guest wrote as fast as the storage "
               "took it; repeat the delete when it writes less",
               disk->overlay, disk->target, (int)(STALL_LIMIT_US / G_USEC_PER_SEC / 60));
  return FALSE;
}

gboolean
vss_merge_set_gone (GError **error, const VssSetDisk *disk)
{
  g_set_error (
      error, VSS_ERROR, VSS_E_PROVIDER_VETO,
      "cannot merge %s of disk %s: libvirt still shows a block job that has ended, because "
      "libvirtd was killed while it ended; nothing is lost: shut the domain down, start "
      "it, then repeat",
      disk->overlay, disk->target);
  return FALSE;
}

static gboolean
start_commit (VssLibvirtSession *session, const VssSetDisk *disk, GError **error)
{
  if (virDomainBlockCommit (session->domain, disk->target, disk->image, NULL, 0,
                            VIR_DOMAIN_BLOCK_COMMIT_ACTIVE) == 0)
    return TRUE;
  vss_libvirt_set_error (error, "cannot start to merge %s of disk %s into %s", disk->overlay,
                         disk->target, disk->image);
  return FALSE;
}

/* A libvirtd that was killed right after it began a merge knows the job, but not any more that it
 * can be switched: then it is stopped, and begun again. */
static gboolean
stop_lost_job (VssLibvirtSession *session, const VssSetDisk *disk, GError **error)
{
  virDomainBlockJobInfo info = { 0 };
  g_autoptr (VssDomainView) domain = NULL;
  g_autoptr (VssQemuView) qemu = NULL;
  g_autofree char *id = NULL;
  const VssDiskView *view;

  if (virDomainGetBlockJobInfo (session->domain, disk->target, &info, 0) < 1)
    return TRUE;
  domain = vss_domain_view_load (session->domain, 0, error);
  qemu = domain == NULL ? NULL : vss_qemu_view_load (session, error);
  if (qemu == NULL)
    return FALSE;
  view = vss_domain_view_find (domain, disk->target);
  if (view == NULL || view->chain->len == 0)
    return TRUE;
  id = g_strdup_printf ("commit-%s-libvirt-%u-format", disk->target,
                        ((VssChainImage *)g_ptr_array_index (view->chain, 0))->index);
  if (vss_qemu_view_find_job (qemu, id) == NULL)
    return TRUE; /* somebody else's: the start will say so */
  if (virDomainBlockJobAbort (session->domain, disk->target, 0) == 0)
    return TRUE;
  vss_libvirt_set_error (error, "cannot stop the interrupted merge of disk %s", disk->target);
  return FALSE;
}

static void
stop_job (VssLibvirtSession *session, const VssSetDisk *disk)
{
  virDomainBlockJobAbort (session->domain, disk->target, 0);
}

typedef enum
{
  JOB_NONE,
  JOB_OURS,
  JOB_READY,
  JOB_OTHER,
  JOB_OVER, /* the disk is on its image */
} VssJobState;

static VssJobState
judge_job (const VssDiskView *view, const VssSetDisk *disk)
{
  if (view->mirror_job == NULL)
    return vss_disk_view_position (view, disk->image) == 0 ? JOB_OVER : JOB_NONE;
  if (g_strcmp0 (view->mirror_job, "active-commit") != 0 ||
      g_strcmp0 (view->mirror_path, disk->image) != 0)
    return JOB_OTHER;
  return view->mirror_ready ? JOB_READY : JOB_OURS;
}

static gboolean
look (VssLibvirtSession *session, const VssSetDisk *disk, VssJobState *state, GError **error)
{
  g_autoptr (VssDomainView) domain = vss_domain_view_load (session->domain, 0, error);
  const VssDiskView *view;

  if (domain == NULL)
    return FALSE;
  view = vss_domain_view_find (domain, disk->target);
  if (view == NULL)
    {
      g_set_error (error, VSS_ERROR, VSS_E_OBJECT_NOT_FOUND,
                   "cannot merge disk %s: domain %s has no such disk any more", disk->target,
                   session->domain_name);
      return FALSE;
    }
  *state = judge_job (view, disk);
  return TRUE;
}

/* Tells how far the job is; FALSE if it should be given up. */
static gboolean
watch_job (VssLibvirtSession *session,
           const VssSetDisk *disk,
           const VssMergeWatch *watch,
           VssMergeStall *stall,
           GError **error)
{
  virDomainBlockJobInfo info = { 0 };

  if (g_cancellable_set_error_if_cancelled (watch->cancellable, error))
    return FALSE;
  if (virDomainGetBlockJobInfo (session->domain, disk->target, &info, 0) < 1)
    return g_get_monotonic_time () - stall->heard_us < GONE_LIMIT_US ||
           vss_merge_set_gone (error, disk);
  if (watch->progress != NULL)
    watch->progress ("merge", disk->target, info.cur, info.end, watch->progress_data);
  return vss_merge_stall_check (stall, info.cur, info.end, g_get_monotonic_time ()) ||
         vss_merge_set_stalled (error, disk);
}

static gboolean
wait_until_ready (VssLibvirtSession *session,
                  VssSnapshotSet *set,
                  const VssSetDisk *disk,
                  const VssMergeWatch *watch,
                  VssJobState *state,
                  GError **error)
{
  VssMergeStall stall;

  vss_merge_stall_init (&stall, g_get_monotonic_time ());
  while (TRUE)
    {
      if (!look (session, disk, state, error))
        return FALSE;
      if (*state != JOB_OURS)
        return TRUE;
      if (!watch_job (session, disk, watch, &stall, error))
        {
          stop_job (session, disk);
          return FALSE;
        }
      vss_merge_renew (session, set);
      vss_merge_pause ();
    }
}

/* The record says before the switch that everything is in the image: after a kill nobody has to
 * guess whether the overlay still holds something. */
static gboolean
switch_back (VssLibvirtSession *session, VssSnapshotSet *set, VssSetDisk *disk, GError **error)
{
  disk->merge = VSS_MERGE_READY;
  if (!vss_record_save (session, set, error))
    return FALSE;
  if (virDomainBlockJobAbort (session->domain, disk->target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0)
    return TRUE;
  vss_libvirt_set_error (error, "cannot switch disk %s back to %s", disk->target, disk->image);
  disk->merge = VSS_MERGE_NONE; /* the guest goes on writing to the overlay */
  vss_record_save (session, set, NULL);
  return FALSE;
}

gboolean
vss_merge_by_libvirt (VssLibvirtSession *session,
                      VssSnapshotSet *set,
                      VssSetDisk *disk,
                      const VssMergeWatch *watch,
                      GError **error)
{
  VssJobState state = JOB_NONE;

  if (!look (session, disk, &state, error))
    return FALSE;
  if (state == JOB_OTHER)
    {
      g_set_error (error, VSS_ERROR, VSS_E_PROVIDER_VETO,
                   "cannot merge disk %s: another block job runs on it; wait for its end",
                   disk->target);
      return FALSE;
    }
  if (state == JOB_NONE &&
      (!stop_lost_job (session, disk, error) || !start_commit (session, disk, error)))
    return FALSE;
  if (state != JOB_OVER && !wait_until_ready (session, set, disk, watch, &state, error))
    return FALSE;
  if (state == JOB_READY && !switch_back (session, set, disk, error))
    return FALSE;
  if (!look (session, disk, &state, error))
    return FALSE;
  if (state != JOB_OVER)
    {
      g_set_error (error, VSS_ERROR, VSS_E_UNEXPECTED_PROVIDER_ERROR,
                   "cannot merge %s of disk %s into %s: QEMU gave the job up; look for a full "
                   "disk or an I/O error in the domain's log, then repeat",
                   disk->overlay, disk->target, disk->image);
      return FALSE;
    }
  disk->merge = VSS_MERGE_DONE;
  return vss_record_save (session, set, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks before a set that are about one disk. On the worker thread; changes nothing. */
#include "host-lib/providers/libvirt/vss-preflight.h"

#include "host-lib/vss-finding-private.h"
#include "host-lib/vss-snapshot-set-private.h"

/* libvirt refuses chains of more images than this. */
#define CHAIN_MAX 200

/* By virDomainBlockJobType. */
static const char *const job_texts[] = {
  [VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN] = "block job",
  [VIR_DOMAIN_BLOCK_JOB_TYPE_PULL] = "pull",
  [VIR_DOMAIN_BLOCK_JOB_TYPE_COPY] = "copy",
  [VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT] = "commit",
  [VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT] = "active commit",
  [VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP] = "backup",
};

static void
check_jobs (VssLibvirtSession *session, const VssDiskView *disk, VssSnapshotSet *set)
{
  const char *target = disk->disk->target;
  virDomainBlockJobInfo info = { 0 };
  int found = virDomainGetBlockJobInfo (session->domain, target, &info, 0);
  int type = found > 0 ? info.type : VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN;

  if (found <= 0 && disk->mirror_job == NULL)
    return;
  if (type < 0 || (gsize)type >= G_N_ELEMENTS (job_texts))
    type = VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN;
  vss_findings_add (set->findings, VSS_FINDING_FATAL, VSS_E_PROVIDER_VETO, target,
                    "cannot take a set with disk %s of domain %s: a block job (%s) runs on it; "
                    "wait for its end, or end it with 'virsh blockjob %s %s --abort'",
                    target, session->domain_name,
                    type == VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN && disk->mirror_job != NULL
                        ? disk->mirror_job
                        : job_texts[type],
                    session->domain_name, target);
}

static guint
count_sets (const GPtrArray *sets, const VssSnapshotSet *except, const char *target)
{
  guint count = 0;

  for (guint i = 0; i < sets->len; i++)
    {
      const VssSnapshotSet *set = g_ptr_array_index (sets, i);

      count += g_strcmp0 (set->id, except->id) != 0
               && vss_snapshot_set_find_disk (set, target) != NULL;
    }
  return count;
}

static void
check_chain (VssLibvirtSession *session,
             const VssDiskView *disk,
             const GPtrArray *sets,
             const VssHostSettings *settings,
             VssSnapshotSet *set)
{
  const char *target = disk->disk->target;
  guint count = count_sets (sets, set, target);

  if (count >= settings->sets_per_disk)
    vss_findings_add (set->findings, VSS_FINDING_FATAL,
                      VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED, target,
                      "cannot take a set with disk %s of domain %s: it carries %u sets already, "
                      "and may carry %u; delete one first ('virt-vss list %s' names them)",
                      target, session->domain_name, count, settings->sets_per_disk,
                      session->domain_name);
  else if (disk->chain->len >= CHAIN_MAX)
    vss_findings_add (set->findings, VSS_FINDING_FATAL,
                      VSS_E_MAXIMUM_NUMBER_OF_SNAPSHOTS_REACHED, target,
                      "cannot take a set with disk %s of domain %s: its chain has %u images, and "
                      "libvirt takes no more than %d; shorten it with 'virsh blockcommit'",
                      target, session->domain_name, disk->chain->len, CHAIN_MAX);
}

void
vss_preflight_disk (VssLibvirtSession *session,
                    const VssDiskView *disk,
                    const GPtrArray *sets,
                    const VssHostSettings *settings,
                    VssSnapshotSet *set)
{
  check_jobs (session, disk, set);
  check_chain (session, disk, sets, settings, set);
}

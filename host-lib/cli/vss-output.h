/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What virt-vss answers, as text for people and as JSON for programs. The JSON is documented in
 * the manual page: keys are added, never renamed. Everything goes to VssCli.out. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* A disk or file system that isn't in the set. */
typedef struct
{
  char *name;
  GStrv disks;
  char *reason; /* nullable: it wasn't asked for */
} VssLeftOut;

VssLeftOut *vss_left_out_new (const VssVolumeInfo *volume, const char *reason);
void vss_left_out_free (VssLeftOut *self);

/* What one domain answered to a verb that goes over several. */
typedef struct
{
  char *domain;
  GPtrArray *sets; /* nullable (element-type VssSnapshotSet) */
  GStrv actions; /* nullable: what recovery did */
  gboolean tried; /* recovery was begun */
  GError *error; /* nullable */
} VssDomainAnswer;

VssDomainAnswer *vss_domain_answer_new (const char *domain);
void vss_domain_answer_free (VssDomainAnswer *self);

/* "preparing", "committing", "created", "deleting" */
const char *vss_output_set_state (VssSetState state);

/* The result of create. @left_out: (element-type VssLeftOut) */
void vss_output_created (VssCli *cli,
                         const VssSnapshotSet *set,
                         GPtrArray *left_out,
                         gboolean dry_run);
void vss_output_set (VssCli *cli, const VssSnapshotSet *set);
/* @answers: (element-type VssDomainAnswer) */
void vss_output_sets (VssCli *cli, GPtrArray *answers);
/* @volumes: (element-type VssVolumeInfo) */
void vss_output_volumes (VssCli *cli,
                         const char *domain,
                         GPtrArray *volumes,
                         const GError *agent_error);
/* @sets: nullable (element-type VssSnapshotSet): not known. @overlays: nullable (element-type
 * VssOverlayInfo): not known. @before: nullable: an earlier reading of them. */
void vss_output_status (VssCli *cli,
                        const char *domain,
                        const VssDomainStatus *status,
                        GPtrArray *sets,
                        GPtrArray *overlays,
                        GPtrArray *before);
/* @status: nullable: not known */
void vss_output_enabled (VssCli *cli,
                         const char *domain,
                         const VssEnableResult *result,
                         const VssDomainStatus *status,
                         gboolean dry_run);
void vss_output_thawed (VssCli *cli, const char *domain, GStrv thawed);
void vss_output_deleted (VssCli *cli, const char *domain, GPtrArray *ids);
/* @answers: (element-type VssDomainAnswer) */
void vss_output_recovered (VssCli *cli, GPtrArray *answers);

/* {"error": ...}: the answer of a verb that has none. */
void vss_output_error_json (VssCli *cli, const GError *error);

G_END_DECLS

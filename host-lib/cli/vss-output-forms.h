/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two forms of each answer: for vss-output.c, which chooses, and its tests only. */
#pragma once

#include "host-lib/cli/vss-json.h"
#include "host-lib/cli/vss-output.h"

G_BEGIN_DECLS

/* -- text -- */

void vss_text_created (VssCli *cli,
                       const VssSnapshotSet *set,
                       GPtrArray *left_out,
                       gboolean dry_run);
void vss_text_set (VssCli *cli, const VssSnapshotSet *set);
void vss_text_sets (VssCli *cli, GPtrArray *answers);
void vss_text_volumes (VssCli *cli, GPtrArray *volumes);
void vss_text_status (VssCli *cli,
                      const char *domain,
                      const VssDomainStatus *status,
                      GPtrArray *sets,
                      GPtrArray *overlays,
                      GPtrArray *before);
void vss_text_enabled (VssCli *cli,
                       const VssEnableResult *result,
                       const VssDomainStatus *status,
                       gboolean dry_run);
void vss_text_thawed (VssCli *cli, GStrv thawed);
void vss_text_deleted (VssCli *cli, GPtrArray *ids);
void vss_text_recovered (VssCli *cli, GPtrArray *answers);

/* -- JSON -- */

/* The member "owner" of the object that is open. */
void vss_json_owner (JsonBuilder *builder, const VssSetOwner *owner);

void vss_json_created (VssCli *cli,
                       const VssSnapshotSet *set,
                       GPtrArray *left_out,
                       gboolean dry_run);
void vss_json_set (VssCli *cli, const VssSnapshotSet *set);
void vss_json_sets (VssCli *cli, GPtrArray *answers);
void vss_json_volumes (VssCli *cli,
                       const char *domain,
                       GPtrArray *volumes,
                       const GError *agent_error);
void vss_json_status (VssCli *cli,
                      const char *domain,
                      const VssDomainStatus *status,
                      GPtrArray *sets,
                      GPtrArray *overlays,
                      GPtrArray *before);
void vss_json_enabled (VssCli *cli,
                       const char *domain,
                       const VssEnableResult *result,
                       const VssDomainStatus *status,
                       gboolean dry_run);
void vss_json_thawed (VssCli *cli, const char *domain, GStrv thawed);
void vss_json_deleted (VssCli *cli, const char *domain, GPtrArray *ids);
void vss_json_recovered (VssCli *cli, GPtrArray *answers);

G_END_DECLS

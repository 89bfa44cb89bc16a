/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The overlays of a domain, how they grow and what is left for them: for vss-output*.c and the
 * watcher. @before: nullable: an earlier reading of @overlays. */
#pragma once

#include "host-lib/cli/vss-growth.h"
#include "host-lib/cli/vss-json.h"

G_BEGIN_DECLS

void vss_text_overlays (VssCli *cli, GPtrArray *overlays, GPtrArray *before);
/* The member "overlays" of the object that is open. @overlays NULL: null. */
void vss_json_overlays (JsonBuilder *builder, GPtrArray *overlays, GPtrArray *before);

/* One look of a watch: a line for each overlay that grows. JSON and --quiet have none. */
void vss_output_growth (VssCli *cli, GPtrArray *overlays, GPtrArray *before);
/* The end of a watch. @scarce: space got short. */
void vss_output_watched (VssCli *cli,
                         const char *domain,
                         GPtrArray *overlays,
                         GPtrArray *before,
                         gboolean scarce);

G_END_DECLS

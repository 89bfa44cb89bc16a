/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writers of a set and of a guest, as tables and as JSON: for vss-output*.c and the verb
 * writers. Everything in them was named by the guest. */
#pragma once

#include "host-lib/cli/vss-json.h"
#include "host-lib/cli/vss-writer-list.h"

G_BEGIN_DECLS

/* What became of the writers of a set. Nothing if there were none. */
void vss_text_set_writers (VssCli *cli, const VssSnapshotSet *set);
/* The member "writers" of the object that is open. */
void vss_json_set_writers (JsonBuilder *builder, const VssSnapshotSet *set);

/* The answer of the verb writers. @components: with components and file sets. */
void vss_output_writers (VssCli *cli, const VssWriterList *list, gboolean components);

G_END_DECLS

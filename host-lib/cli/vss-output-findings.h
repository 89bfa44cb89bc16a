/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a dry run found, in both forms. Called by the output of sets, main thread. */
#pragma once

#include <json-glib/json-glib.h>

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* @findings: (element-type VssFinding), of all severities, the worst first in the text */
void vss_text_findings (VssCli *cli, GPtrArray *findings);
/* Adds the member "findings" to the object that is open. */
void vss_json_findings (JsonBuilder *builder, GPtrArray *findings);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks one domain or all of them the same; one that fails doesn't stop the others. */
#pragma once

#include "host-lib/cli/vss-output.h"

G_BEGIN_DECLS

/* Fills @answer with what @domain says. */
typedef gboolean (*VssDomainFunc) (VssCli *cli,
                                   VssDomain *domain,
                                   VssDomainAnswer *answer,
                                   GError **error);

/* @domain NULL: all. (transfer full) (element-type VssDomainAnswer): errors are in the answers.
 * NULL with @error if the domains can't be listed. An interrupt ends it early. A domain of all
 * that disappears meanwhile isn't in the answer. */
GPtrArray *vss_domains_ask (VssCli *cli, const char *domain, VssDomainFunc ask, GError **error);

/* Prints the errors in @answers; TRUE if there are none and nobody interrupted. */
gboolean vss_domains_report_errors (VssCli *cli, GPtrArray *answers);

G_END_DECLS

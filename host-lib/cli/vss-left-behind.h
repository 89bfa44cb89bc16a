/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a failure: is anything left behind? The libvirt connection is asked anew, because the old
 * one may be what failed. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* Whether a set of @domain stands half-way. @set_id: nullable; that one may not even be complete.
 * Says what is left, and what to do about it; also if it can't be told. */
gboolean vss_left_behind (VssCli *cli, const char *domain, const char *set_id);

G_END_DECLS

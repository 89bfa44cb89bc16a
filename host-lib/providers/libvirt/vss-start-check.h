/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a domain that is about to start would write to an image that lies below the overlay of a
 * snapshot set, and so destroy both. Decided from the domain's XML and the records beside the
 * images; libvirt is not asked: it is waiting. Called by the hook's program. */
#pragma once

#include "host-lib/vss-error.h"

G_BEGIN_DECLS

/* FALSE if the danger is proven; @reason says which disk, which set, and what to do. @remarks: gets
 * what could not be told, line by line; that is no reason to refuse. */
gboolean vss_start_check (const char *domain_xml, char **reason, GString *remarks);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of findings as the preflight makes them; not in the library's symbol map. */
#pragma once

#include "host-lib/vss-finding.h"

G_BEGIN_DECLS

/* (element-type VssFinding) */
GPtrArray *vss_findings_new (void);
GPtrArray *vss_findings_copy (GPtrArray *findings);

/* Adds one, unless the same text is there already. Texts have no full stop, and end in what to do. */
void vss_findings_add (GPtrArray *findings,
                       VssFindingSeverity severity,
                       gint code,
                       const char *object,
                       const char *format,
                       ...) G_GNUC_PRINTF (5, 6);
/* The same with an error's code and text. @error: (transfer full) */
void vss_findings_take_error (GPtrArray *findings,
                              VssFindingSeverity severity,
                              const char *object,
                              GError *error);

gboolean vss_findings_has_fatal (GPtrArray *findings);
/* FALSE if one is fatal: @error has the first one's code, and the texts of all of them. What makes
 * others fail as well (no access, not running, somebody else's set) comes before the rest. */
gboolean vss_findings_check (GPtrArray *findings, GError **error);

G_END_DECLS

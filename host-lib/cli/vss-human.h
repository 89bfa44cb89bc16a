/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times and sizes between people and machines. Pure functions, the same in every locale. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "2026-11-20T16:50:53.000123Z"; NULL for 0 or less: no time. */
char *vss_human_iso_time (gint64 time_us);
/* "2026-11-20 16:50:53Z", or "-". */
char *vss_human_time (gint64 time_us);
/* "31.4 ms", "2.50 s" */
char *vss_human_duration (gint64 duration_us);
/* "45 s", "12 min", "3.5 h", "4.0 days" */
char *vss_human_span (gint64 seconds);
/* "512 B", "1.5 GiB" */
char *vss_human_size (guint64 bytes);

/* "10", "10s", "1500ms" to milliseconds, at least 1. */
gboolean vss_human_parse_duration (const char *text, guint *duration_ms);

G_END_DECLS

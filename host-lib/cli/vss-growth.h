/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How fast overlays grow, and when what is left will be used up. Pure functions over readings; main
 * thread. */
#pragma once

#include "host-lib/cli/vss-cli.h"

G_BEGIN_DECLS

/* How much has to be left: a part of the whole, or bytes. */
typedef struct
{
  guint percent; /* 0: @bytes counts */
  guint64 bytes;
} VssSpaceLimit;

/* "10%", "512M", "20G", "1048576" */
gboolean vss_space_limit_parse (const char *text, VssSpaceLimit *limit);
guint64 vss_space_limit_get (const VssSpaceLimit *limit, guint64 space);

/* Where the question has no number for an answer. */
#define VSS_GROWTH_UNKNOWN (-1)
#define VSS_GROWTH_NEVER (-2)

/* Bytes a second since the set was made; VSS_GROWTH_UNKNOWN if that isn't a second ago. */
gint64 vss_growth_since_creation (const VssOverlayInfo *overlay);
/* Bytes a second between two readings of the same overlay; @before: nullable. */
gint64 vss_growth_since (const VssOverlayInfo *overlay, const VssOverlayInfo *before);
/* The one of the same file. (nullable) */
const VssOverlayInfo *vss_growth_find (GPtrArray *overlays, const VssOverlayInfo *overlay);

/* In how many seconds what is left where @overlay lies is used up if all overlays there go on
 * growing as they do: the faster of now and since their creation. @before: nullable: an earlier
 * reading. VSS_GROWTH_NEVER: together they can't grow that large; VSS_GROWTH_UNKNOWN: they don't
 * grow, or nobody knows. */
gint64 vss_growth_full_in_s (GPtrArray *overlays, GPtrArray *before, const VssOverlayInfo *overlay);

/* Gives each overlay that grows its share of what may still be used before less than @limit is left
 * as its threshold. */
void vss_growth_set_thresholds (GPtrArray *overlays, const VssSpaceLimit *limit);

/* The first growing overlay with less than @limit left where it lies. (nullable) */
const VssOverlayInfo *vss_growth_find_short (GPtrArray *overlays, const VssSpaceLimit *limit);

/* How many of them grow. */
guint vss_growth_count_active (GPtrArray *overlays);

G_END_DECLS

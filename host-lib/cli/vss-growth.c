/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growth of overlays: see the header. */
#include "host-lib/cli/vss-growth.h"

#include <errno.h>

/* An overlay of a full disk is larger than the disk by its tables, less than a thousandth of it, and
 * by its header. */
#define TABLES_DIVISOR 1000
#define HEADER (1024 * 1024)

/* A threshold nearer than this to the end of the file would be passed by the next few writes, over
 * and over. */
#define STEP_MIN (64 * 1024)

/* Growth over less time than this says nothing. */
#define TIME_MIN_US G_USEC_PER_SEC

gboolean
vss_space_limit_parse (const char *text, VssSpaceLimit *limit)
{
  const char units[] = "KMGT";
  const char *unit;
  char *end = NULL;
  guint64 number;

  if (!g_ascii_isdigit (*text))
    {
      return FALSE;
    }
  errno = 0;
  number = g_ascii_strtoull (text, &end, 10);
  if (errno != 0 || number == 0)
    {
      return FALSE;
    }
  *limit = (VssSpaceLimit){ .bytes = number };
  if (g_str_equal (end, "%"))
    {
      *limit = (VssSpaceLimit){ .percent = (guint) MIN (number, 100) };
      return number < 100;
    }
  if (*end == '\0')
    {
      return TRUE;
    }
  for (unit = units; *unit != '\0' && *unit != *end; unit++)
    {
    }
  if (*unit == '\0' || end[1] != '\0' || number > (G_MAXUINT64 >> (10 * (unit - units + 1))))
    {
      return FALSE;
    }
  limit->bytes = number << (10 * (unit - units + 1));
  return TRUE;
}

guint64
vss_space_limit_get (const VssSpaceLimit *limit, guint64 space)
{
  return limit->percent > 0 ? space / 100 * limit->percent : limit->bytes;
}

static gint64
rate (guint64 from, guint64 to, gint64 time_us)
{
  if (time_us < TIME_MIN_US)
    {
      return VSS_GROWTH_UNKNOWN;
    }
  return to > from ? (gint64) ((double) (to - from) * G_USEC_PER_SEC / (double) time_us) : 0;
}

gint64
vss_growth_since_creation (const VssOverlayInfo *overlay)
{
  if (overlay->created_us <= 0 || overlay->storage == NULL)
    {
      return VSS_GROWTH_UNKNOWN;
    }
  return rate (0, overlay->allocation, overlay->read_us - overlay->created_us);
}

gint64
vss_growth_since (const VssOverlayInfo *overlay, const VssOverlayInfo *before)
{
  if (before == NULL || overlay->storage == NULL || before->storage == NULL)
    {
      return VSS_GROWTH_UNKNOWN;
    }
  return rate (before->allocation, overlay->allocation, overlay->read_us - before->read_us);
}

const VssOverlayInfo *
vss_growth_find (GPtrArray *overlays, const VssOverlayInfo *overlay)
{
  guint i;

  for (i = 0; overlays != NULL && i < overlays->len; i++)
    {
      const VssOverlayInfo *other = g_ptr_array_index (overlays, i);

      if (g_str_equal (other->path, overlay->path))
        {
          return other;
        }
    }
  return NULL;
}

static gboolean
shares (const VssOverlayInfo *overlay, const VssOverlayInfo *other)
{
  return other->active && other->storage != NULL
         && g_strcmp0 (other->storage, overlay->storage) == 0;
}

/* How much larger the overlay can become at all. */
static guint64
room (const VssOverlayInfo *overlay)
{
  guint64 most = overlay->capacity + overlay->capacity / TABLES_DIVISOR + HEADER;

  return most > overlay->allocation ? most - overlay->allocation : 0;
}

gint64
vss_growth_full_in_s (GPtrArray *overlays, GPtrArray *before, const VssOverlayInfo *overlay)
{
  gint64 speed = 0;
  guint64 most = 0;
  guint i;

  if (overlay->storage == NULL || !overlay->active)
    {
      return VSS_GROWTH_UNKNOWN;
    }
  for (i = 0; i < overlays->len; i++)
    {
      const VssOverlayInfo *other = g_ptr_array_index (overlays, i);

      if (shares (overlay, other))
        {
          gint64 now = vss_growth_since (other, vss_growth_find (before, other));

          speed += MAX (MAX (now, vss_growth_since_creation (other)), 0);
          most += room (other);
        }
    }
  if (most < overlay->free)
    {
      return VSS_GROWTH_NEVER;
    }
  return speed > 0 ? (gint64) (overlay->free / (guint64) speed) : VSS_GROWTH_UNKNOWN;
}

void
vss_growth_set_thresholds (GPtrArray *overlays, const VssSpaceLimit *limit)
{
  guint i;
  guint k;

  for (i = 0; i < overlays->len; i++)
    {
      VssOverlayInfo *overlay = g_ptr_array_index (overlays, i);
      guint64 least = vss_space_limit_get (limit, overlay->space);
      guint64 left = overlay->free > least ? overlay->free - least : 0;
      guint sharers = 0;

      for (k = 0; k < overlays->len; k++)
        {
          sharers += shares (overlay, g_ptr_array_index (overlays, k));
        }
      overlay->threshold
          = sharers > 0 && overlay->active ? overlay->length + MAX (left / sharers, STEP_MIN) : 0;
    }
}

const VssOverlayInfo *
vss_growth_find_short (GPtrArray *overlays, const VssSpaceLimit *limit)
{
  guint i;

  for (i = 0; i < overlays->len; i++)
    {
      const VssOverlayInfo *overlay = g_ptr_array_index (overlays, i);

      if (overlay->active && overlay->storage != NULL
          && overlay->free < vss_space_limit_get (limit, overlay->space))
        {
          return overlay;
        }
    }
  return NULL;
}

guint
vss_growth_count_active (GPtrArray *overlays)
{
  guint count = 0;
  guint i;

  for (i = 0; i < overlays->len; i++)
    {
      count += ((const VssOverlayInfo *) g_ptr_array_index (overlays, i))->active;
    }
  return count;
}

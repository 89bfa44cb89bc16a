/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The overlays of a domain as text and as JSON: see the header. Main thread. */
#include "host-lib/cli/vss-output-overlays.h"

#include "host-lib/cli/vss-human.h"
#include "host-lib/cli/vss-table.h"

/* "1.5 MiB/s"; "-" if it isn't known */
static char *
describe_rate (gint64 rate)
{
  g_autofree char *size = NULL;

  if (rate < 0)
    {
      return g_strdup ("-");
    }
  size = vss_human_size ((guint64) rate);
  return g_strconcat (size, "/s", NULL);
}

/* The rate that counts: of now if it was measured. */
static gint64
growth_of (const VssOverlayInfo *overlay, GPtrArray *before)
{
  gint64 now = vss_growth_since (overlay, vss_growth_find (before, overlay));

  return now >= 0 ? now : vss_growth_since_creation (overlay);
}

static char *
describe_full (gint64 full_in_s)
{
  g_autofree char *span = NULL;

  if (full_in_s == VSS_GROWTH_NEVER)
    {
      return g_strdup ("never");
    }
  if (full_in_s == VSS_GROWTH_UNKNOWN)
    {
      return g_strdup ("-");
    }
  span = vss_human_span (full_in_s);
  return g_strconcat ("in ", span, NULL);
}

static void
add_row (VssTable *table, const VssOverlayInfo *overlay, GPtrArray *overlays, GPtrArray *before)
{
  g_autofree char *size = vss_human_size (overlay->allocation);
  g_autofree char *rate = describe_rate (overlay->active ? growth_of (overlay, before) : -1);
  g_autofree char *left = vss_human_size (overlay->free);
  g_autofree char *full = describe_full (vss_growth_full_in_s (overlays, before, overlay));
  const char *const cells[] = { overlay->target, size, rate, left, full, overlay->path };
  const char *const unknown[]
      = { overlay->target, "?", "?", "?", overlay->problem, overlay->path };

  vss_table_add_row (table, overlay->problem != NULL ? unknown : cells);
}

void
vss_text_overlays (VssCli *cli, GPtrArray *overlays, GPtrArray *before)
{
  const char *const titles[] = { "DISK", "SIZE", "GROWTH", "LEFT", "FULL", "OVERLAY", NULL };
  g_autoptr (VssTable) table = vss_table_new (titles);
  guint i;

  if (overlays == NULL || overlays->len == 0)
    {
      return;
    }
  for (i = 0; i < overlays->len; i++)
    {
      add_row (table, g_ptr_array_index (overlays, i), overlays, before);
    }
  fputc ('\n', cli->out);
  vss_table_print (table, TRUE, cli->out);
}

/* What isn't known is null. */
static void
add_number (JsonBuilder *builder, const char *key, gint64 number)
{
  json_builder_set_member_name (builder, key);
  if (number >= 0)
    {
      json_builder_add_int_value (builder, number);
    }
  else
    {
      json_builder_add_null_value (builder);
    }
}

static void
add_overlay (JsonBuilder *builder,
             const VssOverlayInfo *overlay,
             GPtrArray *overlays,
             GPtrArray *before)
{
  gint64 full_in_s = vss_growth_full_in_s (overlays, before, overlay);
  gboolean known = overlay->problem == NULL;

  json_builder_begin_object (builder);
  vss_json_string (builder, "snapshot-set-id", overlay->snapshot_set_id);
  vss_json_string (builder, "target", overlay->target);
  vss_json_string (builder, "overlay", overlay->path);
  vss_json_bool (builder, "active", overlay->active);
  vss_json_int (builder, "capacity", (gint64) overlay->capacity);
  add_number (builder, "allocation", known ? (gint64) overlay->allocation : -1);
  add_number (builder, "free", known ? (gint64) overlay->free : -1);
  add_number (builder, "growth-per-s", vss_growth_since_creation (overlay));
  add_number (builder,
              "growth-now-per-s",
              vss_growth_since (overlay, vss_growth_find (before, overlay)));
  add_number (builder, "full-in-s", full_in_s);
  vss_json_bool (builder, "can-fill", full_in_s != VSS_GROWTH_NEVER);
  vss_json_string (builder, "problem", overlay->problem);
  json_builder_end_object (builder);
}

void
vss_json_overlays (JsonBuilder *builder, GPtrArray *overlays, GPtrArray *before)
{
  guint i;

  if (overlays == NULL)
    {
      vss_json_string (builder, "overlays", NULL);
      return;
    }
  vss_json_begin_array (builder, "overlays");
  for (i = 0; i < overlays->len; i++)
    {
      add_overlay (builder, g_ptr_array_index (overlays, i), overlays, before);
    }
  json_builder_end_array (builder);
}

/* "2026-11-20 16:50:53Z  vda: 12.0 MiB, 1.5 MiB/s, 3.2 GiB left, full in 36 min" */
static void
print_growth (VssCli *cli, const VssOverlayInfo *overlay, GPtrArray *overlays, GPtrArray *before)
{
  g_autofree char *time = vss_human_time (overlay->read_us);
  g_autofree char *size = vss_human_size (overlay->allocation);
  g_autofree char *rate = describe_rate (growth_of (overlay, before));
  g_autofree char *left = vss_human_size (overlay->free);
  g_autofree char *full = describe_full (vss_growth_full_in_s (overlays, before, overlay));

  fprintf (cli->out,
           "%s  %s: %s, %s, %s left, full %s\n",
           time,
           overlay->target,
           size,
           rate,
           left,
           full);
}

void
vss_output_growth (VssCli *cli, GPtrArray *overlays, GPtrArray *before)
{
  guint i;

  for (i = 0; !cli->json && !cli->quiet && i < overlays->len; i++)
    {
      const VssOverlayInfo *overlay = g_ptr_array_index (overlays, i);

      if (overlay->active && overlay->problem == NULL)
        {
          print_growth (cli, overlay, overlays, before);
        }
    }
  fflush (cli->out);
}

void
vss_output_watched (VssCli *cli,
                    const char *domain,
                    GPtrArray *overlays,
                    GPtrArray *before,
                    gboolean scarce)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (!cli->json)
    {
      vss_output_growth (cli, overlays, before);
      return;
    }
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  vss_json_string (builder, "domain", domain);
  vss_json_bool (builder, "short", scarce);
  vss_json_overlays (builder, overlays, before);
  json_builder_end_object (builder);
  vss_json_print (cli, builder);
}

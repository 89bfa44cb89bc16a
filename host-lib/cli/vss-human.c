/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times and sizes between people and machines: see the header. */
#include "host-lib/cli/vss-human.h"

static GDateTime *
to_date_time (gint64 time_us)
{
  g_autoptr (GDateTime) seconds = NULL;

  if (time_us <= 0)
    {
      return NULL;
    }
  seconds = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  return seconds != NULL ? g_date_time_add (seconds, time_us % G_USEC_PER_SEC) : NULL;
}

char *
vss_human_iso_time (gint64 time_us)
{
  g_autoptr (GDateTime) time = to_date_time (time_us);
  g_autofree char *seconds = NULL;

  if (time == NULL)
    {
      return NULL;
    }
  seconds = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%06dZ", seconds, g_date_time_get_microsecond (time));
}

char *
vss_human_time (gint64 time_us)
{
  g_autoptr (GDateTime) time = to_date_time (time_us);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%SZ") : g_strdup ("-");
}

/* printf() would take the locale's decimal sign. */
static char *
format_number (const char *format, double number, const char *unit)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strconcat (g_ascii_formatd (digits, sizeof digits, format, number), " ", unit, NULL);
}

char *
vss_human_duration (gint64 duration_us)
{
  if (duration_us < G_USEC_PER_SEC)
    {
      return format_number ("%.1f", (double) duration_us / 1000, "ms");
    }
  return format_number ("%.2f", (double) duration_us / G_USEC_PER_SEC, "s");
}

char *
vss_human_size (guint64 bytes)
{
  const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  double number = (double) bytes;
  guint i = 0;

  if (bytes < 1024)
    {
      return g_strdup_printf ("%" G_GUINT64_FORMAT " B", bytes);
    }
  number /= 1024;
  while (number >= 1023.95 && i + 1 < G_N_ELEMENTS (units))
    {
      number /= 1024;
      i++;
    }
  return format_number ("%.1f", number, units[i]);
}

gboolean
vss_human_parse_duration (const char *text, guint *duration_ms)
{
  guint64 factor = 1000;
  guint64 number;
  char *end = NULL;

  if (!g_ascii_isdigit (*text))
    {
      return FALSE;
    }
  number = g_ascii_strtoull (text, &end, 10);
  if (g_str_equal (end, "ms"))
    {
      factor = 1;
    }
  else if (!g_str_equal (end, "") && !g_str_equal (end, "s"))
    {
      return FALSE;
    }
  if (number == 0 || number > G_MAXUINT / factor)
    {
      return FALSE;
    }
  *duration_ms = (guint) (number * factor);
  return TRUE;
}

char *
vss_human_span (gint64 seconds)
{
  if (seconds < 120)
    {
      return g_strdup_printf ("%" G_GINT64_FORMAT " s", seconds);
    }
  if (seconds < 2 * 60 * 60)
    {
      return g_strdup_printf ("%" G_GINT64_FORMAT " min", seconds / 60);
    }
  if (seconds < 2 * 24 * 60 * 60)
    {
      return format_number ("%.1f", (double) seconds / (60 * 60), "h");
    }
  return format_number ("%.1f", (double) seconds / (24 * 60 * 60), "days");
}

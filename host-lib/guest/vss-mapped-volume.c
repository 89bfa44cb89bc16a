/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "host-lib/guest/vss-mapped-volume.h"

#include "host-lib/guest/vss-answer-check.h"
#include "protocol/vss-text.h"

/* More than this many obstacles help nobody, and a guest could name thousands. */
#define MAX_TOLD 8

void
vss_mapped_volume_free (VssMappedVolume *self)
{
  g_ptr_array_unref (self->disks);
  g_free (self->problem);
  g_free (self->obstacle);
  g_free (self);
}

static int
compare_places (gconstpointer a, gconstpointer b, gpointer user_data)
{
  GPtrArray *disks = user_data;
  guint left = 0;
  guint right = 0;

  g_ptr_array_find (disks, *(const VssDomainDisk *const *) a, &left);
  g_ptr_array_find (disks, *(const VssDomainDisk *const *) b, &right);
  return left < right ? -1 : left > right;
}

void
vss_domain_disks_sort (GPtrArray *disks, GPtrArray *some)
{
  g_ptr_array_sort_with_data (some, compare_places, disks);
}

gboolean
vss_mapped_volume_is_reachable (const VssMappedVolume *self)
{
  return !g_str_has_prefix (self->volume->mount_point, VSS_ANSWER_ELSEWHERE);
}

static void G_GNUC_PRINTF (3, 4)
set_problem (VssMappedVolume *self, gint code, const char *format, ...)
{
  va_list arguments;

  if (self->code != 0)
    return;
  self->code = code;
  va_start (arguments, format);
  self->problem = g_strdup_vprintf (format, arguments);
  va_end (arguments);
}

/* There may be several; each is told, up to a bound. */
static void G_GNUC_PRINTF (3, 4)
add_obstacle (VssMappedVolume *self, gint code, const char *format, ...)
{
  g_autofree char *before = g_steal_pointer (&self->obstacle);
  g_autofree char *text = NULL;
  va_list arguments;

  if (self->obstacle_code == 0)
    self->obstacle_code = code;
  self->n_obstacles++;
  if (self->n_obstacles > MAX_TOLD)
    {
      self->obstacle = g_steal_pointer (&before);
      return;
    }
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->obstacle
      = before != NULL ? g_strconcat (before, "; ", text, NULL) : g_steal_pointer (&text);
}

static void
set_unreachable (VssMappedVolume *mapped)
{
  g_autofree char *reason = NULL;

  if (mapped->volume->reason != NULL)
    reason = vss_text_sanitise (mapped->volume->reason, VSS_TEXT_MAX_MESSAGE);
  set_problem (mapped, VSS_E_VOLUME_NOT_SUPPORTED, "%s",
               reason != NULL ? reason : "it is mounted only in another mount namespace of the guest");
}

static void
tell_rest (VssMappedVolume *self)
{
  g_autofree char *told = NULL;

  if (self->n_obstacles <= MAX_TOLD)
    return;
  told = g_steal_pointer (&self->obstacle);
  self->obstacle = g_strdup_printf ("%s; and %u more", told, self->n_obstacles - MAX_TOLD);
}

static void
map_disks (VssMappedVolume *mapped, VssDiskMatch *match, GPtrArray *disks)
{
  GPtrArray *guest_disks = mapped->volume->disks;

  for (guint i = 0; i < guest_disks->len; i++)
    {
      const VssWireDisk *guest_disk = g_ptr_array_index (guest_disks, i);
      const VssDomainDisk *disk = vss_disk_match_find (match, guest_disk);
      g_autofree char *name = NULL;

      if (disk != NULL)
        {
          if (!g_ptr_array_find (mapped->disks, disk, NULL))
            g_ptr_array_add (mapped->disks, (gpointer) disk);
          continue;
        }
      name = vss_text_sanitise (guest_disk->name, VSS_TEXT_MAX_NAME);
      mapped->complete = FALSE;
      add_obstacle (mapped, VSS_E_VOLUME_NOT_SUPPORTED,
                    "the guest's disk '%s' under it is not to be told among the domain's disks "
                    "(if it is one of them, give each a <serial>)",
                    name);
    }
  vss_domain_disks_sort (disks, mapped->disks);
  for (guint i = 0; i < mapped->disks->len; i++)
    {
      const VssDomainDisk *disk = g_ptr_array_index (mapped->disks, i);

      if (!disk->supported)
        add_obstacle (mapped, disk->unsupported_code, "its disk '%s' can't be in a set: %s",
                      disk->target, disk->unsupported_reason);
    }
}

/* An image file inside another file system of the guest: that one is always in the set, too, and
 * one level is all that VSS has. */
static void
find_nesting (VssMappedVolume *mapped)
{
  const GPtrArray *nested_in = mapped->volume->nested_in;
  g_autofree char *next = NULL;
  g_autofree char *outermost = NULL;

  if (nested_in == NULL || nested_in->len == 0)
    {
      if (g_str_has_prefix (mapped->volume->device, "/dev/loop"))
        set_problem (mapped, VSS_E_NESTED_VOLUME_LIMIT,
                     "it is an image file within another file system of the guest");
      return;
    }
  next = vss_text_sanitise (g_ptr_array_index (nested_in, 0), VSS_TEXT_MAX_MESSAGE);
  outermost
      = vss_text_sanitise (g_ptr_array_index (nested_in, nested_in->len - 1), VSS_TEXT_MAX_MESSAGE);
  if (nested_in->len == 1)
    set_problem (mapped, VSS_E_NESTED_VOLUME_LIMIT,
                 "it lies on an image file within the guest's file system '%s'; add that one, and "
                 "this one is held with it",
                 next);
  else
    set_problem (mapped, VSS_E_NESTED_VOLUME_LIMIT,
                 "it lies on an image file within the guest's file system '%s', which is nested "
                 "itself; add '%s', and this one is held with it",
                 next, outermost);
}

VssMappedVolume *
vss_mapped_volume_new (const VssWireVolume *volume, VssDiskMatch *match, GPtrArray *disks)
{
  VssMappedVolume *mapped = g_new0 (VssMappedVolume, 1);

  mapped->volume = volume;
  mapped->disks = g_ptr_array_new ();
  mapped->complete = volume->disks_complete;
  map_disks (mapped, match, disks);
  if (!volume->disks_complete)
    add_obstacle (mapped, VSS_E_VOLUME_NOT_SUPPORTED,
                  "the guest does not know all the disks under it");
  tell_rest (mapped);
  if (mapped->disks->len == 0 && mapped->obstacle == NULL)
    set_problem (mapped, VSS_E_VOLUME_NOT_SUPPORTED, "it is on no disk of the domain");
  find_nesting (mapped);
  if (mapped->obstacle != NULL)
    set_problem (mapped, mapped->obstacle_code, "%s", mapped->obstacle);
  if (!vss_mapped_volume_is_reachable (mapped))
    set_unreachable (mapped);
  return mapped;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refuses answers that are of the right form and still none: see the header. */
#include "host-lib/guest/vss-answer-check.h"

#include "protocol/vss-text.h"

#include <string.h>

static gboolean
refuse (GError **error, guint number, const char *what, const char *text)
{
  g_autofree char *shown = vss_text_sanitise (text, VSS_TEXT_MAX_NAME);

  g_set_error (error, VSS_ERROR, VSS_E_WRITER_INFRASTRUCTURE,
               "cannot use the guest's list of file systems: the %s of number %u, '%s', %s; is "
               "it really vss-agent that answers?",
               what, number + 1, shown,
               strlen (text) > VSS_ANSWER_MAX_WORD ? "is too long" : "is none");
  return FALSE;
}

static gboolean
is_path (const char *path)
{
  return path[0] == '/' && strlen (path) <= VSS_ANSWER_MAX_PATH;
}

/* C:\ and \\?\Volume{...}\, which QEMU's agent tells of Windows. */
static gboolean
is_windows_path (const char *path)
{
  gboolean has_root = (g_ascii_isalpha (path[0]) && path[1] == ':' && path[2] == '\\')
                      || g_str_has_prefix (path, "\\\\?\\");

  return has_root && strlen (path) <= VSS_ANSWER_MAX_PATH;
}

/* What stands for a mount point that was told in no usable way: no path, and never taken for one. */
static gboolean
is_unknown (const char *name)
{
  return g_str_has_prefix (name, VSS_ANSWER_UNKNOWN) && strlen (name) <= VSS_ANSWER_MAX_WORD;
}

/* A place in another mount namespace: no path, and never taken for one. */
static gboolean
is_elsewhere (const char *name)
{
  const char *end = strchr (name, ']');

  return g_str_has_prefix (name, VSS_ANSWER_ELSEWHERE) && end != NULL && is_path (end + 1);
}

static gboolean
is_mount_point (const char *name)
{
  return is_path (name) || is_elsewhere (name) || is_windows_path (name) || is_unknown (name);
}

/* @word: nullable. */
static gboolean
is_word (const char *word)
{
  return word == NULL || strlen (word) <= VSS_ANSWER_MAX_WORD;
}

static gboolean
check_disk (guint number, const VssWireDisk *disk, GError **error)
{
  const char *const words[] = { disk->name,     disk->serial,      disk->wwn, disk->pci_address,
                                disk->pci_path, disk->scsi_address };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (!is_word (words[i]))
        return refuse (error, number, "disk", words[i]);
    }
  return TRUE;
}

static gboolean
check_volume (guint number, const VssWireVolume *volume, GError **error)
{
  if (!is_mount_point (volume->mount_point))
    return refuse (error, number, "mount point", volume->mount_point);
  for (guint i = 0; volume->nested_in != NULL && i < volume->nested_in->len; i++)
    {
      const char *holder = g_ptr_array_index (volume->nested_in, i);

      if (!is_path (holder) && !is_elsewhere (holder))
        return refuse (error, number, "holder", holder);
    }
  for (guint i = 0; i < volume->other_mount_points->len; i++)
    {
      const char *path = g_ptr_array_index (volume->other_mount_points, i);

      if (!is_mount_point (path))
        return refuse (error, number, "mount point", path);
    }
  if (!is_word (volume->fs_type))
    return refuse (error, number, "type", volume->fs_type);
  if (!is_word (volume->device_number))
    return refuse (error, number, "device number", volume->device_number);
  if (!is_word (volume->uuid))
    return refuse (error, number, "UUID", volume->uuid);
  if (strlen (volume->device) > VSS_ANSWER_MAX_PATH)
    return refuse (error, number, "device", volume->device);
  for (guint i = 0; i < volume->disks->len; i++)
    {
      if (!check_disk (number, g_ptr_array_index (volume->disks, i), error))
        return FALSE;
    }
  return TRUE;
}

gboolean
vss_answer_check_volumes (const VssWireVolumesResult *answer, GError **error)
{
  for (guint i = 0; i < answer->volumes->len; i++)
    {
      if (!check_volume (i, g_ptr_array_index (answer->volumes, i), error))
        return FALSE;
    }
  return TRUE;
}

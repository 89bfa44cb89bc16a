/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads libvirt's typed parameters about a guest's file systems. Pure, on any thread. What they
 * hold was said by the guest: counts are bounded, and texts checked. Called by vss-domain-qga. */
#include "host-lib/guest/vss-domain-qga.h"

#include "host-lib/guest/vss-answer-check.h"

/* More mounted file systems, and disks under one, than any guest was seen to have. */
#define MAX_FILE_SYSTEMS 4096
#define MAX_DISKS 256

/* PATH_MAX of Linux: longer names are no mount points. */
#define MAX_TEXT 4096

typedef struct
{
  virTypedParameterPtr parameters;
  int count;
} Parameters;

/* A usable text, or NULL. (transfer full) */
static char * G_GNUC_PRINTF (2, 3)
read_text (const Parameters *in, const char *format, ...)
{
  g_autofree char *field = NULL;
  const char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  field = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (virTypedParamsGetString (in->parameters, in->count, field, &text) != 1 || text == NULL
      || text[0] == '\0' || !g_utf8_validate (text, -1, NULL)
      || g_utf8_strlen (text, -1) > MAX_TEXT)
    return NULL;
  return g_strdup (text);
}

static guint G_GNUC_PRINTF (3, 4)
read_count (const Parameters *in, guint limit, const char *format, ...)
{
  g_autofree char *field = NULL;
  unsigned int count = 0;
  va_list arguments;

  va_start (arguments, format);
  field = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  virTypedParamsGetUInt (in->parameters, in->count, field, &count);
  return MIN (count, limit);
}

static void
read_disks (const Parameters *in, guint number, VssQgaFileSystem *file_system)
{
  guint count = read_count (in, MAX_DISKS, "fs.%u.disk.count", number);

  for (guint i = 0; i < count; i++)
    {
      VssQgaDisk *disk = vss_qga_file_system_add_disk (file_system);

      disk->target = read_text (in, "fs.%u.disk.%u.alias", number, i);
      disk->device = read_text (in, "fs.%u.disk.%u.device", number, i);
      disk->serial = read_text (in, "fs.%u.disk.%u.serial", number, i);
    }
}

/* What has no usable name stays in the list: it is on a disk, and won't be frozen. */
static char *
known (char *text, guint number)
{
  return text != NULL ? text : g_strdup_printf (VSS_ANSWER_UNKNOWN "%u)", number);
}

static VssQgaFileSystem *
read_file_system (const Parameters *in, guint number)
{
  VssQgaFileSystem *file_system = vss_qga_file_system_new ();
  g_autofree char *size_field = g_strdup_printf ("fs.%u.total-bytes", number);
  unsigned long long size = 0;

  file_system->mount_point = known (read_text (in, "fs.%u.mountpoint", number), number);
  file_system->fs_type = known (read_text (in, "fs.%u.fstype", number), number);
  file_system->device = known (read_text (in, "fs.%u.name", number), number);
  virTypedParamsGetULLong (in->parameters, in->count, size_field, &size);
  file_system->size_bytes = (gint64) MIN (size, G_MAXINT64);
  read_disks (in, number, file_system);
  return file_system;
}

GPtrArray *
vss_domain_qga_read_parameters (virTypedParameterPtr parameters, int count)
{
  const Parameters in = { parameters, count };
  guint n = read_count (&in, MAX_FILE_SYSTEMS, "fs.count");
  GPtrArray *file_systems
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vss_qga_file_system_free);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (file_systems, read_file_system (&in, i));
  return file_systems;
}

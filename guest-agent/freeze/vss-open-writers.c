/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Goes by mount numbers in fdinfo and by device numbers in maps: no file is looked at, which could
 * hang on a dead network server. */
#include "guest-agent/freeze/vss-open-writers.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "guest-agent/freeze/vss-process-name.h"

static gboolean
is_mount_of (const VssFileSystem *fs,
             int                  id)
{
  for (guint i = 0; i < fs->mounts->len; i++)
    {
      const VssMount *mount = fs->mounts->pdata[i];

      if (mount->id == id)
        {
          return TRUE;
        }
    }
  for (guint i = 0; i < fs->other_mount_ids->len; i++)
    {
      if (g_array_index (fs->other_mount_ids, int, i) == id)
        {
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
is_open_for_writing (const char          *fdinfo,
                     const VssFileSystem *fs)
{
  const char *flags_line = strstr (fdinfo, "flags:");
  const char *mount_line = strstr (fdinfo, "mnt_id:");
  unsigned flags;
  int mount;

  return flags_line != NULL && mount_line != NULL && sscanf (flags_line, "flags: %o", &flags) == 1
         && sscanf (mount_line, "mnt_id: %d", &mount) == 1 && (flags & O_ACCMODE) != O_RDONLY
         && (flags & O_PATH) == 0 && is_mount_of (fs, mount);
}

static gboolean
has_open_file (const char          *process,
               const VssFileSystem *fs)
{
  g_autofree char *folder = g_build_filename (process, "fdinfo", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, entry, NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) && is_open_for_writing (text, fs))
        {
          return TRUE;
        }
    }
  return FALSE;
}

/* "7f2c0000-7f2c1000 rw-s 00000000 08:01 1234 /path" */
static gboolean
has_shared_map (const char          *process,
                const VssFileSystem *fs)
{
  g_autofree char *path = g_build_filename (process, "maps", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      return FALSE;
    }
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char mode[8];
      unsigned device_major;
      unsigned device_minor;

      if (sscanf (lines[i], "%*s %7s %*s %x:%x", mode, &device_major, &device_minor) == 3
          && mode[1] == 'w' && mode[3] == 's' && device_major == fs->device_major
          && device_minor == fs->device_minor)
        {
          return TRUE;
        }
    }
  return FALSE;
}

char *
vss_open_writers_find (const char          *proc,
                       const VssFileSystem *fs)
{
  g_autoptr (GDir) dir = g_dir_open (proc, 0, NULL);
  const char *pid;

  while (dir != NULL && (pid = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *process = NULL;

      if (!g_ascii_isdigit (pid[0]))
        {
          continue;
        }
      process = g_build_filename (proc, pid, NULL);
      if (has_open_file (process, fs) || has_shared_map (process, fs))
        {
          return vss_process_describe (process, pid);
        }
    }
  return NULL;
}

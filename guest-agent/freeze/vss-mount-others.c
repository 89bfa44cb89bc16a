/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File systems that are mounted, but not in this mount namespace: in those of other processes
 * (containers, services with mounts of their own), or nowhere to be seen (unmounted lazily, a
 * namespace without a process). They are written to like any other and can't be opened from here.
 * Called when a mount table is made, which is when somebody asks for the volumes or prepares. */
#include "guest-agent/freeze/vss-mount-table-private.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "guest-agent/freeze/vss-process-name.h"
#include "guest-agent/freeze/vss-sysfs.h"

/* A guest with more is looked at no further, so that the time for this stays below some tenths of a
 * second: what sysfs tells of mounted file systems doesn't depend on processes. */
#define MAX_PROCESSES 32768
#define MAX_NAMESPACES 512

#define NOWHERE VSS_ELSEWHERE_PREFIX "?]"

typedef struct
{
  GPtrArray *file_systems;
  GPtrArray *mounts;
  const char *root;
  char *proc;
} Others;

static VssFileSystem *
find_device (const Others *self,
             guint         device_major,
             guint         device_minor)
{
  for (guint i = 0; i < self->file_systems->len; i++)
    {
      VssFileSystem *fs = self->file_systems->pdata[i];

      if (fs->device_major == device_major && fs->device_minor == device_minor)
        {
          return fs;
        }
    }
  return NULL;
}

/* Takes @fs, with @path as its only mount. */
static void
add (Others        *self,
     VssFileSystem *fs,
     VssMount      *mount,
     char          *path,
     char          *elsewhere)
{
  g_free (mount->path);
  mount->path = path;
  fs->elsewhere = elsewhere;
  g_ptr_array_add (fs->mounts, mount);
  g_ptr_array_add (self->mounts, mount);
  g_ptr_array_add (self->file_systems, fs);
}

static void
add_entry (Others           *self,
           struct libmnt_fs *entry,
           const char       *name_space,
           const char       *process)
{
  dev_t device = mnt_fs_get_devno (entry);
  VssFileSystem *fs = find_device (self, major (device), minor (device));
  int id = mnt_fs_get_id (entry);

  if (fs != NULL)
    {
      g_array_append_val (fs->other_mount_ids, id);
      return;
    }
  fs = vss_file_system_new_of_entry (entry);
  vss_file_system_read_stack (fs, self->root);
  if (fs->stack == NULL)
    {
      vss_file_system_free (fs);
      return;
    }
  add (self, fs, vss_mount_new (entry), g_strconcat (name_space, mnt_fs_get_target (entry), NULL),
       g_strdup_printf ("it is mounted only in the mount namespace of %s, where it can't be frozen",
                        process));
}

/* FALSE if the process is gone meanwhile. */
static gboolean
add_namespace (Others     *self,
               const char *folder,
               const char *name_space,
               const char *process)
{
  g_autofree char *mountinfo = g_build_filename (folder, "mountinfo", NULL);
  struct libmnt_table *table = mnt_new_table ();
  struct libmnt_iter *iter = mnt_new_iter (MNT_ITER_FORWARD);
  struct libmnt_fs *entry;
  gboolean read = mnt_table_parse_file (table, mountinfo) == 0 && mnt_table_get_nents (table) > 0;

  while (read && mnt_table_next_fs (table, iter, &entry) == 0)
    {
      add_entry (self, entry, name_space, process);
    }
  mnt_free_iter (iter);
  mnt_unref_table (table);
  return read;
}

static char *
read_namespace (const char *proc,
                const char *pid)
{
  g_autofree char *path = g_build_filename (proc, pid, "ns/mnt", NULL);

  return g_file_read_link (path, NULL);
}

static void
add_namespaces (Others *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *own = read_namespace (self->proc, "self");
  g_autoptr (GDir) dir = g_dir_open (self->proc, 0, NULL);
  const char *pid;

  if (own == NULL || dir == NULL)
    {
      return;
    }
  g_hash_table_add (seen, g_steal_pointer (&own));
  for (guint n = 0; n < MAX_PROCESSES && g_hash_table_size (seen) < MAX_NAMESPACES
                    && (pid = g_dir_read_name (dir)) != NULL;
       n++)
    {
      g_autofree char *name_space = g_ascii_isdigit (*pid) ? read_namespace (self->proc, pid)
                                                           : NULL;
      g_autofree char *folder = NULL;
      g_autofree char *process = NULL;

      if (name_space == NULL || !g_str_has_prefix (name_space, VSS_ELSEWHERE_PREFIX)
          || g_hash_table_contains (seen, name_space))
        {
          continue;
        }
      folder = g_build_filename (self->proc, pid, NULL);
      process = vss_process_describe (folder, pid);
      if (add_namespace (self, folder, name_space, process))
        {
          g_hash_table_add (seen, g_steal_pointer (&name_space));
        }
    }
}

/* @fs: (transfer full), of which only the device is known. */
static void
add_nowhere (Others        *self,
             VssFileSystem *fs)
{
  VssMount *mount = g_new0 (VssMount, 1);

  mount->root = g_strdup ("/");
  vss_file_system_read_stack (fs, self->root);
  add (self, fs, mount, g_strconcat (NOWHERE, fs->source, NULL),
       g_strdup ("it is in use although it is mounted nowhere to be seen: unmounted lazily, or in a "
                 "mount namespace without a process"));
}

/* These have a folder for each file system in use, with its device's name. */
static void
add_unseen (Others     *self,
            const char *fs_type)
{
  g_autofree char *folder = g_build_filename (self->root != NULL ? self->root : "/", "sys/fs",
                                              fs_type, NULL);
  g_autoptr (GPtrArray) names = vss_sysfs_list (folder, "");

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      g_autofree char *device = vss_sysfs_find_name (self->root != NULL ? self->root : "/",
                                                     names->pdata[i]);
      g_autofree char *number = device != NULL ? vss_sysfs_read (device, "dev") : NULL;
      g_autofree char *read_only = device != NULL ? vss_sysfs_read (device, "ro") : NULL;
      g_autofree char *source = g_build_filename ("/dev", names->pdata[i], NULL);
      VssFileSystem *fs;
      guint device_major;
      guint device_minor;

      if (number == NULL || sscanf (number, "%u:%u", &device_major, &device_minor) != 2
          || find_device (self, device_major, device_minor) != NULL)
        {
          continue;
        }
      fs = vss_file_system_new (device_major, device_minor, fs_type, source);
      fs->read_only = g_strcmp0 (read_only, "1") == 0;
      add_nowhere (self, fs);
    }
}

static gboolean
has_uuid (const Others *self,
          const char   *uuid)
{
  for (guint i = 0; i < self->file_systems->len; i++)
    {
      const VssFileSystem *fs = self->file_systems->pdata[i];

      if (fs->stack != NULL && g_strcmp0 (fs->stack->uuid, uuid) == 0)
        {
          return TRUE;
        }
    }
  return FALSE;
}

static void
add_unseen_btrfs (Others *self)
{
  g_autofree char *folder = g_build_filename (self->root != NULL ? self->root : "/", "sys/fs/btrfs",
                                              NULL);
  g_autoptr (GPtrArray) uuids = vss_sysfs_list (folder, "");

  for (guint i = 0; uuids != NULL && i < uuids->len; i++)
    {
      g_autofree char *name = g_build_filename (uuids->pdata[i], "devices", NULL);
      g_autoptr (GPtrArray) devices = vss_sysfs_list (folder, name);
      g_autofree char *source = NULL;

      if (devices == NULL || has_uuid (self, uuids->pdata[i]))
        {
          continue;
        }
      source = g_build_filename ("/dev", devices->pdata[0], NULL);
      add_nowhere (self, vss_file_system_new (0, 0, "btrfs", source));
    }
}

void
vss_mount_others_add (GPtrArray  *file_systems,
                      GPtrArray  *mounts,
                      const char *root)
{
  static const char *const fs_types[] = { "ext4", "xfs", "f2fs", "nilfs2" };
  g_autofree char *proc = g_build_filename (root != NULL ? root : "/", "proc", NULL);
  Others self = { file_systems, mounts, root, proc };

  add_namespaces (&self);
  for (guint i = 0; i < G_N_ELEMENTS (fs_types); i++)
    {
      add_unseen (&self, fs_types[i]);
    }
  add_unseen_btrfs (&self);
}
